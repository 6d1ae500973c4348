"""A patient's trajectory as the numbers that `chart.typ` draws: shares of the time axis, points of the scales."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil

from core.types import Measure, TimePrecision
from dashboard.services.patient.level_parts import level_parts, new_levels
from dashboard.services.patient.timeline import PatientTrend, time_span
from dashboard.wording.chart import (
    LEAST_ROOM,
    LINES_IN_WORDS,
    OFF_TREND_NAME,
    POINT_SHAPES,
    POINT_WORDS,
    ROOM,
    Line,
    line_of,
)
from dashboard.wording.facts import event_text
from dashboard.wording.palette import FLAG_SHAPES, FLAG_WORDS
from dashboard.wording.paper import shortened
from dashboard.wording.times import HOURS_PER_DAY, TimeScale
from db.models import EventKind, FlagState

MOST_TICKS = 7
TICK_DAYS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
TICK_HOURS = (1, 2, 3, 6, 12)
MOST_EVENTS = 12
"""Names beyond these would cover each other; all events are on the screen."""
LONGEST_EVENT = 28
_LINES = {Line.ALIKE: "solid", Line.NOT_STATED: "dashed", Line.NOT_COMPARABLE: "dotted"}


@dataclass(frozen=True)
class Axis:
    """The time axis: 0 at `first`, 1 at `last`."""

    first: datetime
    last: datetime
    scale: TimeScale

    def __call__(self, at: datetime) -> float:
        """Return where a time stands, 0-1."""
        return (at - self.first) / (self.last - self.first)


def chart_of(trend: PatientTrend, scale: TimeScale) -> dict[str, object] | None:
    """Return panels, flags, events, films not on the trend and ticks; None without a film on the trend."""
    span = time_span(trend)
    if span is None:
        return None
    room = max((span[1] - span[0]) * ROOM, LEAST_ROOM)
    axis = Axis(span[0] - room, span[1] + room, scale)
    views = {point.film.view_position for point in trend.trajectories[Measure.GEOGRAPHIC_EXTENT].points}
    lines = {line_of(segment) for segment in trend.trajectories[Measure.GEOGRAPHIC_EXTENT].segments}
    return {
        "panels": [_panel(trend, measure, axis) for measure in Measure],
        "flags": _flags(trend, axis),
        "events": _events(trend, axis),
        "ticks": _ticks(axis),
        "views": [
            {"shape": shape, "words": POINT_WORDS[view]} for view, shape in POINT_SHAPES.items() if view in views
        ],
        "lines": [{"dash": _LINES[line], "words": LINES_IN_WORDS[line]} for line in Line if line in lines],
        "off_trend": [axis(film.acquired_at) for film in trend.gaps if film.acquired_at is not None],
        "off_trend_words": OFF_TREND_NAME,
    }


def _panel(trend: PatientTrend, measure: Measure, axis: Axis) -> dict[str, object]:
    course, steps = trend.trajectories[measure], new_levels(trend.in_order, measure)
    at = {point.film.film_id: (axis(point.film.acquired_at), point.level) for point in course.points}
    bands = [(axis(point.film.acquired_at), point.band) for point in course.points if point.band]
    return {
        "title": f"{course.measure.label} (0-{course.measure.maximum:g})",
        "maximum": course.measure.maximum,
        "interval": f"{bands[0][1].level * 100:.0f} % interval" if bands else "",
        "bands": [{"x": x, "low": band.low, "high": band.high} for x, band in bands],
        "lines": [
            {"from": at[segment.film_id], "to": at[segment.next_film_id], "dash": _LINES[line_of(segment)]}
            for segment in course.segments
        ],
        "points": [
            {"x": at[point.film.film_id][0], "y": point.level, "shape": POINT_SHAPES[point.film.view_position]}
            for point in course.points
        ],
        "levels": [
            [{"x": axis(point.at), "y": point.level, "low": point.band.low, "high": point.band.high} for point in part]
            for stay in trend.levels.get(measure, ())
            for part in level_parts(stay, steps)
        ],
    }


def _flags(trend: PatientTrend, axis: Axis) -> list[dict[str, object]]:
    taken = {assessed.film.film_id: assessed.film.acquired_at for assessed in trend.trends.values()}
    return [
        {
            "x": axis(taken[flag.film_id]),
            "tone": flag.kind.value,
            "words": f"{FLAG_SHAPES[flag.kind]} flag: {FLAG_WORDS[flag.kind]}",
            "shape": FLAG_SHAPES[flag.kind],
        }
        for flag in trend.timeline.flags
        if flag.state is not FlagState.WITHDRAWN and flag.film_id in taken
    ]


def _events(trend: PatientTrend, axis: Axis) -> list[dict[str, object]]:
    drawn = [event for event in trend.timeline.events if event.kind is not EventKind.COMMENT]
    return [
        {"x": axis(event.at), "words": shortened(event_text(event), LONGEST_EVENT)}
        for event in drawn[-MOST_EVENTS:]
        if axis.first <= event.at <= axis.last
    ]


def _ticks(axis: Axis) -> list[dict[str, object]]:
    hours = (axis.last - axis.first).total_seconds() / 3600
    if hours < 2 * HOURS_PER_DAY and not axis.scale.relative:
        step = next((one for one in TICK_HOURS if hours / one <= MOST_TICKS), TICK_HOURS[-1])
        moments = _moments(axis, timedelta(hours=step))
        return [{"x": axis(moment), "words": _clock(moment.astimezone(axis.scale.zone))} for moment in moments]
    days = next((one for one in TICK_DAYS if hours / HOURS_PER_DAY / one <= MOST_TICKS), TICK_DAYS[-1])
    moments = _moments(axis, timedelta(days=days))
    return [{"x": axis(moment), "words": _day(moment, axis.scale)} for moment in moments]


def _moments(axis: Axis, step: timedelta) -> list[datetime]:
    """Return the times on the axis that lie whole steps after a midnight of the wall clock before it."""
    start = axis.scale.day_zero or _midnight(axis.first, axis.scale.zone)
    first = ceil((axis.first - start) / step)
    count = int((axis.last - start) / step) - first + 1
    return [start + (first + number) * step for number in range(count)]


def _midnight(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _clock(local: datetime) -> str:
    return f"{local:%H:%M}" if local.hour else f"{local.day} {local:%b}"


def _day(at: datetime, scale: TimeScale) -> str:
    return scale.text(at, TimePrecision.DAY) if scale.relative else f"{at.astimezone(scale.zone):%-d %b}"
