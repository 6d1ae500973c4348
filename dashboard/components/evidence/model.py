"""The active model's card: what it is, what it is for, what it does not assess."""

from __future__ import annotations

import streamlit as st

from core.types import ScorerCard
from dashboard.components.page.head import NOT_ASSESSED
from dashboard.components.page.text import facts, items, plain

INTENDED_USE = (
    "Following opacity on serial frontal chest films of adults in intensive care, in research, beside clinicians who "
    "look at the films themselves. Not for a diagnosis, not for a film by itself, not without the films."
)
MEANING = (
    "An opacity on a film has many causes. A verdict says what the films show (“opacity rose”), never why. A rise can "
    "be the other breath, another position or less PEEP."
)


def draw_model(card: ScorerCard) -> None:
    """Draw the card."""
    st.header(card.title)
    plain(card.summary)
    facts(
        {
            "Model": card.model,
            "Version": card.version,
            "Weights, SHA-256": card.weights_sha256 or "not part of Lungline: they carry their hash in the version",
            "Intended use": INTENDED_USE,
            "Licence": card.licence or "not stated",
            "Citation": card.citation or "not stated",
        }
    )
    st.header("Not assessed")
    items(card.not_assessed or NOT_ASSESSED)
    plain(MEANING)
