"""What the flags are worth: simulated patients, experts' changes, outcomes."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.evaluation.evidence.expert_flags import FlagStudy
from core.evaluation.evidence.simulation import CurvePoint, SimulationStudy
from core.evaluation.evidence.trajectory_outcomes import TrajectoryOutcomes
from core.evaluation.expert_verdicts import verdict_tables
from core.evaluation.figures.expert_flags import flag_figures
from core.evaluation.figures.simulation import simulation_figures
from core.evaluation.figures.trajectory_outcomes import outcome_figures
from core.evaluation.proportion import share_in_words
from core.trend import DEFAULT_DETECTOR
from core.types import ScorerCard
from dashboard import study_queries
from dashboard.components.evidence.showing import draw_figure, draw_table, draw_whose, figure_colours
from dashboard.components.page.text import plain

HALF_NEVER = "half never"
WILSON = (
    "In brackets: 95 % Wilson intervals of a share. They are too narrow, because pairs of films of one patient are "
    "alike. "
    "AUC: 95 % interval by resampling patients."
)
IN_THE_TABLE = "simulation-delay-films"
"""A figure that tells nothing beyond the table."""


def draw_simulation(card: ScorerCard | None) -> None:
    """Draw one condition of the simulation, chosen in the address."""
    study = study_queries.study(SimulationStudy)
    draw_whose(study.model, study.model_version, card)
    plain(
        f"{study.patients} invented patients of each course under each condition, with the noise of the card. A true "
        f"rise is a step of {study.assumptions['true_rise_points']:g} of 8; false flags are flags of a rise on stable "
        "series. Invented patients are not patients: what is assumed and not measured stands in trend-simulation.json. "
        f"Flags here are raised by {DEFAULT_DETECTOR}."
    )
    conditions = list(dict.fromkeys(point.condition for point in study.curve))
    condition = st.selectbox("Condition", conditions, key="condition", bind="query-params", width=380)
    points = tuple(point for point in study.curve if point.condition == condition)
    own = tuple(calibration for calibration in study.calibrations if calibration.detector == DEFAULT_DETECTOR)
    columns = ("Detector", "False flags per 100 patient-days", "Found by 2 films", "Median delay")
    rows = [_point_row(point, study.patients) for point in points if point.as_used]
    draw_table(f"Detectors as used, {condition}", columns, rows, key="detectors")
    for figure in simulation_figures(replace(study, curve=points, calibrations=own), colours=figure_colours()):
        if not figure.name.startswith(IN_THE_TABLE):
            draw_figure(figure)
    st.header("What was asked of the detectors beforehand")
    judged = [(judged.question, judged.figure, judged.answer) for judged in study.judged]
    draw_table("Questions and answers", ("Question", "Figure", "Answer"), judged, key="judged")


def _point_row(point: CurvePoint, patients: int) -> tuple[str, ...]:
    films, hours = point.detection.median_films, point.detection.median_hours
    delay = (
        HALF_NEVER if films is None or hours is None else f"{films:g} film{'' if films == 1 else 's'}, {hours:.0f} h"
    )
    return (point.setting, point.false_flags.in_words(), share_in_words(point.detection.sensitivity, patients), delay)


def _incidence(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.0%}" + (" (no interval)" if low is None or high is None else f" ({low:.0%} to {high:.0%})")


def draw_experts(card: ScorerCard | None) -> None:
    """Draw flags against the changes that experts saw."""
    study = study_queries.study(FlagStudy)
    draw_whose(study.model, study.model_version, card)
    for counted in verdict_tables(study):
        plain(counted.said)
        if counted.rows:
            draw_table(counted.title, counted.columns, counted.rows, key=f"{counted.key}-against-experts")
    st.header("Every detector beside the others")
    plain(WILSON)
    for note in study.notes:
        plain(note)
    for scale, figure in zip(study.scales, flag_figures(study, colours=figure_colours()), strict=True):
        draw_figure(figure)
        rows = [
            (
                flag.setting,
                share_in_words(flag.sensitivity.value, scale.n_real),
                share_in_words(flag.specificity.value, scale.n_pairs - scale.n_real),
                flag.auc_rise.in_words(),
                flag.answer,
            )
            for flag in scale.flags
        ]
        columns = (
            "Detector",
            "Sensitivity, of real changes",
            "Specificity, of other pairs",
            "AUC, rise",
            "Better than a raw step?",
        )
        draw_table(figure.title, columns, rows, key=f"{figure.name}-table")


def draw_outcomes(card: ScorerCard | None) -> None:
    """Draw release from intensive care by course."""
    study = study_queries.study(TrajectoryOutcomes)
    draw_whose(study.model, study.model_version, card)
    plain(
        f"Public films of one hospital: {study.n_stays} stays, of which {study.n_before_landmark} ended by day "
        f"{study.landmark_days} and are left out. Groups are those at that day; death competes with release. In "
        "brackets 95 % intervals: of those who died Wilson's, of release by log-log."
    )
    for warning in study.warnings:
        plain(f"! {warning}", tone="warning")
    rows = [
        (
            group.group,
            str(group.n_patients),
            str(group.n_released),
            share_in_words(group.n_died / group.n_patients, group.n_patients),
            *(_incidence(*share) for share in group.release),
        )
        for group in study.groups
    ]
    columns = ("Group", "Patients", "Released", "Died", *(f"Released by day {day}" for day in study.days))
    draw_table("Release by group", columns, rows, key="outcomes")
    for figure in outcome_figures(study, colours=figure_colours()):
        draw_figure(figure)
