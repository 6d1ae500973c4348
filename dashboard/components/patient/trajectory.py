"""The patient's trajectory as a plotly figure: both measures, bands, films, flags and events on one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import product

import plotly.graph_objects as go

from core.trend import StayLevel, Trajectory, TrajectoryPoint
from core.trend.types import FlagKind
from core.types import Measure, PatientPosition
from dashboard.components.patient.event_marks import EventMark, draw_events, events_pixels, middle_of
from dashboard.components.patient.level_band import draw_levels
from dashboard.components.patient.observations import Course, draw_courses
from dashboard.components.patient.off_trend_marks import OffTrendMark, draw_off_trend
from dashboard.components.patient.panels import join_panels, lay_out, name_time_axis, panel_heights, stacked
from dashboard.components.patient.phases import Phase, draw_phases
from dashboard.wording.chart import (
    LINE_DASHES,
    LINES_IN_WORDS,
    POINT_SHAPES,
    POINT_WORDS,
    SATURATIONS,
    line_of,
)
from dashboard.wording.facts import interval_text, taking_text
from dashboard.wording.palette import FLAG_SHAPES, FLAG_WORDS, Palette
from dashboard.wording.times import TimeScale

FLAG_SYMBOLS = {FlagKind.RISE: "triangle-up", FlagKind.DROP: "triangle-down", FlagKind.LOOK: "diamond-tall"}
HOLLOW_RIM = 2.5
LOWER_EDGE = -0.4
"""Below the lowest score, so that its point is seen whole."""


def trajectory_figure(
    trajectories: Sequence[Trajectory],
    *,
    flags: Mapping[int, FlagKind],
    events: Sequence[EventMark],
    selected_film_id: int | None,
    scale: TimeScale,
    colours: Palette,
    span: tuple[datetime, datetime] | None = None,
    levels: Mapping[Measure, Sequence[StayLevel]] | None = None,
    steps: Mapping[Measure, frozenset[int]] | None = None,
    off_trend: Sequence[OffTrendMark] = (),
    courses: Sequence[Course] = (),
    found_phases: Sequence[Phase] = (),
) -> go.Figure:
    """Return the figure; each film's point carries its film id as custom data.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        One per measure, the first one on top.
    flags : mapping of film id to kind
        Open or acknowledged flags, drawn above the film on the first measure.
    span : (datetime, datetime) or None
        What the axis covers at first; None for the films alone.
    levels : mapping of Measure to StayLevels, or None
        Drawn behind the films, where given.
    steps : mapping of Measure to frozenset of int, or None
        Films with which a new level began: the smoothed level is broken there.
    off_trend : sequence of OffTrendMark
        Films without a point, drawn on the lower edge of the first panel.
    courses : sequence of Course
        Measured values, a panel each under the measures.
    found_phases : sequence of Phase
        Drawn as bars in a panel of their own, where `span` is given.
    """
    drawn_phases = found_phases if span is not None else ()
    heights = panel_heights(len(trajectories), len(courses), len({phase.name for phase in drawn_phases}))
    figure, panels = stacked(heights), len(heights)
    for row, course in enumerate(trajectories, start=1):
        broken = (steps or {}).get(course.measure, frozenset())
        draw_levels(figure, (levels or {}).get(course.measure, ()), row=row, look=(scale, colours), steps=broken)
        _draw_bands(figure, course, row, scale, colours)
        _draw_segments(figure, course, row, scale, colours)
        _draw_points(figure, course, row, (scale, colours), selected_film_id)
        _name_axis(figure, course.measure, row, colours)
    if trajectories:
        _draw_flags(figure, trajectories[0], flags, scale, colours)
        draw_off_trend(figure, off_trend, (scale, colours), selected_film_id, LOWER_EDGE)
    draw_courses(figure, courses, first_row=len(trajectories) + 1, look=(scale, colours))
    if drawn_phases and span is not None:
        draw_phases(figure, drawn_phases, span=span, row=panels, look=(scale, colours))
    if trajectories:
        # After what fills the panels: plotly draws no line through an empty one.
        draw_events(figure, events, (scale, colours), panels, middle_of(events, span))
    name_time_axis(figure, panels=panels, span=span, scale=scale)
    lay_out(figure, pixels=sum(heights), top_pixels=events_pixels(events), colours=colours)
    if panels > 1:
        join_panels(figure, panels, colours)
    return figure


def _draw_bands(figure: go.Figure, course: Trajectory, row: int, scale: TimeScale, colours: Palette) -> None:
    """Draw each score's interval as an upright bar, so that nothing is claimed between two films."""
    banded = [(point, point.band) for point in course.points if point.band]
    if not banded:
        return
    figure.add_trace(
        go.Scatter(
            x=[_x(point, scale) for point, _ in banded],
            y=[point.level for point, _ in banded],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [band.high - point.level for point, band in banded],
                "arrayminus": [point.level - band.low for point, band in banded],
                "color": colours.band,
                "thickness": 7,
                "width": 0,
            },
            mode="markers",
            # Also its swatch in the legend: the marks themselves lie below the films' points.
            marker={"size": 7, "color": colours.band, "symbol": "square"},
            hoverinfo="skip",
            name=f"{banded[0][1].level * 100:.0f} % interval",
            showlegend=row == 1,
        ),
        row=row,
        col=1,
    )


def _draw_segments(figure: go.Figure, course: Trajectory, row: int, scale: TimeScale, colours: Palette) -> None:
    by_film = {point.film.film_id: point for point in course.points}
    for kind, dash in LINE_DASHES.items():
        x: list[datetime | float | None] = []
        y: list[float | None] = []
        for segment in course.segments:
            if line_of(segment) is kind:
                ends = (by_film[segment.film_id], by_film[segment.next_film_id])
                x += [_x(ends[0], scale), _x(ends[1], scale), None]
                y += [ends[0].level, ends[1].level, None]
        if x:
            line, name = {"color": colours.quiet, "width": 2, "dash": dash}, LINES_IN_WORDS[kind]
            trace = go.Scatter(
                x=x, y=y, mode="lines", line=line, hoverinfo="skip", name=name, legendgroup=name, showlegend=row == 1
            )
            figure.add_trace(trace, row=row, col=1)


def _draw_points(
    figure: go.Figure, course: Trajectory, row: int, look: tuple[TimeScale, Palette], selected: int | None
) -> None:
    scale, colours = look
    for view, upright in product(POINT_SHAPES, (False, True)):
        points = [point for point in course.points if (point.film.view_position, is_upright(point)) == (view, upright)]
        if not points:
            continue
        chosen = [point.film.film_id == selected for point in points]
        # The rim of a hollow point is its own colour: it alone makes the point.
        rim = HOLLOW_RIM if upright else 0
        figure.add_trace(
            go.Scatter(
                x=[_x(point, scale) for point in points],
                y=[point.level for point in points],
                mode="markers",
                marker={
                    "symbol": POINT_SHAPES[view] + ("-open" if upright else ""),
                    "size": [16 if mine else 11 for mine in chosen],
                    "color": colours.level,
                    "opacity": 1,
                    "line": {"color": colours.drop, "width": [4 if mine else rim for mine in chosen]},
                },
                customdata=[point.film.film_id for point in points],
                text=[_hover(point, course.measure, scale) for point in points],
                hovertemplate="%{text}<extra></extra>",
                name=f"film, {POINT_WORDS[view]}" + (", upright" if upright else ""),
                legendgroup=f"{view.value} {upright}",
                showlegend=row == 1,
                # The chosen film is marked by its own size and rim; plotly's fading would hide the others.
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 1}},
            ),
            row=row,
            col=1,
        )


def is_upright(point: TrajectoryPoint) -> bool:
    """Return whether a film was taken erect or semi-erect; its point is hollow."""
    return point.film.patient_position in {PatientPosition.ERECT, PatientPosition.SEMI_ERECT}


def _draw_flags(
    figure: go.Figure, course: Trajectory, flags: Mapping[int, FlagKind], scale: TimeScale, colours: Palette
) -> None:
    for kind, symbol in FLAG_SYMBOLS.items():
        points = [point for point in course.points if flags.get(point.film.film_id) is kind]
        if points:
            figure.add_trace(
                go.Scatter(
                    x=[_x(point, scale) for point in points],
                    y=[course.measure.maximum + 0.7] * len(points),
                    mode="markers",
                    marker={"symbol": symbol, "size": 13, "color": colours.tone(kind.value)},
                    customdata=[point.film.film_id for point in points],
                    hovertemplate=f"flag: {FLAG_WORDS[kind]}<extra></extra>",
                    name=f"flag: {FLAG_SHAPES[kind]} {FLAG_WORDS[kind]}",
                    selected={"marker": {"opacity": 1}},
                    unselected={"marker": {"opacity": 1}},
                ),
                row=1,
                col=1,
            )


def _name_axis(figure: go.Figure, measure: Measure, row: int, colours: Palette) -> None:
    figure.update_yaxes(
        title={
            "text": f"{measure.label} (0-{measure.maximum:g})",
            "font": {"color": colours.ink, "size": 13},
            "standoff": 6,
        },
        range=[LOWER_EDGE, measure.maximum + 1.3],
        tickvals=list(range(0, int(measure.maximum) + 1, 2)),
        row=row,
        col=1,
    )


def _x(point: TrajectoryPoint, scale: TimeScale) -> datetime | float:
    return scale.on_axis(point.film.acquired_at)


def _hover(point: TrajectoryPoint, measure: Measure, scale: TimeScale) -> str:
    film = point.film
    lines = [
        f"{measure.label} {point.level:.1f} of {measure.maximum:g}",
        interval_text(point.band),
        scale.text(film.acquired_at, film.time_precision),
        "" if scale.axis_zero is None else f"day {scale.on_axis(film.acquired_at):.1f} since ICU admission",
        taking_text(film.view_position, film.patient_position),
        SATURATIONS[point.saturation],
    ]
    return "<br>".join(escape(line) for line in lines if line)
