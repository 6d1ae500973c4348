"""What physiology and events say beside a change of the board."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from core.trend.physiology import Explanation, Measured, explain
from core.trend.types import Change
from core.types import TimePrecision
from dashboard.services.patient.film_basis import happened
from dashboard.services.ward.board import BoardRow
from db.read_models.bedside import Bedside


class _Taken(NamedTuple):
    acquired_at: datetime
    time_precision: TimePrecision


def beside_change(row: BoardRow, change: Change, bedside: Bedside) -> tuple[Explanation, ...]:
    """Return what is known of the time between the two films of a change; nothing where one is not on the row."""
    films = {point.film_id: _Taken(point.at, point.time_precision) for point in row.series}
    earlier, film = films.get(change.reference_film_id or 0), films.get(change.film_id)
    if earlier is None or film is None:
        return ()
    measured = [Measured(observation.name, observation.value, observation.at) for observation in bedside.observations]
    events = [event for noted in bedside.events if (event := happened(noted))]
    return explain(change, earlier, film, measured=measured, events=events)
