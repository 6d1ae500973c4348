"""One patient of the round: verdict, trajectory, the last two comparable films, flags, what changed."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core.counting import counted
from core.types import Measure
from dashboard import queries
from dashboard.components.films.film_choice import comparison_parameters
from dashboard.components.films.film_detail import shown_film
from dashboard.components.films.viewer import FilmPicture, film_viewer
from dashboard.components.flags.by_eye_list import draw_question
from dashboard.components.flags.flag_list import draw_flags
from dashboard.components.page.text import items, plain
from dashboard.components.patient.timeline import patient_figure
from dashboard.components.patient.verdicts import draw_standing, verdicts_in_words
from dashboard.components.round.bedside import draw_bedside
from dashboard.presenting import carried
from dashboard.services.patient.comparison import last_films
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.ward.round import Changes, RoundStep, changes_since
from dashboard.wording.decisions import review_text
from dashboard.wording.facts import FLAG_STATES, score_text, signed_event_text, state_text
from dashboard.wording.palette import Palette, flag_text
from dashboard.wording.row import improving_text
from dashboard.wording.times import TimeScale

CHART_PIXELS, LETTER_PIXELS = 400, 18
"""Readable at 3 m on the wall."""
LISTED = 6
NO_FLAG = "No open flag. That does not mean that nothing changed."


def draw_round_patient(trend: PatientTrend, step: RoundStep, *, scale: TimeScale, colours: Palette) -> None:
    """Draw what the round wants to know of a patient."""
    with st.container(key="round-patient"):
        course, films = st.columns(2, gap="large")
    with course:
        with st.container(key="round-standing"):
            draw_standing(trend, scale=scale)
        draw_bedside(trend, step, scale=scale)
        _draw_course(trend, step, scale, colours)
        _draw_changes(trend, step, scale)
    with films:
        _draw_films(trend, scale)
        st.header("Flags")
        if step.by_eye is not None:
            plain("! Films to compare by eye:", tone="warning")
            draw_question(step.by_eye)
        if step.improving is not None:
            items([improving_text(step.improving), *(said.text for said in step.improving.explanations)])
        if not trend.open_flags:
            plain(NO_FLAG)
        draw_flags(trend, scale=scale, writable=True)


def _draw_course(trend: PatientTrend, step: RoundStep, scale: TimeScale, colours: Palette) -> None:
    if not trend.trends:
        return
    figure = patient_figure(trend, measures=(Measure.GEOGRAPHIC_EXTENT,), selected=None, scale=scale, colours=colours)
    figure.update_layout(height=CHART_PIXELS, font={"size": LETTER_PIXELS}, legend={"font": {"size": 14}})
    # No range is drawn by hand here: there would be no way back in sight.
    figure.update_layout(dragmode="pan")
    figure.update_yaxes(title={"font": {"size": LETTER_PIXELS}})
    figure.update_annotations(font={"size": LETTER_PIXELS - 2})
    in_order = trend.in_order
    st.plotly_chart(
        figure,
        theme=None,
        # Each patient's own: one's zoom must not be another's.
        key=f"round-course-{step.stay_id}",
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": "reset"},
        alt=f"Trajectory of {counted(len(in_order), 'film')}; newest verdict: {verdicts_in_words(in_order)}.",
    )


def _draw_films(trend: PatientTrend, scale: TimeScale) -> None:
    last = last_films(trend)
    if last is None:
        plain("No film is on the trend, so none is shown.")
        return
    shown, how = last.shown, "taken alike" if last.alike else "taken differently"
    titles = (f"The film before, {how}", "The last film") if len(shown) > 1 else ("The last film",)
    pictures = [shown_film(title, film, scale) for title, film in zip(titles, shown, strict=True)]
    if last.before is None:
        none = "There is no earlier film to see beside it."
        pictures.insert(0, FilmPicture("", "The film before", ("none",), none))
    elif not last.alike:
        plain("! These two were taken differently: compare them yourself.", tone="warning")
    film_viewer(pictures, key="round-films")
    if len(trend.timeline.films) > 1:
        here = str(trend.timeline.patient.patient_id)
        two = comparison_parameters(trend, shown[1].film_id, shown[0].film_id) if shown[1:] else {"id": here}
        st.page_link(
            queries.COMPARE_PAGE, label="Compare the films", icon=":material/compare:", query_params=carried(two)
        )


def _draw_changes(trend: PatientTrend, step: RoundStep, scale: TimeScale) -> None:
    st.header("Since the last review")
    last = step.last
    if last is None:
        plain("This stay was not reviewed on a round before.")
        return
    mark = "✓ In this round" if step.reviewed else "At the last round"
    plain(f"{mark}: {review_text(last, TimeScale(scale.zone))}")
    changes = changes_since(trend, last.reviewed_at)
    if changes.nothing:
        plain("No film, flag or event since then.")
        return
    lines = list(_lines(changes, scale))
    more = len(lines) - LISTED
    items(lines if more <= 0 else [*lines[:LISTED], f"and {more} more, on the patient's page"])


def _lines(changes: Changes, scale: TimeScale) -> Iterator[str]:
    clock = TimeScale(scale.zone)
    for film in reversed(changes.films):
        measure = Measure.GEOGRAPHIC_EXTENT
        said = f"extent {score_text(film.score, measure)}" if film.score is not None else state_text(film)
        yield f"New film of {scale.text(film.acquired_at, film.time_precision)}: {said}"
    if changes.scored:
        yield f"Scored since: {changes.scored} of the films that were there before"
    for flag, action in reversed(changes.flags):
        why = f": {action.reason}" if action.reason else ""
        yield (
            f"Flag {flag_text(flag.kind)}: {FLAG_STATES[action.state]}, {clock.text(action.at)}, by {action.actor}{why}"
        )
    for event in reversed(changes.events):
        yield f"Event {signed_event_text(event)}: {scale.text(event.at, event.time_precision)}"
