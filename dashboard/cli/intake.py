"""`score` and `import`: films by file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.options import site_options
from dashboard.cli.output import ERRORS, print_json, print_table, say
from dashboard.intake.detect import Dataset
from dashboard.intake.report import FileOutcome
from dashboard.intake.run import run_import
from dashboard.services.site.opening import open_site
from dashboard.services.worker.score_files import FileStatus, score_files
from dashboard.settings import Settings

NOT_ALL_SCORED = 1
SETTLED = frozenset({FileOutcome.DUPLICATE, FileOutcome.LEFT_OUT})
"""Outcomes that leave no film without a score."""

PathsArgument = Annotated[list[Path], typer.Argument(metavar="PATH…", help="Films, folders or a table of films.")]

LinksOption = Annotated[
    bool,
    typer.Option("--follow-links", help="Follow symbolic links that lead out of a folder; else they are only counted."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("score", epilog="Example: lungline score film.dcm --json")(score)
    app.command("import", epilog="Example: lungline import /mnt/films --dataset dicom")(import_films)


@site_options(database=False)
def score(
    paths: PathsArgument,
    model: Annotated[str, typer.Option("--model", help="Scorer, as `lungline models list` shows it.")] = DEFAULT_SCORER,
    follow_links: LinksOption = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Score films without storing them."""
    outcomes = list(score_files(paths, model=model, settings=settings, follow_links=follow_links))
    if as_json:
        print_json(outcomes)
    else:
        table = [
            (
                outcome.path,
                outcome.status.value,
                "" if outcome.geographic_extent is None else f"{outcome.geographic_extent:.1f}",
                "" if outcome.opacity is None else f"{outcome.opacity:.1f}",
                "" if outcome.opacity_fraction is None else f"{outcome.opacity_fraction:.0f}",
                "" if outcome.brixia is None else f"{outcome.brixia:.0f}",
                outcome.reason,
            )
            for outcome in outcomes
        ]
        headings = (
            "file",
            "status",
            "geographic extent (0-8)",
            "opacity (0-6)",
            "opaque share (%)",
            "Brixia (0-18)",
            "reason",
        )
        print_table(headings, table, empty="No file was found there.")
    if not all(outcome.status in {FileStatus.SCORED, FileStatus.PASSED_OVER} for outcome in outcomes):
        sys.exit(NOT_ALL_SCORED)


@site_options
def import_films(
    paths: PathsArgument,
    dataset: Annotated[Dataset, typer.Option("--dataset", help="Form of the data in the paths.")] = Dataset.AUTO,
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Folder of the films a table names.")
    ] = None,
    follow_links: LinksOption = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Store films, check and score them. Each film without a score is listed with its reason."""
    site = open_site(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERRORS, disable=as_json or not ERRORS.is_terminal) as progress:
        task = progress.add_task("Importing", total=None)
        report = run_import(
            paths,
            dataset=dataset,
            images=images,
            follow_links=follow_links,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
            site=site,
        )
    if as_json:
        print_json(report)
    else:
        say(
            f"Received {report.received}, accepted {report.accepted}, duplicates {report.duplicates}, "
            f"rejected {report.rejected}, set aside {report.quarantined}, failed {report.failed}, "
            f"scored {report.scored}, waiting {report.waiting}, left out {report.left_out}, in {report.seconds:.0f} s."
        )
        for note in report.notes:
            say(note)
        if report.reasons:
            table = [(reason.name, reason.outcome.value, reason.reason) for reason in report.reasons]
            print_table(("file", "outcome", "reason"), table, empty="")
    if any(reason.outcome not in SETTLED for reason in report.reasons):
        sys.exit(NOT_ALL_SCORED)
