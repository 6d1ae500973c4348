"""A scorer's robustness on made-up films with scorers whose answer to each disturbance is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from chest_films import film_of
from film_factory import chest_values
from numpy.typing import NDArray
from PIL import Image

from core.errors import DataSetInvalidError, FilmNotScorableError
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.robustness.disturbance import DISTURBANCES, FLIPPED
from core.research.evaluation.robustness.figures import Robustness
from core.research.evaluation.robustness.sampling import stratified_sample
from core.research.evaluation.robustness.scatter import bedside_films, measure_scatter
from core.research.evaluation.robustness.study import OUTSIDE_HIDDEN, evaluate_robustness
from core.types import Film, FilmMasks, Measure, Score, ScorerCard

GEOGRAPHIC = Measure.GEOGRAPHIC_EXTENT


class HalvesScorer:
    """Scores the lungs by the mean grey of the two halves of the picture; too dark a film is not scorable."""

    name, version = "halves", "1"
    card = ScorerCard("halves", "1", "", "", "", "")
    darkest = 0.0

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the mean grey of the left and of the right half of the picture."""
        middle = film.pixels.shape[1] // 2
        return np.array([film.pixels[:, :middle].mean(), film.pixels[:, -middle:].mean()], dtype=np.float32)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return 0-4 for each half, and opacity without sides."""
        dark = tuple(place for place, halves in enumerate(prepared) if halves.mean() < self.darkest)
        if dark:
            message = "Too dark."
            raise FilmNotScorableError(message, dark)
        return [
            Score(
                self.name,
                self.version,
                4 * float(halves.sum()),
                3 * float(halves.sum()),
                geographic_extent_right=4 * float(halves[0]),
                geographic_extent_left=4 * float(halves[1]),
            )
            for halves in prepared
        ]


class MaskingHalvesScorer(HalvesScorer):
    """Takes the left and right third of every picture for the lungs."""

    def masks(self, film: Film) -> FilmMasks:
        """Return two upright bands."""
        assert film.pixels.ndim == 2
        right, left = np.zeros((2, 50, 60), dtype=np.float32)
        right[:, :20] = left[:, 40:] = 1.0
        return FilmMasks(right, left, right)


class BareScorer(HalvesScorer):
    """Does not separate the lungs."""

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return the sums alone."""
        return [Score("bare", "1", 4 * float(h.sum()), 3 * float(h.sum())) for h in prepared]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder with six single films and one patient with four bedside films, days 0, 1, 3 and 3."""
    rows = ["film_id,source,path,patient_id,day,view,sex,finding,licence,url"]
    for number in range(6):
        rows.append(f"s{number},cohen,s{number}.png,p{number},,{'PA' if number % 2 else 'AP'},F,,CC BY,u")
        Image.fromarray(chest_values(160, 140, seed=number)).save(tmp_path / f"s{number}.png")
    for number, day in enumerate((0, 1, 3, 3)):
        rows.append(f"h{number},hannover,h{number}.png,serial,{day},AP,F,,CC BY,u")
        brightness = 1 - 0.1 * (number % 2)
        grey = np.rint(chest_values(160, 140, seed=9) * brightness).astype(np.uint8)
        Image.fromarray(grey).save(tmp_path / f"h{number}.png")
    (tmp_path / "films.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def change(found: Robustness, name: str) -> tuple[float, float]:
    one = next(one for one in found.disturbed if one.disturbance == name)
    spread = one.change[GEOGRAPHIC]
    return spread.median.value, spread.percentile_90


def test_the_change_is_what_each_disturbance_does_to_this_scorer(data: Path) -> None:
    found = evaluate_robustness(data, MaskingHalvesScorer(), site_zone=UTC, films=9)
    assert (found.model, found.model_version, found.not_tested, found.left_out) == (
        "halves",
        "1",
        ("opacity of each lung on a flipped film: this scorer does not separate the lungs",),
        (),
    )
    assert found.strata == {"cohen, AP": 3, "cohen, PA": 3, "hannover, AP": 3}
    assert [one.disturbance for one in found.disturbed] == [*DISTURBANCES, OUTSIDE_HIDDEN]
    # The films are nowhere near black or white, so that a tenth of the scale is 0.8 points of 8.
    assert change(found, "brightness +10 %") == pytest.approx((0.8, 0.8), abs=0.03)
    assert change(found, "contrast +20 %") == pytest.approx((0.0, 0.0), abs=0.05)
    assert change(found, FLIPPED) == pytest.approx((0.0, 0.0), abs=1e-5)
    assert change(found, "gamma 0.7")[0] > 0.4
    assert change(found, "tube, line and lead")[0] > 0.02
    assert found.lungs_swapped[GEOGRAPHIC].median.value == pytest.approx(0.0, abs=1e-5)
    brighter = found.disturbed[0].change[Measure.OPACITY]
    assert (brighter.n_films, brighter.n_patients, found.disturbed[0].n_lost) == (9, 7, 0)
    assert brighter.median.low <= brighter.median.value <= brighter.median.high


def test_what_the_scorer_does_not_give_is_not_tested(data: Path) -> None:
    found = evaluate_robustness(data, BareScorer(), site_zone=UTC, films=3)
    assert found.lungs_swapped == {}
    assert found.not_tested == (
        "geographic extent of each lung on a flipped film: this scorer does not separate the lungs",
        "opacity of each lung on a flipped film: this scorer does not separate the lungs",
        "all outside the lungs hidden: this scorer gives no lungs",
    )
    assert OUTSIDE_HIDDEN not in {one.disturbance for one in found.disturbed}


def test_films_that_are_lost_are_counted_and_films_that_cannot_be_scored_are_named(data: Path) -> None:
    (data / "s0.png").write_bytes(b"no picture")
    (data / "s1.png").unlink()
    Image.fromarray(np.full((200, 200), 7, dtype=np.uint8)).save(data / "s2.png")
    scorer = HalvesScorer()
    scorer.darkest = 0.45
    found = evaluate_robustness(data, scorer, site_zone=UTC, films=10)
    reasons = dict(reason.split(": ", 1) for reason in found.left_out)
    assert set(reasons) >= {"s0", "s1", "s2"}
    assert reasons["s1"] == "s1.png cannot be read (No such file or directory)."
    darker = next(one for one in found.disturbed if one.disturbance == "brightness -10 %")
    n_scored = sum(found.strata.values())
    assert 0 < n_scored <= 7
    assert (darker.n_lost, darker.change) == (n_scored, {})
    assert json.dumps(found.as_evidence(), allow_nan=False)


def test_evidence_is_plain_and_rounded(data: Path) -> None:
    evidence = evaluate_robustness(data, MaskingHalvesScorer(), site_zone=UTC, films=6, seed=3).as_evidence()
    assert json.loads(json.dumps(evidence, allow_nan=False)) == evidence
    assert (evidence["model"], evidence["seed"], evidence["films"]) == (
        "halves",
        3,
        {"cohen, AP": 2, "cohen, PA": 2, "hannover, AP": 2},
    )
    brighter = evidence["change"]["brightness +10 %"]
    assert (brighter["n_lost"], brighter["geographic_extent"]["n_films"]) == (0, 6)
    assert brighter["geographic_extent"]["median"][0] == pytest.approx(0.8, abs=0.03)
    assert set(evidence["lungs_swapped"]) == {"geographic_extent"}
    assert evidence["bedside_scatter"]["geographic_extent, within 3 d"]["n_pairs"] == 3
    assert "trained on" in evidence["note"]


def test_progress_counts_the_sample_and_the_serial_films(data: Path) -> None:
    told: list[tuple[int, int]] = []
    evaluate_robustness(
        data, BareScorer(), site_zone=UTC, films=2, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(done, 6) for done in range(1, 7)]


def test_a_folder_without_a_film_that_can_be_scored_is_refused(data: Path) -> None:
    scorer = HalvesScorer()
    scorer.darkest = 1.0
    with pytest.raises(DataSetInvalidError, match=r"None of the films can be scored: .*Too dark"):
        evaluate_robustness(data, scorer, site_zone=UTC, films=2)
    (data / "films.csv").write_text("film_id,source,path,patient_id,day,view,sex,finding,licence,url\n")
    with pytest.raises(DataSetInvalidError, match="60 films were asked for and 0 are there"):
        evaluate_robustness(data, BareScorer(), site_zone=UTC)


def listed(number: int, patient: str, *, source: str = "nih", view: str = "AP", day: int | None = None) -> DataSetFilm:
    return DataSetFilm(f"f{number:02}", source, Path(f"{number}.png"), patient, day, view, "", "", "", "")


def test_the_sample_is_even_over_sources_and_views_and_spread_over_patients() -> None:
    films = [listed(number, "many") for number in range(10)]
    films += [listed(10 + number, f"p{number}") for number in range(3)]
    films += [listed(20 + number, f"q{number}", view="PA") for number in range(4)]
    films += [listed(30, "r", source="cohen")]
    sample = stratified_sample(films, 9, seed=1)
    by_view = [sum((film.source, film.view) == name for film in sample) for name in (("nih", "AP"), ("nih", "PA"))]
    assert by_view == [4, 4]
    assert listed(30, "r", source="cohen") in sample
    assert len({film.patient_id for film in sample if film.view == "AP" and film.source == "nih"}) == 4
    assert stratified_sample(films[::-1], 9, seed=1) == sample
    assert stratified_sample(films, 9, seed=2) != sample
    assert len(stratified_sample(films, 100)) == len(films)


def test_scatter_is_of_consecutive_films_of_one_patient_and_view() -> None:
    days = {"a": (0, 1, 2, 9), "b": (5, 5, 8)}
    films = [
        listed(10 * place + number, patient, source="hannover", day=day)
        for place, (patient, own) in enumerate(days.items())
        for number, day in enumerate(own)
    ]
    films += [
        listed(30, "a", source="hannover", day=1, view="PA"),
        listed(31, "c", source="hannover"),
        listed(32, "c", day=1),
    ]
    serial = bedside_films(films)
    assert [film.film_id for film in serial] == ["f00", "f01", "f02", "f03", "f10", "f11", "f12"]
    levels = {"f00": 1.0, "f01": 2.0, "f02": 1.5, "f03": 8.0, "f10": 3.0, "f11": 3.5, "f12": 4.0}
    scores = {film_id: Score("s", "1", level, level / 2) for film_id, level in levels.items()}
    found = {(one.measure, one.within_days): one for one in measure_scatter(serial, scores)}
    assert len(found) == 6
    one_day, three_days = found[GEOGRAPHIC, 1], found[GEOGRAPHIC, 3]
    assert (one_day.n_pairs, one_day.n_patients) == (3, 2)
    assert one_day.sd.value == pytest.approx(np.std([1.0, -0.5, 0.5], ddof=1))
    assert (three_days.n_pairs, three_days.sd.value) == (4, pytest.approx(np.std([1.0, -0.5, 0.5, 0.5], ddof=1)))
    assert found[Measure.OPACITY, 1].sd.value == pytest.approx(one_day.sd.value / 2)
    assert one_day.sd.low <= one_day.sd.value <= one_day.sd.high
    del scores["f11"]
    assert {one.n_pairs for one in measure_scatter(serial, scores)} == {2, 3}


def test_a_single_pair_has_no_scatter() -> None:
    films = [listed(number, "a", source="hannover", day=number) for number in range(2)]
    scores = {film.film_id: Score("s", "1", 1.0, 1.0) for film in films}
    assert measure_scatter(films, scores) == ()


def test_the_film_given_to_the_scorer_says_its_own_size_and_hash() -> None:
    seen: list[Film] = []

    class Watching(BareScorer):
        def prepare(self, film: Film) -> NDArray[np.float32]:
            seen.append(film)
            return super().prepare(film)

    from core.research.evaluation.robustness.study import _Trial  # noqa: PLC0415 - nothing else shows the films

    film = film_of(chest_values(160, 140) / 255)
    trial = _Trial(Watching(), 0)
    trial.add(listed(1, "p"), replace(film))
    assert {(one.header.rows, one.header.columns) == one.pixels.shape for one in seen} == {True}
    assert len({one.pixel_hash for one in seen}) == len(seen) == len(DISTURBANCES) + 1
