"""Codes of the home folder, its settings and its keys: IF-CFG."""

from typing import Final

from integration.errors import Explanation, Who

CODES: Final = (
    Explanation(
        "IF-CFG-01",
        "No installation here",
        "The home folder does not exist or holds no infusion-fhir.toml.",
        "`infusion-fhir init` makes one; if there is one elsewhere, name it with --home or INFUSION_FHIR_HOME.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-02",
        "A setting cannot be used",
        "infusion-fhir.toml, or an INFUSION_FHIR_… variable, has a setting that is not known, is missing, or has a "
        "value of the wrong form. The message names it, never its value.",
        "Correct or remove the setting named. Hospitals are not set here: `infusion-fhir hospital set`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-03",
        "The settings cannot be read",
        "infusion-fhir.toml is no TOML, or this user may not read it.",
        "Compare it with a fresh one (`infusion-fhir init --home /tmp/new`), or give this user the right to read it.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-04",
        "A key is not there",
        "The file or variable that the settings name for a key is missing or cannot be read. Nothing was opened.",
        "Bring the key back from where its copy is kept, or correct key_file, key_env or audit_key_file in "
        "infusion-fhir.toml. A lost database key cannot be replaced.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-05",
        "Others could read a key",
        "The file of a key may be read or changed by other users of this machine, so it is not used.",
        "`chmod 600` the file. If others had access, treat the key as known to them.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-06",
        "A key has the wrong form",
        "A key is 32 bytes, written as 64 hexadecimal digits; this one is not.",
        "Bring back the file as `infusion-fhir init` wrote it.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-07",
        "The home is not empty",
        "There is an installation in this folder already, or something else is in it. Nothing was changed.",
        "Name another folder with --home; one home belongs to one clinic.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-08",
        "No address of the database",
        "The records of this home are in PostgreSQL, and no URL of the database is given.",
        "Set INFUSION_FHIR_DATABASE_URL, or database_url in infusion-fhir.toml (then readable by its owner only).",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-09",
        "A folder or key cannot be written",
        "This user may not write there, or the disk is full. What had been made was removed.",
        "Give this user the right to write there, or name another place with --home or XDG_CONFIG_HOME.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-10",
        "Which key opens the copy?",
        "A copy of the database is encrypted, and its key was not named in exactly one way.",
        "Give `restore` the key with --key-file or --key-env; `backup` said which one it is.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-CFG-11",
        "The service's token cannot be used",
        "serve.token in the home cannot be read, is too short, or may be read by others.",
        "Delete the file: `infusion-fhir serve` makes a new one; give the new token to whoever reads histories.",
        Who.OPERATOR,
    ),
)
