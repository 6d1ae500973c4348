"""What each unit sets for its trends and flags."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.page.text import plain
from dashboard.components.units.unit_form import draw_unit_form, draw_unit_history
from dashboard.theme import is_dark
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import RECENT_LEVEL

st.title("Unit settings")
units = queries.known_units()
if units:
    unit = st.selectbox("Unit", units, key="unit", bind="query-params", width=260)
    plain(
        "One rule raises flags, whatever is set: geographic extent against the recent level. "
        f"{RECENT_LEVEL} A large rise is never quiet."
    )
    plain(queries.unit_burden(unit).present_text)
    draw_unit_form(unit, queries.unit_settings(unit), queries.site().policy)
    changes = queries.unit_history(unit)
    if changes:
        st.header("Changes")
        draw_unit_history(changes, scale=TimeScale(queries.zone()), dark=is_dark())
    else:
        plain(f"{unit} has never set anything: the site's settings hold.")
else:
    plain("There is no unit yet. Admit a patient first: a unit is known from its stays.")
    st.page_link("views/census.py", label="Admit a patient", icon=":material/person_add:")
