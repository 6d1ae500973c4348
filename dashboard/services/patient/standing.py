"""Whether a film is on the trend, or why not, and whether a flag is open. Silence must never read as "stable"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.trend.types import ScoredFilm
from core.types import TimeDoubt
from db.models import LONGEST_SNOOZE, FilmState, FlagState
from db.read_models.facts import FilmFacts, FlagFacts


class Absence(StrEnum):
    """Why a film is not on the trend."""

    WAITING_FOR_CHECKS = "waiting_for_checks"
    WAITING_FOR_SCORE = "waiting_for_score"
    REJECTED = "rejected"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    RETRACTED = "retracted"
    WITHOUT_TIME = "without_time"
    IMPOSSIBLE_TIME = "impossible_time"


ABSENCES_IN_WORDS = {
    Absence.WAITING_FOR_CHECKS: "waiting for its checks",
    Absence.WAITING_FOR_SCORE: "waiting for its score",
    Absence.REJECTED: "rejected by a check",
    Absence.FAILED: "could not be read or scored",
    Absence.QUARANTINED: "set aside until a person decides",
    Absence.DUPLICATE: "the same as another film",
    Absence.RETRACTED: "retracted",
    Absence.WITHOUT_TIME: "without a time",
    Absence.IMPOSSIBLE_TIME: "dated when it cannot have been taken",
}
"""Of one film."""


SET_ASIDE = frozenset({Absence.QUARANTINED, Absence.IMPOSSIBLE_TIME})
"""Films that wait for what only a person knows: whose, or of when."""
SETTLED_ELSEWHERE = frozenset({Absence.DUPLICATE, Absence.RETRACTED})
"""Films that are no gap in the trend: another one stands for them, or a person took them away."""

ABSENCE_OF_STATE = {
    FilmState.RECEIVED: Absence.WAITING_FOR_CHECKS,
    FilmState.ACCEPTED: Absence.WAITING_FOR_SCORE,
    FilmState.REJECTED: Absence.REJECTED,
    FilmState.FAILED: Absence.FAILED,
    FilmState.QUARANTINED: Absence.QUARANTINED,
    FilmState.DUPLICATE: Absence.DUPLICATE,
    FilmState.RETRACTED: Absence.RETRACTED,
}


@dataclass(frozen=True)
class OffTrend:
    """Films that are not on the trend for one reason.

    Attributes
    ----------
    reasons : tuple of str
        Each stated reason once, the newest film's first; empty where the absence says it all.
    film_ids : tuple of int
        Newest first.
    """

    absence: Absence
    count: int
    reasons: tuple[str, ...]
    film_ids: tuple[int, ...]


def absence_of(film: FilmFacts) -> Absence | None:
    """Return why a film is not on the trend, None where it is."""
    if film.state is FilmState.QUARANTINED and film.time_doubt is TimeDoubt.IMPOSSIBLE:
        return Absence.IMPOSSIBLE_TIME
    if film.state is not FilmState.ACCEPTED or film.score is None:
        return ABSENCE_OF_STATE[film.state]
    return Absence.WITHOUT_TIME if film.acquired_at is None else None


def is_settled(film: FilmFacts) -> bool:
    """Return whether a film is no gap in the trend although it is not on it."""
    return absence_of(film) in SETTLED_ELSEWHERE


def on_trend(films: Iterable[FilmFacts]) -> tuple[ScoredFilm, ...]:
    """Return the points of the trajectory."""
    return tuple(
        ScoredFilm(
            film_id=film.film_id,
            stay_id=film.stay_id,
            acquired_at=film.acquired_at,
            time_precision=film.time_precision,
            view_position=film.view_position,
            patient_position=film.patient_position,
            score=film.score,
            received_at=film.received_at,
            time_doubt=film.time_doubt,
        )
        for film in films
        if absence_of(film) is None and film.acquired_at is not None and film.score is not None
    )


def off_trend(films: Sequence[FilmFacts]) -> tuple[OffTrend, ...]:
    """Return the films that are not on the trend, by reason, in the order of `Absence`."""
    newest_first = sorted(films, key=moment_of, reverse=True)
    found: dict[Absence, list[FilmFacts]] = {}
    for film in newest_first:
        absence = absence_of(film)
        if absence is not None:
            found.setdefault(absence, []).append(film)
    return tuple(
        OffTrend(
            absence,
            len(found[absence]),
            tuple(dict.fromkeys(film.reason for film in found[absence] if film.reason)),
            tuple(film.film_id for film in found[absence]),
        )
        for absence in Absence
        if absence in found
    )


def in_doubt(films: Iterable[FilmFacts], *, moment: datetime, within_hours: float) -> tuple[FilmFacts, ...]:
    """Return the films on the trend whose time is in doubt, of those that came in the last hours, the newest first."""
    since = moment - timedelta(hours=within_hours)
    recent = (film for film in films if film.time_doubt is not None and film.received_at > since)
    return tuple(sorted((film for film in recent if absence_of(film) is None), key=moment_of, reverse=True))


def of_other_persons(films: Iterable[FilmFacts]) -> tuple[FilmFacts, ...]:
    """Return the films that a person gave to their patient although they name another one, newest first."""
    marked = (film for film in films if film.other_person and not is_settled(film))
    return tuple(sorted(marked, key=moment_of, reverse=True))


def moment_of(film: FilmFacts) -> datetime:
    """Return when a film was taken, or, where nobody says, when it came."""
    return film.acquired_at or film.received_at


def is_open(flag: FlagFacts, moment: datetime) -> bool:
    """Return whether a flag asks for somebody at `moment`; a snooze that has ended is open again."""
    return flag.state is FlagState.OPEN or (
        flag.state is FlagState.SNOOZED and is_awake(flag.snoozed_until, moment=moment)
    )


def is_awake(snoozed_until: datetime | None, *, moment: datetime) -> bool:
    """Return whether a snooze has ended, or ends so late that it was set by a clock that was wrong.

    In SQL it is `db.repositories.flags.snooze_ended`.
    """
    return snoozed_until is None or not moment < snoozed_until <= moment + LONGEST_SNOOZE
