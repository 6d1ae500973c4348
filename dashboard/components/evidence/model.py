"""What runs here: the active model's card; program, scorers, evidence files and libraries with their licences."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.evidence import EVIDENCE
from core.types import ScorerCard
from dashboard.components.evidence.showing import draw_table
from dashboard.components.page.head import NOT_ASSESSED
from dashboard.components.page.text import facts, items, plain
from dashboard.services.evidence.studies import COMMANDS, Library
from dashboard.services.site.models import ModelRow

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


def draw_versions(program: str, models: Sequence[ModelRow], libraries: Sequence[Library]) -> None:
    """Draw Lungline, the scorers, the evidence files and the libraries."""
    facts(
        {
            "Lungline": f"{program}, Apache-2.0",
            "Trained weights": "for research only; nothing is granted beyond what the sources of the films allow: "
            "see WEIGHTS-NOTICE.md of the repository, which names every source",
            "Font": "IBM Plex Sans, SIL Open Font License 1.1",
        }
    )
    st.header("Scorers")
    rows = [
        (model.model, model.version or "weights not here", "active" if model.active else "not active", model.title)
        for model in models
    ]
    draw_table("Scorers", ("Model", "Version here", "State", "What it is"), rows, key="scorers")
    st.header("Evidence files of the trend")
    files = [
        (name, "here" if (EVIDENCE / name).is_file() else "not on this machine", command)
        for name, command in COMMANDS.values()
    ]
    draw_table("Evidence files", ("File", "State", "Made by"), files, key="files")
    plain("DIR is a folder with the public films' tables. trend.md beside the files has all figures as text.")
    st.header("Libraries")
    installed = [(library.name, library.version or "not installed", library.licence) for library in libraries]
    draw_table("Libraries", ("Library", "Version", "Licence, as the package states it"), installed, key="libraries")
