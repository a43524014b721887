"""Codes of the database: IF-STO."""

from integration.errors import Explanation, Who

CODES: tuple[Explanation, ...] = (
    Explanation(
        "IF-STO-01",
        "No database here",
        "The home folder, or the PostgreSQL database that it names, holds no database of infusion-fhir yet.",
        "Run `infusion-fhir init`, or name the right home with --home or INFUSION_FHIR_HOME.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-02",
        "The key does not open the database",
        "The database is encrypted with another key. Nothing was read or changed.",
        "Give the key file or variable that this home was made with (`infusion-fhir init` named it). Without that key "
        "nobody can open the database; restore a backup whose key you have.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-03",
        "Not a database of infusion-fhir",
        "The file or database belongs to another program, or is not encrypted as ours are. Nothing was changed.",
        "Check the path or URL in infusion-fhir.toml; move the other file away before `infusion-fhir init`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-04",
        "The database of another clinic",
        "The database was made for another home: records would be sent under the wrong clinic's identifiers. "
        "Nothing was read or changed.",
        "Use the home folder that belongs to this database, or correct the database in infusion-fhir.toml.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-05",
        "The database is older than this release",
        "This release needs tables that the database does not have yet. Nothing was changed.",
        "Run `infusion-fhir backup FILE`, with the release you had, then `infusion-fhir db upgrade`.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-06",
        "The database is newer than this release",
        "A newer infusion-fhir has changed the tables; this release would damage them. Nothing was changed.",
        "Install the newer release again, or restore a backup made by this one.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-07",
        "The database is locked",
        "Another program held the database for longer than we wait. What this command had not finished is undone; "
        "nothing was sent that is not recorded.",
        "Wait for the other import or push to end, then run the command again.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-08",
        "The disk is full",
        "The database cannot grow, or its disk fails. The last step is undone; nothing is sent that is not recorded.",
        "Make room on the disk of the database, then run the command again: it goes on where it stopped.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-09",
        "The database server cannot be reached",
        "PostgreSQL does not answer, refuses the user, or ended the connection. The last step is undone.",
        "Check that the server runs and that URL, user and password are right, then run the command again.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-10",
        "Two programs changed the same rows",
        "The step was tried several times, and each time another program changed the same rows. It is undone.",
        "Run the command again; if it happens often, run fewer commands at once.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-11",
        "The database refused a step",
        "The database gave an error that infusion-fhir does not know. The step is undone.",
        "Run `infusion-fhir audit verify`, then report this with the number shown: it is likely a fault of ours.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-12",
        "SQLite is too old",
        "The installed sqlcipher3 brings a SQLite before 3.51.3, which can damage a database that two programs use.",
        "Install infusion-fhir again with its locked dependencies (`make setup`).",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-13",
        "The database server would forget",
        "PostgreSQL runs with synchronous_commit, fsync or full_page_writes off: after a power cut it would have lost "
        "what it said was stored, and things would be sent twice or not at all.",
        "Set synchronous_commit, fsync and full_page_writes to on for this database and user.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-14",
        "The database connection is not protected",
        "The PostgreSQL server is on another machine and its certificate would not be checked.",
        "Add sslmode=verify-full (and sslrootcert=FILE) to the database URL.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-15",
        "Something is there already",
        "A clinic is made, and a backup restored, only into an empty home or database. Nothing was changed.",
        "Choose an empty home folder or database, or move the old one away yourself.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-16",
        "The identifier base is fixed",
        "Records are stored; the identifiers under which hospitals know them are made from the identifier base.",
        "Keep the base. A clinic that needs another one starts with a new home.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-STO-17",
        "The identifier base cannot be used",
        "The identifier base must be a plain http(s) URL that the clinic owns, or urn:uuid: with a UUID.",
        "Give a URL such as https://records.your-clinic.example/fhir, without a slash at its end, or leave it out.",
        Who.CLINIC,
    ),
    Explanation(
        "IF-STO-18",
        "The backup cannot be written",
        "The file exists already, or its folder cannot be written. The database is untouched.",
        "Name a file that does not exist, in a folder with room for the whole database.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-19",
        "The backup cannot be read",
        "The file is missing, cut short, changed, or a copy of the other kind of database. Nothing was restored.",
        "Name another backup; a copy of SQLite goes back into SQLite, one of PostgreSQL into PostgreSQL.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-20",
        "The database is damaged",
        "The database's own checks fail: a disk error, or another program has written into it.",
        "Stop using it, keep the file, restore the last backup (`infusion-fhir restore FILE`) into an empty home.",
        Who.OPERATOR,
    ),
    Explanation(
        "IF-STO-21",
        "The database cannot be written",
        "The file, its folder or the database user gives no right to write, or the server takes no changes now.",
        "Give the user that runs infusion-fhir the right to write there.",
        Who.OPERATOR,
    ),
)
