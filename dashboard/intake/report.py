"""What an import did, file by file where a file was not scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from core.films.kinds import FileKind
from db.models import Film, FilmScore, FilmState

IDS_PER_STATEMENT = 500


class FileOutcome(StrEnum):
    """What became of a file."""

    SCORED = "scored"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    LEFT_OUT = "left out"


OUTCOME_OF_STATE = {
    FilmState.RECEIVED: FileOutcome.WAITING,
    FilmState.ACCEPTED: FileOutcome.WAITING,
    FilmState.REJECTED: FileOutcome.REJECTED,
    FilmState.RETRACTED: FileOutcome.REJECTED,
    FilmState.FAILED: FileOutcome.FAILED,
    FilmState.QUARANTINED: FileOutcome.QUARANTINED,
    FilmState.DUPLICATE: FileOutcome.DUPLICATE,
}

WAITS_FOR = {
    FilmState.RECEIVED: "Stored; it waits for its checks.",
    FilmState.ACCEPTED: "Stored; it waits to be scored.",
}


@dataclass(frozen=True)
class FileReason:
    """Why a file was not scored."""

    name: str
    outcome: FileOutcome
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """The counts of an import.

    Attributes
    ----------
    received : int
        Films newly stored.
    accepted : int
        Of those, films that passed the checks and may be scored.
    duplicates : int
        Files already stored, by their bytes or their pixels.
    scored : int
        By the active model.
    waiting : int
        Stored, to be scored later.
    left_out : int
        Rows and values of the data set that are no chest film, or cannot be placed in time.
    reasons : tuple of FileReason
        One per file that was not scored.
    notes : tuple of str
        On the data set as a whole.
    passed_over : mapping
        How many files of folders were no films, by kind.
    """

    received: int
    accepted: int
    duplicates: int
    rejected: int
    failed: int
    quarantined: int
    scored: int
    waiting: int
    left_out: int
    reasons: tuple[FileReason, ...]
    notes: tuple[str, ...]
    passed_over: Mapping[FileKind, int]
    seconds: float

    @property
    def complete(self) -> bool:
        """Return whether every film is scored, or was there already."""
        return self.rejected + self.failed + self.quarantined + self.waiting == 0


def summed(
    films: Sequence[tuple[str, int]],
    others: Iterable[FileReason],
    *,
    model: tuple[str, str],
    notes: tuple[str, ...],
    passed_over: Mapping[FileKind, int],
    seconds: float,
    session: Session,
) -> ImportReport:
    """Return the report over the films newly stored, by name and id, and all other files."""
    states = _states([film_id for _, film_id in films], model, session=session)
    own = [FileReason(name, states[film_id].outcome, states[film_id].reason) for name, film_id in films]
    reasons = [*own, *others]
    counts = Counter(reason.outcome for reason in reasons)
    return ImportReport(
        received=len(films),
        accepted=sum(states[film_id].state is FilmState.ACCEPTED for film_id in {film_id for _, film_id in films}),
        duplicates=counts[FileOutcome.DUPLICATE],
        rejected=counts[FileOutcome.REJECTED],
        failed=counts[FileOutcome.FAILED],
        quarantined=counts[FileOutcome.QUARANTINED],
        scored=counts[FileOutcome.SCORED],
        waiting=counts[FileOutcome.WAITING],
        left_out=counts[FileOutcome.LEFT_OUT],
        reasons=tuple(reason for reason in reasons if reason.outcome is not FileOutcome.SCORED),
        notes=notes,
        passed_over=passed_over,
        seconds=seconds,
    )


def unsettled(film_ids: Sequence[int], model: tuple[str, str], *, session: Session) -> set[int]:
    """Return which of these films still wait for the checks or for a score."""
    states = _states(film_ids, model, session=session)
    return {film_id for film_id, one in states.items() if one.outcome is FileOutcome.WAITING}


class _Standing(NamedTuple):
    state: FilmState
    outcome: FileOutcome
    reason: str


def _states(film_ids: Sequence[int], model: tuple[str, str], *, session: Session) -> dict[int, _Standing]:
    found: dict[int, _Standing] = {}
    scored = (
        select(col(FilmScore.id))
        .where(
            col(FilmScore.film_id) == col(Film.id),
            col(FilmScore.model) == model[0],
            col(FilmScore.model_version) == model[1],
        )
        .exists()
    )
    for start in range(0, len(film_ids), IDS_PER_STATEMENT):
        some = film_ids[start : start + IDS_PER_STATEMENT]
        statement = select(col(Film.id), col(Film.state), col(Film.reason), scored).where(col(Film.id).in_(some))
        for film_id, state, reason, is_scored in session.execute(statement):
            outcome = OUTCOME_OF_STATE[state]
            if outcome is FileOutcome.WAITING and state is FilmState.ACCEPTED and is_scored:
                outcome = FileOutcome.SCORED
            waits_for = WAITS_FOR[state] if outcome is FileOutcome.WAITING else ""
            found[film_id or 0] = _Standing(state, outcome, reason or waits_for)
    return found
