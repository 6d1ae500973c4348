"""What a machine needs to run Lungline, checked one by one."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from core.counting import counted, span_text
from core.errors import CoreError
from core.scoring.recalibration import is_recalibrated
from core.scoring.registry import is_available, scorer_names
from dashboard.errors import DashboardError
from dashboard.services.site.belonging import has_database, require_known_store, require_no_restore
from dashboard.services.site.opening import Site, utc_now
from dashboard.services.site.scorers import require_same_version
from dashboard.services.site.soundness import look_for_damage
from dashboard.services.worker.status import ScoringStatus, last_scored_text, scoring_status
from dashboard.settings import Settings, sources
from db.engine import closing_engine, create_engine, read_transaction
from db.errors import DatabaseError
from db.models import ModelActivation
from db.read_models.devices import DeviceClock, newest_receipt, read_device_clocks
from db.repositories import scores

CLOCKS_SINCE = timedelta(days=30)
SECONDS_PER_HOUR = 3600.0
FREE_BYTES_NEEDED = 2 * 1024**3
LIBRARIES = ("torch", "torchxrayvision", "gdcm", "streamlit")


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `text` says how to mend it where it is not sound."""

    subject: str
    sound: bool
    text: str


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Return all findings; looks only, changes nothing."""
    return (
        *_libraries(),
        _data_folder(settings),
        _zone(settings),
        *_guarded("database", lambda: _database(settings)),
        *_guarded("scorers", lambda: _scorers(settings)),
    )


def _guarded(subject: str, look: Callable[[], Iterator[Finding]]) -> tuple[Finding, ...]:
    try:
        return tuple(look())
    except (CoreError, DatabaseError, DashboardError, OSError) as error:
        return (Finding(subject, sound=False, text=str(error)),)


def _libraries() -> Iterator[Finding]:
    for name in LIBRARIES:
        found = importlib.util.find_spec(name) is not None
        text = "installed" if found else "not installed: run `make setup` in Lungline's folder"
        yield Finding(f"library {name}", found, text)


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    if not folder.is_dir():
        return Finding("data folder", sound=True, text=f"{folder} does not exist yet; the first command makes it")
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free / 1024**3:.1f} GiB free"
    if free < FREE_BYTES_NEEDED:
        return Finding("data folder", sound=False, text=f"{text}: make room, or choose another with --data-dir")
    return Finding("data folder", sound=True, text=text)


def _zone(settings: Settings) -> Finding:
    source = next(row.source for row in sources(settings) if row.name == "site_zone")
    text = f"{settings.site_zone} ({source}); films that state no time zone are read in it"
    return Finding("time zone", sound=True, text=text)


def _database(settings: Settings) -> Iterator[Finding]:
    require_no_restore(settings)
    if not has_database(settings):
        require_known_store(settings)
        yield Finding("database", sound=True, text="does not exist yet; the first command makes it")
        return
    findings = look_for_damage(settings, films=False)
    for finding in findings:
        yield Finding("database", sound=False, text=finding)
    if findings:
        return
    yield Finding("database", sound=True, text=f"{settings.shown_database_url} is sound")
    with closing_engine(create_engine(settings.database_url)) as engine:
        yield from _in_use(settings, engine, now=utc_now())


def _in_use(settings: Settings, engine: Engine, *, now: datetime) -> Iterator[Finding]:
    """Yield what a sound database says of clocks, scorer, film folder and worker."""
    with read_transaction(engine) as session:
        active = scores.active_model(session=session)
        clocks = read_device_clocks(now - CLOCKS_SINCE, session=session)
        newest = newest_receipt(session=session)
    yield from _own_clock(newest, now, settings)
    yield from (_device_clock(clock, settings) for clock in clocks)
    site = Site.of(settings, engine).at(now)
    yield _active_model(active, site=site)
    status = scoring_status(site=site)
    if status.films_away:
        text = (
            f"{settings.film_dir} is away, so no film is stored or scored: connect its disk, or run `lungline db "
            "adopt` if it was removed on purpose"
        )
        yield Finding("film folder", sound=False, text=text)
    yield _worker(status, now)


def _worker(status: ScoringStatus, now: datetime) -> Finding:
    last = last_scored_text(status, now)
    if not status.running:
        text = f"not running: films wait until `lungline serve` or `lungline worker` runs; {last}"
        waiting = f"; {counted(status.waiting, 'film')} to score now" if status.waiting else ""
        return Finding("worker", sound=not status.waiting, text=text + waiting)
    text = f"running ({', '.join(status.scoring)}); {last}"
    if not status.is_slow(now):
        return Finding("worker", sound=True, text=text)
    waits = f"{counted(status.waiting, 'film')}, the oldest for {span_text(status.waits_minutes(now) / 60)}"
    return Finding("worker", sound=False, text=f"{text}; films wait ({waits}): see whether that process works")


def _own_clock(newest: datetime | None, now: datetime, settings: Settings) -> Iterator[Finding]:
    if newest is not None and newest > now + timedelta(minutes=settings.clock_tolerance_minutes):
        text = (
            f"the last film came at {newest:%Y-%m-%d %H:%M} UTC by this machine's clock, which now says "
            f"{now:%Y-%m-%d %H:%M} UTC: set it"
        )
        yield Finding("clock of this machine", sound=False, text=text)


def _device_clock(one: DeviceClock, settings: Settings) -> Finding:
    minutes = one.offset.total_seconds() / 60
    if minutes > 0:
        stated = f"its clock is about {minutes:.0f} min ahead of this machine's"
    else:
        stated = f"its films come about {-minutes:.0f} min after the time they state"
    tolerance = timedelta(minutes=settings.clock_tolerance_minutes)
    sound = one.ahead <= tolerance
    farthest = span_text(one.farthest_ahead.total_seconds() / SECONDS_PER_HOUR)
    remark = f"; was up to {farthest} ahead before its last films" if one.farthest_ahead > tolerance else ""
    mend = f"; farthest ahead {farthest}: set the device's clock, or the site's zone"
    subject = f"clock of {one.device or 'devices without a name'}"
    seen = f"{counted(one.n_films, 'film')} in {CLOCKS_SINCE.days} days"
    return Finding(subject, sound, f"{stated} ({seen}){remark if sound else mend}")


def _active_model(active: ModelActivation | None, *, site: Site) -> Finding:
    if active is None:
        text = "none yet; `lungline worker` or `lungline models activate` sets one"
        return Finding("active model", sound=True, text=text)
    try:
        require_same_version(active, site=site)
    except (CoreError, DashboardError) as error:
        return Finding("active model", sound=False, text=str(error))
    own = " (this site's own recalibration)" if is_recalibrated(active.model_version) else ""
    return Finding("active model", sound=True, text=f"{active.model} {active.model_version}{own}")


def _scorers(settings: Settings) -> Iterator[Finding]:
    for name in scorer_names():
        available = is_available(name, weights_dir=settings.weights_dir)
        text = "ready" if available else f"no weights here; `lungline models fetch {name}` or `lungline models import`"
        # Only the scorer in use must be there; the others are offered.
        yield Finding(f"scorer {name}", available or name != settings.scorer, text)
