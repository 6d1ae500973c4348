"""What physiology and events say beside a change of the board."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from core.trend.physiology import Explanation
from core.trend.types import Change
from core.types import TimePrecision
from dashboard.services.patient.film_basis import explained
from dashboard.services.ward.board import BoardRow
from db.read_models.bedside import Bedside


class _Taken(NamedTuple):
    acquired_at: datetime
    time_precision: TimePrecision


def beside_change(row: BoardRow, change: Change, known: Mapping[int, Bedside]) -> tuple[Explanation, ...]:
    """Return what is known of the time between the two films of a change; nothing where one is not on the row.

    Parameters
    ----------
    known : mapping
        By patient, as `read_bedside` returns it.
    """
    films = {point.film_id: _Taken(point.at, point.time_precision) for point in row.series}
    earlier, film = films.get(change.reference_film_id or 0), films.get(change.film_id)
    if earlier is None or film is None:
        return ()
    return explained(change, earlier, film, known.get(row.stay.patient_id, Bedside()))
