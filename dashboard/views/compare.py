"""Two films of a patient in one view, any two."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.films.compared_films import draw_films
from dashboard.components.films.film_choice import beside, draw_pair_choice
from dashboard.components.films.pair_verdict import draw_pair_verdict, pair_words
from dashboard.components.page.address import number_in_address
from dashboard.components.page.as_of import as_of_from_address, draw_as_of_notice
from dashboard.components.page.text import plain
from dashboard.components.patient.identity import draw_identity, draw_unknown_patient
from dashboard.components.patient.timeline import newest_film_id
from dashboard.presenting import carried
from dashboard.services.patient.comparison import film_pair
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.facts import shown_name
from dashboard.wording.identity import identity_parts
from dashboard.wording.times import TimeScale
from db.errors import NotFoundError

NO_FILM = "This patient has no film yet: there is nothing to compare."
ONE_FILM = "This patient has one film only: there is nothing to compare it with."
NOT_OF_PATIENT = "A film named in the address is not one of this patient's films. It is not shown here."

as_of = as_of_from_address(queries.zone())
patient_id = number_in_address("id")


def draw_comparison(trend: PatientTrend) -> None:
    """Draw who it is, the choice of films, what changed, and the films."""
    scale = TimeScale(queries.zone(), trend.timeline.patient.relative_day_zero)
    with st.container(key="compare-identity", gap=None):
        draw_identity(trend.timeline.patient, trend.timeline.stays, scale=scale, moment=trend.moment)
    draw_as_of_notice(as_of, scale)
    known = {film.film_id: film for film in trend.timeline.films}
    asked = {name: number_in_address(name) for name in ("film", "with")}
    if any(name in st.query_params and asked[name] not in known for name in asked):
        plain(NOT_OF_PATIENT, tone="warning")
        draw_ways_back(trend, newest=len(known) > 1)
        return
    film = known.get(asked["film"] or newest_film_id(trend) or 0)
    other = None if film is None else known.get(asked["with"] or 0)
    if film is not None and other in {None, film}:
        other = beside(trend, film)
    if film is None or other is None:
        plain(NO_FILM if film is None else ONE_FILM)
        draw_ways_back(trend, newest=False)
        return
    pair = film_pair(trend, film, other)
    # The films need the height.
    with st.container(key="compare-films", gap="xsmall"):
        draw_pair_choice(trend, film, other, scale=scale)
        draw_pair_verdict(pair, trend.card)
        banner = (*identity_line(trend, scale), *pair_words(pair))
        draw_films(pair, trend, scale=scale, banner=banner, mappable=as_of is None)
    draw_ways_back(trend, newest=False)


def identity_line(trend: PatientTrend, scale: TimeScale) -> tuple[str, ...]:
    """Return whose films these are, as the head of the page says it."""
    person = trend.timeline.patient
    parts = identity_parts(person, trend.timeline.stays, scale=scale, moment=trend.moment)
    return (shown_name(person.name), *parts)


def draw_ways_back(trend: PatientTrend, *, newest: bool) -> None:
    """Draw the link to the patient's page and, where `newest`, one to the newest two films."""
    here = {"id": str(trend.timeline.patient.patient_id)}
    here = carried(here | ({"as_of": st.query_params["as_of"]} if "as_of" in st.query_params else {}))
    st.page_link("views/patient.py", label="The patient's page", icon=":material/timeline:", query_params=here)
    if newest:
        st.page_link(queries.COMPARE_PAGE, label="The newest two films", icon=":material/compare:", query_params=here)


if patient_id is None:
    draw_unknown_patient()
else:
    try:
        draw_comparison(queries.patient_trend(patient_id, as_of))
    except NotFoundError:
        draw_unknown_patient()
