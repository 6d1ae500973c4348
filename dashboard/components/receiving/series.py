"""Pictures of one patient as a series: their order, and times for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard import queries
from dashboard.components.census.forms import moment_fields
from dashboard.components.page.text import alert, plain
from dashboard.components.receiving.chosen_files import UploadedFile

FIRST, HOURS, REFUSED = "first", "hours-between", "series-refused"


def picture_key(file: UploadedFile, key: str) -> str:
    """Return the key of a picture's fields: given once, so that no other file takes its time when one is taken out."""
    given: dict[str, int] = st.session_state.setdefault(f"{key}-numbers", {})
    return f"{key}-{given.setdefault(file.file_id, len(given))}"


def in_order(pictures: Sequence[UploadedFile], key: str) -> list[UploadedFile]:
    """Return the pictures as a person has put them in order; new ones come last."""
    kept: list[str] = st.session_state.get(f"{key}-order", [])
    place = {file_id: number for number, file_id in enumerate(kept)}
    ordered = sorted(pictures, key=lambda file: place.get(file.file_id, len(place)))
    st.session_state[f"{key}-order"] = [file.file_id for file in ordered]
    return ordered


def draw_series(pictures: Sequence[UploadedFile], key: str) -> None:
    """Draw how several pictures get their times at once."""
    with st.expander("Several films in a row: order and times"):
        plain(
            "Put the films in order below, earliest first. Then enter when the first was taken and the hours between "
            "two films. Check every time afterwards: each can still be changed."
        )
        moment_fields("First film taken", key=f"{key}-{FIRST}", zone=queries.zone(), prefilled=False)
        st.number_input("Hours between two films", 0.5, 168.0, 24.0, step=0.5, key=f"{key}-{HOURS}")
        with st.container(horizontal=True):
            st.button("Give these times", key=f"{key}-give", on_click=_give_times, args=(list(pictures), key))
            st.button("Sort by time", key=f"{key}-sort", on_click=_sort, args=(list(pictures), key))
        if said := st.session_state.get(f"{key}-{REFUSED}"):
            alert(said)


def draw_moves(place: int, pictures: Sequence[UploadedFile], key: str) -> None:
    """Draw the buttons that move a picture of the series; `place` counts from 0."""
    with st.container(horizontal=True, key=f"{picture_key(pictures[place], key)}-moves"):
        for step, word, end in ((-1, "earlier", 0), (1, "later", len(pictures) - 1)):
            st.button(
                f"Move film {place + 1} {word}",
                key=f"{picture_key(pictures[place], key)}-{word}",
                disabled=place == end,
                on_click=_move,
                args=(pictures[place].file_id, step, key),
            )


def _move(file_id: str, step: int, key: str) -> None:
    order: list[str] = st.session_state[f"{key}-order"]
    place = order.index(file_id)
    if 0 <= place + step < len(order):
        order[place], order[place + step] = order[place + step], order[place]


def _sort(pictures: Sequence[UploadedFile], key: str) -> None:
    times = {file.file_id: _entered(picture_key(file, key)) for file in pictures}
    order: list[str] = st.session_state[f"{key}-order"]
    # Films without a time stay last, in the order they had.
    st.session_state[f"{key}-order"] = sorted(order, key=lambda one: times.get(one) or datetime.max)  # noqa: DTZ901


def _give_times(pictures: Sequence[UploadedFile], key: str) -> None:
    first = _entered(f"{key}-{FIRST}")
    if first is None:
        st.session_state[f"{key}-{REFUSED}"] = "Nothing was changed. Enter date and time of the first film."
        return
    st.session_state.pop(f"{key}-{REFUSED}", None)
    zone, hours = queries.zone(), st.session_state[f"{key}-{HOURS}"]
    for number, file in enumerate(pictures):
        # Hours that pass, also over the night when the clocks change.
        at = (first.replace(tzinfo=zone).astimezone(UTC) + timedelta(hours=number * hours)).astimezone(zone)
        own = picture_key(file, key)
        st.session_state[f"{own}-date"], st.session_state[f"{own}-time"] = at.date(), at.time()


def _entered(key: str) -> datetime | None:
    """Return what stands in the fields of a time, as on the wall clock."""
    day, clock = st.session_state.get(f"{key}-date"), st.session_state.get(f"{key}-time")
    return None if day is None or clock is None else datetime.combine(day, clock)
