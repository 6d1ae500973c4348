"""Films that two readers read blind and differently: the list, and one film with both readings to be settled."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.human_reading import MAXIMA, LungScores
from core.types import Measure
from dashboard import commands, queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.films.comparison import ComparedFilm, film_alone
from dashboard.components.page.acting import actor_field, submit
from dashboard.components.page.text import heading, plain
from dashboard.components.reading.address import settling_address
from dashboard.services.readers.disagreements import LEAST_DIFFERENCE, Disagreement
from dashboard.theme import is_dark
from dashboard.wording.times import signed

WHAT = (
    f"Films that two readers read blind and on which they differ by {LEAST_DIFFERENCE:g} points or more, of extent or "
    "of opacity. Smaller differences are within the noise of readings. Agreement always rests on the two readings, "
    "never on what was settled."
)
LABELS = {
    "geographic_extent_right": "Right lung: extent",
    "opacity_right": "Right lung: opacity",
    "geographic_extent_left": "Left lung: extent",
    "opacity_left": "Left lung: opacity",
}
COLUMNS = ("Film", "First reader", "Second reader", "Extent, difference", "Opacity, difference", "Settled")


def draw_disagreements(found: Sequence[Disagreement]) -> None:
    """Draw the list, with its file; nothing where no two readers differ."""
    if not found:
        return
    waiting = sum(one.settled is None for one in found)
    st.header(f"Readings to settle: {waiting}")
    plain(WHAT)
    records = [_record(one) for one in found]
    caption = "Films on which two readers differ"
    chosen = record_table(
        caption, COLUMNS, records, key="reading-disagreements", dark=is_dark(), file="lungline-readings-to-settle.csv"
    )
    if chosen is not None:
        st.query_params.from_dict({"settle": chosen})
        st.rerun()


def draw_settling(one: Disagreement) -> None:
    """Draw the film with both readings and the form for what is settled; nothing says whose film it is."""
    heading("Settle a reading", (f"Film {one.film_id}",))
    film, form = st.columns([7, 4], gap="large")
    with film:
        words = f"Chest film {one.film_id}, read by {one.first.reader} and {one.second.reader}."
        url = queries.greys_url(one.film_id)
        film_alone(ComparedFilm(one.film_id, url, f"Film {one.film_id}", "", (), words), key=f"settle-film-{one.name}")
    with form:
        _draw_readings(one)
        _draw_form(one)
        st.page_link("views/reading.py", label="All readings", icon=":material/list:")


def _draw_readings(one: Disagreement) -> None:
    records = [
        Record(
            name,
            (
                Cell(label),
                *(Cell(f"{getattr(reading.scores, name):g}") for reading in (one.first, one.second)),
            ),
        )
        for name, label in LABELS.items()
    ]
    columns = ("Of", one.first.reader, one.second.reader)
    record_table("Both readings", columns, records, key=f"settle-readings-{one.name}", dark=is_dark())
    if one.settled is not None:
        plain(f"Settled by {one.settled.by}: {_totals(one.settled.scores)}. Saving again corrects it.")


def _draw_form(one: Disagreement) -> None:
    key = f"settle-{one.name}"
    with st.container(key="reading-settling"), st.form(key):
        values = {
            name: st.radio(label, range(int(MAXIMA[name]) + 1), index=None, horizontal=True, key=f"{name}-{one.name}")
            for name, label in LABELS.items()
        }
        actor = actor_field(key)

        def settle() -> None:
            given = {name: float(value) for name, value in values.items() if value is not None}
            if len(given) < len(values):
                raise ValueError("Score extent and opacity of both lungs.")
            commands.settle_reading(one.first.reading_id, one.second.reading_id, LungScores(**given), actor=actor)

        submit("Settle this reading", key=key, work=settle, done="The reading is settled.", actor=actor)


def _record(one: Disagreement) -> Record:
    settled = one.settled
    cells = (
        Cell(f"Film {one.film_id}", strong=True),
        *(Cell(reading.reader, (_totals(reading.scores),)) for reading in (one.first, one.second)),
        *(Cell(signed(one.difference(measure))) for measure in Measure),
        Cell("waits") if settled is None else Cell(f"✓ {settled.by}", (_totals(settled.scores),)),
    )
    return Record(one.name, cells, settling_address(one.name))


def _totals(scores: LungScores) -> str:
    return f"extent {scores.geographic_extent:g} of 8, opacity {scores.opacity:g} of 6"
