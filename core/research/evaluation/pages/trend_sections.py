"""The sections of `trend.md`, each from the JSON of one command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from core.evaluation.bootstrap import Estimate, interval
from core.evaluation.evidence.expert_flags import FlagStudy
from core.evaluation.expert_verdicts import verdict_tables

Lines = Iterator[str]


def simulation_lines(found: Mapping[str, Any]) -> Lines:
    """Yield what the simulation found."""
    yield (
        f"{found['patients']} patients of each course under each condition, seed {found['seed']}, noise of the card of "
        f"{found['model']} {found['model_version']}. "
        "What is assumed and not measured (gaps between films, projections, "
        "correlation of errors) stands in the JSON under `assumptions`. A true rise is a step of "
        f"{found['assumptions']['true_rise_points']:g} of 8; false flags are flags of a rise on stable series, per 100 "
        "patient-days."
    )
    yield ""
    yield from table(
        ("condition", "detector", *_POINT),
        (
            (
                one["condition"],
                one["setting"],
                *_point_cells(one),
            )
            for one in found["curve"]
            if one["as_used"]
        ),
    )
    yield from _settings(found)
    yield from _matched(found)
    yield from _coverage(found)
    yield from table(
        ("question", "figure", "answer"), ((one["question"], one["figure"], one["answer"]) for one in found["judged"])
    )


_POINT = ("false flags", "found by 2 films", "median delay, films", "hours")


def _point_cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells under `_POINT` of one point of the curve."""
    found = one["detection"]
    return (
        interval(one["false_flags"]),
        f"{found['sensitivity']:.0%}",
        _or_half(found["median_films"], "g"),
        _or_half(found["median_hours"], ".0f"),
    )


def _settings(found: Mapping[str, Any]) -> Lines:
    """Yield the sweep as measured: what each setting of a measured detector would cost."""
    yield "The sweep, as measured:"
    yield ""
    yield from table(
        ("detector", "setting", *_POINT),
        (
            (
                one["family"],
                one["setting"],
                *_point_cells(one),
            )
            for one in found["curve"]
            if not one["as_used"] and one["condition"] == "as measured"
        ),
    )


def _matched(found: Mapping[str, Any]) -> Lines:
    """Yield false flags at equal sensitivity."""
    yield "At equal sensitivity, detector against the best raw step (sensitivities; false flags; ratio):"
    yield ""
    yield from table(
        ("condition", "detector", "at", "sensitivity", "false flags", "raw step's", "ratio"),
        (
            (
                condition,
                one["detector"],
                one["at"],
                f"{one['sensitivity']:.0%} / {one['naive_sensitivity']:.0%}",
                interval(one["false_flags"]),
                interval(one["naive_false_flags"]),
                interval(one["ratio"]),
            )
            for condition, matched in found["matched"].items()
            for one in matched
        ),
    )


def _coverage(found: Mapping[str, Any]) -> Lines:
    """Yield how often intervals of changes and bands of levels hold, and how far probabilities are off."""
    yield "Coverage of the intervals of a change, and calibration of P(true change > 0):"
    yield ""
    yield from table(
        ("condition", "truth", "detector", "changes", "held", "largest deviation of the probability"),
        (
            (
                one["condition"],
                one["course"],
                one["detector"],
                one["n"],
                f"{one['coverage']:.1%} ({one['coverage_low']:.1%} to {one['coverage_high']:.1%})",
                "too few" if one["largest_deviation"] is None else f"{one['largest_deviation']:.3f}",
            )
            for one in found["calibrations"]
        ),
    )
    yield "Coverage of the 95 % bands of the level, on a truth that diffuses:"
    yield ""
    yield from table(
        ("condition", "films", "level so far", "level from all films"),
        ((one["condition"], one["n_films"], share(one["filtered"]), share(one["smoothed"])) for one in found["bands"]),
    )


def flags_lines(found: Mapping[str, Any]) -> Lines:
    """Yield what the flags against experts are worth."""
    for scale in found["scales"]:
        yield (
            f"{scale['column']} (0-{scale['maximum']:g}) by {scale['said_by']}: {scale['n_pairs']} pairs of films of "
            f"{scale['n_patients']} patients, {scale['n_taken_differently']} taken differently; {scale['n_real']} "
            f"changes of the expert of {scale['real_change']:.1f} or more, {scale['n_real_rises']} of them rises. "
            f"Signs agree in {interval(scale['changes']['sign_agreement'])}; changes correlate "
            f"{interval(scale['changes']['correlation'])}."
        )
        yield ""
        yield from table(
            ("detector", "sensitivity", "specificity", "AUC, rise", "specificity minus raw step's", "answer"),
            (
                (
                    one["setting"],
                    interval(one["sensitivity"]),
                    interval(one["specificity"]),
                    interval(one["auc_rise"]),
                    "" if one["specificity_minus_raw_step"] is None else interval(one["specificity_minus_raw_step"]),
                    one["answer"],
                )
                for one in scale["flags"]
            ),
        )
    for counted in verdict_tables(TypeAdapter(FlagStudy).validate_python(found)):
        yield counted.said
        yield ""
        if counted.rows:
            yield from table(counted.columns, counted.rows)
    yield from found["notes"]
    yield ""


def burden_lines(found: Mapping[str, Any]) -> Lines:
    """Yield the flags on real stays."""
    yield (
        f"{found['n_films']} films of {found['n_stays']} stays of {found['n_patients']} patients, "
        f"{found['patient_days']:g} patient-days, scores of {found['model']} {found['model_version']}. Apart: "
        f"{found['n_single_film']} patients with one film ({found['days_single_film']:g} days). Nobody judged which "
        "flags were right. Times are known to the day: films of one day are not compared with each other."
    )
    yield ""
    yield from table(
        (
            "detector",
            "setting",
            "rises",
            "drops",
            "looks",
            "per 100 patient-days",
            "patients flagged",
            "per patient",
            "days between",
        ),
        (
            (
                one["family"],
                f"**{one['setting']}**" if one["as_used"] else one["setting"],
                one["n_rises"],
                one["n_drops"],
                one["n_looks"] if one["as_used"] else "",
                interval(one["per_100_days"]),
                f"{one['ever_flagged'][0]:.0%}",
                f"{one['flags_per_patient']:.2f}",
                "" if one["median_days_between"] is None else f"{one['median_days_between']:.1f}",
            )
            for one in found["settings"]
        ),
    )


def outcomes_lines(found: Mapping[str, Any]) -> Lines:
    """Yield release by course."""
    yield (
        f"{found['n_stays']} stays; {found['n_before_landmark']} ended by day {found['landmark_days']} and are left "
        f"out (no immortal time), {found['n_without_film']} had no film until then. Flags of {found['detector']}. "
        "Aalen-Johansen, death competing; days count from the landmark."
    )
    yield ""
    yield from table(
        ("group at the landmark", "patients", "released", "died", *(f"by day {d}; at risk" for d in found["days"])),
        (
            (
                one["group"],
                one["n_patients"],
                one["n_released"],
                one["n_died"],
                *(f"{interval(share)}; {n}" for share, n in zip(one["release"], one["at_risk"], strict=True)),
            )
            for one in found["groups"]
        ),
    )
    yield from found["warnings"]
    yield ""


def table(headings: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Lines:
    """Yield the lines of a table, and an empty one."""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


def share(estimate: list[float | None]) -> str:
    """Return what `Estimate.as_list` wrote of a share, in percent."""
    return Estimate.of_list(estimate).in_words(".1%")


def _or_half(value: float | None, form: str) -> str:
    return "half never" if value is None else format(value, form)
