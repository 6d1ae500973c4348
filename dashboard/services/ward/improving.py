"""Patients whose newest film shows a drop, alone or after others: where less support may be considered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.physiology import Explanation, Fit
from core.trend.types import Change
from core.trend.wording import DROPS
from dashboard.services.site.opening import Site
from dashboard.services.ward.beside import beside_change
from dashboard.services.ward.board import Board, BoardRow
from db.engine import read_transaction
from db.read_models.bedside import read_bedside


class Support(StrEnum):
    """What physiology says of a drop on film. UNKNOWN: nothing is known that could agree."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Improving:
    """A patient whose newest film shows a drop.

    Attributes
    ----------
    change : Change
        Against the recent level, else that of the level over several films.
    explanations : tuple of Explanation
        What physiology and events say of the time between the films.
    """

    row: BoardRow
    change: Change
    explanations: tuple[Explanation, ...]

    @property
    def support(self) -> Support:
        """Return AGREES only where nothing speaks against the drop, nor for another reason of it."""
        fits = {explanation.fit for explanation in self.explanations}
        if fits & {Fit.DISAGREES, Fit.MAY_EXPLAIN}:
            return Support.DISAGREES
        return Support.AGREES if Fit.AGREES in fits else Support.UNKNOWN


def improving(board: Board, *, as_of: datetime | None = None, site: Site) -> tuple[Improving, ...]:
    """Return the patients of a board with a drop on their newest film: first those that physiology agrees with.

    A row that is not up to date is left out, for its newest film is not the latest word.

    Parameters
    ----------
    board : Board
        Against the recent level: no other drop counts.
    """
    if board.reference is not ALERTING_REFERENCE:
        raise ValueError(f"A board since {board.reference} lists no drops that count. Give the one that alerts.")
    known_drops = ((row, _drop(row)) for row in board.rows if not row.behind)
    dropped = [(row, change) for row, change in known_drops if change is not None]
    if not dropped:
        return ()
    with read_transaction(site.engine) as session:
        known = read_bedside({row.stay.patient_id for row, _ in dropped}, as_of=as_of, session=session)
    found = [Improving(row, change, beside_change(row, change, known)) for row, change in dropped]
    return tuple(sorted(found, key=_order))


def _drop(row: BoardRow) -> Change | None:
    return next((one for one in (row.change, row.sustained) if one is not None and one.verdict in DROPS), None)


def _order(one: Improving) -> tuple[int, float, int]:
    return (list(Support).index(one.support), one.change.change or 0.0, one.row.stay.stay_id)
