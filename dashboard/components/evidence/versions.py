"""What runs here, by version and licence, and which evidence files are here."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.evidence import EVIDENCE
from dashboard.components.evidence.showing import draw_table
from dashboard.components.page.text import facts, plain
from dashboard.services.evidence.studies import COMMANDS, Library
from dashboard.services.site.models import ModelRow


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
