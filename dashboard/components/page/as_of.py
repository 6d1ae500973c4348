"""The past, by `?as_of=` in the address: what stood then."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

import streamlit as st

from dashboard.components.page.text import plain
from dashboard.wording.times import TimeScale

AS_OF = "as_of"
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are taken for mistakes."""


def parse_as_of(text: str, zone: tzinfo) -> datetime | None:
    """Return the time of an address, None where it is none; without an offset it is the site's time."""
    # An address that was not encoded turns the + of an offset into a space.
    text = re.sub(r" (\d{2}:?\d{2})$", r"+\1", text.strip()) if "T" in text else text.strip()
    try:
        time = datetime.fromisoformat(text)
        time = time if time.tzinfo else time.replace(tzinfo=zone)
        # Every place that says it needs room around it: other zones, and spans of days before and after.
        return time if EARLIEST <= time.astimezone(UTC) <= LATEST else None
    except (ValueError, OverflowError):
        return None


def as_of_from_address(zone: tzinfo) -> datetime | None:
    """Return the time the address asks for; says so where it cannot be understood."""
    text = st.query_params.get(AS_OF)
    if not text:
        return None
    time = parse_as_of(text, zone)
    if time is None:
        st.warning("The time in the address is not understood, so this is the present. Write it like 2026-03-01T06:00.")
    return time


def draw_as_of_notice(as_of: datetime | None, scale: TimeScale) -> None:
    """Say that this is the past, with the way back."""
    if as_of is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        plain(f"This is what stood at {scale.text(as_of)}, not what stands now. Units and beds are the present ones.")
        if st.button("Show the present", key="present"):
            del st.query_params["as_of"]
            st.rerun()
