"""One run over all conditions: every detector on the same simulated patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from core.evaluation.bootstrap import Estimate, rate_estimate
from core.evaluation.evidence.simulation import (
    RISE_POINTS,
    BandCoverage,
    Calibration,
    CourseResult,
    CurvePoint,
    Matched,
    SimulationStudy,
)
from core.evaluation.flagging import (
    RAW_STEP,
    Family,
    FlagStrengths,
    Setting,
    SweepCheck,
    check_sweep,
    families_of,
    read_flags,
)
from core.research.evaluation.simulation.bands import band_coverage
from core.research.evaluation.simulation.calibration import calibrate
from core.research.evaluation.simulation.courses import RANDOM, Course, Values
from core.research.evaluation.simulation.curves import detection, films_per_day, flags_per_patient, strength_within
from core.research.evaluation.simulation.generator import SimulatedSeries, films_of, simulate_series
from core.research.evaluation.simulation.judging import judge
from core.research.evaluation.simulation.matched import EqualSensitivity, Strengths, match
from core.research.evaluation.simulation.world import (
    AS_MEASURED,
    CONDITIONS,
    TOGETHER,
    Condition,
    World,
)
from core.trend import TrendPolicy
from core.types import ScorerCard, ViewPosition

PATIENTS = 400
RESAMPLES = 500
SENSITIVITIES = (0.5, 0.8, 0.9)
_CHECKED = 25
"""Series of each kind on which the sweep is compared with the detectors themselves."""
_MORE_WANDERING = 5
"""Times as many patients: a bin of the reliability curve needs hundreds of changes to tell 0.05."""
_MORE_COURSES = (Course.DRIFT, Course.RECOVERY, Course.OSCILLATION)

Progress = Callable[[int, int], None]


@dataclass
class _Found:
    curve: list[CurvePoint] = field(default_factory=list)
    courses: list[CourseResult] = field(default_factory=list)
    matched: dict[str, tuple[Matched, ...]] = field(default_factory=dict)
    calibrations: list[Calibration] = field(default_factory=list)
    bands: list[BandCoverage] = field(default_factory=list)
    films_per_day: dict[str, float] = field(default_factory=dict)


def simulate(
    card: ScorerCard,
    policy: TrendPolicy,
    *,
    patients: int = PATIENTS,
    seed: int = 0,
    change_sd: float | None = None,
    process_sd: float | None = None,
    progress: Progress | None = None,
) -> SimulationStudy:
    """Simulate every condition and compare all detectors of the registry with the truth.

    Parameters
    ----------
    card : ScorerCard
        The scorer's; its noise makes the films' errors, and detectors read it. Its noise by class of pair is left out.
    policy : TrendPolicy
        Under which the detectors "as used" run.
    patients : int
        Of each course under each condition.
    change_sd : float or None
        As `core.research.evaluation.simulation.world.error_model`.
    process_sd : float or None
        By how much a truth that diffuses wanders, points per square root of a day; None takes what `World` assumes.
    progress : callable or None
        Told how many conditions are done, of how many.

    Raises
    ------
    DataSetInvalidError
        As `error_model`.
    """
    # The simulated films err as the card says of all pairs alike, so the detectors are not told otherwise by class.
    card = replace(card, class_noise={}, change_views=tuple(ViewPosition))
    world = World.of(card, change_sd=change_sd)
    if process_sd is not None:
        world = replace(world, process_sd=process_sd)
    families, checks = _checked(world, card, policy, seed)
    run = _Run(world, card, policy, families, patients, seed)
    found = _Found()
    for number, condition in enumerate(CONDITIONS):
        _condition(condition, run, found)
        if progress:
            progress(number + 1, len(CONDITIONS))
    return SimulationStudy(
        model=card.model,
        model_version=card.version,
        patients=patients,
        seed=seed,
        assumptions={**asdict(world), "true_rise_points": RISE_POINTS, "policy": asdict(policy)},
        films_per_day=found.films_per_day,
        curve=tuple(found.curve),
        courses=tuple(found.courses),
        matched=found.matched,
        calibrations=tuple(found.calibrations),
        bands=tuple(found.bands),
        checks=checks,
        judged=judge(found.curve, found.matched, found.calibrations, found.bands),
    )


@dataclass(frozen=True)
class _Run:
    """What all conditions share."""

    world: World
    card: ScorerCard
    policy: TrendPolicy
    families: tuple[Family, ...]
    patients: int
    seed: int

    def draw(
        self, course: Course, condition: Condition, *, times_patients: int = 1
    ) -> tuple[SimulatedSeries, dict[str, FlagStrengths]]:
        """Return the series of a course under a condition, and what each family says of them."""
        series = _draw(course, condition, self.world, times_patients * self.patients, self.seed)
        films = films_of(series, self.card)
        return series, {family.name: read_flags(films, family, self.card) for family in self.families}


def _draw(course: Course, condition: Condition, world: World, patients: int, seed: int) -> SimulatedSeries:
    generator = np.random.default_rng([seed, CONDITIONS.index(condition), list(Course).index(course)])
    return simulate_series(course, condition, world, patients=patients, generator=generator)


def _checked(
    world: World, card: ScorerCard, policy: TrendPolicy, seed: int
) -> tuple[tuple[Family, ...], tuple[SweepCheck, ...]]:
    series = [
        films
        for course in (Course.STABLE, Course.STEP, Course.RECOVERY)
        for films in films_of(_draw(course, TOGETHER, world, _CHECKED, seed), card)
    ]
    return check_sweep(families_of(policy), series, card=card, policy=policy)


def _condition(condition: Condition, run: _Run, found: _Found) -> None:
    stable, on_stable = run.draw(Course.STABLE, condition)
    step, on_step = run.draw(Course.STEP, condition)
    found.films_per_day[condition.name] = films_per_day(stable)
    strengths = {}
    for family in run.families:
        rises, steps = on_stable[family.name].rise, on_step[family.name].rise
        strengths[family.name] = Strengths(family.name, rises, strength_within(step, steps))
        for setting in (*family.settings, *family.as_used):
            found.curve.append(
                CurvePoint(
                    condition.name,
                    family.name,
                    setting.label,
                    setting in family.as_used,
                    _rate(flags_per_patient(rises, setting.threshold), stable.days, run.seed),
                    detection(step, steps, setting.threshold),
                )
            )
    found.matched[condition.name] = tuple(_matches(run.families, strengths, stable.days, run.seed))
    for course in RANDOM:
        found.calibrations += _calibrations(course, condition, run)
    found.bands.append(_bands(condition, run))
    if condition in {AS_MEASURED, TOGETHER}:
        for course in _MORE_COURSES:
            found.courses += _course(course, condition, run)


def _calibrations(course: Course, condition: Condition, run: _Run) -> list[Calibration]:
    if condition is not AS_MEASURED and course is not Course.WANDERING:
        return []
    times = _MORE_WANDERING if condition is AS_MEASURED else 1
    series, by_family = run.draw(course, condition, times_patients=times)
    found = [calibrate(name, condition.name, course.value, series, one) for name, one in by_family.items()]
    return [calibration for calibration in found if calibration is not None]


def _bands(condition: Condition, run: _Run) -> BandCoverage:
    """Return the coverage of the level's bands on a truth that moves as the state-space model has it."""
    series = _draw(Course.DIFFUSING, condition, run.world, run.patients, run.seed)
    films = films_of(series, run.card)
    return band_coverage(
        condition.name, Course.DIFFUSING.value, series, films, card=run.card, policy=run.policy, seed=run.seed
    )


def _course(course: Course, condition: Condition, run: _Run) -> list[CourseResult]:
    series, by_family = run.draw(course, condition)
    results = []
    for family in run.families:
        strengths = by_family[family.name]
        for setting in family.as_used:
            strength = strengths.drop if course is Course.RECOVERY else strengths.rise
            is_found = course is not Course.OSCILLATION and (setting.drops or course is not Course.RECOVERY)
            results.append(
                CourseResult(
                    condition.name,
                    course.value,
                    setting.label,
                    _per_100_days(strengths, setting, series, drops=False),
                    _per_100_days(strengths, setting, series, drops=True) if setting.drops else 0.0,
                    detection(series, strength, setting.threshold) if is_found else None,
                )
            )
    return results


def _per_100_days(strengths: FlagStrengths, setting: Setting, series: SimulatedSeries, *, drops: bool) -> float:
    flags = flags_per_patient(strengths.drop if drops else strengths.rise, setting.threshold)
    return float(100 * flags.mean() / series.days)


def _matches(families: Sequence[Family], strengths: dict[str, Strengths], days: float, seed: int) -> list[Matched]:
    """Compare every measured detector with the naive family: as it is, at each naive one's sensitivity, at given ones.

    A detector that a sweep does not describe is compared as it is alone.
    """
    naive = next(family for family in families if family.name == RAW_STEP)
    matched = []
    for family in families:
        if family is naive:
            continue
        places = [
            EqualSensitivity(f"{setting.label} as it is", family.name, setting.threshold) for setting in family.as_used
        ]
        if family.settings:
            places += [EqualSensitivity(f"sensitivity of {s.label}", RAW_STEP, s.threshold) for s in naive.as_used]
            places += [EqualSensitivity(f"sensitivity {share:.0%}", sensitivity=share) for share in SENSITIVITIES]
        matched += [
            match(strengths[family.name], strengths[RAW_STEP], at, days=days, resamples=RESAMPLES, seed=seed)
            for at in places
        ]
    return matched


def _rate(flags: Values, days: float, seed: int) -> Estimate:
    """Return flags per 100 patient-days with its interval by resampling patients."""
    generator = np.random.default_rng(seed)
    drawn: Values = flags[generator.integers(len(flags), size=(RESAMPLES, len(flags)))].mean(axis=1)
    return rate_estimate(float(100 * flags.mean() / days), 100 * drawn / days, len(flags) * days)
