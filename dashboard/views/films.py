"""Films that are on no trend: why, and what a person decides."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.films.corrections import draw_corrections
from dashboard.components.films.film_detail import draw_more
from dashboard.components.films.off_trend_list import draw_conflicts, draw_counts, draw_kind_choice, draw_unscored
from dashboard.components.page.address import number_in_address
from dashboard.components.page.text import facts, plain
from dashboard.presenting import carried
from dashboard.theme import is_dark
from dashboard.wording.facts import identity_text, state_text, stated_label
from dashboard.wording.times import TimeScale
from db.errors import NotFoundError

zone = TimeScale(queries.zone())


def draw_film(film_id: int) -> None:
    """Draw one film with what contradicts it, and the corrections."""
    detail = queries.film(film_id, None)
    st.header("The chosen film")
    pictures, words = st.columns([3, 2], gap="medium")
    with pictures:
        draw_conflicts(detail, zone=zone)
    with words:
        facts(
            {
                "State": state_text(detail.film),
                "File": detail.original_name or "not named",
                "Filed under": identity_text(detail.patient),
                stated_label(detail): identity_text(detail.stated),
            }
        )
        here = carried({"id": str(detail.patient.patient_id)})
        st.page_link("views/patient.py", label="The patient's page", query_params=here)
        draw_corrections(detail, key=f"film-{film_id}")
        draw_more(detail.film, detail, scale=zone, dark=is_dark())


st.title("Films to look at")
states = draw_kind_choice()
found = queries.not_scored(states)
if found.films:
    selected = number_in_address("film")
    chosen = draw_unscored(found.films, selected=selected, zone=zone, dark=is_dark())
    if chosen is not None and chosen != selected:
        st.query_params["film"] = str(chosen)
        st.rerun()
    with st.expander(f"How many films for which reason ({sum(count.count for count in found.counts)})"):
        draw_counts(found, dark=is_dark())
else:
    selected = number_in_address("film")
    plain("No film is in this state. Films that were received are on a trend, or listed under another choice.")
if selected is not None:
    try:
        draw_film(selected)
    except NotFoundError:
        plain("The film named in the address is not in this database.")
