"""What films showed after the decisions of rounds, by unit."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.proportion import Proportion
from dashboard import study_queries
from dashboard.components.evidence.showing import draw_table
from dashboard.components.page.text import plain
from dashboard.wording.decisions import DECISIONS_IN_WORDS
from dashboard.wording.facts import ALL_UNITS

COLUMNS = (
    "Decision",
    "With a verdict within 48 h",
    "A film read a rise",
    "A film read a drop",
    "No verdict within 48 h",
)
NO_JUDGEMENT = (
    "A rise after a decision to de-escalate does not say that the decision was wrong: a film shows one part of a "
    "patient. Each decision counts by itself, several of one patient too. Who decided is not counted."
)


def draw_decisions(units: Sequence[str]) -> None:
    """Draw the counts of a unit or of all."""
    st.header("After decisions on rounds, the last 90 days")
    unit = st.selectbox("Unit", [ALL_UNITS, *units], key="decisions-unit")
    found = study_queries.what_followed(None if unit == ALL_UNITS else unit)
    if not found:
        plain("No decision was recorded on a round, or the 48 hours after it are not over.")
        return
    rows = [
        (
            DECISIONS_IN_WORDS[one.decision],
            str(one.rose.n),
            _share(one.rose),
            _share(one.fell),
            str(one.without_verdict),
        )
        for one in found
    ]
    draw_table("What films showed within 48 hours", COLUMNS, rows, key="decisions")
    plain(NO_JUDGEMENT, tone="quiet")


def _share(found: Proportion) -> str:
    if not found.n:
        return "-"
    return f"{found.count} of {found.n} (95 %: {found.low:.0%} to {found.high:.0%})"
