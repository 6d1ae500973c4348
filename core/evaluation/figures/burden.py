"""Figures of the burden over the settings."""

from __future__ import annotations

import plotly.graph_objects as go

from core.evaluation.burden.counting import Burden
from core.evaluation.figures import LIGHT, Colours, EvidenceFigure
from core.evaluation.figures.style import framed, marks_of, shown
from core.trend import DEFAULT_DETECTOR


def burden_figures(burden: Burden, *, colours: Colours = LIGHT) -> tuple[EvidenceFigure, ...]:
    """Return share of patients ever flagged over flags of a rise per 100 patient-days, one line per detector."""
    figure = go.Figure()
    for family, mark in marks_of((setting.family for setting in burden.settings), colours).items():
        for used in (False, True):
            members = [setting for setting in burden.settings if setting.family == family and setting.as_used is used]
            if not members:
                continue
            figure.add_scatter(
                x=[member.per_100_days.value for member in members],
                y=[member.ever_flagged.value for member in members],
                mode="markers+text" if used else "lines+markers",
                name=shown(f"{family}, as used" if used else f"{family}, sweep"),
                text=[shown(member.setting) for member in members] if used else None,
                textposition="top right" if family == DEFAULT_DETECTOR else "bottom right",
                hovertext=[
                    shown(f"{member.setting}: {member.n_rises} rises, {member.n_drops} drops") for member in members
                ],
                hovertemplate="%{hovertext}; %{x:.1f} per 100 patient-days<extra></extra>",
                line={"color": mark.colour, "width": 1.5},
                marker={"color": mark.colour, "symbol": mark.shape, "size": 13 if used else 7},
            )
    title = f"Flags on {burden.n_stays} stays of {burden.n_patients} patients, {burden.patient_days:g} patient-days"
    framed(figure, title, "flags per 100 patient-days", "share of patients ever flagged", colours)
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    told = "; ".join(
        f"{setting.setting} {setting.per_100_days.value:.1f} per 100 patient-days, "
        f"{setting.ever_flagged.value:.0%} of patients"
        for setting in burden.settings
        if setting.as_used
    )
    return (
        EvidenceFigure(
            "burden",
            title,
            f"Large marks are detectors as used: {told}. Lines join the settings of one detector.",
            figure,
        ),
    )
