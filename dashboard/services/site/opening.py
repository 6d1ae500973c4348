"""Opening a site: its folders, its database at this program's schema, and the model it scores with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, make_url

from core.scoring.registry import scorer_version
from core.trend.types import TrendPolicy
from dashboard.errors import ConfigurationError
from dashboard.services.receiving.film_store import FilmStore
from dashboard.services.site.belonging import require_known_store, require_no_restore, settle_belonging, site_id_of
from dashboard.settings import Settings
from db.engine import create_engine, has_tables, require_current, transaction, upgrade
from db.models import ModelActivation
from db.repositories import scores

SYSTEM = "lungline"
"""The actor of what the program does by itself."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment; the clock that processes pass to the services."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """An opened site: what every service works on.

    Attributes
    ----------
    settings : Settings
        Whatever can be read from them is a property.
    store, unreadable : FilmStore
        Films, and files that name no patient because not even their header can be read.
    clock : callable
        Gives the present moment with time zone.
    """

    settings: Settings
    engine: Engine
    store: FilmStore
    unreadable: FilmStore
    clock: Clock = utc_now

    @classmethod
    def of(cls, settings: Settings, engine: Engine, clock: Clock = utc_now) -> Site:
        """Return the site of these settings on an opened database."""
        return cls(
            settings=settings,
            engine=engine,
            store=FilmStore(settings.film_dir, of_site=site_id_of(engine)),
            unreadable=FilmStore(settings.data_dir / "unreadable"),
            clock=clock,
        )

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of film times that state none."""
        return self.settings.zone

    @property
    def policy(self) -> TrendPolicy:
        """Return the conventions of the verdicts, where a unit has set no others."""
        return self.settings.trend_policy

    @property
    def weights_dir(self) -> Path:
        """Return the folder of the scorers' weights."""
        return self.settings.weights_dir

    @property
    def clock_tolerance(self) -> timedelta:
        """Return by how much a film may be dated after its receipt before its time is in doubt."""
        return timedelta(minutes=self.settings.clock_tolerance_minutes)

    def at(self, moment: datetime) -> Site:
        """Return this site with its clock stopped, for what must be of one moment in all its parts."""
        return replace(self, clock=lambda: moment)


def open_site(settings: Settings, clock: Clock = utc_now) -> Site:
    """Return the site, its database made with its folders where it is new.

    Raises
    ------
    ConfigurationError
        The data folder cannot be made, a backup is being brought back to it, or database and film store do not
        belong together.
    DatabaseUnreachableError, SchemaOutdatedError
    """
    require_known_store(settings)
    make_folder(settings)
    engine = create_engine(settings.database_url)
    if has_tables(engine):
        require_current(engine)
    else:
        upgrade(engine)
    settle_belonging(settings, engine)
    # Again: a restore that began meanwhile has not seen the mark that was set just now.
    require_no_restore(settings)
    site = Site.of(settings, engine, clock)
    ensure_active_model(site=site)
    return site


def make_folder(settings: Settings) -> None:
    """Make the data folder, and in it the file of a new SQLite database, for their owner only.

    Raises
    ------
    ConfigurationError
        The data folder cannot be made.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {settings.data_dir} cannot be made ({error.strerror}). Choose another with --data-dir."
        ) from error
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        # SQLite gives the files beside it the same mode. Where it cannot be made, opening it says why.
        with suppress(OSError):
            Path(url.database).touch(mode=0o600)


def ensure_active_model(*, site: Site) -> ModelActivation:
    """Return the active model; in a new database that of the settings becomes it.

    Raises
    ------
    CoreError
        The scorer of the settings is unknown or lacks its weights.
    """
    with transaction(site.engine) as session:
        active = scores.active_model(session=session)
        if active is None:
            scorer = site.settings.scorer
            version = scorer_version(scorer, weights_dir=site.weights_dir)
            active = scores.activate(scorer, version, actor=SYSTEM, now=site.clock(), session=session)
        return active
