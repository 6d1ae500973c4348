"""What was done with a flag, in words: for the screen and for paper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dashboard.wording.facts import FLAG_STATES
from dashboard.wording.times import TimeScale
from db.read_models.facts import ActionFacts


def decision_text(actions: Sequence[ActionFacts], scale: TimeScale) -> str:
    """Return when a flag took the state that it has, by whom and why; "" where nothing is written down."""
    # A later step in the same state is a note, for example on a further film.
    steps = [*actions[:1], *(two for one, two in pairwise(actions) if _standing(one) != _standing(two))]
    if not steps:
        return ""
    clock, step = TimeScale(scale.zone), steps[-1]
    until = f" until {clock.text(step.snoozed_until)}" if step.snoozed_until else ""
    return step_text(step, f"{FLAG_STATES[step.state]}{until}", clock)


def _standing(step: ActionFacts) -> tuple[object, ...]:
    return step.state, step.snoozed_until


def step_text(step: ActionFacts, became: str, clock: TimeScale) -> str:
    """Return when a step was made, what the flag became, by whom and why."""
    return f"{clock.text(step.at)}, {became} by {step.actor}" + (f": {step.reason}" if step.reason else "")
