"""`evaluate trajectory-outcomes`: what the course by 72 h tells of release from intensive care."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.evaluation.files import DEFAULT_OUT, FiguresOption, OutOption, publish
from dashboard.cli.options import site_options
from dashboard.cli.output import print_table, say
from dashboard.errors import ConfigurationError
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.evaluation.evidence.trajectory_outcomes import TrajectoryOutcomes


@site_options(database=False)
def trajectory_outcomes(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and clinical.csv.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="Whose scores.")] = DEFAULT_SCORER,
    out: OutOption = DEFAULT_OUT,
    figures: FiguresOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Compare release from intensive care by level, slope and flags 72 h after admission, death competing."""
    from core.evaluation.evidence import EVIDENCE, OUTCOMES
    from core.scoring.registry import read_scorer_card

    try:
        from core.evaluation.figures.trajectory_outcomes import outcome_figures
        from core.research.evaluation.trajectory_outcomes import evaluate_trajectory_outcomes
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed. Install Lungline with its extra: pip install 'lungline[evidence]'."
        raise ConfigurationError(message) from error

    found = evaluate_trajectory_outcomes(data, read_scorer_card(model), settings.trend_policy, evidence=EVIDENCE)
    publish(
        found,
        lambda: outcome_figures(found),
        lambda: _print(found),
        title="Trajectories and outcomes",
        name=OUTCOMES,
        out=out,
        folder=figures,
        as_json=as_json,
    )


def _print(found: TrajectoryOutcomes) -> None:
    say(
        f"{found.model} {found.model_version}: of {found.n_stays} stays in intensive care {found.n_before_landmark} "
        f"ended by day {found.landmark_days} and are left out; {found.n_without_film} had no film until then."
    )
    days = [f"released by day {day} (95 % interval); at risk" for day in found.days]
    print_table(
        ("group at the landmark", "patients", "released", "died", *days),
        [
            (
                group.group,
                group.n_patients,
                group.n_released,
                group.n_died,
                *(f"{_share(*release)}; {n}" for release, n in zip(group.release, group.at_risk, strict=True)),
            )
            for group in found.groups
        ],
        empty="",
    )
    say(f"Days count from the landmark, {found.landmark_days} days after admission. Aalen-Johansen, death competing.")
    for warning in found.warnings:
        say(warning)


def _share(value: float, low: float | None, high: float | None) -> str:
    return f"{value:.0%}" if low is None or high is None else f"{value:.0%} ({low:.0%} to {high:.0%})"
