"""`infusion-fhir init`: make the home of one clinic's installation."""

import os
import shutil
import uuid
from pathlib import Path
from typing import Annotated, Final

import typer

from integration import bootstrap, errors, keys, settings
from integration.audit import chain
from integration.cli import options, output
from integration.settings import InstallationSettings
from integration.store import clinic, events, schema
from integration.store.clinic import Clinic

HOME_THERE: Final = "IF-CFG-07"
PUBLIC_KEY: Final = "audit-key.pub"

_LOSS = """\
KEEP A COPY of these two files in a safe place, apart from the data and from its backups:
  {key}
    opens the database. Without it nobody, not even we, can ever read these records or any backup of them again.
  {audit_key}
    signs the audit trail. Without it later checkpoints cannot be tied to earlier ones.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    name: Annotated[str, typer.Option("--clinic", help="The clinic's name, for reports.")] = "",
    base: Annotated[
        str,
        typer.Option(
            "--identifier-base",
            help="A URL that the clinic owns, from which every identifier is made. [default: a urn:uuid: of its own]",
        ),
    ] = "",
    demo_keys_inside: Annotated[bool, typer.Option("--demo-keys-inside", hidden=True)] = False,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Make a home: settings, keys, an empty database.

    Example: infusion-fhir init --clinic "Lakeside Infusion" --identifier-base https://lakeside.example/ids
    """
    folder = bootstrap.home_folder(home)
    installation = str(uuid.uuid4())
    base = clinic.usable_base(base or f"urn:uuid:{uuid.uuid4()}")
    made = folder.exists()
    prepare(folder)
    key_folder = folder / "keys" if demo_keys_inside else keys.folder(os.environ)
    written: list[Path] = []
    try:
        its = _make(folder, key_folder, written, Clinic(installation, name or "this clinic", base))
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        if not made:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    _say(folder, settings.load(folder), its, as_json=as_json)


def prepare(folder: Path) -> None:
    """Make the home folder, readable by its owner only; one that holds anything is refused."""
    try:
        if folder.exists() and any(folder.iterdir()):
            says = "there is an installation" if (folder / settings.FILE_NAME).exists() else "the folder is not empty"
            raise errors.ConfigError(HOME_THERE, says, where=str(folder))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        says = f"the folder cannot be made: {error.strerror}"
        raise errors.ConfigError(keys.UNWRITABLE, says, where=str(folder)) from None


def write_settings(folder: Path, installation: str, **places: Path | str | None) -> InstallationSettings:
    """Write the settings of a new home and read them back as any command will."""
    values = {
        name: str(value.absolute() if isinstance(value, Path) else value) for name, value in places.items() if value
    }
    settings.write(folder, {"installation": installation, **values})
    return settings.load(folder)


def write_public_key(folder: Path, private: bytes) -> None:
    """Write the half of the audit key that auditors are given."""
    (folder / PUBLIC_KEY).write_text(chain.public_key(private).hex() + "\n", encoding="ascii")


def _make(folder: Path, key_folder: Path, written: list[Path], its: Clinic) -> Clinic:
    audit_file = key_folder / f"{its.installation}.audit.key"
    write_public_key(folder, _new_key(audit_file, written, chain.new_key()))
    postgres = bool(os.environ.get("INFUSION_FHIR_DATABASE_URL"))
    key_file = None if postgres else key_folder / f"{its.installation}.key"
    if key_file is not None:
        _new_key(key_file, written, None)
    kind = "postgresql" if postgres else "sqlite"
    configured = write_settings(folder, its.installation, database=kind, key_file=key_file, audit_key_file=audit_file)
    database = bootstrap.database_of(folder, configured, create=True)
    try:
        schema.upgrade(database)
        now = bootstrap.SystemClock().now()
        with database.write() as conn:
            made = clinic.create(conn, its.name, its.identifier_base, now, installation=its.installation)
            said = {"base": made.identifier_base}
            events.append(conn, "installation.made", bootstrap.actor_of(["", "init"]), said, at=now)
    finally:
        database.close()
    return made


def _new_key(path: Path, written: list[Path], key: bytes | None) -> bytes:
    made = keys.make(path, key)
    written.append(path)
    return made


def _say(folder: Path, configured: InstallationSettings, its: Clinic, *, as_json: bool) -> None:
    if as_json:
        output.data_json({
            "home": str(folder), "installation": its.installation, "clinic": its.name,
            "identifier_base": its.identifier_base,
            "key_file": None if configured.key_file is None else str(configured.key_file),
            "audit_key_file": str(configured.audit_key_file),
        })  # fmt: skip
        return
    output.data(
        f"{its.name}: {folder}\nidentifiers are made from {its.identifier_base}, for good once a record is stored"
    )
    if configured.key_file is not None:
        output.chatter(_LOSS.format(key=configured.key_file, audit_key=configured.audit_key_file))
    output.chatter("next: infusion-fhir import FILE")
