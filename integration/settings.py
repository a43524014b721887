"""The settings of one installation: `infusion-fhir.toml` in its home, over which the environment wins.

Hospitals are not here: they live in the database. Secrets are never here: a key is named by its file or variable.
"""

import os
import tomllib
from pathlib import Path
from typing import ClassVar, Final, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from integration import errors

FILE_NAME: Final = "infusion-fhir.toml"
DATABASE_NAME: Final = "infusion-fhir.db"

NO_HOME: Final = "IF-CFG-01"
UNUSABLE: Final = "IF-CFG-02"
NOT_TOML: Final = "IF-CFG-03"
NO_URL: Final = "IF-CFG-08"


class InstallationSettings(BaseSettings):
    """What `infusion-fhir.toml` may say; each can also be given as INFUSION_FHIR_ and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="INFUSION_FHIR_", extra="forbid", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )
    toml: ClassVar[Path | None] = None

    installation: str = Field(min_length=1, description="whose home this is; the database says the same")
    database: Literal["sqlite", "postgresql"] = Field("sqlite", description="where the records are kept")
    database_url: SecretStr | None = Field(None, description="the PostgreSQL database, postgresql://…")
    key_file: Path | None = Field(None, description="file with the database's key, readable by its owner only")
    key_env: str | None = Field(None, description="environment variable with the database's key")
    audit_key_file: Path | None = Field(None, description="file with the key that signs the audit chain's checkpoints")
    lock_wait: float = Field(30.0, gt=0, description="seconds to wait while another program writes the database")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is looked at."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=cls.toml)

    @property
    def postgres(self) -> bool:
        """Whether the records are kept in PostgreSQL."""
        return self.database == "postgresql" or self.database_url is not None


def is_home(home: Path) -> bool:
    """Whether a folder is the home of an installation."""
    return (home / FILE_NAME).is_file()


def load(home: Path) -> InstallationSettings:
    """Read the settings of a home folder, or say what is wrong with them: keys by name, never their values."""
    path = home / FILE_NAME
    if not is_home(home):
        raise errors.ConfigError(NO_HOME, "there is no installation here", where=str(home))
    try:
        reading = type("InstallationSettings", (InstallationSettings,), {"toml": path})
        settings: InstallationSettings = reading()
    except ValidationError as error:
        raise errors.ConfigError(UNUSABLE, _wrong(error), where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise errors.ConfigError(NOT_TOML, "the file is no TOML", where=str(path)) from None
    except OSError as error:
        raise errors.ConfigError(NOT_TOML, f"the file cannot be read: {error.strerror}", where=str(path)) from None
    if settings.postgres and settings.database_url is None:
        raise errors.ConfigError(NO_URL, "the records are in PostgreSQL, but no URL is given", where=str(path))
    return settings


def write(home: Path, values: dict[str, str]) -> None:
    """Write a new settings file; every value is a text."""
    lines = ["# Settings of infusion-fhir. Hospitals are kept in the database: infusion-fhir hospital list", ""]
    lines += [f"{name} = {_quoted(value)}" for name, value in values.items()]
    made = os.open(home / FILE_NAME, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)  # a database's URL may be added to it
    with os.fdopen(made, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _wrong(error: ValidationError) -> str:
    return "; ".join(_one_wrong(str(one["loc"][0]) if one["loc"] else "", one["type"]) for one in error.errors())


def _one_wrong(key: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return f"{key} is no setting that is known"
    return f"{key} is missing" if kind == "missing" else f"{key} has a value that cannot be used"
