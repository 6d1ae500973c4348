"""Curves of release after the landmark."""

from __future__ import annotations

import plotly.graph_objects as go

from core.evaluation.evidence.trajectory_outcomes import TrajectoryOutcomes
from core.evaluation.figures import LIGHT, Colours, EvidenceFigure
from core.evaluation.figures.style import framed, marks_of, shown


def outcome_figures(found: TrajectoryOutcomes, *, colours: Colours = LIGHT) -> tuple[EvidenceFigure, ...]:
    """Return the cumulative incidence of release, one line per group."""
    figure = go.Figure()
    for group, mark in marks_of((incidence.group for incidence in found.groups), colours).items():
        one = next(incidence for incidence in found.groups if incidence.group == group)
        figure.add_scatter(
            x=[day for day, _share in one.curve],
            y=[share for _day, share in one.curve],
            mode="lines+markers",
            name=shown(f"{group} (n = {one.n_patients})"),
            line={"color": mark.colour, "width": 1.5, "shape": "hv"},
            marker={"color": mark.colour, "symbol": mark.shape, "size": 6},
        )
    title = f"Released alive from intensive care, from day {found.landmark_days} on, death competing"
    framed(figure, title, "days after the landmark", "share released", colours)
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    told = "; ".join(
        f"{group.group}: {group.n_released} of {group.n_patients} released, {group.n_died} died"
        for group in found.groups
    )
    return (
        EvidenceFigure(
            "trajectory-outcomes", title, f"Steps are releases of one group. {told}. {' '.join(found.warnings)}", figure
        ),
    )
