"""What else the bedside states of a patient: oxygenation, ventilation, each lung; facts, and what is not stated."""

from __future__ import annotations

from datetime import datetime

from core.types import TimePrecision
from dashboard.components.films.lung_parts import SIDES_IN_DOUBT
from dashboard.components.page.text import facts
from dashboard.components.patient.observations import oxygenation_ratios
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.ward.round import RoundStep
from dashboard.wording.events import VENTILATED
from dashboard.wording.times import TimeScale, ago_text

NOT_STATED = "not stated"


def draw_bedside(trend: PatientTrend, step: RoundStep, *, scale: TimeScale) -> None:
    """Draw the last PaO2/FiO2, the ventilation state where it is known, and both lungs of the newest scored film."""
    facts(
        {
            "PaO2/FiO2": _oxygenation(trend, scale),
            "Ventilation": _ventilation(trend, step, scale),
            "Each lung": _lungs(trend, scale),
        }
    )


def _oxygenation(trend: PatientTrend, scale: TimeScale) -> str:
    ratios = oxygenation_ratios(trend.timeline.observations)
    if not ratios:
        return NOT_STATED
    gas, ratio = ratios[-1]
    return f"{ratio:.0f} mmHg, {_when(gas.at, gas.time_precision, trend, scale)}"


def _ventilation(trend: PatientTrend, step: RoundStep, scale: TimeScale) -> str:
    event = step.row.ventilation
    if event is None:
        return NOT_STATED
    return f"{VENTILATED[event.kind]} {_when(event.at, event.time_precision, trend, scale)}"


def _lungs(trend: PatientTrend, scale: TimeScale) -> str:
    if not trend.trends:
        return f"{NOT_STATED}: no film is on the trend"
    film = trend.in_order[-1].film
    taken = scale.text(film.acquired_at, film.time_precision)
    if film.score.sides_in_doubt:
        return f"{SIDES_IN_DOUBT} (film of {taken})"
    sides = {"right": film.score.geographic_extent_right, "left": film.score.geographic_extent_left}
    given = [f"{side} {NOT_STATED if part is None else f'{part:.1f} of 4'}" for side, part in sides.items()]
    split = NOT_STATED if set(sides.values()) == {None} else f"geographic extent {', '.join(given)}"
    return f"{split} (film of {taken})"


def _when(at: datetime, precision: TimePrecision, trend: PatientTrend, scale: TimeScale) -> str:
    if scale.relative:
        return scale.text(at, precision)
    hours = (trend.moment - at).total_seconds() / 3600
    return ago_text(hours, days_only=precision is TimePrecision.DAY)
