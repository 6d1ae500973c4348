"""A page of the app as the tests of the views see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.components.page.trouble import UNFORESEEN

APP = Path(__file__).resolve().parents[1] / "dashboard" / "app.py"
OpenPage = Callable[..., "Screen"]


class Screen:
    """What a page shows, for assertions."""

    def __init__(self, app: AppTest) -> None:
        self.app = app

    def run(self) -> Screen:
        """Run the page again."""
        self.app.run()
        assert not self.app.exception, [one.value for one in self.app.exception]
        assert UNFORESEEN not in [one.value for one in (*self.app.markdown, *self.app.text)]
        return self

    @property
    def html(self) -> str:
        """Return all text drawn as HTML, escaped as it is sent."""
        return "\n".join(str(one.proto.body) for one in self.app.main if one.type == "html")

    def data(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return what a component of our own was given."""
        found = [one for one in self.app.main if one.type == "bidi_component" and one.proto.id.endswith(f"-{key}")]
        assert len(found) == 1, f"{len(found)} components {key!r} on the page"
        return json.loads(found[0].proto.json)

    def has(self, key: str) -> bool:
        """Return whether a component of our own is on the page."""
        return any(one.type == "bidi_component" and one.proto.id.endswith(f"-{key}") for one in self.app.main)

    def chart(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return a plotly figure."""
        found = [one for one in self.app.main if one.type == "plotly_chart" and one.proto.id.endswith(f"-{key}")]
        assert len(found) == 1, f"{len(found)} charts {key!r} on the page"
        return json.loads(found[0].proto.spec)

    def texts(self, key: str) -> list[list[str]]:
        """Return the main texts of a table's cells, row by row."""
        return [[cell["text"] for cell in row["cells"]] for row in self.data(key)["rows"]]
