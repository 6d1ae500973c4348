"""Scenes for the life of flags: scored films put straight into a site's database, so that they are quick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

from film_site import START, Bench

from core.types import PatientIdentity, PatientPosition, Score, ViewPosition
from dashboard.services.worker.process import reevaluate
from db.engine import read_transaction, transaction
from db.models import Film, FilmState, Flag, FlagState
from db.repositories import films, flags, key, patients, scores, stays

AT_THE_BED = (ViewPosition.AP, PatientPosition.SUPINE)
STANDING = (ViewPosition.PA, PatientPosition.ERECT)


@dataclass
class Scene:
    """One site with a patient or two; times are hours after `START`.

    The scorer for tests calls a change large from 1.8 points of 8 on, and real from 1.1.
    """

    bench: Bench
    _films: int = 0

    def admit(self, number: str = "4711", bed: str = "1", unit: str = "ICU 1", hours: float = -1) -> tuple[int, int]:
        """Admit a new patient; return the ids of patient and stay."""
        patient_id, at = self.patient(number), START + timedelta(hours=hours)
        with transaction(self.bench.engine) as session:
            return patient_id, key(stays.admit(patient_id, unit, bed, admitted_at=at, session=session))

    def patient(self, number: str) -> int:
        """Add a patient who is in no unit; return the id."""
        with transaction(self.bench.engine) as session:
            return key(patients.find_or_create(PatientIdentity(number), now=self.bench.now, session=session))

    def film(
        self,
        patient_id: int,
        hours: float,
        level: float,
        *,
        taken: tuple[ViewPosition, PatientPosition] = AT_THE_BED,
        version: str = "1",
        at: float | None = None,
    ) -> int:
        """Let a film arrive `at` hours (None: when it is taken) and be scored; return its id."""
        self.bench.now = max(self.bench.now, START + timedelta(hours=hours if at is None else at))
        self._films += 1
        acquired = START + timedelta(hours=hours)
        with transaction(self.bench.engine) as session:
            stay = stays.stay_at(patient_id, acquired, zone=UTC, session=session)
            row = Film(
                patient_id=patient_id,
                stay_id=stay.id if stay else None,
                content_hash=f"film-{self._films}",
                pixel_hash=f"film-{self._films}",
                acquired_at=acquired,
                received_at=self.bench.now,
                state=FilmState.ACCEPTED,
                view_position=taken[0],
                patient_position=taken[1],
            )
            film_id = key(films.add(row, actor="tests", now=self.bench.now, session=session))
        self.score(film_id, level, version=version)
        return film_id

    def score(self, film_id: int, level: float, *, version: str = "1") -> None:
        """Score a film, as the worker does."""
        with transaction(self.bench.engine) as session:
            scores.add(film_id, Score("mean-grey", version, level, level / 2), now=self.bench.now, session=session)
            owner = films.get(film_id, session=session).patient_id
            reevaluate({owner}, now=self.bench.now, site=self.bench.site, session=session)

    def reevaluate(self, *patient_ids: int) -> None:
        """Re-evaluate the flags of patients."""
        with transaction(self.bench.engine) as session:
            reevaluate(set(patient_ids), now=self.bench.now, site=self.bench.site, session=session)

    def set_film(self, film_id: int, state: FilmState, reason: str = "") -> None:
        """Set a film's state and bring the flags in step."""
        with transaction(self.bench.engine) as session:
            film = films.get(film_id, session=session)
            films.set_state(film, state, reason, actor="tests", now=self.bench.now, session=session)
            reevaluate({film.patient_id}, now=self.bench.now, site=self.bench.site, session=session)

    def standing(self) -> list[tuple[int, str, str]]:
        """Return film, kind and state of every flag, by film."""
        return self.bench.flag_states()

    def flag(self, film_id: int, version: str = "1") -> Flag:
        """Return the flag that begins with a film."""
        found = [flag for flag in self.bench.flags() if (flag.film_id, flag.model_version) == (film_id, version)]
        assert len(found) == 1, found
        return found[0]

    def life(self, film_id: int, version: str = "1") -> list[tuple[str, str]]:
        """Return the history of the flag that begins with a film: state and reason of each step."""
        return [(one.state.value, one.reason) for one in self.bench.history(self.flag(film_id, version))]

    def listed(self, film_id: int) -> list[int]:
        """Return the films listed under the flag that begins with a film."""
        flag_id = key(self.flag(film_id))
        with read_transaction(self.bench.engine) as session:
            return sorted(row.film_id for row in flags.films_of([flag_id], session=session)[flag_id])

    def n_steps(self) -> int:
        """Return how many steps are written down for all flags."""
        return sum(len(self.bench.history(flag)) for flag in self.bench.flags())


OPEN = FlagState.OPEN.value
