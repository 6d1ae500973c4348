"""The address of a step: order, unit, round and stay, all absolute, so that it can be shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard.components.page.address import page_address
from dashboard.components.page.as_of import parse_as_of
from dashboard.components.page.sight import Sight
from dashboard.components.page.text import plain
from dashboard.services.ward.round import RoundOrder

STAY, ORDER, UNIT, SINCE = "stay", "order", "unit", "since"
SIGHT = Sight(STAY)
"""The patient in sight."""
NOT_UNDERSTOOD = "The time in the address is not understood, so this is the round under way."


@dataclass(frozen=True)
class RoundAddress:
    """What the address asks for.

    Attributes
    ----------
    unit : str or None
        None for all units.
    began_at : datetime or None
        Of the round; None for the round under way.
    """

    order: RoundOrder
    unit: str | None
    began_at: datetime | None

    def of_stay(self, stay_id: int) -> str:
        """Return the address of a stay's step."""
        parts = {ORDER: self.order.value}
        parts |= {UNIT: self.unit} if self.unit else {}
        parts |= {SINCE: _stamp(self.began_at)} if self.began_at else {}
        return page_address("round", parts | {STAY: str(stay_id)})


def read_address() -> RoundAddress:
    """Return what the address asks for; an order or time that is none is replaced by the usual one."""
    asked = st.query_params.get(ORDER, "")
    order = RoundOrder(asked) if asked in set(RoundOrder) else RoundOrder.BEDS
    since = st.query_params.get(SINCE, "")
    return RoundAddress(order, st.query_params.get(UNIT) or None, parse_as_of(since, UTC) if since else None)


def draw_not_understood(address: RoundAddress) -> None:
    """Say where the time in the address is none."""
    if st.query_params.get(SINCE) and address.began_at is None:
        plain(NOT_UNDERSTOOD, tone="warning")


def begin_at(began_at: datetime) -> None:
    """Put the beginning of another round into the address."""
    st.query_params[SINCE] = _stamp(began_at)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
