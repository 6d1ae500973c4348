"""What a simulation answers to the questions that were put before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.evaluation.bootstrap import Estimate
from core.evaluation.evidence.simulation import (
    MOST_FALSE_FLAGS,
    MOST_FILMS,
    BandCoverage,
    Calibration,
    CurvePoint,
    Judged,
    Matched,
)
from core.research.evaluation.simulation.world import AS_MEASURED, TOGETHER

YES, NO, CANNOT_TELL = "yes", "no", "the data cannot tell"

MOST_OF_NAIVE = 0.5
"""False flags at equal sensitivity, as a share of the best naive detector's: what is accepted."""
COVERAGE = (0.93, 0.97)
MOST_DEVIATION = 0.05


def judge(
    curve: Sequence[CurvePoint],
    matched: Mapping[str, Sequence[Matched]],
    calibrations: Sequence[Calibration],
    bands: Sequence[BandCoverage],
) -> tuple[Judged, ...]:
    """Return the answers: against the naive detectors, false flags and delay, coverage and calibration."""
    return (
        *(_against_naive(match) for match in matched[TOGETHER.name] if match.both_free),
        *(_as_used(point) for point in curve if point.as_used and point.condition == AS_MEASURED.name),
        *(
            answer
            for calibration in calibrations
            if calibration.condition == AS_MEASURED.name
            for answer in _calibrated(calibration)
        ),
        *(answer for band in bands if band.condition == AS_MEASURED.name for answer in _banded(band)),
    )


def _against_naive(one: Matched) -> Judged:
    value, low, high = one.ratio.as_list()
    question = (
        f"{one.detector}: at most {MOST_OF_NAIVE:g} of the false flags of the best raw step, {TOGETHER.name}, at "
        f"{one.at}?"
    )
    if value is None or low is None or high is None:
        return Judged(question, "no false flag to compare", CANNOT_TELL)
    unequal = abs(one.sensitivity - one.naive_sensitivity) > 0.02
    figure = f"{value:.2f} ({low:.2f} to {high:.2f}) at a sensitivity of {one.sensitivity:.0%}"
    if unequal:
        return Judged(question, f"{figure} against {one.naive_sensitivity:.0%}", CANNOT_TELL)
    return Judged(question, figure, YES if high <= MOST_OF_NAIVE else NO if low > MOST_OF_NAIVE else CANNOT_TELL)


def _as_used(one: CurvePoint) -> Judged:
    rate, films = one.false_flags, one.detection.median_films
    question = (
        f"{one.setting}: at most {MOST_FALSE_FLAGS:g} false flags per 100 patient-days and a median delay of at most "
        f"{MOST_FILMS:g} films, {one.condition}?"
    )
    delay = "half of the rises never flagged" if films is None else f"median {films:g} films"
    figure = f"{rate.value:.2f} ({rate.low:.2f} to {rate.high:.2f}); {delay}"
    if films is None or films > MOST_FILMS or rate.low > MOST_FALSE_FLAGS:
        return Judged(question, figure, NO)
    return Judged(question, figure, YES if rate.high <= MOST_FALSE_FLAGS else CANNOT_TELL)


def _calibrated(one: Calibration) -> tuple[Judged, Judged]:
    low, high = COVERAGE
    about = f"{one.detector}, {one.course} truth, as measured"
    covers = f"{about}: do intervals of {one.level:.0%} hold {low:.0%} to {high:.0%} of true changes?"
    within = f"{about}: is P(true change > 0) within {MOST_DEVIATION:g} of the share that rose?"
    share = f"{one.coverage:.1%} ({one.coverage_low:.1%} to {one.coverage_high:.1%}) of {one.n}"
    told = one.largest_deviation
    deviation = "no bin is large enough" if told is None else f"largest deviation {told:.3f}"
    return (
        Judged(covers, share, YES if low <= one.coverage <= high else NO),
        Judged(within, deviation, CANNOT_TELL if told is None else YES if told <= MOST_DEVIATION else NO),
    )


def _banded(one: BandCoverage) -> tuple[Judged, Judged]:
    low, high = COVERAGE

    def asked(kind: str, share: Estimate) -> Judged:
        question = (
            f"{kind} level, {one.course} truth, as measured: do bands of 95% hold {low:.0%} to {high:.0%} of levels?"
        )
        answer = YES if low <= share.value <= high else NO
        return Judged(question, f"{share.in_words('.1%')} of {one.n_films} films", answer)

    return asked("filtered", one.filtered), asked("smoothed", one.smoothed)
