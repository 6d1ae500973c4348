"""The patient's timeline: the chart to choose a film from, and the films as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go
import streamlit as st

from core.counting import counted
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import FlagKind
from core.types import Measure
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.address import patient_address
from dashboard.components.patient.event_marks import EventMark
from dashboard.components.patient.observations import courses
from dashboard.components.patient.off_trend_marks import OffTrendMark
from dashboard.components.patient.phases import phases
from dashboard.components.patient.trajectory import trajectory_figure
from dashboard.components.patient.verdicts import verdict_cell, verdicts_in_words
from dashboard.services.patient.level_parts import new_levels
from dashboard.services.patient.standing import SETTLED_ELSEWHERE, moment_of
from dashboard.services.patient.timeline import PatientTrend, time_span
from dashboard.wording.facts import (
    FLAG_STATES,
    doubt_text,
    event_text,
    interval_text,
    score_text,
    state_text,
    taken_text,
    taking_text,
)
from dashboard.wording.palette import Palette, flag_text
from dashboard.wording.times import TimeScale
from db.models import EventKind, FlagState
from db.read_models.facts import FilmFacts, FlagFacts

CHART = "trajectory"
NEVER_DRAWN = (EventKind.COMMENT,)
"""Comments stand in the list of events: as lines of the chart they would hide the films."""
COLUMNS = ("Film taken", "How", "Geographic extent", "Opacity", "Against the recent level", "State")


def newest_film_id(trend: PatientTrend) -> int | None:
    """Return the newest film, on the trend or not; one that another film or a person has settled comes last."""
    settled = {
        film_id
        for off_trend in trend.off_trend
        if off_trend.absence in SETTLED_ELSEWHERE
        for film_id in off_trend.film_ids
    }
    films = sorted(trend.timeline.films, key=lambda film: (film.film_id not in settled, moment_of(film), film.film_id))
    return films[-1].film_id if films else None


def draw_chart(
    trend: PatientTrend,
    *,
    selected: int | None,
    span: tuple[datetime, datetime] | None,
    zoom: str,
    scale: TimeScale,
    colours: Palette,
) -> None:
    """Draw the trajectory with what the bedside measured; a click on a film's point puts the film into the address.

    Parameters
    ----------
    span : (datetime, datetime) or None
        What the axis covers at first.
    zoom : str
        What is told apart begins anew, without the range that was drawn by hand.
    """
    if not trend.trends and not trend.timeline.observations:
        return
    newest = verdicts_in_words(trend.in_order)
    measures = tuple(Measure) if trend.trends else ()
    figure = patient_figure(
        trend, measures=measures, selected=selected, scale=scale, colours=colours, bedside=True, span=span
    )
    figure.update_layout(uirevision=f"{figure.layout.uirevision} {zoom}")
    st.plotly_chart(
        figure,
        theme=None,
        key=CHART,
        on_select=_choose_clicked,
        selection_mode="points",
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": "reset"},
        alt=f"Trajectory of {counted(len(trend.trends), 'film')}{_off_text(trend)}; newest verdict: {newest}. "
        "The tables below have all values.",
    )


def _off_text(trend: PatientTrend) -> str:
    return f", and {len(trend.gaps)} not on the trend" if trend.gaps else ""


def patient_figure(
    trend: PatientTrend,
    *,
    measures: Sequence[Measure],
    selected: int | None,
    scale: TimeScale,
    colours: Palette,
    bedside: bool = False,
    span: tuple[datetime, datetime] | None = None,
) -> go.Figure:
    """Return the trajectory of these measures with flags, events and films that are not on it.

    Parameters
    ----------
    bedside : bool
        With the measured values and the phases of treatment underneath.
    span : (datetime, datetime) or None
        What the axis covers at first; None for the whole.
    """
    timeline = trend.timeline
    return trajectory_figure(
        [trend.trajectories[measure] for measure in measures],
        flags=_flags(trend),
        events=[
            EventMark(event.at, event_text(event)) for event in trend.timeline.events if event.kind not in NEVER_DRAWN
        ],
        selected_film_id=selected,
        scale=scale,
        colours=colours,
        span=span or time_span(trend),
        levels=trend.levels,
        steps={measure: new_levels(trend.in_order, measure) for measure in measures},
        courses=courses(timeline.observations) if bedside else (),
        found_phases=phases(timeline.events) if bedside else (),
        off_trend=[
            OffTrendMark(film.film_id, film.acquired_at, _why_off(film, trend, scale))
            for film in trend.gaps
            if film.acquired_at is not None
        ],
    )


def _why_off(film: FilmFacts, trend: PatientTrend, scale: TimeScale) -> str:
    taken = scale.text(film.acquired_at, film.time_precision)
    return f"{taken}: not on the trend, {trend.not_on_trend[film.film_id]}"


def _choose_clicked() -> None:
    points = st.session_state[CHART].selection.points
    chosen = points[0].get("customdata") if points else None
    if isinstance(chosen, list):
        chosen = chosen[0]
    if chosen is not None:
        st.query_params["film"] = str(int(chosen))


def _flags(trend: PatientTrend) -> dict[int, FlagKind]:
    shown = (FlagState.OPEN, FlagState.ACKNOWLEDGED, FlagState.SNOOZED)
    return {flag.film_id: flag.kind for flag in trend.timeline.flags if flag.state in shown}


def draw_film_list(trend: PatientTrend, *, selected: int | None, scale: TimeScale, dark: bool) -> int | None:
    """Draw all films, the newest first; return the one chosen in this run."""
    flags = {flag.film_id: flag for flag in trend.timeline.flags if flag.state is not FlagState.WITHDRAWN}
    records = [
        _record(film, trend, flags.get(film.film_id), current=film.film_id == selected, scale=scale)
        for film in reversed(trend.timeline.films)
    ]
    caption, file = "Films of the patient, the newest first", f"films-of-patient-{trend.timeline.patient.patient_id}"
    chosen = record_table(caption, COLUMNS, records, key="film-list", dark=dark, file=file)
    return None if chosen is None else int(chosen)


def _record(film: FilmFacts, trend: PatientTrend, flag: FlagFacts | None, *, current: bool, scale: TimeScale) -> Record:
    found = trend.trends.get(film.film_id)
    change = found.change(Measure.GEOGRAPHIC_EXTENT, ALERTING_REFERENCE) if found else None
    off = trend.not_on_trend.get(film.film_id)
    small = () if flag is None else (f"flag {flag_text(flag.kind)}: {FLAG_STATES[flag.state]}",)
    doubt = doubt_text(film)
    cells = (
        Cell(taken_text(film, scale), (f"! {doubt}",) if doubt else ()),
        Cell(taking_text(film.view_position, film.patient_position)),
        _score_cell(film, Measure.GEOGRAPHIC_EXTENT),
        _score_cell(film, Measure.OPACITY),
        verdict_cell(change) if found else Cell("not on the trend", (), "quiet"),
        Cell(f"! {off}" if off else state_text(film), small, "look" if off else ""),
    )
    return Record(str(film.film_id), cells, patient_address(trend.timeline.patient.patient_id, film.film_id), current)


def _score_cell(film: FilmFacts, measure: Measure) -> Cell:
    if film.score is None:
        return Cell("no score", (), "quiet")
    return Cell(score_text(film.score, measure), (interval_text(film.score.interval(measure)),), "", strong=True)
