"""Choosing two films of a patient, and the address of their comparison."""

from __future__ import annotations

import streamlit as st

from core.types import Measure
from dashboard import queries
from dashboard.components.films.film_detail import film_before
from dashboard.presenting import carried
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.facts import score_text, taking_text
from dashboard.wording.times import TimeScale
from db.read_models.facts import FilmFacts


def comparison_parameters(trend: PatientTrend, film_id: int, other_id: int) -> dict[str, str]:
    """Return the parameters of the address of a comparison; of the past where the page shows it."""
    parameters = {"id": str(trend.timeline.patient.patient_id), "film": str(film_id), "with": str(other_id)}
    as_of = st.query_params.get("as_of")
    return carried(parameters | ({"as_of": as_of} if as_of else {}))


def beside(trend: PatientTrend, film: FilmFacts) -> FilmFacts | None:
    """Return the film to put beside one where nobody chose: the one before it, for the first one the next."""
    others = [other for other in trend.timeline.films if other.film_id != film.film_id]
    return film_before(trend, film) or (others[0] if others else None)


def film_label(trend: PatientTrend, film: FilmFacts, scale: TimeScale) -> str:
    """Return one line that tells a film from all others of the patient."""
    number = trend.timeline.films.index(film) + 1
    measure = Measure.GEOGRAPHIC_EXTENT
    parts = [
        f"{number}: {scale.text(film.acquired_at, film.time_precision)}",
        taking_text(film.view_position, film.patient_position),
        "not on the trend" if film.film_id in trend.not_on_trend else "",
        f"extent {score_text(film.score, measure)}" if film.score is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def draw_comparison_link(trend: PatientTrend, film: FilmFacts, *, scale: TimeScale) -> None:
    """Draw the choice of another film to compare the chosen one with, and the way there."""
    other = beside(trend, film)
    if other is None:
        return
    others = [other.film_id for other in trend.timeline.films if other.film_id != film.film_id]
    by_id = {film.film_id: film for film in trend.timeline.films}
    chosen = st.selectbox(
        "Compare this film with",
        others,
        index=others.index(other.film_id),
        format_func=lambda film_id: film_label(trend, by_id[film_id], scale),
        key=f"compare-with-{film.film_id}",
    )
    st.page_link(
        queries.COMPARE_PAGE,
        label="Compare the two films",
        icon=":material/compare:",
        query_params=comparison_parameters(trend, film.film_id, chosen),
    )


def draw_pair_choice(trend: PatientTrend, film: FilmFacts, other: FilmFacts, *, scale: TimeScale) -> None:
    """Draw the choice of both films; a choice goes into the address."""
    by_id = {film.film_id: film for film in trend.timeline.films}
    columns = st.container(key="compare-choice").columns(2, gap="medium")
    for column, name, label, chosen, left_out in (
        (columns[0], "film", "Film", film, other),
        (columns[1], "with", "Compared with", other, film),
    ):
        # The address leads: what an earlier page left behind must not.
        st.session_state[f"compare-{name}"] = chosen.film_id
        column.selectbox(
            label,
            [film_id for film_id in reversed(by_id) if film_id != left_out.film_id],
            format_func=lambda film_id: film_label(trend, by_id[film_id], scale),
            key=f"compare-{name}",
            on_change=_choose,
            args=(name,),
        )


def show_pair(first_id: int, second_id: int) -> None:
    """Put two films into the address of the comparison."""
    st.query_params.update({"film": str(second_id), "with": str(first_id)})


def _choose(name: str) -> None:
    st.query_params[name] = str(st.session_state[f"compare-{name}"])
