"""Phases of treatment as bands under the curves: invasive ventilation, prone position, ECMO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import plotly.graph_objects as go

from dashboard.wording.palette import Palette
from dashboard.wording.times import TimeScale
from db.models import EventKind
from db.read_models.facts import EventFacts

KINDS = (
    ("ventilated", EventKind.INTUBATION, EventKind.EXTUBATION),
    ("prone", EventKind.PRONING, EventKind.SUPINATION),
    ("ECMO", EventKind.ECMO_START, EventKind.ECMO_END),
)
LEFT = (EventKind.ICU_RELEASE, EventKind.DEATH)
"""End every phase."""
BAND_PIXELS = 11


@dataclass(frozen=True)
class Phase:
    """One phase; `began` or `ended` is None where no event states it."""

    name: str
    began: datetime | None
    ended: datetime | None


def phases(events: Sequence[EventFacts]) -> tuple[Phase, ...]:
    """Return the phases that the events state, by kind and time; two starts without an end are one phase."""
    return tuple(phase for kind in KINDS for phase in _of_kind(*kind, events))


def _of_kind(name: str, start: EventKind, end: EventKind, events: Sequence[EventFacts]) -> Iterator[Phase]:
    began: datetime | None = None
    for event in sorted(events, key=lambda one: one.at):
        if event.kind is start:
            began = began or event.at
        elif event.kind is end or (event.kind in LEFT and began is not None):
            yield Phase(name, began, event.at)
            began = None
    if began is not None:
        yield Phase(name, began, None)


def draw_phases(
    figure: go.Figure,
    found: Sequence[Phase],
    *,
    span: tuple[datetime, datetime],
    row: int,
    look: tuple[TimeScale, Palette],
) -> None:
    """Draw each phase as a bar; one whose beginning or end is not stated runs to the end of the axis and says so."""
    scale, colours = look
    for phase in found:
        ends = (phase.began or span[0], phase.ended or max(span[1], phase.began or span[1]))
        figure.add_trace(
            go.Scatter(
                x=[scale.on_axis(at) for at in ends],
                y=[phase.name, phase.name],
                mode="lines+markers",
                line={"color": colours.look, "width": BAND_PIXELS, "dash": "solid"},
                # An end that nobody stated is open: a ring instead of a bar's end.
                marker={
                    "size": BAND_PIXELS,
                    "symbol": [_end(phase.began), _end(phase.ended)],
                    "color": colours.look,
                    "line": {"width": 2, "color": colours.look},
                },
                text=[escape(phase_text(phase, scale))] * 2,
                hovertemplate="%{text}<extra></extra>",
                showlegend=False,
            ),
            row=row,
            col=1,
        )
    figure.update_yaxes(showgrid=False, row=row, col=1)


def phase_text(phase: Phase, scale: TimeScale) -> str:
    """Return for example "ventilated: 28 Nov 2026, 04:00 to now; end not stated"."""
    began = "beginning not stated" if phase.began is None else scale.text(phase.began)
    ended = "end not stated" if phase.ended is None else scale.text(phase.ended)
    return f"{phase.name}: {began} to {ended}" if phase.ended else f"{phase.name}: since {began}; {ended}"


def _end(at: datetime | None) -> str:
    return "circle-open" if at is None else "line-ns"
