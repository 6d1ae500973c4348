"""Films that only a person can compare: what a verdict that cannot tell leaves open, on every list beside the flags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.trend.types import Change, FlagKind
from dashboard.services.site.opening import Site
from dashboard.services.ward.beside import beside_change
from dashboard.services.ward.board import Board, BoardRow
from db.engine import read_transaction
from db.read_models.bedside import read_bedside
from db.read_models.flag_history import read_looks_resolved


@dataclass(frozen=True)
class ToCompare:
    """A film of a stay that cannot be compared by its score.

    Attributes
    ----------
    change : Change
        With its size, which is no verdict; without one where the order of the films is not known.
    beside : tuple of str
        What physiology and events say of the time between the films.
    """

    row: BoardRow
    change: Change
    beside: tuple[str, ...]


def to_compare(board: Board, *, as_of: datetime | None = None, site: Site) -> tuple[ToCompare, ...]:
    """Return the films of a board to compare by eye, the largest difference first.

    A film whose own flag asks for a look is left to that flag, also once somebody has acknowledged, put off or resolved
    it.
    """
    open_questions = [(row, change) for row in board.rows if (change := _open_question(row))]
    if not open_questions:
        return ()
    with read_transaction(site.engine) as session:
        known = read_bedside({row.stay.patient_id for row, _ in open_questions}, as_of=as_of, session=session)
        seen = read_looks_resolved({change.film_id for _, change in open_questions}, as_of=as_of, session=session)
    found = (
        ToCompare(row, change, tuple(said.text for said in beside_change(row, change, known)))
        for row, change in open_questions
        if change.film_id not in seen
    )
    return tuple(sorted(found, key=lambda one: (-abs(one.change.change or 0.0), one.row.stay.stay_id)))


def _open_question(row: BoardRow) -> Change | None:
    change = row.question
    if change is None:
        return None
    own = (*row.open_flags, *row.seen_flags)
    asked = any(flag.kind is FlagKind.LOOK and flag.film_id == change.film_id for flag in own)
    return None if asked else change
