"""Figure of flags against experts: sensitivity and specificity of each detector."""

from __future__ import annotations

import plotly.graph_objects as go

from core.evaluation.evidence.expert_flags import FlagScale, FlagStudy
from core.evaluation.figures import LIGHT, Colours, EvidenceFigure
from core.evaluation.figures.style import framed, marks_of, shown
from core.evaluation.proportion import wilson_interval


def flag_figures(study: FlagStudy, *, colours: Colours = LIGHT) -> tuple[EvidenceFigure, ...]:
    """Return one figure per scale."""
    return tuple(_figure(scale, colours) for scale in study.scales)


def _figure(scale: FlagScale, colours: Colours) -> EvidenceFigure:
    figure = go.Figure()
    marks = marks_of((flag.setting for flag in scale.flags), colours)
    for flag in scale.flags:
        mark = marks[flag.setting]
        figure.add_scatter(
            x=[1 - flag.specificity.value],
            y=[flag.sensitivity.value],
            error_y=_bars(flag.sensitivity.value, scale.n_real),
            mode="markers",
            name=shown(flag.setting),
            marker={"color": mark.colour, "symbol": mark.shape, "size": 11},
        )
    measure = scale.column.replace("_", " ").capitalize()
    title = f"{measure}, {scale.said_by}: flags against {scale.n_real} real changes of the expert"
    framed(figure, title, "share of other pairs flagged", "share of real changes flagged", colours)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    told = "; ".join(
        f"{flag.setting}: {flag.sensitivity.value:.0%} of real changes, {1 - flag.specificity.value:.0%} of other pairs"
        for flag in scale.flags
    )
    text = (
        f"{scale.n_pairs} pairs of {scale.n_patients} patients. {told}. A mark is one detector; bars are 95 % Wilson "
        f"intervals of its share of the {scale.n_real} real changes."
    )
    return EvidenceFigure(f"flags-{scale.column}-{scale.said_by}".replace("_", "-"), title, text, figure)


def _bars(share: float, n: int) -> dict[str, object]:
    low, high = wilson_interval(share, n) if n else (share, share)
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - share],
        "arrayminus": [share - low],
        "thickness": 1,
    }
