"""A site's own version of a model: its scores, intervals, noise, version and card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from pointing_scorer import PointingScorer, Weighted

from core.scoring.base import Scorer
from core.scoring.cards import card_markdown
from core.scoring.recalibration import (
    MeasureLine,
    RecalibratedScorer,
    Recalibration,
    at_slope,
    base_version,
    is_recalibrated,
    read_recalibration,
    recalibrated_card,
    recalibrated_score,
)
from core.scoring.recalibration.noise import level_at_slope
from core.scoring.registry import read_scorer_card
from core.scoring.saliency import MapKind, draw_map
from core.trend.true_change import TrueChange
from core.types import ChangeNoise, Film, FilmHeader, Interval, LevelNoise, Measure, PairClass, Score, ScorerCard

EXTENT, OPACITY = Measure.GEOGRAPHIC_EXTENT, Measure.OPACITY
FOUND = (1.25, 1.0, 1.5), (0.75, 0.5, 1.0), (-0.5, -0.75, -0.25)
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def line(slope: float, offset: float, *, width: float | None = 1.0, n_width_patients: int = 12) -> MeasureLine:
    return MeasureLine(slope, slope - 0.1, slope + 0.1, offset, width, n_width_patients, 36, 12, *FOUND)


def recalibration(base: str = "1.0+abcdef01", **lines: MeasureLine) -> Recalibration:
    """Return a recalibration of ``model`` with a line for each measure that is named."""
    of_measure = {Measure(name): one for name, one in lines.items()}
    return Recalibration("model", base, 36, 12, 2, of_measure or {EXTENT: line(0.5, 1.0)}).named()


def score(extent: float, opacity: float = 3.0, **parts: float | None) -> Score:
    whole = Interval(max(0.0, extent - 1), min(8.0, extent + 1), 0.9)
    return Score("model", "1.0+abcdef01", extent, opacity, whole, Interval(2.0, 4.0, 0.9), **parts)  # type: ignore[arg-type]


def test_a_score_passes_through_the_line_and_stays_on_its_scale() -> None:
    own = recalibration(geographic_extent=line(1.5, -1.0), opacity=line(0.5, 1.0))
    found = [recalibrated_score(score(extent), own) for extent in (0.2, 2.0, 5.0, 7.5)]
    assert [one.geographic_extent for one in found] == [0.0, 2.0, 6.5, 8.0]
    assert [one.opacity for one in found] == [2.5] * 4
    assert {(one.model, one.model_version) for one in found} == {("model", own.version)}


def test_a_measure_without_a_line_and_what_is_no_score_stay_as_they_are() -> None:
    zones = (0.0, 1.0, 2.0, 3.0, 1.0, 0.5)
    given = replace(score(4.0, opacity_fraction=40.0, opacity_fraction_left=30.0), brixia_zones=zones)
    found = recalibrated_score(given, recalibration(geographic_extent=line(0.5, 1.0)))
    assert (found.geographic_extent, found.opacity) == (3.0, 3.0)
    assert found.opacity_interval == given.opacity_interval
    assert (found.opacity_fraction, found.opacity_fraction_left, found.brixia_zones) == (40.0, 30.0, zones)


@pytest.mark.parametrize(
    ("right", "left", "slope", "offset", "expected"),
    [
        (1.0, 3.0, 0.5, 1.0, (1.0, 2.0)),
        # A lung that would fall below its scale is none; the other one has the rest.
        (0.0, 3.0, 1.0, -1.0, (0.0, 2.0)),
        (3.0, 0.0, 1.0, -1.0, (2.0, 0.0)),
        # And beyond its top.
        (4.0, 1.0, 1.0, 1.0, (4.0, 2.0)),
        (1.0, 4.0, 1.0, 1.0, (2.0, 4.0)),
        (4.0, 4.0, 1.5, 0.0, (4.0, 4.0)),
        (0.0, 0.0, 1.0, -2.0, (0.0, 0.0)),
    ],
)
def test_both_lungs_make_up_the_score(
    right: float, left: float, slope: float, offset: float, expected: tuple[float, float]
) -> None:
    given = score(right + left, geographic_extent_right=right, geographic_extent_left=left)
    found = recalibrated_score(given, recalibration(geographic_extent=line(slope, offset)))
    assert (found.geographic_extent_right, found.geographic_extent_left) == expected
    assert found.geographic_extent == sum(expected)


def test_lungs_that_a_film_does_not_tell_apart_stay_unsaid() -> None:
    found = recalibrated_score(score(4.0, geographic_extent_right=2.0), recalibration())
    assert (found.geographic_extent, found.geographic_extent_right, found.geographic_extent_left) == (3.0, 2.0, None)


@pytest.mark.parametrize(
    ("extent", "expected"),
    [
        # The base's reach of 1 point, from the end that the scale did not cut off, times 0.75.
        (4.0, (2.25, 3.75)),
        (0.5, (0.5, 2.0)),
        (7.5, (4.0, 5.5)),
    ],
)
def test_the_interval_is_as_wide_as_the_films_own_times_the_factor(
    extent: float, expected: tuple[float, float]
) -> None:
    found = recalibrated_score(score(extent), recalibration(geographic_extent=line(0.5, 1.0, width=0.75)))
    assert found.geographic_extent_interval is not None
    value = found.geographic_extent
    assert (found.geographic_extent_interval.low, found.geographic_extent_interval.high) == (value - 0.75, value + 0.75)
    assert expected == (value - 0.75, value + 0.75)
    assert found.geographic_extent_interval.level == 0.9


def test_an_interval_of_the_whole_scale_stays_and_none_stays_none() -> None:
    whole = replace(score(4.0), geographic_extent_interval=Interval(0.0, 8.0, 0.9), opacity_interval=None)
    found = recalibrated_score(whole, recalibration(geographic_extent=line(0.5, 1.0, width=0.1)))
    assert found.geographic_extent_interval == Interval(0.0, 8.0, 0.9)
    assert found.opacity_interval is None


def test_the_version_is_the_bases_and_the_start_of_a_hash_that_stays_the_same() -> None:
    own = recalibration()
    assert own.version == "1.0+abcdef01.site-23b365b9"
    assert own.named() == own == recalibration()
    assert recalibration(geographic_extent=line(0.5, 1.0001)).version != own.version
    assert recalibration("1").version.startswith("1+site-")
    for made in (own, recalibration("1")):
        assert base_version(made.version) == made.base_version
        assert is_recalibrated(made.version)
    assert base_version("0.4.0+5be0f4a1") == "0.4.0+5be0f4a1"
    assert not is_recalibrated("0.4.0+5be0f4a1")


def test_what_is_stored_is_read_back_as_it_was() -> None:
    card = read_scorer_card("embedded")
    own = replace(
        recalibration(),
        noise=card.noise,
        mixed_noise=card.mixed_noise,
        class_noise=card.class_noise,
        level_noise=card.level_noise,
        change_views=card.change_views,
        verdicts=card.verdicts,
    )
    assert read_recalibration(json.loads(json.dumps(own.as_json()))) == own


def test_a_line_that_does_not_rise_is_none() -> None:
    with pytest.raises(ValueError, match="so that scores rise"):
        line(0.0, 1.0)


def noise(sd: float = 1.0, slope: float = 0.6, **fields: float) -> ChangeNoise:
    return ChangeNoise(sd, slope, 50, 20, 0.8, 1.2, "Films.", **fields)


def test_the_noise_keeps_its_error_and_divides_its_slope() -> None:
    own = at_slope(noise(own_sd=0.9), 0.75)
    assert (own.sd, own.sd_low, own.sd_high, own.own_sd, own.slope) == (1.0, 0.8, 1.2, 0.9, 0.8)
    assert own.source == "Films. Carried over to this site's scale by the line's slope of 0.75."


def test_a_change_between_stretched_scores_has_the_same_probability() -> None:
    base = noise(expert_sd=1.5)
    for films in ((1, 1), (1, 3)):
        before = TrueChange.given(2.0, base, films=films)
        after = TrueChange.given(2.0 * 0.8, at_slope(base, 0.8), films=films)
        assert (after.mean, after.sd) == (pytest.approx(before.mean), pytest.approx(before.sd))


def test_the_error_without_a_slope_is_that_of_the_stretched_predictions() -> None:
    random = np.random.default_rng(5)
    predicted = random.normal(0, 2, 4000)
    expert = 0.6 * predicted + random.normal(0, 1, 4000)
    slope = float((predicted * expert).sum() / (predicted**2).sum())
    measured = noise(
        sd=float(np.sqrt(np.mean((expert - slope * predicted) ** 2))),
        slope=slope,
        raw_sd=float(np.sqrt(np.mean((predicted - expert) ** 2))),
        expert_sd=float(np.std(expert)),
    )
    for stretch in (0.4, 1.0, 1.7):
        expected = float(np.sqrt(np.mean((stretch * predicted - expert) ** 2)))
        assert at_slope(measured, stretch).raw_sd == pytest.approx(expected, rel=0.005)
    assert at_slope(measured, 1.0).raw_sd == pytest.approx(measured.raw_sd, abs=1e-4)
    # Not determined: the property takes it from slope and SD.
    assert at_slope(noise(raw_sd=1.4), 0.8).raw_sd is None
    assert at_slope(noise(raw_sd=1.4, expert_sd=0.9), 0.8).raw_sd is None


def test_the_noise_of_a_level_is_stretched() -> None:
    own = level_at_slope(LevelNoise(0.2, 0.1, 0.4, 100, 20, 0.8, "Series."), 0.5)
    assert (own.process_sd, own.process_low, own.process_high, own.bias_sd) == (0.1, 0.05, 0.2, 0.4)


class Fixed:
    """A scorer that gives every film the value of its first pixel."""

    name, version = "model", "1.0+abcdef01"
    card = ScorerCard("model", "1.0+abcdef01", "Model", "It scores.", "", "")

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film itself."""
        return film.pixels

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Return the scores."""
        return [score(float(one[0, 0])) for one in prepared]


def test_a_scorer_gives_the_bases_scores_through_the_line() -> None:
    own = recalibration()
    scorer = RecalibratedScorer(Fixed(), own, recalibrated_card(Fixed.card, own, by="Dr Ito", at=AT))
    assert isinstance(scorer, Scorer)
    assert (scorer.name, scorer.version, scorer.card.version) == ("model", own.version, own.version)
    assert scorer.score([]) == []
    films = [np.full((1, 1), value, np.float32) for value in (2.0, 6.0)]
    assert [one.geographic_extent for one in scorer.score(films)] == [2.0, 4.0]
    with pytest.raises(ValueError, match=r"is of model 2\.0, not of model 1\.0\+abcdef01\. Recalibrate anew"):
        RecalibratedScorer(Fixed(), recalibration("2.0"), Fixed.card)


def test_maps_are_those_of_the_model_below() -> None:
    base = PointingScorer(Weighted(np.eye(8, dtype=np.float32)))
    own = recalibration("1")
    own = replace(own, model="pointing").named()
    scorer = RecalibratedScorer(base, own, base.card)
    film = Film(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8), FilmHeader(8, 8, 8), "")
    for kind in (MapKind.MASKS, MapKind.GRADIENT_GEOGRAPHIC_EXTENT):
        drawn, expected = draw_map(scorer, film, kind), draw_map(base, film, kind)
        assert drawn.summary == expected.summary
        np.testing.assert_array_equal(drawn.planes, expected.planes)


def test_the_card_says_in_words_whose_it_is_and_that_the_figures_are_the_bases() -> None:
    base = replace(read_scorer_card("embedded"), model="model", version="1.0+abcdef01")
    own = replace(
        recalibration(geographic_extent=line(0.5, 1.0, width=0.75)),
        noise={EXTENT: at_slope(base.noise[EXTENT], 0.5), OPACITY: base.noise[OPACITY]},
        class_noise={EXTENT: {PairClass.AP: base.class_noise[EXTENT][PairClass.AP]}},
        verdicts=base.verdicts,
    )
    card = recalibrated_card(base, own, by="Dr Ito", at=AT)
    assert card.title == "Embedded severity scorer, recalibrated by this site"
    assert card.summary.startswith(
        "This site's own recalibration of model 1.0+abcdef01, made by Dr Ito on 2026-03-01 from 36 films of 12 "
        "patients, read blind by 2 people. Geographic extent: new score = 1.00 + 0.50 x score (slope 0.40 to 0.60); "
        "mean error against these readers 1.25 (1.00 to 1.50) before, 0.75 (0.50 to 1.00) after, each patient by a "
        "line without the patient's own films; interval 0.75 times the base's, measured on the readings of 12 "
        "patients. Opacity: as the base gives it. In brackets 95 % intervals. Noise of a change: the base's, carried "
        "over by the slope of the line. All published figures are of the base, model 1.0+abcdef01, not of this "
        "version. Base: A U-Net"
    )
    assert str(card.evidence["method"]).startswith("All published figures are of the base, model 1.0+abcdef01")
    assert (card.noise[EXTENT].slope, card.noise[OPACITY]) == (1.1064, base.noise[OPACITY])
    assert card.verdicts == base.verdicts
    assert "its noise is the base's, carried over" in card.not_assessed[0]
    text = card_markdown(card)
    assert "site recalibration:" in text
    few = recalibrated_card(base, recalibration(geographic_extent=line(0.5, 1.0, n_width_patients=0)), by="X", at=AT)
    none = recalibrated_card(base, recalibration(geographic_extent=line(0.5, 1.0, width=None)), by="X", at=AT)
    assert "own films; no interval, as the base has none." in none.summary
    assert "too few patients to measure it, so it is never narrower than the base's, stretched" in few.summary
    measured = recalibrated_card(base, replace(own, n_own_pairs=31), by="X", at=AT)
    assert "Noise of a change: measured on 31 serial pairs of these readings." in measured.summary
    assert "carried over" not in measured.not_assessed[0]
