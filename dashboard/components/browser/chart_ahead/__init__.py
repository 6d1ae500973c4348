"""Brings Streamlit's chart library into the browser while a page without a chart is looked at.

It is large: on the first page with a chart everybody would wait a second or more for it, in front of the films.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_AHEAD = st.components.v2.component("lungline_chart_ahead", js=(_HERE / "ahead.js").read_text(encoding="utf-8"))
_SCRIPTS = Path(st.__file__).parent / "static" / "static" / "js"
CHART_SCRIPTS = tuple(f"/static/js/{file.name}" for file in _SCRIPTS.glob("PlotlyChart.*.js"))
"""As Streamlit's own pages ask for it; one, or none where another version names it otherwise."""


def bring_charts_ahead() -> None:
    """Have the browser load the chart library once it has nothing else to do."""
    _AHEAD(key="chart-ahead", data={"scripts": list(CHART_SCRIPTS)})
