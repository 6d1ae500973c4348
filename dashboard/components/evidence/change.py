"""The noise of a change: what every verdict rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from core.evaluation.card_figures import noise_figures
from core.scoring.recalibration import is_recalibrated
from core.trend.types import TrendPolicy
from core.trend.wording import NOISE_TAKEN_AS_KNOWN
from core.types import ChangeNoise, LevelNoise, Measure, ScorerCard
from dashboard import queries
from dashboard.components.evidence.showing import draw_figure, draw_table, figure_colours
from dashboard.components.page.text import plain

NOT_MEASURED = "not measured"
WITHOUT_NOISE = "! It was not measured for this model: every verdict is “not assessed”, and no flag is raised."
COLUMNS = ("Measure and films", "SD of the error", "Expert's change per point predicted", "Pairs / patients")


def draw_change(card: ScorerCard) -> None:
    """Draw the noise, overall and by class of pair, and that of the smoothed level."""
    plain(
        "A change between two films counts only beyond the error of such a change. It is measured on pairs of films "
        "that experts scored, never taken from the error of single films."
    )
    plain(_thresholds(queries.settings().trend_policy))
    if not card.noise:
        plain(WITHOUT_NOISE, tone="warning")
        return
    draw_table("Noise of a change, by measure and class of pair", COLUMNS, list(_rows(card)), key="noise")
    plain(f"In brackets 95 % intervals by resampling patients. {NOISE_TAKEN_AS_KNOWN}")
    for source in dict.fromkeys(noise.source for noise in (*card.noise.values(), *card.mixed_noise.values())):
        plain(f"How it was measured: {source}")
    for figure in noise_figures(card, colours=figure_colours()):
        draw_figure(figure)
    _draw_level(card)


def _rows(card: ScorerCard) -> Iterator[tuple[str, ...]]:
    for measure in Measure:
        alike = card.noise.get(measure)
        yield _row(f"{measure.label}, films taken alike", alike, _slope_interval(card, measure) if alike else "")
        yield _row(f"{measure.label}, films taken differently", card.mixed_noise.get(measure))
        for pair_class, noise in card.class_noise.get(measure, {}).items():
            yield _row(f"{measure.label}, films {pair_class.label}", noise)


def _slope_interval(card: ScorerCard, measure: Measure) -> str:
    """Return the interval of the slope over all films taken alike, "" where the card has none of these very pairs."""
    changes: Any = card.evidence.get("change_between_films_taken_alike")
    if is_recalibrated(card.version) or not isinstance(changes, Mapping) or measure.value not in changes:
        return ""
    _slope, low, high = changes[measure.value]["slope_of_expert_on_predicted"]
    return f" ({low:.2f} to {high:.2f})"


def _thresholds(policy: TrendPolicy) -> str:
    """Return from where on a change is called what it is."""
    important = " and ".join(f"{policy.important_change(measure):g} of {measure.maximum:g}" for measure in Measure)
    return (
        f"A rise is called real from a probability of {policy.p_rise * 100:g} % that the true change is above 0, and "
        f"large from {policy.p_large * 100:g} % that it is above the smallest important change, {important} (extent "
        "and opacity); drops likewise. The defaults were chosen by what experts saw (section Experts); a unit may set "
        "its own."
    )


def _row(label: str, noise: ChangeNoise | None, slope: str = "") -> tuple[str, ...]:
    if noise is None:
        return (label, NOT_MEASURED, NOT_MEASURED, NOT_MEASURED)
    own = "" if noise.own_sd is None else f"; their own SD {noise.own_sd:.2f}, drawn towards that of all pairs"
    sd = f"{noise.sd:.2f} ({noise.sd_low:.2f} to {noise.sd_high:.2f}){own}"
    return (label, sd, f"{noise.slope:.2f}{slope}", f"{noise.n_pairs} / {noise.n_patients}")


def _draw_level(card: ScorerCard) -> None:
    if not card.level_noise:
        return
    st.header("The smoothed level")
    rows = [
        (
            measure.label,
            f"{level.process_sd:.2f} ({level.process_low:.2f} to {level.process_high:.2f})",
            _film_scatter(level),
            f"{level.bias_sd:.2f}",
            f"{level.n_films} / {level.n_stays}",
        )
        for measure, level in card.level_noise.items()
    ]
    columns = (
        "Measure",
        "Patients' levels wander, points per √day",
        "Films scatter around the level, SD",
        "Error that stays the same in one patient, SD",
        "Films / stays",
    )
    draw_table("What the smoothed level assumes", columns, rows, key="level")
    for source in dict.fromkeys(level.source for level in card.level_noise.values()):
        plain(f"How it was measured: {source}")


def _film_scatter(level: LevelNoise) -> str:
    if level.film_sd is None:
        return "as the error of a change says"
    return f"{level.film_sd:.2f} ({level.film_low:.2f} to {level.film_high:.2f})"
