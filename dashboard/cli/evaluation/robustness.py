"""`evaluate robustness`: what disturbed films do to a scorer's scores, and their scatter from day to day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from core.scoring.registry import DEFAULT_SCORER
from core.types import Measure
from dashboard.cli.options import site_options
from dashboard.cli.output import ERRORS, print_json, print_table, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.research.evaluation.robustness.figures import Robustness, Spread


@site_options(database=False)
def robustness(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="Whose scores.")] = DEFAULT_SCORER,
    films: Annotated[int, typer.Option("--films", min=1, help="How many films to disturb.")] = 60,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the sample and of the noise.")] = 0,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Disturb films and report how far their scores move; report the scatter on serial bedside films."""
    from core.research.evaluation.robustness.study import evaluate_robustness
    from core.scoring.registry import load_scorer

    scorer = load_scorer(model, weights_dir=settings.weights_dir)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=ERRORS, disable=as_json or not ERRORS.is_terminal) as progress:
        task = progress.add_task("Scoring", total=None)
        found = evaluate_robustness(
            data,
            scorer,
            site_zone=settings.zone,
            films=films,
            seed=seed,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if as_json:
        print_json(found.as_evidence())
    else:
        _print(found)


def _print(found: Robustness) -> None:
    strata = ", ".join(f"{name} {count}" for name, count in found.strata.items())
    say(f"{found.model} {found.model_version}; films by source and view: {strata}.")
    headings = ("", "films", "not scored any more", *(f"{m.label}: median change, 90th percentile" for m in Measure))
    rows: list[tuple[object, ...]] = [
        (
            disturbed.disturbance,
            max((spread.n_films for spread in disturbed.change.values()), default=0),
            disturbed.n_lost,
            *(_text(disturbed.change.get(measure)) for measure in Measure),
        )
        for disturbed in found.disturbed
    ]
    swapped = found.lungs_swapped
    n_swapped = max((spread.n_films for spread in swapped.values()), default=0)
    rows.append(("each lung against the other, flipped", n_swapped, "", *(_text(swapped.get(m)) for m in Measure)))
    print_table(headings, rows, empty="")
    print_table(
        ("scatter on serial bedside films", "days apart", "pairs / patients", "SD of the difference"),
        [
            (
                scatter.measure.label,
                f"at most {scatter.within_days}",
                f"{scatter.n_pairs} / {scatter.n_patients}",
                f"{scatter.sd.value:.2f} ({scatter.sd.low:.2f} to {scatter.sd.high:.2f})",
            )
            for scatter in found.scatter
        ],
        empty="No serial bedside films in this folder.",
    )
    say(
        "Points of 8 (geographic extent) and 6 (opacity), of 4 and 3 for each lung. Intervals: 95 %, by resampling "
        "patients."
    )
    for reason in found.not_tested:
        say(f"Not tested: {reason}.")
    for reason in found.left_out:
        say(f"Left out: {reason}")


def _text(spread: Spread | None) -> str:
    if spread is None:
        return "not given"
    median = spread.median
    return f"{median.value:.2f} ({median.low:.2f} to {median.high:.2f}), {spread.percentile_90:.2f}"
