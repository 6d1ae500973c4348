"""A site with patients and scored films for the tests of the screens, made through the services and repositories."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from film_factory import chest_values, dicom_bytes
from migrated import write_migrated_sqlite
from numpy.typing import NDArray
from sqlalchemy import Engine

from core.scoring import registry
from core.types import Interval, PatientIdentity, PatientPosition, Score, TimePrecision, ViewPosition
from dashboard.services.receiving.receive import StatedFacts, receive_film
from dashboard.services.site.opening import Site, open_site
from dashboard.services.worker.process import reevaluate
from dashboard.settings import Settings, load_settings
from db.engine import transaction
from db.models import FilmState
from db.repositories import films, patients, scores, stays

MODEL, VERSION = "mean-grey", "1"
ACTOR = "test"


def register_test_scorer() -> None:
    """Make the scorer for tests known in this process; nothing loads it."""
    folder = str(Path(__file__).with_name("plugins"))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    registry.register(MODEL, "mean_grey")


@dataclass
class WardSite:
    """Puts patients and films into a database of its own; times are hours before `now`."""

    settings: Settings
    engine: Engine
    now: datetime
    _films: int = 0

    @property
    def site(self) -> Site:
        """Return the site at this moment."""
        return Site.of(self.settings, self.engine, self.clock)

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return a clock that stands still."""
        return lambda: self.now

    def patient(self, name: str, number: str = "", *, day_zero: datetime | None = None, issuer: str = "") -> int:
        """Add a patient; return the id."""
        number = number or f"P-{sha256(name.encode()).hexdigest()[:6]}"
        with transaction(self.engine) as session:
            identity = PatientIdentity(number, issuer, name)
            row = patients.find_or_create(identity, relative_day_zero=day_zero, now=self.now, session=session)
            assert row.id is not None
            return row.id

    def admit(self, name: str, bed: str, *, unit: str = "ICU A", hours_ago: float = 100.0, number: str = "") -> int:
        """Admit a new patient; return the patient's id."""
        patient_id = self.patient(name, number)
        with transaction(self.engine) as session:
            stays.admit(patient_id, unit, bed, admitted_at=self.now - timedelta(hours=hours_ago), session=session)
        return patient_id

    def film(
        self,
        patient_id: int,
        hours_ago: float,
        level: float | None = None,
        *,
        opacity: float | None = None,
        state: FilmState = FilmState.ACCEPTED,
        reason: str = "",
        view: ViewPosition = ViewPosition.AP,
        position: PatientPosition = PatientPosition.SUPINE,
        precision: TimePrecision = TimePrecision.SECOND,
        width: float = 0.8,
        pixels: NDArray[Any] | None = None,
        **parts: Any,  # noqa: ANN401 - fields of several types
    ) -> int:
        """Add a film, scored where a level (0-8) is given, with `parts` of the score; return its id.

        `pixels` are its grey values, of 12 bits where they are 16-bit integers; by default those of a small chest.
        """
        self._films += 1
        with transaction(self.engine) as session:
            patient = patients.get(patient_id, session=session)
            identity = PatientIdentity(patient.identifier, patient.issuer, patient.name)
        values = chest_values(seed=self._films) if pixels is None else pixels
        source = dicom_bytes(
            values,
            bits_stored=12 if values.dtype.itemsize == 2 else 8,
            SOPInstanceUID=f"1.2.826.0.1.3680043.10.99.{self._films}",
            PatientID=identity.identifier,
            IssuerOfPatientID=identity.issuer,
            PatientName=None,
            PatientBirthDate=None,
            PatientSex=None,
        )
        stated = StatedFacts(
            acquired_at=self.now - timedelta(hours=hours_ago),
            time_precision=precision,
            view_position=view,
            patient_position=position,
        )
        receipt = receive_film(
            source, stated=stated, original_name=f"film-{self._films}.dcm", actor=ACTOR, site=self.site
        )
        assert receipt.film_id is not None, receipt.reason
        assert receipt.patient_id == patient_id
        if state is not FilmState.RECEIVED:
            self.settle(receipt.film_id, state, reason)
        if level is not None:
            self.score(receipt.film_id, patient_id, level, level * 0.75 if opacity is None else opacity, width, **parts)
        return receipt.film_id

    def settle(self, film_id: int, state: FilmState, reason: str = "") -> None:
        """Say what became of a film."""
        with transaction(self.engine) as session:
            film = films.get(film_id, session=session)
            film.pixel_hash = film.content_hash
            films.set_state(film, state, reason, actor=ACTOR, now=self.now, session=session)

    def score(
        self,
        film_id: int,
        patient_id: int,
        level: float,
        opacity: float,
        width: float = 0.8,
        **parts: Any,  # noqa: ANN401 - fields of several types
    ) -> None:
        """Score a film and bring the flags in step."""
        score = Score(
            MODEL,
            VERSION,
            level,
            opacity,
            Interval(level - width, level + width, 0.9),
            Interval(opacity - width, opacity + width, 0.9),
            **({"geographic_extent_right": level / 2, "geographic_extent_left": level / 2} | parts),
        )
        with transaction(self.engine) as session:
            scores.add(film_id, score, now=self.now, session=session)
            reevaluate({patient_id}, now=self.now, site=self.site, session=session)


def open_ward_site(data_dir: Path, *, now: datetime | None = None) -> WardSite:
    """Return a new, empty site in `data_dir`."""
    register_test_scorer()
    database = data_dir / "lungline.db"
    write_migrated_sqlite(database)
    settings = load_settings(data_dir=data_dir, database_url=f"sqlite:///{database}", scorer=MODEL, site_zone="UTC")
    return WardSite(settings, open_site(settings).engine, now or datetime.now(UTC).replace(microsecond=0))
