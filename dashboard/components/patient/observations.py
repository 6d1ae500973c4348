"""Measured values beside the films, as small panels on the trajectory's time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

import plotly.graph_objects as go

from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale
from db.models import OBSERVATION_UNITS
from db.read_models.facts import ObservationFacts

LABELS = {
    "peep": "PEEP",
    "fio2": "FiO2",
    "pao2": "PaO2",
    "paco2": "PaCO2",
    "spo2": "SpO2",
    "crp": "CRP",
    "d_dimer": "D-dimer",
    "ldh": "LDH",
    "factor_xiii": "Factor XIII",
}
RATIO = "pao2/fio2"
DRAWN = (RATIO, "peep", "crp")
"""Panels of the chart, where there are values; the table below holds all of them."""
GAS_WITHIN = timedelta(minutes=5)
"""PaO2 and FiO2 this close to each other are of one blood gas."""


@dataclass(frozen=True)
class Course:
    """One quantity over time."""

    label: str
    unit: str
    at: tuple[datetime, ...]
    values: tuple[float, ...]
    texts: tuple[str, ...]


def observation_label(name: str) -> str:
    """Return a quantity's name as clinicians write it."""
    return LABELS.get(name, name.replace("_", " "))


def value_text(observation: ObservationFacts) -> str:
    """Return for example "< 5 mg/l"."""
    comparator = f"{observation.comparator} " if observation.comparator else ""
    return f"{comparator}{observation.value:g} {observation.unit}".strip()


def courses(observations: Sequence[ObservationFacts]) -> tuple[Course, ...]:
    """Return the quantities to be drawn, those without a value left out."""
    found = [_ratio(observations)]
    for name in DRAWN[1:]:
        values = [observation for observation in observations if observation.name == name]
        found.append(_course(observation_label(name), OBSERVATION_UNITS[name], values))
    return tuple(course for course in found if course.at)


def draw_courses(
    figure: go.Figure, drawn: Sequence[Course], *, first_row: int, look: tuple[TimeScale, Palette]
) -> None:
    """Draw a panel for each quantity, from a row of the figure on."""
    scale, colours = look
    for row, course in enumerate(drawn, start=first_row):
        figure.add_trace(
            go.Scatter(
                x=[scale.on_axis(at) for at in course.at],
                y=course.values,
                mode="lines+markers",
                line={"color": colours.quiet, "width": 1.5},
                marker={"size": 6, "color": colours.level},
                text=[escape(text) for text in course.texts],
                hovertemplate="%{text}<extra></extra>",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
        title = f"{course.label}<br>{course.unit}"
        figure.update_yaxes(
            title={"text": title, "standoff": 6, "font": {"size": 13}}, rangemode="tozero", nticks=3, row=row, col=1
        )


def _course(label: str, unit: str, values: Sequence[ObservationFacts]) -> Course:
    return Course(
        label,
        unit,
        tuple(value.at for value in values),
        tuple(value.value for value in values),
        tuple(f"{label} {value_text(value)}" for value in values),
    )


def oxygenation_ratios(observations: Sequence[ObservationFacts]) -> list[tuple[ObservationFacts, float]]:
    """Return the PaO2 of each blood gas that states FiO2 too, by time, with PaO2/FiO2 in mmHg."""
    oxygen = [observation for observation in observations if observation.name == "fio2" and observation.value > 0]
    pairs = []
    for gas in (observation for observation in observations if observation.name == "pao2"):
        near = [observation for observation in oxygen if abs(observation.at - gas.at) <= GAS_WITHIN]
        if near:
            share = min(near, key=lambda one: abs(one.at - gas.at)).value / 100
            pairs.append((gas, gas.value / share))
    return pairs


def _ratio(observations: Sequence[ObservationFacts]) -> Course:
    pairs = oxygenation_ratios(observations)
    texts = tuple(f"PaO2/FiO2 {value:.0f} mmHg" for _, value in pairs)
    return Course("PaO2/FiO2", "mmHg", tuple(gas.at for gas, _ in pairs), tuple(value for _, value in pairs), texts)
