"""A site for the tests of services and importers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from film_site import PLUGINS, Bench, make_bench
from sqlalchemy import Engine

from core.scoring import registry


@pytest.fixture
def mean_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the quick scorer, and keep settings of this machine out."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    registry.register("mean-grey", "mean_grey")
    for name in list(os.environ):
        if name.upper().startswith("LUNGLINE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def bench(engine: Engine, tmp_path: Path, mean_grey: None) -> Iterator[Bench]:  # noqa: ARG001 - registered before
    """Return an empty site, on SQLite and on PostgreSQL in turn."""
    bench = make_bench(engine, tmp_path / "data")
    yield bench
    bench.engine.dispose()
