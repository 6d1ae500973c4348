"""What oxygenation, PEEP, CRP and events say beside a change on film: explanations in words, never a suppression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.trend.comparability import Timed
from core.trend.types import Change, Verdict
from core.trend.wording import DROPS, RISES

NEAR = timedelta(hours=12)
"""A value this close to a film stands for it; the nearest one is taken."""
GAS_WITHIN = timedelta(minutes=30)
"""FiO2 within this time of a gas or saturation belongs to it."""
AFTER = timedelta(hours=24)
"""An event counts when it lies between the films and no longer than this before the later one."""
OXYGENATION_RATIO = 0.8
"""Oxygenation changed when the later value is below this share of the earlier one, or the other way round."""
PEEP_STEP_CMH2O = 2.0
CRP_RATIO = 1.5
HIGHEST_TELLING_SPO2 = 97.0
"""Above it saturation is flat against PaO2, and SpO2/FiO2 says little (Rice et al., Chest 2007;132:410)."""


class BedsideEvent(StrEnum):
    """What happened to a patient and may show on a film."""

    INTUBATION = "intubation"
    EXTUBATION = "extubation"
    PRONING = "proning"
    SUPINATION = "supination"
    POSITION = "position"


EVENTS_IN_WORDS = {
    BedsideEvent.INTUBATION: "intubation",
    BedsideEvent.EXTUBATION: "extubation",
    BedsideEvent.PRONING: "proning",
    BedsideEvent.SUPINATION: "turning supine",
    BedsideEvent.POSITION: "a change of position",
}
"""As what a film was taken after."""


class Fit(StrEnum):
    """How an explanation stands to the change on film.

    BESIDE: said and not weighed, since the films cannot be compared by their scores. MISSING: not known.
    """

    AGREES = "agrees"
    DISAGREES = "disagrees"
    MAY_EXPLAIN = "may_explain"
    BESIDE = "beside"
    MISSING = "missing"


@dataclass(frozen=True)
class Measured:
    """One value: `name` is pao2 (mmHg), spo2 (%), fio2 (%), peep (cmH2O) or crp (mg/l); others are not looked at."""

    name: str
    value: float
    at: datetime


@dataclass(frozen=True)
class Happened:
    """One event."""

    kind: BedsideEvent
    at: datetime


@dataclass(frozen=True)
class Explanation:
    """One sentence on what else is known, and how it stands to the change on film."""

    fit: Fit
    text: str


def explain(
    change: Change,
    earlier: Timed,
    film: Timed,
    *,
    measured: Sequence[Measured] = (),
    events: Sequence[Happened] = (),
) -> tuple[Explanation, ...]:
    """Return what physiology and events say beside a rise, a drop or no real change.

    A verdict is never changed by it. The thresholds are conventions: oxygenation by a fifth, PEEP by 2 cmH2O, CRP by
    half. PaO2/FiO2 is preferred to SpO2/FiO2; both films need a value within 12 hours.

    Parameters
    ----------
    change : Change
        Of `film` against `earlier`. Where it cannot tell, and there is a size, what is known is said without being
        weighed; other verdicts than rise, drop and no real change get no explanation.
    """
    if change.verdict is Verdict.CANNOT_TELL and change.change is not None:
        return tuple(_beside(earlier, film, measured, events))
    if change.verdict not in (*RISES, *DROPS, Verdict.NO_REAL_CHANGE):
        return ()
    direction = (change.verdict in RISES) - (change.verdict in DROPS)
    return (
        *_oxygenation(direction, earlier, film, measured),
        *_peep(direction, earlier, film, measured),
        *_crp(direction, earlier, film, measured),
        *_events(direction, earlier, film, events),
    )


@dataclass(frozen=True)
class _Oxygenation:
    """How the better known of the two ratios moved between the films; `worse` is 1, -1 where better, 0 hardly."""

    worse: int
    sentence: str


def _moved_oxygenation(earlier: Timed, film: Timed, measured: Sequence[Measured]) -> _Oxygenation | None:
    for name, label, unit in (("pao2", "PaO2/FiO2", " mmHg"), ("spo2", "SpO2/FiO2", "")):
        ratios = _ratios(name, measured)
        before, now = _nearest(ratios, earlier), _nearest(ratios, film)
        if before is None or now is None:
            continue
        worse = (now < before * OXYGENATION_RATIO) - (before < now * OXYGENATION_RATIO)
        word = {1: "worsened", -1: "improved", 0: "hardly changed"}[worse]
        return _Oxygenation(worse, f"Oxygenation {word} between the films ({label} {before:.0f} → {now:.0f}{unit})")
    return None


def _beside(
    earlier: Timed, film: Timed, measured: Sequence[Measured], events: Sequence[Happened]
) -> Iterator[Explanation]:
    oxygenation = _moved_oxygenation(earlier, film, measured)
    yield Explanation(
        Fit.BESIDE,
        f"{oxygenation.sentence}." if oxygenation else "Oxygenation is missing within 12 h of at least one film.",
    )
    start = max(earlier.acquired_at, film.acquired_at - AFTER)
    for event in sorted(events, key=lambda event: event.at):
        if start <= event.at <= film.acquired_at:
            hours = (film.acquired_at - event.at).total_seconds() / 3600
            yield Explanation(Fit.BESIDE, f"The film was taken {hours:.0f} h after {EVENTS_IN_WORDS[event.kind]}.")


def _oxygenation(direction: int, earlier: Timed, film: Timed, measured: Sequence[Measured]) -> Iterator[Explanation]:
    moved = _moved_oxygenation(earlier, film, measured)
    if moved is not None:
        if moved.worse:
            yield _weighed(direction, moved.worse, moved.sentence)
        elif direction:
            yield Explanation(Fit.DISAGREES, f"{moved.sentence}.")
        return
    if direction < 0:
        text = "Oxygenation is missing within 12 h of at least one film: the films alone are not enough to reduce care."
        yield Explanation(Fit.MISSING, text)


def _crp(direction: int, earlier: Timed, film: Timed, measured: Sequence[Measured]) -> Iterator[Explanation]:
    before, now = (_nearest(_named("crp", measured), pictured) for pictured in (earlier, film))
    if before is None or now is None or max(before, now) < CRP_RATIO * min(before, now):
        return
    sentence = f"CRP {'rose' if now > before else 'fell'} between the films ({before:g} → {now:g} mg/l)"
    yield _weighed(direction, 1 if now > before else -1, sentence)


def _weighed(direction: int, worsening: int, sentence: str) -> Explanation:
    """Return a sentence with how it stands to the film: `worsening` is 1 where the patient got worse, else -1."""
    if not direction:
        return Explanation(Fit.DISAGREES, f"{sentence} without a real change on film.")
    word = "rise" if direction > 0 else "drop"
    if direction == worsening:
        return Explanation(Fit.AGREES, f"{sentence}: it agrees with the {word}.")
    return Explanation(Fit.DISAGREES, f"{sentence}: the {word} on film does not fit it.")


def _peep(direction: int, earlier: Timed, film: Timed, measured: Sequence[Measured]) -> Iterator[Explanation]:
    before, now = (_nearest(_named("peep", measured), pictured) for pictured in (earlier, film))
    if before is None or now is None:
        return
    values = f"({before:g} → {now:g} cmH2O)"
    if direction > 0 and now <= before - PEEP_STEP_CMH2O:
        text = (
            f"PEEP fell between the films {values}: with less pressure lungs look denser, which may explain the rise."
        )
        yield Explanation(Fit.MAY_EXPLAIN, text)
    if direction < 0 and now >= before + PEEP_STEP_CMH2O:
        text = f"PEEP was raised between the films {values}: that looks like recovery and may explain the drop."
        yield Explanation(Fit.MAY_EXPLAIN, text)


def _events(direction: int, earlier: Timed, film: Timed, events: Sequence[Happened]) -> Iterator[Explanation]:
    telling = {
        1: (BedsideEvent.EXTUBATION, BedsideEvent.PRONING, BedsideEvent.SUPINATION, BedsideEvent.POSITION),
        -1: (BedsideEvent.INTUBATION, BedsideEvent.PRONING, BedsideEvent.SUPINATION, BedsideEvent.POSITION),
    }.get(direction, ())
    word = "rise" if direction > 0 else "drop"
    start = max(earlier.acquired_at, film.acquired_at - AFTER)
    for kind in telling:
        times = [event.at for event in events if event.kind is kind and start <= event.at <= film.acquired_at]
        if times:
            hours = (film.acquired_at - max(times)).total_seconds() / 3600
            text = f"The film was taken {hours:.0f} h after {EVENTS_IN_WORDS[kind]}, which may explain the {word}."
            yield Explanation(Fit.MAY_EXPLAIN, text)


def _named(name: str, measured: Sequence[Measured]) -> list[Measured]:
    return [value for value in measured if value.name == name]


def _ratios(name: str, measured: Sequence[Measured]) -> list[Measured]:
    """Return the values of `name` divided by the share of oxygen given at the time."""
    oxygen = [value for value in _named("fio2", measured) if value.value > 0]
    ratios = []
    for one in _named(name, measured):
        given = min(oxygen, key=lambda other, one=one: abs(other.at - one.at), default=None)  # type: ignore[misc]
        telling = name != "spo2" or one.value <= HIGHEST_TELLING_SPO2
        if given is not None and abs(given.at - one.at) <= GAS_WITHIN and telling:
            ratios.append(Measured(name, one.value / (given.value / 100), one.at))
    return ratios


def _nearest(values: Sequence[Measured], film: Timed) -> float | None:
    nearest = min(values, key=lambda one: abs(one.at - film.acquired_at), default=None)
    return nearest.value if nearest is not None and abs(nearest.at - film.acquired_at) <= NEAR else None
