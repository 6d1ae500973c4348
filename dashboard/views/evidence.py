"""Evidence: what the scores, verdicts and flags rest on, and what nobody has measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.types import ScorerCard
from dashboard import queries
from dashboard.components.evidence.burden import draw_burden
from dashboard.components.evidence.change import draw_change
from dashboard.components.evidence.decisions import draw_decisions
from dashboard.components.evidence.detectors import draw_experts, draw_outcomes, draw_simulation
from dashboard.components.evidence.error import draw_error
from dashboard.components.evidence.model import draw_model, draw_versions
from dashboard.components.evidence.showing import missing_said
from dashboard.components.page.text import plain
from dashboard.services.evidence.studies import libraries, program_version
from dashboard.services.site.models import list_models

NO_MODEL = "No model is active: films are stored but not scored. Run: lungline models activate"


def of_card(draw: Callable[[ScorerCard], None], card: ScorerCard | None) -> None:
    """Draw what is told of the active model, or that there is none."""
    plain(NO_MODEL, tone="warning") if card is None else draw(card)


SECTIONS: Mapping[str, Callable[[ScorerCard | None], None]] = {
    "Model": lambda card: of_card(draw_model, card),
    "Error": lambda card: of_card(draw_error, card),
    "Change": lambda card: of_card(draw_change, card),
    "Simulation": draw_simulation,
    "Experts": draw_experts,
    "Burden": lambda card: draw_burden(card, queries.known_units()),
    "Outcomes": draw_outcomes,
    "Decisions": lambda _card: draw_decisions(queries.known_units()),
    "Versions": lambda _card: draw_versions(program_version(), list_models(site=queries.site()), libraries()),
}

st.title("Evidence")
section = st.segmented_control(
    "Section", list(SECTIONS), default="Model", key="section", bind="query-params", required=True
)
with missing_said():
    SECTIONS[section](queries.scoring_status().card)
