"""What the trend reads from a card, measured anew: on a made-up set, and as the shipped cards carry it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from trend_films import CARD

from core.errors import DataSetInvalidError
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.noise.trend_noise import measure_trend_noise, with_trend_noise
from core.scoring.registry import read_scorer_card
from core.types import Measure, PairClass, ViewPosition

GEOGRAPHIC = Measure.GEOGRAPHIC_EXTENT
FILMS_HEADER = "film_id,source,path,patient_id,day,view,sex,finding,licence,url\n"
PAIR = ((0, 1.0), (1, 3.0))


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """Return 6 PA pairs, one AP/PA pair, 5 Hannover series; every other second film is said 0.5 too high."""
    films, scores, said, unscored = [FILMS_HEADER], ["film_id,geographic_extent,opacity\n"], [], []
    for patient in range(7):
        for day, expert in PAIR:
            view = "AP" if (patient, day) == (6, 1) else "PA"
            films.append(f"p{patient}d{day},cohen,x.png,p{patient},{day},{view},F,,CC BY,x\n")
            scores.append(f"p{patient}d{day},{expert},{expert / 2}\n")
            lung = (expert + (0.5 if day and patient % 2 == 0 else 0.0) + (1.0 if patient % 2 else -1.0)) / 2
            said.append(f"p{patient}d{day},1,0,{lung},{lung},{lung / 2},{lung / 2}\n")
    for patient in range(5):
        for day in range(6):
            films.append(f"h{patient}d{day},hannover,x.png,h{patient},{day},AP,F,,CC BY,x\n")
            unscored.append(f"h{patient}d{day},{3 + 0.3 * (day % 2)},{2 + 0.1 * (day % 2)}\n")
    (tmp_path / "films.csv").write_text("".join(films))
    (tmp_path / "scores.csv").write_text("".join(scores))
    header = "film_id,partition,fold,geographic_extent_right,geographic_extent_left,opacity_right,opacity_left\n"
    (tmp_path / "stub-out-of-fold.csv").write_text(header + "".join(said))
    (tmp_path / "stub-series.csv").write_text("film_id,geographic_extent,opacity\n" + "".join(unscored))
    return tmp_path


def test_every_figure_of_a_made_up_set(made_up: Path) -> None:
    found = measure_trend_noise(made_up, CARD, made_up)
    assert set(found) == {"geographic_extent", "opacity"}
    extent = found["geographic_extent"]
    assert (extent.n_alike, extent.n_differently) == (6, 1)
    assert extent.alike.raw_sd == pytest.approx(0.125**0.5, abs=1e-4)
    # Expert's changes of 2 from predicted ones of 2.5 and of 2.
    assert extent.alike.slope == pytest.approx(27 / 30.75, abs=1e-4)
    assert extent.differently is None
    assert set(extent.classes) == {PairClass.PA}
    assert "views: PA. Not measured on other views, nor between films taken differently." in extent.alike.source
    # Errors of single films: -1 and -0.5 in four patients, 1 and 1 in three; less what films scatter in their series.
    assert extent.bias_sd == pytest.approx((11 / 13 - extent.process.film_sd**2) ** 0.5, abs=1e-4)
    assert (extent.process.n_films, extent.process.n_stays) == (30, 5)
    assert extent.smallest_detectable == pytest.approx(1.96 * extent.alike.sd)


def test_without_series_levels_have_no_wandering(made_up: Path) -> None:
    (made_up / "stub-series.csv").unlink()
    assert measure_trend_noise(made_up, CARD, made_up)["opacity"].process is None
    assert with_trend_noise(CARD, made_up, made_up).level_noise == {}


def test_it_stands_on_the_card(made_up: Path) -> None:
    card = with_trend_noise(CARD, made_up, made_up)
    found = measure_trend_noise(made_up, CARD, made_up)["geographic_extent"]
    assert card.noise[GEOGRAPHIC].sd == found.alike.sd
    assert card.noise[GEOGRAPHIC].source == found.alike.source
    assert card.change_views == (ViewPosition.PA,)
    assert card.mixed_noise == {}
    assert card.class_noise[GEOGRAPHIC] == found.classes
    assert card.level_noise[GEOGRAPHIC].bias_sd == found.bias_sd
    assert card.level_noise[GEOGRAPHIC].process_sd == pytest.approx(found.process.sd, abs=0.001)
    assert card.evidence["change_noise"]["geographic_extent"]["taken_differently"] == "fewer than five pairs"
    assert with_trend_noise(card, made_up, made_up) == card


def test_a_scorer_without_predictions_is_refused(tmp_path: Path, made_up: Path) -> None:
    (made_up / "stub-out-of-fold.csv").unlink()
    with pytest.raises(DataSetInvalidError, match=r"stub-out-of-fold\.csv"):
        measure_trend_noise(made_up, CARD, tmp_path)


@pytest.mark.parametrize("name", ["embedded", "unet-resnet18"])
def test_the_shipped_cards_carry_what_the_evidence_gives(shared_data: Path, name: str) -> None:
    card = read_scorer_card(name)
    assert plain(with_trend_noise(card, shared_data, EVIDENCE)) == plain(card)


def plain(card: object) -> object:
    return json.loads(json.dumps(asdict(card)))
