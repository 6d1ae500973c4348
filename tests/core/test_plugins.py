"""What other distributions bring is found by its entry point; what cannot be used is left out and said."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from core import plugins
from core.errors import DetectorUnknownError, ScorerBrokenError
from core.scoring import registry
from core.trend import load_detector
from core.trend.detectors.base import detector_names


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[tuple[str, str]]]]:
    """Let a test say what installed distributions bring: names and values of each group."""
    brought: dict[str, list[tuple[str, str]]] = {}

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [EntryPoint(name, value, group) for name, value in brought.get(group, [])]

    monkeypatch.setattr(plugins, "entry_points", entry_points)
    shipped = {name: package for name, package in registry._PACKAGES.items() if package.startswith("core.")}
    monkeypatch.setattr(registry, "_PACKAGES", shipped)
    plugins.installed.cache_clear()
    yield brought
    plugins.installed.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [("embedded", "other_package"), ("Mean Grey", "mean_grey"), ("mean-grey", "another_mean_grey")],
    ids=["taken by the program", "no name", "taken by another one"],
)
def test_a_scorer_that_cannot_be_used_is_left_out_and_said(
    bring: dict[str, list[tuple[str, str]]], caplog: pytest.LogCaptureFixture, name: str, value: str
) -> None:
    bring[registry.ENTRY_POINTS] = [("mean-grey", "mean_grey"), (name, value)]
    with caplog.at_level(logging.WARNING):
        assert registry.scorer_names() == ("embedded", "txrv-cohen2020", "txrv-ralo", "mean-grey")
    assert [record.getMessage() for record in caplog.records] == [
        f"lungline.scorers {name!r} ({value}) is left out: taken, or no lower-case word."
    ]
    assert registry._package_of("mean-grey") == "mean_grey"


def test_a_scorer_whose_package_cannot_be_imported_is_said_to_be_broken(
    bring: dict[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bring[registry.ENTRY_POINTS] = [("broken", "lungline_broken")]
    package = tmp_path / "lungline_broken"
    package.mkdir()
    (package / "__init__.py").write_text("import no_such_library\n")
    (package / "card.json").write_text(registry.card_path("embedded").read_text(encoding="utf-8"))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ScorerBrokenError, match=r"'broken' \(lungline_broken\) cannot be loaded: .*no_such_library"):
        registry.load_scorer("broken", weights_dir=tmp_path)


def test_a_detector_of_a_taken_name_leaves_the_programs_own(bring: dict[str, list[tuple[str, str]]]) -> None:
    bring["lungline.detectors"] = [("raw-step-1", "other:Step"), ("two-points", "other:TwoPoints")]
    assert detector_names() == ("measured-noise", "raw-step-1", "raw-step-2", "any-rise", "two-points")
    assert type(load_detector("raw-step-1")).__name__ == "RawStepDetector"


@pytest.mark.parametrize("value", ["no_such_package:Rule", "core.trend:NoSuchRule"])
def test_a_detector_that_cannot_be_imported_is_named(bring: dict[str, list[tuple[str, str]]], value: str) -> None:
    bring["lungline.detectors"] = [("two-points", value)]
    with pytest.raises(DetectorUnknownError, match=rf"'two-points' \({value}\) cannot be loaded: .* Install it again"):
        load_detector("two-points")
