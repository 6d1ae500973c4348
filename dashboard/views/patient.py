"""One patient: what happened, what it rests on, and the films themselves."""

from __future__ import annotations

import streamlit as st

from dashboard import queries
from dashboard.components.films.corrections import draw_corrections
from dashboard.components.films.film_choice import comparison_parameters, draw_comparison_link
from dashboard.components.films.film_detail import draw_more, draw_pictures, draw_scores
from dashboard.components.flags.flag_list import draw_flags
from dashboard.components.page.address import number_in_address
from dashboard.components.page.as_of import as_of_from_address, draw_as_of_notice
from dashboard.components.page.text import plain
from dashboard.components.page.trouble import trouble_said
from dashboard.components.patient.charting import draw_charting
from dashboard.components.patient.identity import draw_identity, draw_report, draw_unknown_patient
from dashboard.components.patient.measured_values import draw_measured_values
from dashboard.components.patient.strip import Pair, draw_shown, draw_strip
from dashboard.components.patient.time_axis import draw_range, draw_time_axis, range_in_address
from dashboard.components.patient.timeline import CHART, draw_chart, draw_film_list, newest_film_id
from dashboard.components.patient.verdicts import draw_physiology, draw_standing, draw_verdict
from dashboard.components.ward.board.choice import kept_address
from dashboard.presenting import carried
from dashboard.services.patient.film_basis import film_basis
from dashboard.services.patient.timeline import PatientTrend, time_span
from dashboard.theme import colours, is_dark
from dashboard.wording.facts import taken_text
from dashboard.wording.times import TimeScale
from db.errors import NotFoundError

REFRESH_SECONDS = 10

as_of = as_of_from_address(queries.zone())
patient_id = number_in_address("id")


@st.fragment(run_every=None if as_of else REFRESH_SECONDS)
def draw_patient(patient_id: int) -> None:
    """Draw everything of the patient, and again every few seconds."""
    with trouble_said():
        try:
            draw_timeline(patient_id)
        except NotFoundError:
            draw_unknown_patient()


def draw_timeline(patient_id: int) -> None:
    """Draw who it is, the trend, the chosen film and all others."""
    trend = queries.patient_trend(patient_id, as_of)
    scale = TimeScale(queries.zone(), trend.timeline.patient.relative_day_zero)
    known = {film.film_id: film for film in trend.timeline.films}
    asked = number_in_address("film")
    selected = asked if asked in known else newest_film_id(trend)
    draw_identity(trend.timeline.patient, trend.timeline.stays, scale=scale, moment=trend.moment)
    draw_as_of_notice(as_of, scale)
    draw_standing(trend, scale=scale)
    draw_physiology(trend)
    draw_flags(trend, scale=scale, writable=as_of is None)
    if asked is not None and asked not in known:
        plain(
            "! The film named in the address is not this patient's, or no longer. The newest one is shown.",
            tone="warning",
        )
    if selected is not None:
        draw_course_and_film(trend, selected, scale)
        with st.container(key="of-the-film"):
            draw_film(trend, selected, scale)
    elif trend.timeline.observations:
        draw_course(trend, None, scale)
    draw_report(patient_id, as_of)
    draw_measured_values(trend.timeline, scale=scale, dark=is_dark())
    if known:
        with st.expander("All films as a table", key="films-expander"):
            chosen = draw_film_list(trend, selected=selected, scale=scale, dark=is_dark())
        if chosen is not None and chosen != selected:
            st.query_params["film"] = str(chosen)
            st.rerun(scope="fragment")
    if as_of is None:
        draw_charting(trend)


def draw_course_and_film(trend: PatientTrend, selected: int, scale: TimeScale) -> None:
    """Draw the course with all films on its axis, and beside it the chosen film."""
    with st.container(key="course-and-film"):
        course, film = st.columns([3, 2], gap="medium")
    with course:
        pair = draw_course(trend, selected, scale)
    with film:
        draw_shown(trend, selected=selected, scale=scale, dark=is_dark())
        with st.container(key="next-to-film"):
            draw_next_to_film(trend, selected, scale)
    if pair is not None:
        st.switch_page(queries.COMPARE_PAGE, query_params=comparison_parameters(trend, pair.film_id, pair.other_id))


def draw_course(trend: PatientTrend, selected: int | None, scale: TimeScale) -> Pair | None:
    """Draw the films and the curves on one axis; return two films that were asked for together in this run."""
    with st.container(horizontal=True, vertical_alignment="center", key="time-choice"):
        axis = draw_time_axis(trend, scale=scale)
        zoom = draw_range()
    pair = None if selected is None else draw_strip(trend, selected=selected, scale=axis, chart=CHART, dark=is_dark())
    span = range_in_address(time_span(trend))
    draw_chart(trend, selected=selected, span=span, zoom=zoom, scale=axis, colours=colours())
    return pair


def draw_next_to_film(trend: PatientTrend, film_id: int, scale: TimeScale) -> None:
    """Draw why the chosen film has its verdict, and the way to compare it with another."""
    if film_id in trend.trends:
        basis, references = film_basis(trend, film_id), trend.references
        draw_verdict(trend.trends[film_id], basis, references=references, key="verdict", dark=is_dark())
    film = next(one for one in trend.timeline.films if one.film_id == film_id)
    draw_comparison_link(trend, film, scale=scale)


def draw_film(trend: PatientTrend, film_id: int, scale: TimeScale) -> None:
    """Draw the chosen film beside the one before, with all that is known of it."""
    detail = queries.film(film_id, as_of)
    film = detail.film
    st.header("The chosen film and the one before")
    pictures, words = st.columns([3, 2], gap="medium")
    with pictures:
        draw_pictures(trend, film, scale=scale, mappable=as_of is None)
    with words:
        draw_scores(film, detail, scale=scale)
        draw_more(film, detail, scale=scale, dark=is_dark())
        if as_of is None:
            with st.expander(f"Correct the film of {taken_text(film, scale)}", key="correct-expander"):
                draw_corrections(detail, key=f"film-{film_id}")


if patient_id is None:
    draw_unknown_patient()
else:
    st.page_link(
        "views/ward.py", label="Ward board", icon=":material/arrow_back:", query_params=carried(kept_address())
    )
    draw_patient(patient_id)
