"""Films that two people read blind and differently, and what a third look settled."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import combinations

from sqlmodel import Session

from core.human_reading import MAXIMA, LungScores
from core.types import Measure
from dashboard.errors import NotAllowedError
from dashboard.services.people.typed_names import typed_name_key
from dashboard.services.readers.sessions import lung_scores
from dashboard.services.site.opening import Site
from db.engine import read_transaction, transaction
from db.models import FilmState, SettledReading
from db.read_models.readings import read_session_films, read_sessions
from db.repositories import settled_readings
from db.repositories.site import write_audit

LEAST_DIFFERENCE = 2.0
"""Points of a whole film's extent (0-8) or opacity (0-6). Change below two points is within the noise of readings."""
GONE = (
    "These two readings are not to be settled any more: one was corrected, or the film was set aside. Nothing stored."
)


@dataclass(frozen=True)
class OneReading:
    """What one of the two readers read."""

    reading_id: int
    reader: str
    scores: LungScores


@dataclass(frozen=True)
class Settled:
    """What a named person settled."""

    scores: LungScores
    by: str
    at: datetime


@dataclass(frozen=True)
class Disagreement:
    """A film on which two readers differ by `LEAST_DIFFERENCE` or more.

    Attributes
    ----------
    first, second : OneReading
        By the readers' names.
    settled : Settled or None
        None while it waits.
    """

    film_id: int
    first: OneReading
    second: OneReading
    settled: Settled | None

    @property
    def name(self) -> str:
        """Return both readings by their ids: what a press is meant for."""
        return f"{self.first.reading_id}-{self.second.reading_id}"

    def difference(self, measure: Measure) -> float:
        """Return the second reading minus the first, points of the whole film."""
        first, second = (float(getattr(one.scores, measure.value)) for one in (self.first, self.second))
        return second - first


def disagreements(*, site: Site) -> tuple[Disagreement, ...]:
    """Return the films that two readers differ on, those that wait first, then the largest difference first.

    Only readings of blind sessions whose results were shown: nobody learns of another reading while still blind.
    """
    with read_transaction(site.engine) as session:
        return _found(session=session)


def settle(first_reading_id: int, second_reading_id: int, scores: LungScores, *, actor: str, site: Site) -> None:
    """Store what is settled on a film, by a named person; both readings stay as they are.

    Raises
    ------
    NotAllowedError
        The two readings do not differ any more, or the scores contradict each other.
    ValueError
        Nobody is named.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        name = f"{first_reading_id}-{second_reading_id}"
        meant = next((one for one in _found(session=session) if one.name == name), None)
        if meant is None:
            raise NotAllowedError(GONE)
        if scores.contradiction:
            raise NotAllowedError(scores.contradiction)
        row = SettledReading(
            film_id=meant.film_id,
            first_reading_id=first_reading_id,
            second_reading_id=second_reading_id,
            settled_by=actor,
            settled_at=now,
            **asdict(scores),
        )
        settled_readings.add(row, session=session)
        write_audit(actor, "settle", "film", meant.film_id, {"readings": name}, now=now, session=session)


def _found(*, session: Session) -> tuple[Disagreement, ...]:
    rows = settled_readings.newest(session=session)
    found = []
    for film_id, readings in _read(session=session).items():
        for first, second in combinations(sorted(readings.values(), key=lambda one: one.reader), 2):
            row = rows.get((first.reading_id, second.reading_id))
            found.append(Disagreement(film_id, first, second, None if row is None else _settled(row)))
    differing = [one for one in found if _size(one) >= LEAST_DIFFERENCE]
    return tuple(sorted(differing, key=lambda one: (one.settled is not None, -_size(one), one.name)))


def _read(*, session: Session) -> dict[int, dict[str, OneReading]]:
    """Return what each reader read last on each film; a name typed in other letters is the same reader."""
    read: dict[int, dict[str, OneReading]] = defaultdict(dict)
    for facts in reversed(read_sessions(session=session)):
        if not facts.blind or facts.hides_results:
            continue
        for film in read_session_films(facts.session_id, session=session):
            scores = lung_scores(film.reading) if film.reading else None
            if film.reading and scores and film.state is FilmState.ACCEPTED:
                reading = OneReading(film.reading.reading_id, facts.reader, scores)
                read[film.film_id][typed_name_key(facts.reader)] = reading
    return read


def _size(one: Disagreement) -> float:
    return max(abs(one.difference(measure)) for measure in Measure)


def _settled(row: SettledReading) -> Settled:
    return Settled(LungScores(**{name: getattr(row, name) for name in MAXIMA}), row.settled_by, row.settled_at)
