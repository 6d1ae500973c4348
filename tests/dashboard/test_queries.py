"""What the screens share is forgotten after a change, so that whoever made it sees it at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dashboard import queries

KEPT = {"settings", "site", "aligned_masks"}
"""What no change of a person touches."""


def test_a_change_forgets_all_that_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = {name for name, value in vars(queries).items() if hasattr(value, "clear") and callable(value)} - KEPT
    cleared = set()
    for name in shared:
        monkeypatch.setattr(queries, name, SimpleNamespace(clear=lambda name=name: cleared.add(name)))
    queries.forget()
    assert "_by_eye" in shared
    assert cleared == shared
