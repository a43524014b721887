"""`infusion-fhir backup` and `restore`: a copy of the whole database, and bringing one back."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from integration import bootstrap, errors, keys, settings
from integration.audit import chain
from integration.cli import init, options, output
from integration.settings import InstallationSettings
from integration.store import backup as copies
from integration.store import clinic, database, events

WHICH_KEY: Final = "IF-CFG-10"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The new file to write the copy to.", metavar="FILE")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write a copy of the database while it is in use.

    Example: infusion-fhir backup /backups/clinic-2026-11-22.db
    """
    with bootstrap.open_installation(bootstrap.home_folder(home)) as opened:
        key = None if opened.settings.postgres else bootstrap.database_key(opened.settings)
        encrypted = copies.backup(opened.database, file, key)
        now = opened.clock.now()
        with opened.database.write() as conn:
            events.append(conn, "backup.made", opened.actor, {"encrypted": encrypted}, at=now)
    needed = _key_place(opened.settings)
    if as_json:
        audit_key = str(opened.settings.audit_key_file)
        output.data_json({"file": str(file), "encrypted": encrypted, "key": needed, "audit_key": audit_key})
        return
    output.data(f"copied to {file}")
    if encrypted:
        output.chatter(f"to read it back the key in {needed} is needed; it is not in the copy")
    else:
        output.chatter("this copy is NOT encrypted: keep it where patients' records may be kept")
    output.chatter(f"to go on with its audit trail: {opened.settings.audit_key_file}")


def restore(
    file: Annotated[Path, typer.Argument(help="A copy that backup wrote.", metavar="FILE")],
    key_file: Annotated[Path | None, typer.Option("--key-file", help="The file with the copy's key.")] = None,
    key_env: Annotated[str | None, typer.Option("--key-env", help="The variable with the copy's key.")] = None,
    audit_key_file: Annotated[Path | None, typer.Option("--audit-key-file", help="The audit key's file.")] = None,
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Bring a copy back, only into a home that does not exist yet or is empty.

    Example: infusion-fhir restore clinic-2026-11-22.db --home /new/home --key-file /safe/clinic.key
    """
    folder = bootstrap.home_folder(home)
    init.prepare(folder)
    if audit_key_file is not None:
        keys.read_file(audit_key_file)  # before anything is written
    url = os.environ.get("INFUSION_FHIR_DATABASE_URL")
    if url:
        its = _into_postgres(file, url)
        configured = _settings(folder, its, None, None, audit_key_file, kind="postgresql")
    else:
        key = _copys_key(key_file, key_env)
        its = copies.restore_sqlite(file, folder / settings.DATABASE_NAME, key)
        try:
            configured = _settings(folder, its, key_file, key_env, audit_key_file, kind="sqlite")
        except errors.ConfigError:
            (folder / settings.DATABASE_NAME).unlink()
            raise
    with bootstrap.open_installation(folder) as opened, opened.database.write() as conn:
        events.append(conn, "backup.restored", opened.actor, {}, at=opened.clock.now())
    if as_json:
        output.data_json({"home": str(folder), "installation": its.installation, "clinic": its.name})
        return
    output.data(f"{its.name} is back in {folder}")
    output.chatter(f"it uses the keys in {_key_place(configured)} and {configured.audit_key_file}")
    output.chatter("next: infusion-fhir audit verify, then infusion-fhir hospital verify NAME for each hospital")


def _copys_key(key_file: Path | None, key_env: str | None) -> bytes:
    if (key_file is None) == (key_env is None):
        says = "name the key of the copy in exactly one way: --key-file or --key-env"
        raise errors.ConfigError(WHICH_KEY, says)
    return keys.read(key_file, key_env, os.environ, what="the copy's key")


def _into_postgres(file: Path, url: str) -> clinic.Clinic:
    opened = database.Database.open_postgres(url)
    try:
        return copies.restore_postgres(file, opened)
    finally:
        opened.close()


def _settings(
    folder: Path,
    its: clinic.Clinic,
    key_file: Path | None,
    key_env: str | None,
    audit_key_file: Path | None,
    *,
    kind: str,
) -> InstallationSettings:
    """Write the new home's settings; without the old audit key a new one is made, and that is said."""
    place = audit_key_file or keys.folder(os.environ) / f"{its.installation}.audit.key"
    if place.exists():
        private = keys.read_file(place)
    else:
        private = keys.make(place, chain.new_key())
        output.chatter(f"the old audit key is not there: a new one was made in {place}; audit verify will say so")
    init.write_public_key(folder, private)
    return init.write_settings(
        folder, its.installation, database=kind, key_file=key_file, key_env=key_env, audit_key_file=place
    )


def _key_place(configured: InstallationSettings) -> str | None:
    if configured.postgres:
        return None
    return str(configured.key_file) if configured.key_file is not None else f"the variable {configured.key_env}"
