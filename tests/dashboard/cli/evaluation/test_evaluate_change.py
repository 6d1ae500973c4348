"""`evaluate change` and `evaluate site-noise`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lungline_command import Lungline

from core.scoring import registry
from core.scoring.cards import read_card, write_card


def test_the_noise_of_a_change_is_told_by_class(lungline: Lungline, shared_data: Path) -> None:
    answer = lungline("evaluate", "change", "--data", shared_data, "--model", "unet-resnet18")

    assert answer.code == 0, answer.err
    assert "unet-resnet18: error of the change between consecutive films of one patient" in answer.out
    assert "both AP" in answer.out
    assert "both PA" in answer.out
    assert "not measured: fewer than 5 pairs" in answer.out
    assert "Each scorer had not seen the patient." in answer.out


def test_the_figures_go_into_the_card(
    lungline: Lungline, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "card.json"
    write_card(registry.read_scorer_card("unet-resnet18"), copy)
    fields = json.loads(copy.read_text(encoding="utf-8"))
    copy.write_text(json.dumps({**fields, "class_noise": {}}), encoding="utf-8")
    monkeypatch.setattr(registry, "card_path", lambda _name: copy)

    document = lungline(
        "evaluate", "change", "--data", shared_data, "--model", "unet-resnet18", "--write", "--json"
    ).document

    assert set(document["unet-resnet18"]) == {"geographic_extent", "opacity"}
    written = read_card(copy)
    for measure, classes in written.class_noise.items():
        measured = document["unet-resnet18"][measure.value]["classes"]
        assert {pair_class.value: one.sd for pair_class, one in classes.items()} == {
            name: one["sd"] for name, one in measured.items()
        }
    assert written.class_noise


def test_a_data_set_that_is_none_is_refused(lungline: Lungline, tmp_path: Path) -> None:
    answer = lungline("evaluate", "change", "--data", tmp_path, "--model", "embedded")
    assert answer.code != 0
    assert "films.csv" in answer.err


def test_a_site_without_films_has_no_scatter(lungline: Lungline) -> None:
    found = lungline("evaluate", "site-noise", "--json").document
    assert [(one["measure"], one["n_triples"], one["film_sd"]) for one in found] == [
        ("geographic_extent", 0, None),
        ("opacity", 0, None),
    ]
    assert "too few triples" in lungline("evaluate", "site-noise").out
