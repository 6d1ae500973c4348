"""`evaluate`: the evidence commands; every accuracy figure of Lungline comes from one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.options import DataDirOption, JsonOption, settings_for
from dashboard.cli.output import print_json, print_table, say

app = typer.Typer(help="Evidence: accuracy, checks, parity, each figure recomputed.", no_args_is_help=True)

DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and scores.csv.")]


@app.command("parity", epilog="Example: lungline evaluate parity --data ../shared/data")
def parity(
    data: DataOption,
    films: Annotated[int, typer.Option("--films", help="How many films, besides the DICOM ones.")] = 60,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare txrv-cohen2020 with torchxrayvision plus the published formula, film by film."""
    from core.evaluation.parity import evaluate_parity

    settings = settings_for(None, data_dir)
    table = evaluate_parity(data, site_zone=settings.zone, weights_dir=settings.weights_dir, films=films)
    if as_json:
        print_json(table)
        return
    rows = [
        (row.film, f"{row.library_geographic_extent:.4f}", f"{row.geographic_extent:.4f}", f"{row.difference:.1e}")
        for row in table.rows
    ]
    print_table(("film", "library, geographic extent", "Lungline", "largest difference"), rows, empty="")
    weights = "random weights in the published format" if table.random_weights else "the published weights"
    say(
        f"{len(table.rows)} films, {weights}: largest difference {table.largest_difference:.1e} points, "
        f"SD of the scores {table.spread:.2f}, {table.films_at_an_end} at an end of the scale."
    )
    for reason in table.not_read:
        say(f"Not compared: {reason}")


@app.command("view", epilog="Example: lungline evaluate view --json")
def view(
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Needed to refit.")] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Cross-validate anew instead of counting again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Report how well laterals and inverted films are told apart, cross-validated by patient."""
    from core.evaluation.view import evaluate_view

    evidence = evaluate_view(data, refit=refit)
    if as_json:
        print_json(evidence)
        return
    frontal = evidence.frontal
    rows = [
        ("laterals refused", evidence.laterals_caught),
        ("frontals refused", frontal.refused),
        ("upright frontals turned round", frontal.wrongly_inverted),
        ("inverted frontals recognised", frontal.inverted_detected),
    ]
    print_table(
        ("", "films", "share", "95 % interval"),
        [
            (name, f"{one.count} of {one.n}", f"{one.count / one.n:.2%}", f"{one.low:.2%} to {one.high:.2%}")
            for name, one in rows
        ],
        empty="",
    )
    say(f"Cross-validated by patient; {evidence.rule}.")


@app.command("agreement", epilog="Example: lungline evaluate agreement --data ../shared/data --json")
def agreement(data: DataOption, as_json: JsonOption = False) -> None:
    """Compare the embedded scorer's out-of-fold predictions with the experts' scores."""
    from core.evaluation.embedded import evaluate_embedded
    from core.scoring.cards import evidence_lines

    figures = evaluate_embedded(data)
    if as_json:
        print_json(figures)
    else:
        for line in evidence_lines(figures.evidence):
            say(line)
