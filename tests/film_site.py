"""A small site for scenario tests: films of chosen brightness come in and are scored by their mean grey."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from film_factory import chest_values, dicom_bytes, png_bytes
from sqlalchemy import Engine, Select, select
from sqlmodel import col

from core.errors import FilmUnreadableError
from core.films.read import is_dicom, read_header
from core.scoring.base import Scorer
from core.types import PatientIdentity
from dashboard.services.patient import census, corrections, merging
from dashboard.services.patient.corrections import Correction
from dashboard.services.receiving.receive import Receipt, StatedFacts, receive_film
from dashboard.services.site.opening import Site, ensure_active_model
from dashboard.services.site.scorers import load_active_scorer
from dashboard.services.worker.scoring import Done, ScoringRun
from dashboard.settings import Settings, load_settings
from db.engine import create_engine, read_transaction
from db.models import Film, FilmScore, FilmTransition, Flag, FlagAction, ModelActivation
from db.repositories import flags, scores

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
DR = "Dr A"
"""Who corrects."""
NAMELESS = {"PatientName": None, "PatientSex": None, "PatientBirthDate": None}
"""Tags of a film that states no more than a number."""
PLUGINS = Path(__file__).parent / "plugins"
CLEAR, MEDIUM, WHITE = 0.4, 0.7, 1.0
"""Brightness of a film: its mean-grey score is about 4.2 times that, so clear to white is a large rise."""


def picture(brightness: float, seed: int = 0) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the pixels of a film; another seed makes another film of the same score."""
    return np.rint(chest_values(160, 140, seed=seed) * brightness).astype(np.uint8)


def dicom(
    brightness: float,
    *,
    patient: str = "4711",
    hours: float = 0,
    uid: str = "",
    seed: int = 0,
    **tags: Any,  # noqa: ANN401 - an element may hold anything
) -> bytes:
    """Return a DICOM film; without `uid` its UID follows from patient, time and seed."""
    at = START + timedelta(hours=hours)
    own = uid or f"1.2.826.{sum(map(ord, patient))}.{round(hours * 60)}.{seed}.{round(brightness * 100)}".replace(
        "-", "0"
    )
    return dicom_bytes(
        picture(brightness, seed),
        SOPInstanceUID=own,
        PatientID=patient,
        AcquisitionDate=at.strftime("%Y%m%d"),
        AcquisitionTime=at.strftime("%H%M%S"),
        TimezoneOffsetFromUTC="+0000",
        **({"ViewPosition": "AP"} | tags),
    )


def png(brightness: float, seed: int = 0) -> bytes:
    """Return a film as a picture."""
    return png_bytes(picture(brightness, seed))


def _taken(source: bytes) -> datetime | None:
    with suppress(FilmUnreadableError):
        return read_header(source, site_zone=UTC).acquired_at if is_dicom(source) else None
    return None


@dataclass
class Bench:
    """A site whose clock stands still until a test moves it."""

    settings: Settings
    engine: Engine
    now: datetime = START
    activation: ModelActivation = field(init=False)

    def __post_init__(self) -> None:
        self.activation = ensure_active_model(site=self.site)

    @property
    def site(self) -> Site:
        """Return the site."""
        return Site.of(self.settings, self.engine, self.clock)

    def clock(self) -> datetime:
        """Return the moment the clock stands at."""
        return self.now

    def wait(self, **time: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**time)

    def receive(self, source: bytes, **stated: Any) -> Receipt:  # noqa: ANN401 - fields of several types
        """Receive a film no sooner than it was taken; `stated` as in StatedFacts."""
        taken = stated.get("acquired_at") or _taken(source)
        self.now = max(self.now, taken or self.now)
        return receive_film(source, stated=StatedFacts(**stated), actor="tests", site=self.site)

    def film_id(self, source: bytes, **stated: Any) -> int:  # noqa: ANN401 - as above
        """Receive a film and return its id."""
        film_id = self.receive(source, **stated).film_id
        assert film_id is not None
        return film_id

    def work(self, *, scorer: Scorer | None = None) -> Done:
        """Check and score until nothing waits."""
        if scorer is None:
            with read_transaction(self.engine) as session:
                active = scores.active_model(session=session)
            assert active is not None
            scorer = load_active_scorer(active, site=self.site)
        total = Done()
        with ScoringRun(scorer, actor="worker", site=self.site) as run:
            while (done := run.round()) is not None:
                total += done
        return total

    def admit(self, patient_id: int, *, bed: str = "1", hours: float = -1) -> int:
        """Open a stay and return its id."""
        stay = census.admit(
            patient_id,
            unit="ICU 1",
            bed=bed,
            admitted_at=START + timedelta(hours=hours),
            actor="tests",
            site=self.site,
        )
        assert stay.id is not None
        return stay.id

    def retract(self, film_id: int, *, reason: str = "wrong") -> Correction:
        """Retract a film, and work."""
        return self._worked(corrections.retract(film_id, reason=reason, actor=DR, site=self.site))

    def undo(self, film_id: int, *, reason: str = "") -> Correction:
        """Undo a film's retraction, and work."""
        return self._worked(corrections.undo_retraction(film_id, reason=reason, actor=DR, site=self.site))

    def overrule(self, film_id: int) -> Correction:
        """Decide that a film is right after all, and work."""
        return self._worked(corrections.overrule(film_id, reason="seen", actor=DR, site=self.site))

    def move(self, film_id: int, patient: int | PatientIdentity, *, confirmed: bool = False) -> Correction:
        """Give a film to another patient, and work."""
        return self._worked(
            corrections.move(film_id, patient, reason="mixed up", actor=DR, confirmed=confirmed, site=self.site)
        )

    def merge(self, source: int, target: int, *, confirmed: bool = False) -> Correction:
        """Make two records one, and work."""
        return self._worked(merging.merge(source, target, actor=DR, confirmed=confirmed, site=self.site))

    def _worked(self, done: Correction) -> Correction:
        self.work()
        return done

    def film(self, film_id: int) -> Film:
        """Return a film's row."""
        with read_transaction(self.engine) as session:
            film = session.get(Film, film_id)
        assert film is not None
        return film

    def films(self) -> list[Film]:
        """Return all films."""
        return self._all(select(Film).order_by(col(Film.id)))

    def states(self, *film_ids: int) -> list[str]:
        """Return the films' states."""
        return [self.film(film_id).state.value for film_id in film_ids]

    def scores(self) -> list[FilmScore]:
        """Return all scores, by film."""
        return self._all(select(FilmScore).order_by(col(FilmScore.film_id), col(FilmScore.id)))

    def way(self, film_id: int) -> list[str]:
        """Return the states a film has gone through."""
        found = select(FilmTransition).where(col(FilmTransition.film_id) == film_id).order_by(col(FilmTransition.id))
        return [step.state.value for step in self._all(found)]

    def flags(self) -> list[Flag]:
        """Return all flags, by film."""
        return self._all(select(Flag).order_by(col(Flag.film_id), col(Flag.id)))

    def flag_states(self) -> list[tuple[int, str, str]]:
        """Return film, kind and state of all flags, by film."""
        return [(flag.film_id, flag.kind.value, flag.state.value) for flag in self.flags()]

    def history(self, flag: Flag) -> list[FlagAction]:
        """Return what happened to a flag."""
        with read_transaction(self.engine) as session:
            return flags.history(flag.id or 0, session=session)

    def _all(self, statement: Select[Any]) -> list[Any]:
        with read_transaction(self.engine) as session:
            return list(session.scalars(statement))


def make_bench(engine: Engine, data_dir: Path) -> Bench:
    """Return a bench on an opened, migrated database; the scorer ``mean-grey`` must be registered."""
    url = engine.url.render_as_string(hide_password=False)
    return Bench(load_settings(data_dir=data_dir, database_url=url, scorer="mean-grey", site_zone="UTC"), engine)


_KEPT: dict[str, tuple[TemporaryDirectory[str], datetime]] = {}


def prepared(bench: Bench, build: Callable[[Bench], object]) -> Bench:
    """Give a new site what `build` makes of it; on SQLite made once a process, then copied, database and films.

    To receive and score a few films takes half a second, to copy their site some milliseconds.
    """
    place = bench.engine.url.database
    if bench.engine.dialect.name != "sqlite" or place is None:
        build(bench)
        return bench
    name = f"{build.__module__}.{build.__qualname__}"
    if name not in _KEPT:
        build(bench)
        # The last connection to close writes the log into the database.
        bench.engine.dispose()
        folder = TemporaryDirectory(prefix="lungline-kept-")
        shutil.copyfile(place, Path(folder.name) / "timeline.db")
        shutil.copytree(bench.settings.data_dir, Path(folder.name) / "data")
        _KEPT[name] = folder, bench.now
        return bench
    folder, bench.now = _KEPT[name]
    bench.engine.dispose()
    shutil.copyfile(Path(folder.name) / "timeline.db", place)
    shutil.copytree(Path(folder.name) / "data", bench.settings.data_dir, dirs_exist_ok=True)
    # A new one: the other has seen the database as it was.
    bench.engine = create_engine(bench.engine.url.render_as_string(hide_password=False))
    return bench
