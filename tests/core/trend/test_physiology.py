"""Explanations beside a change on film."""

from __future__ import annotations

from datetime import timedelta

import pytest
from trend_films import CARD, CARD_WITHOUT_NOISE, GEOGRAPHIC, POLICY, START, film

from core.trend import Reference, compare_films
from core.trend.physiology import EVENTS_IN_WORDS, BedsideEvent, Explanation, Fit, Happened, Measured, explain
from core.types import ScorerCard

RISE, DROP, NOTHING = (3.0, 6.0), (6.0, 3.0), (4.0, 4.2)


def at(name: str, hours: float, value: float) -> Measured:
    return Measured(name, value, START + timedelta(hours=hours))


def gas(hours: float, pao2: float, fio2: float) -> tuple[Measured, Measured]:
    return at("pao2", hours, pao2), at("fio2", hours + 0.2, fio2)


def explained(
    scores: tuple[float, float], *measured: Measured, events: tuple[Happened, ...] = (), card: ScorerCard = CARD
) -> tuple[Explanation, ...]:
    earlier, later = film(1, 0, scores[0]), film(2, 30, scores[1])
    change = compare_films(later, earlier, measure=GEOGRAPHIC, reference=Reference.PREVIOUS, card=card, policy=POLICY)
    return explain(change, earlier, later, measured=measured, events=events)


def happened(kind: BedsideEvent, hours: float) -> tuple[Happened, ...]:
    return (Happened(kind, START + timedelta(hours=hours)),)


def test_a_drop_with_worsening_oxygenation_says_so() -> None:
    (one,) = explained(DROP, *gas(1, 84, 40), *gas(29, 70, 50))
    assert one == Explanation(
        Fit.DISAGREES,
        "Oxygenation worsened between the films (PaO2/FiO2 210 → 140 mmHg): the drop on film does not fit it.",
    )


@pytest.mark.parametrize(
    ("scores", "later_pao2", "fit", "words"),
    [
        (RISE, 56, Fit.AGREES, "it agrees with the rise"),
        (RISE, 120, Fit.DISAGREES, "the rise on film does not fit it"),
        (DROP, 120, Fit.AGREES, "it agrees with the drop"),
        (RISE, 80, Fit.DISAGREES, "Oxygenation hardly changed between the films"),
        (NOTHING, 56, Fit.DISAGREES, "without a real change on film"),
    ],
)
def test_oxygenation_beside_the_film(scores: tuple[float, float], later_pao2: float, fit: Fit, words: str) -> None:
    (one,) = explained(scores, *gas(1, 84, 40), *gas(29, later_pao2, 40))
    assert one.fit is fit
    assert words in one.text


def test_nothing_is_said_where_neither_film_nor_oxygenation_changed() -> None:
    assert explained(NOTHING, *gas(1, 84, 40), *gas(29, 80, 40)) == ()


def test_saturation_stands_in_where_there_is_no_gas_and_only_where_it_tells() -> None:
    oxygen = at("fio2", 1, 40), at("fio2", 29, 80)
    (one,) = explained(RISE, at("spo2", 1, 96), at("spo2", 29, 92), *oxygen)
    assert "(SpO2/FiO2 240 → 115)" in one.text
    assert explained(RISE, at("spo2", 1, 99), at("spo2", 29, 92), *oxygen) == ()


def test_a_drop_without_oxygenation_has_no_support_from_it() -> None:
    (one,) = explained(DROP, *gas(1, 84, 40), at("pao2", 29, 70), at("fio2", 20, 40))
    assert one.fit is Fit.MISSING
    assert "not enough to reduce care" in one.text
    assert explained(RISE) == ()


def test_values_far_from_the_films_and_oxygen_of_nothing_do_not_count() -> None:
    (far,) = explained(DROP, *gas(-13, 84, 40), *gas(29, 120, 40))
    assert far.fit is Fit.MISSING
    (none,) = explained(DROP, *gas(1, 84, 0), *gas(29, 120, 40))
    assert none.fit is Fit.MISSING


@pytest.mark.parametrize(("scores", "now", "said"), [(RISE, 8, "PEEP fell"), (DROP, 16, "PEEP was raised")])
def test_peep_may_explain_a_change(scores: tuple[float, float], now: float, said: str) -> None:
    found = explained(scores, at("peep", 0, 12), at("peep", 28, now))
    (one,) = [explanation for explanation in found if explanation.fit is Fit.MAY_EXPLAIN]
    assert one.text.startswith(f"{said} between the films (12 → {now} cmH2O)")
    other = explained(scores[::-1], at("peep", 0, 12), at("peep", 28, now))
    assert all(explanation.fit is not Fit.MAY_EXPLAIN for explanation in other)


def test_crp_beside_the_film() -> None:
    (rise,) = explained(RISE, at("crp", 0, 80), at("crp", 28, 160))
    assert rise == Explanation(Fit.AGREES, "CRP rose between the films (80 → 160 mg/l): it agrees with the rise.")
    drop = explained(DROP, at("crp", 0, 80), at("crp", 28, 160))[-1]
    assert drop.text == "CRP rose between the films (80 → 160 mg/l): the drop on film does not fit it."
    assert explained(RISE, at("crp", 0, 80), at("crp", 28, 100)) == ()


@pytest.mark.parametrize(
    ("scores", "kind", "explains"),
    [
        (RISE, BedsideEvent.EXTUBATION, True),
        (RISE, BedsideEvent.SUPINATION, True),
        (RISE, BedsideEvent.POSITION, True),
        (RISE, BedsideEvent.INTUBATION, False),
        (DROP, BedsideEvent.INTUBATION, True),
        (DROP, BedsideEvent.PRONING, True),
        (DROP, BedsideEvent.EXTUBATION, False),
        (NOTHING, BedsideEvent.EXTUBATION, False),
    ],
)
def test_events_may_explain_a_change(scores: tuple[float, float], kind: BedsideEvent, explains: bool) -> None:
    texts = [one.text for one in explained(scores, events=happened(kind, 24)) if one.fit is Fit.MAY_EXPLAIN]
    word = "rise" if scores is RISE else "drop"
    said = f"The film was taken 6 h after {EVENTS_IN_WORDS[kind]}, which may explain the {word}."
    assert texts == ([said] if explains else [])


@pytest.mark.parametrize("hours", [-1, 5, 31])
def test_events_long_before_or_after_do_not_count(hours: float) -> None:
    assert explained(RISE, events=happened(BedsideEvent.EXTUBATION, hours)) == ()


def test_no_verdict_has_no_explanation() -> None:
    assert explained(DROP, *gas(1, 84, 40), *gas(29, 70, 50), card=CARD_WITHOUT_NOISE) == ()
