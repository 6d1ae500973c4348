"""`evaluate simulate`: every detector on simulated patients whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.evaluation.files import DEFAULT_OUT, FiguresOption, OutOption, publish
from dashboard.cli.options import site_options
from dashboard.cli.output import ERRORS, print_table, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.evaluation.evidence.simulation import Detection, SimulationStudy


@site_options(database=False)
def simulate(
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="Scorer whose noise is used, from its card.")
    ] = (DEFAULT_SCORER),
    patients: Annotated[
        int | None,
        typer.Option("--patients", min=2, help="Patients of each course under each condition.", show_default="400"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random numbers.")] = 0,
    change_sd: Annotated[
        float | None,
        typer.Option(
            "--change-sd",
            help="SD of the experts' changes where the noise was measured; default: from the card.",
        ),
    ] = None,
    process_sd: Annotated[
        float | None,
        typer.Option(
            "--process-sd", min=0, help="How fast the true level drifts at random, points per √day.", show_default="0.5"
        ),
    ] = None,
    out: OutOption = DEFAULT_OUT,
    figures: FiguresOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Report false flags, delay, coverage and calibration of every detector on series whose truth is known."""
    from core.evaluation.evidence import SIMULATION
    from core.evaluation.figures.simulation import simulation_figures
    from core.research.evaluation.simulation import simulate as run
    from core.research.evaluation.simulation.study import PATIENTS
    from core.scoring.registry import read_scorer_card

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=ERRORS, disable=as_json or not ERRORS.is_terminal) as progress:
        task = progress.add_task("Conditions", total=None)
        study = run(
            read_scorer_card(model),
            settings.trend_policy,
            patients=patients or PATIENTS,
            seed=seed,
            change_sd=change_sd,
            process_sd=process_sd,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    publish(
        study,
        lambda: simulation_figures(study),
        lambda: _print(study),
        title="Detectors on simulated patients",
        name=SIMULATION,
        out=out,
        folder=figures,
        as_json=as_json,
    )


def _print(study: SimulationStudy) -> None:
    say(
        f"{study.model} {study.model_version}, {study.patients} simulated patients of each course and condition, "
        "irregular times, a true rise of 3 of 8. False flags: of a rise, on stable series, per 100 patient-days."
    )
    print_table(
        ("condition", "detector", "false flags", "found by 2 films", "ever found", "median films", "median hours"),
        [
            (point.condition, point.setting, point.false_flags.in_words(), *_cells(point.detection))
            for point in study.curve
            if point.as_used
        ],
        empty="",
    )
    _print_matched(study)
    _print_courses(study)
    _print_coverage(study)
    print_table(("question", "figure", "answer"), [(o.question, o.figure, o.answer) for o in study.judged], empty="")
    for check in study.checks:
        agrees = "flags the same films as" if check.equal else "flags OTHER films than; only its own setting counts:"
        say(f"The sweep {agrees} {check.detector} itself ({check.n_series} series, {check.n_flags} flags).")


def _print_matched(study: SimulationStudy) -> None:
    print_table(
        ("condition", "detector", "at", "sensitivity", "false flags", "raw step", "ratio", "difference"),
        [
            (
                condition,
                match.detector,
                match.at,
                f"{match.sensitivity:.0%} / {match.naive_sensitivity:.0%}",
                match.false_flags.in_words(),
                match.naive_false_flags.in_words(),
                match.ratio.in_words(),
                match.difference.in_words(),
            )
            for condition, matched in study.matched.items()
            for match in matched
        ],
        empty="",
    )


def _print_courses(study: SimulationStudy) -> None:
    print_table(
        ("condition", "course", "detector", "rises", "drops", "found by 2 films", "ever", "median films", "hours"),
        [
            (
                course.condition,
                course.course,
                course.detector,
                f"{course.rises:.2f}",
                f"{course.drops:.2f}",
                *_cells(course.detection),
            )
            for course in study.courses
        ],
        empty="",
    )


def _print_coverage(study: SimulationStudy) -> None:
    print_table(
        (
            "condition",
            "truth",
            "detector",
            "changes",
            "intervals hold",
            "95 % interval",
            "largest deviation of P(rise)",
        ),
        [
            (
                calibration.condition,
                calibration.course,
                calibration.detector,
                calibration.n,
                f"{calibration.coverage:.1%} of {calibration.level:.0%}",
                f"{calibration.coverage_low:.1%} to {calibration.coverage_high:.1%}",
                "too few" if calibration.largest_deviation is None else f"{calibration.largest_deviation:.3f}",
            )
            for calibration in study.calibrations
        ],
        empty="",
    )
    print_table(
        ("condition", "films", "band of the level so far holds", "band of the level from all films holds"),
        [
            (band.condition, band.n_films, band.filtered.in_words(".1%"), band.smoothed.in_words(".1%"))
            for band in study.bands
        ],
        empty="",
    )


def _cells(found: Detection | None) -> tuple[str, ...]:
    if found is None:
        return ("", "", "", "")
    late = "half never"
    films = late if found.median_films is None else f"{found.median_films:g}"
    hours = late if found.median_hours is None else f"{found.median_hours:.0f}"
    return f"{found.sensitivity:.0%}", f"{found.found:.0%}", films, hours
