"""What every registered detector of change keeps; a new one is a registry line and passes this suite.

Verdicts with probabilities, and refusals for want of a measured noise, are held by all but the naive peers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trend_films import (
    AP_SUPINE,
    AP_UNKNOWN,
    CARD,
    CARD_WITHOUT_NOISE,
    GEOGRAPHIC,
    PA_ERECT,
    POLICY,
    day_film,
    film,
    noise,
)

from core.errors import DetectorUnknownError
from core.trend import (
    NAIVE_PEERS,
    Change,
    Detector,
    FilmTrend,
    FlagKind,
    ScoredFilm,
    Verdict,
    detector_names,
    load_detector,
)
from core.types import Score, ScorerCard

RANK = {
    Verdict.LARGE_DROP: -2,
    Verdict.DROP: -1,
    Verdict.NO_REAL_CHANGE: 0,
    Verdict.RISE: 1,
    Verdict.LARGE_RISE: 2,
}
NO_VERDICT = (Verdict.CANNOT_TELL, Verdict.NOT_ASSESSED)
MIRROR_KIND = {FlagKind.RISE: FlagKind.DROP, FlagKind.DROP: FlagKind.RISE, FlagKind.LOOK: FlagKind.LOOK, None: None}
# Quarters are exact in floating point, so that a mirrored series is mirrored to the last bit.
LEVELS = st.integers(0, 32).map(lambda quarters: quarters / 4)
TAKEN = st.sampled_from([AP_SUPINE, AP_UNKNOWN, PA_ERECT])

RISES_ONLY = frozenset({"any-rise"})
MEASURED = [name for name in detector_names() if name not in NAIVE_PEERS]
EVERY_DETECTOR = pytest.mark.parametrize(
    "detector", [load_detector(name) for name in detector_names()], ids=detector_names()
)
BY_MEASURED_NOISE = pytest.mark.parametrize("detector", [load_detector(name) for name in MEASURED], ids=MEASURED)


@st.composite
def series(draw: st.DrawFn) -> list[ScoredFilm]:
    """Draw up to 12 films: irregular times with ties, mixed precision, position and stay."""
    films = []
    for film_id in range(draw(st.integers(0, 12))):
        make = draw(st.sampled_from([film, film, day_film]))
        time = draw(st.integers(0, 30))
        made = make(film_id, time, draw(LEVELS), draw(TAKEN))
        films.append(replace(made, stay_id=draw(st.sampled_from([1, 1, 1, 2, None]))))
    return films


def assess(detector: Detector, films: list[ScoredFilm], card: ScorerCard = CARD) -> tuple[FilmTrend, ...]:
    return detector.assess(films, card=card, policy=POLICY)


@EVERY_DETECTOR
def test_it_is_registered_under_its_name(detector: Detector) -> None:
    assert isinstance(detector, Detector)
    assert load_detector(detector.name) == detector


@EVERY_DETECTOR
def test_an_unknown_name_says_which_there_are(detector: Detector) -> None:
    with pytest.raises(DetectorUnknownError, match=f"No detector is called 'best'. Choose one of: .*{detector.name}"):
        load_detector("best")


@EVERY_DETECTOR
@settings(deadline=None, max_examples=40)
@given(films=series(), seed=st.integers(0, 99))
def test_the_order_given_does_not_matter(detector: Detector, films: list[ScoredFilm], seed: int) -> None:
    shuffled = random.Random(seed).sample(films, len(films))  # noqa: S311 - shuffles films, keeps no secret
    assert assess(detector, shuffled) == assess(detector, films)


@EVERY_DETECTOR
@settings(deadline=None, max_examples=40)
@given(films=series())
def test_it_keeps_nothing_between_calls(detector: Detector, films: list[ScoredFilm]) -> None:
    first = assess(detector, films)
    assess(detector, [film(99, 0, 8), film(98, 5, 0)])
    assert assess(detector, films) == first
    assert assess(detector, [trend.film for trend in first]) == first


@EVERY_DETECTOR
@settings(deadline=None, max_examples=40)
@given(films=series())
def test_a_late_film_takes_its_place(detector: Detector, films: list[ScoredFilm]) -> None:
    # A film is judged by what was taken before it: what comes later, or goes, changes nothing before.
    ordered = [trend.film for trend in assess(detector, films)]
    for cut in range(len(ordered)):
        last = ordered[cut]
        known = [one for one in ordered if one.acquired_at <= last.acquired_at]
        flags = {trend.film.film_id: trend.flag for trend in assess(detector, known)}
        whole = {trend.film.film_id: trend.flag for trend in assess(detector, ordered)}
        assert flags[last.film_id] == whole[last.film_id]


@EVERY_DETECTOR
@settings(deadline=None, max_examples=40)
@given(films=series())
def test_a_missing_verdict_has_its_reason_as_a_code_and_in_words(detector: Detector, films: list[ScoredFilm]) -> None:
    for change in (change for trend in assess(detector, films) for change in trend.changes):
        assert change.basis
        assert (change.why_not is not None) == (change.verdict in NO_VERDICT)
        assert change.why_not is None or change.why_not.verdict is change.verdict


@EVERY_DETECTOR
def test_no_film_gives_no_trend(detector: Detector) -> None:
    assert assess(detector, []) == ()


@EVERY_DETECTOR
def test_one_film_is_not_assessed(detector: Detector) -> None:
    (trend,) = assess(detector, [film(1, 0, 8)])
    assert trend.flag is None
    assert {change.verdict for change in trend.changes} == {Verdict.NOT_ASSESSED}


@EVERY_DETECTOR
@pytest.mark.parametrize("make", [film, day_film])
def test_films_of_one_moment_have_no_verdict_between_them(detector: Detector, make: Callable[..., ScoredFilm]) -> None:
    trends = assess(detector, [make(1, 0, 0), make(2, 0, 8)])
    assert all(change.verdict in NO_VERDICT for trend in trends for change in trend.changes)
    assert all(trend.flag is None for trend in trends)


@EVERY_DETECTOR
def test_scores_that_are_no_numbers_cannot_reach_it(detector: Detector) -> None:
    del detector
    with pytest.raises(ValueError, match="geographic_extent nan of stub is outside 0-8"):
        Score("stub", "1", float("nan"), 1.0)


@EVERY_DETECTOR
def test_models_are_never_mixed(detector: Detector) -> None:
    with pytest.raises(ValueError, match="never mixes models"):
        assess(detector, [film(1, 0, 3), film(2, 5, 4, version="2")])


@EVERY_DETECTOR
def test_stays_are_never_compared(detector: Detector) -> None:
    trends = assess(detector, [film(1, 0, 0, stay_id=1), film(2, 24, 8, stay_id=2)])
    assert all(change.reference_film_id is None for trend in trends for change in trend.changes)


@BY_MEASURED_NOISE
def test_what_was_not_measured_is_not_assessed(detector: Detector) -> None:
    trends = assess(detector, [film(1, 0, 0), film(2, 24, 8), film(3, 48, 8, PA_ERECT)], card=CARD_WITHOUT_NOISE)
    assert {change.verdict for trend in trends for change in trend.changes} == {Verdict.NOT_ASSESSED}
    assert all(trend.flag is None for trend in trends)


@BY_MEASURED_NOISE
def test_films_taken_differently_never_read_as_unchanged(detector: Detector) -> None:
    for level in (0.0, 3.0, 8.0):
        trends = assess(detector, [film(1, 0, 3), film(2, 12, 3, PA_ERECT), film(3, 24, level)])
        assert the_change(trends[1]).verdict is Verdict.CANNOT_TELL
        assert the_change(trends[2]).verdict in (Verdict.CANNOT_TELL, Verdict.RISE, Verdict.LARGE_RISE)


@EVERY_DETECTOR
def test_saturation_is_marked(detector: Detector) -> None:
    trends = assess(detector, [film(1, 0, 8), film(2, 12, 8), film(3, 24, 6)])
    assert [the_change(trend).saturated for trend in trends] == [False, True, True]
    assert "a further rise cannot show" in the_change(trends[1]).basis


@EVERY_DETECTOR
def test_a_step_beyond_all_noise_is_flagged(detector: Detector) -> None:
    _first, rise, drop = assess(detector, [film(1, 0, 0.5), film(2, 24, 7.5), film(3, 48, 0.5)])
    assert kind_of(rise) is FlagKind.RISE
    assert kind_of(drop) is (None if detector.name in RISES_ONLY else FlagKind.DROP)
    assert the_change(rise).change == 7


@BY_MEASURED_NOISE
@settings(deadline=None, max_examples=40)
@given(films=series())
def test_probabilities_are_probabilities(detector: Detector, films: list[ScoredFilm]) -> None:
    for change in (change for trend in assess(detector, films) for change in trend.changes):
        if change.p_rise is None:
            assert change.verdict in NO_VERDICT
            continue
        assert 0 <= change.p_large_rise <= change.p_rise <= 1
        assert 0 <= change.p_large_drop <= change.p_drop <= 1
        assert change.p_rise + change.p_drop == pytest.approx(1.0, abs=1e-12)
        assert change.interval.low <= change.expected_change <= change.interval.high


@BY_MEASURED_NOISE
@settings(deadline=None, max_examples=40)
@given(before=LEVELS, levels=st.lists(LEVELS, min_size=2, max_size=2), slope=st.floats(0.3, 1.2), sd=st.floats(0.3, 3))
def test_a_higher_score_never_gives_a_lower_verdict(
    detector: Detector, before: float, levels: list[float], slope: float, sd: float
) -> None:
    card = replace(CARD, noise={GEOGRAPHIC: noise(sd, slope)})
    lower, higher = (
        the_change(assess(detector, [film(1, 0, before), film(2, 24, level)], card)[-1]) for level in sorted(levels)
    )
    # "Cannot tell" stands where the scale leaves the scorer's error no room for a verdict: it says neither up nor down.
    assert RANK.get(lower.verdict, 0) <= RANK.get(higher.verdict, 0)
    if Verdict.CANNOT_TELL not in {lower.verdict, higher.verdict}:
        assert lower.p_rise <= higher.p_rise
        assert lower.p_large_drop >= higher.p_large_drop


@EVERY_DETECTOR
@settings(deadline=None, max_examples=40)
@given(films=series())
def test_rise_and_drop_are_mirrored(detector: Detector, films: list[ScoredFilm]) -> None:
    # Only a film taken alike just before: over films taken differently a rise stands and a drop does not.
    films = [one for one in films if (one.view_position, one.patient_position) != PA_ERECT]
    mirrored = [replace(one, score=Score("stub", "1", *mirrored_score(one))) for one in films]
    for trend, mirror in zip(assess(detector, films), assess(detector, mirrored), strict=True):
        for change, opposite in zip(trend.changes, mirror.changes, strict=True):
            assert RANK.get(change.verdict, 9) == -RANK.get(opposite.verdict, -9)
            if change.reference_film_id == opposite.reference_film_id:
                rises, drops = (change.p_rise, change.p_large_rise), (opposite.p_drop, opposite.p_large_drop)
                assert rises == pytest.approx(drops)
        if detector.name not in RISES_ONLY:
            assert of_pairs(mirror) == MIRROR_KIND[of_pairs(trend)]


def the_change(trend: FilmTrend) -> Change:
    """Return the one comparison that a detector gives."""
    (change,) = trend.changes
    return change


def of_pairs(trend: FilmTrend) -> FlagKind | None:
    """Return the kind of flag that pairs of films support: of the stay's level only a rise makes one."""
    return None if trend.flag is None or trend.flag.change is trend.sustained else trend.flag.kind


def kind_of(trend: FilmTrend) -> FlagKind | None:
    return trend.flag.kind if trend.flag else None


def mirrored_score(one: ScoredFilm) -> tuple[float, float]:
    return 8 - one.score.geographic_extent, 6 - one.score.opacity


@EVERY_DETECTOR
@pytest.mark.parametrize("hours", [0.0, 0.2, 6.0])
def test_a_thousand_films_are_assessed(detector: Detector, hours: float) -> None:
    kinds = (AP_SUPINE, AP_SUPINE, AP_UNKNOWN, PA_ERECT)
    films = [film(n, n * hours, n % 9 if n % 9 < 8 else 0, kinds[n % 4]) for n in range(1000)]
    trends = assess(detector, films)
    assert [trend.film.film_id for trend in trends] == list(range(1000))
