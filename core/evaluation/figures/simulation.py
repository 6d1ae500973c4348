"""Figures of a simulation: false flags against delay, and what intervals and probabilities hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle

import plotly.graph_objects as go

from core.evaluation.evidence.simulation import (
    AS_MEASURED,
    FEWEST_IN_BIN,
    MOST_FALSE_FLAGS,
    RISE_POINTS,
    TOGETHER,
    WITHIN_FILMS,
    Calibration,
    CurvePoint,
    SimulationStudy,
)
from core.evaluation.figures import LIGHT, Colours, EvidenceFigure
from core.evaluation.figures.style import Mark, framed, marks_of, reference_line, shown

_X = "false flags of a rise per 100 patient-days, stable series"
_ACCEPTED = f"The dotted line is at {MOST_FALSE_FLAGS:g} false flags per 100 patient-days: what is accepted at most."
_RISE = f"a true rise of {RISE_POINTS:g} of 8"


def simulation_figures(study: SimulationStudy, *, colours: Colours = LIGHT) -> tuple[EvidenceFigure, ...]:
    """Return the figures of a study, or of the conditions that are left in it."""
    conditions = list(dict.fromkeys(point.condition for point in study.curve))
    of = {name: [point for point in study.curve if point.condition == name] for name in conditions}
    delays: dict[str, Callable[[CurvePoint], float | None]] = {
        "films": lambda point: point.detection.median_films,
        "hours": lambda point: point.detection.median_hours,
    }
    return (
        *(_sensitivity(name, of[name], colours) for name in conditions),
        *(
            _delay(of[name], unit, read, colours)
            for name in (AS_MEASURED, TOGETHER)
            if name in of
            for unit, read in delays.items()
        ),
        *(_reliability(name, study.calibrations, colours) for name in _detectors(study.calibrations)),
    )


def _sensitivity(condition: str, points: Sequence[CurvePoint], colours: Colours) -> EvidenceFigure:
    title = f"{_RISE}: found by one of the first {WITHIN_FILMS} films, {condition}"
    figure = _curves(points, lambda point: point.detection.sensitivity, colours)
    framed(figure, title, _X, "share of rises found", colours)
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    used = "; ".join(
        f"{point.setting} {point.detection.sensitivity:.0%} at {point.false_flags.value:.2f}"
        for point in points
        if point.as_used
    )
    text = (
        f"Share of rises found against false flags, each line one detector over its settings, the large marks "
        f"detectors as used: {used}. {_ACCEPTED}"
    )
    return EvidenceFigure(f"simulation-sensitivity-{_slug(condition)}", title, text, figure)


def _delay(
    points: Sequence[CurvePoint], unit: str, read: Callable[[CurvePoint], float | None], colours: Colours
) -> EvidenceFigure:
    condition = points[0].condition
    title = f"{_RISE}: median delay in {unit}, {condition}"
    figure = _curves(points, read, colours)
    framed(figure, title, _X, f"median delay, {unit}", colours)
    figure.update_yaxes(rangemode="tozero")
    told = "; ".join(
        f"{point.setting} {'never in half of them' if read(point) is None else f'{read(point):g} {unit}'}"
        for point in points
        if point.as_used
    )
    text = (
        f"Median delay to the first flag; settings at which half of the rises are never flagged have none: {told}. "
        f"{_ACCEPTED}"
    )
    return EvidenceFigure(f"simulation-delay-{unit}-{_slug(condition)}", title, text, figure)


def _curves(points: Sequence[CurvePoint], read: Callable[[CurvePoint], float | None], colours: Colours) -> go.Figure:
    figure = go.Figure()
    # Detectors that lie beside each other: one's name below its mark, the next one's above.
    places = cycle(("bottom right", "top right"))
    for family, mark in marks_of((point.family for point in points), colours).items():
        members = [point for point in points if point.family == family]
        swept = [point for point in members if not point.as_used]
        if swept:
            figure.add_scatter(**_trace(swept, read, mark), mode="lines+markers", name=shown(f"{family}, sweep"))
        for used in (point for point in members if point.as_used):
            figure.add_scatter(
                **_trace([used], read, mark, size=13), mode="markers+text", name=shown(used.setting), showlegend=False
            )
            figure.data[-1].update(text=[shown(used.setting)], textposition=next(places))
    highest = max((point.false_flags.value for point in points), default=1.0)
    figure.add_vline(MOST_FALSE_FLAGS, line={"color": colours.quiet, "dash": "dot", "width": 1.5})
    return figure.update_xaxes(range=[-0.02 * highest, 1.25 * highest])


def _trace(
    points: Sequence[CurvePoint], read: Callable[[CurvePoint], float | None], mark: Mark, size: int = 7
) -> dict[str, object]:
    return {
        "x": [point.false_flags.value for point in points],
        "y": [read(point) for point in points],
        "hovertext": [shown(point.setting) for point in points],
        "hovertemplate": "%{hovertext}: %{x:.2f} false flags, %{y}<extra></extra>",
        "line": {"color": mark.colour, "width": 1.5},
        "marker": {"color": mark.colour, "symbol": mark.shape, "size": size},
    }


def _reliability(detector: str, calibrations: Sequence[Calibration], colours: Colours) -> EvidenceFigure:
    title = f"{detector}: how often a change rose, by its P(true change > 0)"
    figure = go.Figure(reference_line((0, 1), (0, 1), "as promised", "dash", colours))
    own = [calibration for calibration in calibrations if calibration.detector == detector]
    for condition, mark in marks_of((_name(calibration) for calibration in own), colours).items():
        points = [
            point
            for calibration in own
            if _name(calibration) == condition
            for point in calibration.points
            if point.n >= FEWEST_IN_BIN
        ]
        figure.add_scatter(
            x=[point.stated for point in points],
            y=[point.observed for point in points],
            mode="lines+markers",
            name=shown(condition),
            line={"color": mark.colour, "width": 1.5},
            marker={"color": mark.colour, "symbol": mark.shape, "size": 8},
            customdata=[point.n for point in points],
            hovertemplate="stated %{x:.2f}, rose %{y:.2f} of %{customdata}<extra></extra>",
        )
    framed(figure, title, "P(true change > 0), mean of the bin", "share that truly rose", colours)
    text = "; ".join(
        f"{_name(calibration)}: intervals hold {calibration.coverage:.1%}, {_deviation(calibration)}"
        for calibration in own
    )
    text += f". Marks are bins of {FEWEST_IN_BIN} changes or more; on the dashed line the probability is as promised."
    return EvidenceFigure(f"simulation-reliability-{_slug(detector)}", title, text, figure)


def _name(one: Calibration) -> str:
    return f"{one.condition}, {one.course}"


def _deviation(one: Calibration) -> str:
    if one.largest_deviation is None:
        return "no bin is large enough for the probability"
    return f"probability off by at most {one.largest_deviation:.3f}"


def _detectors(calibrations: Sequence[Calibration]) -> list[str]:
    return list(dict.fromkeys(calibration.detector for calibration in calibrations))


def _slug(name: str) -> str:
    words = "".join(one if one.isalnum() else " " for one in name.lower()).split()
    return "-".join(words)
