"""What a site sets, and where each value comes from: command line, environment, `lungline.toml`, default."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import idna
import tzlocal
from platformdirs import user_data_path
from pydantic import Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.films.film_time import TOLERANCE
from core.trend.types import TrendPolicy
from dashboard.errors import ConfigurationError

ENVIRONMENT_PREFIX = "LUNGLINE_"
SETTINGS_FILE = "lungline.toml"
DATABASE_URL_FORM = "expected sqlite:///FILE or postgresql://USER@HOST/NAME"


def origin_of(address: str) -> str:
    """Return the origin of a web address as browsers write it.

    Raises
    ------
    ValueError
    """
    expected = "expected whole addresses such as https://lungline.hospital.example, with commas between"
    try:
        url = urlsplit(address.strip().rstrip("/"))
        host, port = _host_of(url.hostname or ""), url.port
    except ValueError:
        raise ValueError(expected) from None
    default = {"http": 80, "https": 443}
    if url.scheme not in default or "@" in url.netloc or url.netloc != address.strip().rstrip("/").partition("://")[2]:
        raise ValueError(expected)
    return f"{url.scheme}://{host}" + ("" if port in {None, default[url.scheme]} else f":{port}")


def _host_of(name: str) -> str:
    if ":" in name:
        address = IPv6Address(name)
        if address.scope_id:
            raise ValueError(name)
        return f"[{address}]"
    host = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", host):
        raise ValueError(name)
    return host


class Settings(BaseSettings):
    """One site's settings; build them with `load_settings`.

    Attributes
    ----------
    data_dir : Path
        Holds the database, the films and the weights unless those are set themselves.
    database_url : str
        SQLite or PostgreSQL. May carry a password: print `shown_database_url` only.
    site_zone : str
        IANA name; the zone of film times that state none.
    public_origins : str
        Where browsers reach the dashboard through a proxy that does not pass their Host on, with commas between:
        https://lungline.hospital.example.
    scorer : str
        Active in a new database; later only `lungline models activate` changes it.
    trend_p_rise, trend_p_large : float
        Probabilities (0.5-1) from which a change counts as real and as large.
    stale_after_hours : float
        From when the last film is called stale.
    clock_tolerance_minutes : float
        By how much a film may be dated after its receipt before its time is in doubt.
    """

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(default_factory=lambda: user_data_path("lungline", appauthor=False))
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'lungline.db'}", repr=False, min_length=1
    )
    film_dir: Path = Field(default_factory=lambda data: data["data_dir"] / "films")
    weights_dir: Path = Field(default_factory=lambda data: data["data_dir"] / "weights")
    site_zone: str = Field(default_factory=lambda: tzlocal.get_localzone_name() or "UTC")
    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)
    public_origins: str = ""
    scorer: str = "embedded"
    trend_important_geographic_extent: float = Field(default=TrendPolicy.important_geographic_extent, gt=0, le=8)
    trend_important_opacity: float = Field(default=TrendPolicy.important_opacity, gt=0, le=6)
    trend_p_rise: float = Field(default=TrendPolicy.p_rise, ge=0.5, lt=1)
    trend_p_large: float = Field(default=TrendPolicy.p_large, ge=0.5, lt=1)
    trend_unknown_position_widening: float = Field(default=TrendPolicy.unknown_position_widening, ge=1)
    stale_after_hours: float = Field(default=TrendPolicy.stale_after_hours, gt=0)
    clock_tolerance_minutes: float = Field(default=TOLERANCE.total_seconds() / 60, ge=0, le=60)

    _overrides: frozenset[str] = PrivateAttr(default=frozenset())

    @field_validator("data_dir", "film_dir", "weights_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        # A relative folder would mean another one for a worker started elsewhere.
        return value.expanduser().absolute()

    @field_validator("site_zone", mode="after")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("expected an IANA time zone such as Europe/Berlin") from error
        return value

    @field_validator("public_origins", mode="after")
    @classmethod
    def _readable_origins(cls, value: str) -> str:
        return ", ".join(origin_of(part) for part in value.split(",") if part.strip())

    @field_validator("database_url", mode="after")
    @classmethod
    def _readable_url(cls, value: str) -> str:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            # The cause would carry the URL, and with it a password, into a traceback.
            raise ValueError(DATABASE_URL_FORM) from None
        backend = url.drivername.partition("+")[0]
        # Every process of the site opens the database itself: one in memory would be another for each.
        in_memory = backend == "sqlite" and url.database in {None, "", ":memory:"}
        if backend not in {"sqlite", "postgresql"} or in_memory:
            raise ValueError(DATABASE_URL_FORM)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a .env file would be a fifth place to look
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: command line, environment, the data folder's file."""
        given = {**env_settings(), **init_settings()}
        folder = Path(given.get("data_dir") or cls.model_fields["data_dir"].get_default(call_default_factory=True))
        file = TomlConfigSettingsSource(settings_cls, toml_file=folder.expanduser() / SETTINGS_FILE)
        return init_settings, env_settings, file

    @property
    def thumbnail_dir(self) -> Path:
        """Return the folder of the films' thumbnails; what is missing there is made again."""
        return self.data_dir / "thumbnails"

    @property
    def public_origin_set(self) -> frozenset[str]:
        """Return the public origins, each as browsers write it."""
        return frozenset(self.public_origins.split(", ")) - {""}

    @property
    def zone(self) -> ZoneInfo:
        """Return the site's time zone."""
        return ZoneInfo(self.site_zone)

    @property
    def shown_database_url(self) -> str:
        """Return the database URL with its password hidden."""
        return make_url(self.database_url).render_as_string(hide_password=True)

    def as_environment(self) -> dict[str, str]:
        """Return these settings as variables, for a process that is to run on the same site."""
        return {ENVIRONMENT_PREFIX + name.upper(): str(getattr(self, name)) for name in type(self).model_fields}

    @property
    def trend_policy(self) -> TrendPolicy:
        """Return the conventions of the verdicts."""
        return TrendPolicy(
            important_geographic_extent=self.trend_important_geographic_extent,
            important_opacity=self.trend_important_opacity,
            p_rise=self.trend_p_rise,
            p_large=self.trend_p_large,
            unknown_position_widening=self.trend_unknown_position_widening,
            stale_after_hours=self.stale_after_hours,
        )


@dataclass(frozen=True)
class SettingRow:
    """One line of `lungline config`; a password in `value` is hidden."""

    name: str
    value: str
    source: str


def load_settings(**overrides: object) -> Settings:
    """Return the settings, `overrides` (the command line's, None where not given) first.

    Raises
    ------
    ConfigurationError
        With one sentence that names the setting, its source and what was expected.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # values are validated, whatever their type
    except ValidationError as error:
        raise ConfigurationError(_sentence(error, frozenset(given))) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{SETTINGS_FILE} in the data folder cannot be read: {error}. Mend the file."
        ) from None
    settings._overrides = frozenset(given)  # noqa: SLF001 - the module's own class
    return settings


def sources(settings: Settings) -> tuple[SettingRow, ...]:
    """Return every setting with its value and where that came from."""
    rows = []
    for name in Settings.model_fields:
        value = settings.shown_database_url if name == "database_url" else str(getattr(settings, name))
        source = "default"
        if name in settings.model_fields_set:
            source = _origin(name, settings._overrides)  # noqa: SLF001 - the module's own class
        rows.append(SettingRow(name, value, source))
    return tuple(rows)


def _origin(name: str, overrides: frozenset[str]) -> str:
    variable = ENVIRONMENT_PREFIX + name.upper()
    if name in overrides:
        return "command line"
    if any(key.upper() == variable for key in os.environ):
        return f"environment {variable}"
    return SETTINGS_FILE


def _sentence(error: ValidationError, overrides: frozenset[str]) -> str:
    """Return the first fault as one sentence, without the value of anything that may hold a password."""
    fault = error.errors(include_url=False)[0]
    name = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return f"{name!r} in {SETTINGS_FILE} is no setting. `lungline config` lists them."
    value = "" if name == "database_url" or "@" in str(fault["input"]) else f" is {fault['input']!r}"
    message = fault["msg"].removeprefix("Value error, ")
    return f"Setting {name} ({_origin(name, overrides)}){value}: {message[0].lower()}{message[1:]}."
