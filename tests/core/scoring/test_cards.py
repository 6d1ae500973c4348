"""Cards, written and read back."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import WeightsInvalidError
from core.scoring.cards import card_markdown, read_card, write_card
from core.types import ChangeNoise, LevelNoise, Measure, PairClass, ScorerCard

NOISE = ChangeNoise(sd=0.9, slope=0.8, n_pairs=20, n_patients=15, sd_low=0.6, sd_high=1.2, source="PA films only.")
CARD = ScorerCard(
    model="embedded",
    version="1",
    title="A scorer",
    summary="What it is.",
    licence="research only",
    citation="Cohen et al. 2020",
    noise={Measure.GEOGRAPHIC_EXTENT: NOISE},
    class_noise={Measure.GEOGRAPHIC_EXTENT: {PairClass.AP: replace(NOISE, n_pairs=8, own_sd=0.7)}},
    level_noise={Measure.GEOGRAPHIC_EXTENT: LevelNoise(0.45, 0.2, 0.6, 132, 22, 1.1, "Films of Hannover.")},
    evidence={"agreement": {"mae": [0.9, 0.7, 1.1]}, "n": 68},
    not_assessed=("pneumothorax",),
    weights_sha256="ab" * 32,
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_card(CARD, tmp_path / "card.json")

    assert read_card(tmp_path / "card.json") == CARD


def test_markdown_says_what_was_not_measured(tmp_path: Path) -> None:
    write_card(CARD, tmp_path / "card.json")
    text = (tmp_path / "card.md").read_text(encoding="utf-8")

    assert text == card_markdown(CARD)
    assert "- Geographic extent, films taken alike: SD of the error 0.90 (95 % interval 0.60 to 1.20)" in text
    assert "- Opacity, films taken alike: not measured" in text
    assert "- Geographic extent, films both AP: SD of the error 0.90" in text
    assert "8 pairs of 15 patients, their own SD 0.70 drawn towards that of all pairs" in text
    assert "wander by 0.45 points per √day (95 % interval 0.20 to 0.60; 132 films of 22 stays)" in text
    assert "error of one film that differs from film to film, SD 0.71" in text
    assert "  - mae: 0.9, 0.7, 1.1" in text
    assert "- pneumothorax" in text


@pytest.mark.parametrize("content", ["", "[]", '{"model": "x"}', '{"colour": 1}'])
def test_a_damaged_card_is_refused_with_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "card.json").write_text(content, encoding="utf-8")

    with pytest.raises(WeightsInvalidError, match=r"card\.json .* cannot be read"):
        read_card(tmp_path / "card.json")


def test_a_missing_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalidError, match="cannot be read"):
        read_card(tmp_path / "card.json")


def test_cards_that_name_classes_of_pairs_by_their_labels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    write_card(CARD, path)
    text = path.read_text(encoding="utf-8")
    assert '"ap": {' in text
    path.write_text(text.replace('"ap": {', '"both AP": {'), encoding="utf-8")
    assert read_card(path) == CARD


def test_classes_by_the_time_between_films_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    write_card(CARD, path)
    path.write_text(path.read_text(encoding="utf-8").replace('"ap": {', '"soon": {'), encoding="utf-8")
    assert read_card(path) == replace(CARD, class_noise={Measure.GEOGRAPHIC_EXTENT: {}})
