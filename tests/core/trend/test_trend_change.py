"""Two films: verdict, probabilities, basis."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import pytest
from trend_films import (
    AP_UNKNOWN,
    CARD,
    CARD_WITHOUT_NOISE,
    GEOGRAPHIC,
    OPACITY,
    PA_ERECT,
    POLICY,
    Taken,
    day_film,
    film,
    noise,
)

from core.trend import Change, Comparability, NoVerdict, Reference, ScoredFilm, TrendPolicy, Verdict, compare_films
from core.trend.true_change import standard_quantile
from core.trend.wording import percent
from core.types import ChangeNoise, Measure, PairClass, PatientPosition, ScorerCard, ViewPosition


def compared(
    before: ScoredFilm,
    after: ScoredFilm,
    *,
    card: ScorerCard = CARD,
    measure: Measure = GEOGRAPHIC,
    policy: TrendPolicy = POLICY,
) -> Change:
    return compare_films(after, before, measure=measure, reference=Reference.PREVIOUS, card=card, policy=policy)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (3.0, 3.0, Verdict.NO_REAL_CHANGE),
        (3.0, 4.0, Verdict.NO_REAL_CHANGE),  # one point is noise
        (3.0, 4.95, Verdict.NO_REAL_CHANGE),
        (3.0, 4.97, Verdict.RISE),  # 1.96 SD
        (3.0, 5.27, Verdict.RISE),
        (3.0, 5.30, Verdict.LARGE_RISE),  # 1.0 + 1.2816 SD
        (5.0, 3.03, Verdict.DROP),
        (5.3, 3.0, Verdict.LARGE_DROP),
    ],
)
def test_verdicts_follow_the_measured_noise(before: float, after: float, verdict: Verdict) -> None:
    assert compared(film(1, 0, before), film(2, 18, after)).verdict is verdict


def test_probabilities_are_those_of_the_normal_distribution() -> None:
    card = replace(CARD, noise={GEOGRAPHIC: noise(1.2, slope=0.8)})
    change = compared(film(1, 0, 3.0), film(2, 18, 5.5), card=card)
    true_change = NormalDist(2.0, 1.2)
    assert change.change == pytest.approx(2.5)
    assert change.expected_change == pytest.approx(2.0)
    assert change.p_rise == pytest.approx(1 - true_change.cdf(0), abs=1e-12)
    assert change.p_drop == pytest.approx(true_change.cdf(0), abs=1e-12)
    assert change.p_large_rise == pytest.approx(1 - true_change.cdf(1), abs=1e-12)
    assert change.p_large_drop == pytest.approx(true_change.cdf(-1), abs=1e-12)
    assert change.interval is not None
    assert change.interval.low == pytest.approx(2.0 - 1.959964 * 1.2, abs=1e-5)
    assert change.interval.high == pytest.approx(2.0 + 1.959964 * 1.2, abs=1e-5)
    assert change.interval.level == 0.95


def test_shrinkage_can_take_a_rise_away() -> None:
    steep, shrunk = (replace(CARD, noise={GEOGRAPHIC: noise(1.0, slope)}) for slope in (1.0, 0.5))
    assert compared(film(1, 0, 3), film(2, 18, 5.4), card=steep).verdict is Verdict.LARGE_RISE
    assert compared(film(1, 0, 3), film(2, 18, 5.4), card=shrunk).verdict is Verdict.NO_REAL_CHANGE


def test_unknown_position_widens_the_noise() -> None:
    alike = compared(film(1, 0, 3), film(2, 18, 5.1))
    unknown = compared(film(1, 0, 3), film(2, 18, 5.1, AP_UNKNOWN))
    assert (alike.verdict, unknown.verdict) == (Verdict.RISE, Verdict.NO_REAL_CHANGE)
    assert unknown.comparability is Comparability.UNKNOWN
    assert unknown.p_rise == pytest.approx(NormalDist(0, 1.25).cdf(2.1))
    assert "widened to 1.25 because not all is known of how the films were taken" in unknown.basis


def test_films_taken_differently_get_no_verdict() -> None:
    change = compared(film(1, 0, 3.0, PA_ERECT), film(2, 18, 7.5))
    assert change.verdict is Verdict.CANNOT_TELL
    assert change.comparability is Comparability.MIXED
    assert change.change == pytest.approx(4.5)
    assert change.p_rise is None
    assert change.basis == (
        "Cannot tell: compare the films. Geographic extent 3.0 → 7.5 of 8 against the film 18 h before, "
        "which was taken differently (then PA erect, now AP supine). The difference of +4.5 is beyond the error "
        "between films taken differently, SD 1.50 (20 pairs of films, 15 patients): look at the films. "
        "How that error was measured: made up."
    )


def test_within_the_mixed_noise_is_never_said_to_be_unchanged() -> None:
    change = compared(film(1, 0, 3.0, PA_ERECT), film(2, 18, 3.0))
    assert change.verdict is Verdict.CANNOT_TELL
    assert "that does not show that nothing changed" in change.basis


@pytest.mark.parametrize("mixed_noise", [{}, {GEOGRAPHIC: noise(1.0, slope=-0.2)}])
def test_mixed_noise_that_was_not_measured_is_said(mixed_noise: dict[Measure, ChangeNoise]) -> None:
    change = compared(film(1, 0, 3.0, PA_ERECT), film(2, 18, 8.0), card=replace(CARD, mixed_noise=mixed_noise))
    assert change.verdict is Verdict.CANNOT_TELL
    assert "was not measured for this scorer" in change.basis


def test_without_measured_noise_there_is_no_verdict() -> None:
    change = compared(film(1, 0, 3.0), film(2, 18, 8.0), card=CARD_WITHOUT_NOISE)
    assert change.verdict is Verdict.NOT_ASSESSED
    assert change.basis == (
        "Not assessed: the noise of this scorer's change was not measured. "
        "Geographic extent 3.0 → 8.0 of 8 against the film 18 h before."
    )
    assert (change.change, change.gap_hours, change.reference_film_id) == (5.0, 18.0, 1)
    assert change.p_rise is change.expected_change is change.interval is None


def test_a_scorer_whose_changes_do_not_follow_the_readers_gets_no_verdict() -> None:
    card = replace(CARD, noise={GEOGRAPHIC: noise(1.0, slope=-0.1)})
    change = compared(film(1, 0, 3.0), film(2, 18, 8.0), card=card)
    assert change.verdict is Verdict.NOT_ASSESSED
    assert "did not follow those of the readers" in change.basis


def test_opacity_has_its_own_noise_and_important_change() -> None:
    change = compared(film(1, 0, 3, opacity=1.0), film(2, 18, 3, opacity=2.8), measure=OPACITY)
    assert change.verdict is Verdict.LARGE_RISE  # (1.8 - 0.75) / 0.75 = 1.4 SD
    assert "Opacity rose by 1.8 of 6" in change.basis
    assert "beyond 0.75 points 91.9 %" in change.basis


def test_a_large_rise_is_a_rise_first_whatever_the_settings() -> None:
    policy = replace(POLICY, important_geographic_extent=0.1, p_large=0.6)
    assert compared(film(1, 0, 3), film(2, 18, 4), policy=policy).verdict is Verdict.NO_REAL_CHANGE


def test_the_basis_of_a_large_rise() -> None:
    assert compared(film(1, 0, 3.1), film(2, 18, 5.5)).basis == (
        "Geographic extent rose by 2.4 of 8 against the film 18 h before (3.1 → 5.5), both AP supine. "
        "The error of such a change has SD 1.00 (20 pairs of films, 15 patients); readers would see +2.4 "
        "(95 % interval +0.4 to +4.4). Probability of a true rise >99 %, of one beyond 1 point 91.9 % "
        "(called real from 97.5 %, large from 90 %). Short of +2.3 it would not be called large, short of +2.0 no real "
        "change. How that error was measured: made up."
    )


def test_a_drop_supports_nothing_on_its_own() -> None:
    basis = compared(film(1, 0, 6), film(2, 18, 3.5)).basis
    assert basis.startswith("Geographic extent dropped by 2.5 of 8 against the film 18 h before (6.0 → 3.5)")
    assert "Probability of a true drop >99 %" in basis
    assert basis.endswith("not enough to reduce care: see whether physiology agrees.")


def test_days_are_said_where_hours_are_not_known() -> None:
    change = compared(day_film(1, 0, 3), day_film(2, 2, 3.2))
    assert (change.gap_hours, change.gap_in_days_only) == (48.0, True)
    assert "against the film 2 days before" in change.basis
    assert "1 day before" in compared(day_film(1, 0, 3), day_film(2, 1, 3.2)).basis


def test_minutes_are_said_below_an_hour() -> None:
    assert "40 min before" in compared(film(1, 0, 3), film(2, 2 / 3, 3)).basis


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (7.97, 8.0, "This film is at the top of the scale; a further rise cannot show."),
        (8.0, 7.0, "The earlier film was at the top of the scale; the drop may be larger than shown."),
        (0.5, 0.04, "This film is at the bottom of the scale; a further drop cannot show."),
        (0.0, 0.5, "The earlier film was at the bottom of the scale; the rise may be larger than shown."),
    ],
)
def test_the_ends_of_the_scale_are_said(before: float, after: float, words: str) -> None:
    change = compared(film(1, 0, before), film(2, 18, after))
    assert change.saturated
    assert words in change.basis
    assert change.verdict is Verdict.NO_REAL_CHANGE


def test_away_from_the_ends_nothing_is_saturated() -> None:
    change = compared(film(1, 0, 0.06), film(2, 18, 7.94))
    assert not change.saturated
    assert "of the scale" not in change.basis


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, ">99 %"),
        (0.9951, ">99 %"),
        (0.9749, "97.4 %"),
        (0.9, "90.0 %"),
        (0.8999, "89 %"),
        (0.29, "29 %"),
        (0.5, "50 %"),
        (0.0, "<1 %"),
        (0.01, "1 %"),
    ],
)
def test_a_percentage_is_never_certain(probability: float, words: str) -> None:
    assert percent(probability) == words


def test_a_film_is_compared_with_earlier_ones_only() -> None:
    with pytest.raises(ValueError, match="Film 2 was not certainly taken before film 1"):
        compared(film(2, 18, 3), film(1, 0, 3))
    with pytest.raises(ValueError, match="films of one day have no order"):
        compared(day_film(1, 1, 3), day_film(2, 1, 3))


@pytest.mark.parametrize("other", [film(2, 18, 3, stay_id=2), film(2, 18, 3, version="2")])
def test_films_of_other_stays_or_scorers_are_not_compared(other: ScoredFilm) -> None:
    with pytest.raises(ValueError, match="of different stays or scorers"):
        compared(film(1, 0, 3), other)


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        ((ViewPosition.UNKNOWN, PatientPosition.UNKNOWN), "then projection and position not stated, now AP supine"),
        ((ViewPosition.UNKNOWN, PatientPosition.SUPINE), "then supine, projection not stated, now AP supine"),
        (AP_UNKNOWN, "then AP, position not stated, now AP supine"),
    ],
)
def test_how_a_film_was_taken_is_said(taken: Taken, words: str) -> None:
    assert words in compared(film(1, 0, 3, taken), film(2, 18, 3)).basis


def test_what_would_have_changed_the_verdict() -> None:
    unchanged = compared(film(1, 0, 4), film(2, 18, 5))
    assert unchanged.called_real_from == pytest.approx(1.96, abs=0.001)
    assert unchanged.called_large_from == pytest.approx(1 + 1.2816, abs=0.001)
    assert "It would be called a rise from +2.0 on, a drop from -2.0 on." in unchanged.basis
    assert "a rise from" not in compared(film(1, 0, 7), film(2, 18, 7)).basis
    rise = compared(film(1, 0, 1), film(2, 18, 3.1))
    assert rise.verdict is Verdict.RISE
    assert "It would be called large from +2.3 on, and no real change short of +2.0." in rise.basis
    # Moved by what is called real, and a little more or less, the verdict is another.
    from_on = unchanged.called_real_from
    sizes = (from_on - 1e-6, from_on + 1e-6, unchanged.called_large_from - 1e-6, unchanged.called_large_from + 1e-6)
    verdicts = [compared(film(1, 0, 1), film(2, 18, 1 + size)).verdict for size in sizes]
    assert verdicts == [Verdict.NO_REAL_CHANGE, Verdict.RISE, Verdict.RISE, Verdict.LARGE_RISE]


def test_a_change_called_later_where_readers_see_less_of_it() -> None:
    card = replace(CARD, noise={GEOGRAPHIC: noise(0.7, slope=0.5)})
    change = compared(film(1, 0, 4), film(2, 18, 5), card=card)
    assert change.called_real_from == pytest.approx(1.96 * 0.7 / 0.5, abs=0.001)


def test_no_verdict_says_not_what_would_change_it() -> None:
    mixed = compared(film(1, 0, 3, PA_ERECT), film(2, 18, 5))
    assert (mixed.called_real_from, mixed.called_large_from) == (None, None)


def test_a_scale_without_room_for_a_verdict_says_so() -> None:
    card = replace(CARD, noise={GEOGRAPHIC: noise(3.0)})
    unchanged = compared(film(1, 0, 4), film(2, 18, 4.5), card=card)
    assert "The scale leaves no room for a rise or drop that could be called one." in unchanged.basis
    wide = replace(POLICY, important_geographic_extent=6)
    rise = compared(film(1, 0, 2), film(2, 18, 6), policy=wide)
    assert "The scale leaves no room for a large one, and no real change short of +2.0." in rise.basis


def test_the_noise_of_a_class_is_shown_and_judges_nothing() -> None:
    classes = {PairClass.PA: replace(noise(1.6), n_pairs=8, own_sd=1.9), PairClass.VIEW: noise(2.0)}
    card = replace(CARD, class_noise={GEOGRAPHIC: classes})
    films = film(1, 0, 3, PA_ERECT), film(2, 18, 5.5, PA_ERECT)
    assert compared(*films, card=card) == compared(*films)
    assert "SD 1.00 (20 pairs of films, 15 patients)" in compared(*films, card=card).basis
    assert "SD 1.50 (20 pairs of films" in compared(film(1, 0, 3, PA_ERECT), film(2, 18, 5), card=card).basis


def test_a_probability_at_an_end_has_a_quantile_without_bound() -> None:
    assert [standard_quantile(probability) for probability in (0.0, 0.5, 1.0)] == [-math.inf, 0.0, math.inf]
    assert standard_quantile(0.975) == pytest.approx(1.96, abs=0.001)


def test_films_without_pairs_of_their_own_get_a_verdict_led_by_that_limit_and_no_probability() -> None:
    pa_only = replace(CARD, change_views=(ViewPosition.PA,))
    change = compared(film(1, 0, 3.1), film(2, 18, 6.5), card=pa_only)
    measured = compared(film(1, 0, 3.1), film(2, 18, 6.5))
    assert (change.verdict, change.unmeasured) == (Verdict.LARGE_RISE, ("AP supine",))
    assert change.verdict is measured.verdict
    assert (change.called_real_from, change.called_large_from) == (
        measured.called_real_from,
        measured.called_large_from,
    )
    assert (change.p_rise, change.p_drop, change.p_large_rise, change.p_large_drop) == (None, None, None, None)
    assert (change.expected_change, change.interval) == (None, None)
    assert change.reasons.beforehand == (
        "The error that this verdict uses was not measured on films like these (AP supine). It is not known "
        "how sure the verdict is."
    )
    assert change.basis.startswith(change.reasons.beforehand)
    assert "robability of" not in change.basis
    assert "%" not in change.basis


@pytest.mark.parametrize(
    ("before", "after", "unmeasured"),
    [
        (PA_ERECT, PA_ERECT, ()),
        ((ViewPosition.PA, PatientPosition.UNKNOWN), PA_ERECT, ()),
        ((ViewPosition.UNKNOWN, PatientPosition.ERECT), PA_ERECT, ("erect, projection not stated",)),
        (AP_UNKNOWN, (ViewPosition.AP, PatientPosition.SUPINE), ("AP supine", "AP, position not stated")),
    ],
)
def test_a_pair_is_measured_where_both_projections_are(
    before: Taken, after: Taken, unmeasured: tuple[str, ...]
) -> None:
    change = compared(film(1, 0, 2, before), film(2, 18, 6, after), card=replace(CARD, change_views=(ViewPosition.PA,)))
    assert change.unmeasured == unmeasured
    assert (change.p_rise is None) == bool(unmeasured)


def test_a_card_that_names_no_projection_was_measured_on_none() -> None:
    assert compared(film(1, 0, 2), film(2, 18, 6), card=replace(CARD, change_views=())).p_rise is None


def test_a_scorer_that_can_call_no_change_says_no_all_clear() -> None:
    card = replace(CARD, noise={GEOGRAPHIC: noise(sd=2.25, slope=0.5)})
    change = compared(film(1, 0, 0.5, PA_ERECT), film(2, 96, 7.8, PA_ERECT), card=card)
    assert (change.verdict, change.change) == (Verdict.CANNOT_TELL, pytest.approx(7.3))
    assert (change.p_rise, change.interval) == (None, None)
    assert change.why_not is NoVerdict.BEYOND_SCALE
    assert "only a change from 8.8 points on would be called real. The scale of 8 leaves no room" in change.basis
    assert compared(film(1, 0, 0.5, PA_ERECT), film(2, 24, 7.8, PA_ERECT), card=card).verdict is Verdict.CANNOT_TELL
    assert compared(film(1, 0, 0.5, PA_ERECT), film(2, 96, 0.9, PA_ERECT), card=card).verdict is Verdict.NO_REAL_CHANGE
