"""`evaluate bedside`: the embedded scorer out of fold, by how films were taken."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.scoring.registry import DEFAULT_SCORER, load_scorer, scorer_version
from dashboard.cli.options import site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.errors import ConfigurationError
from dashboard.settings import Settings


@site_options(database=False)
def bedside(
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv, scores.csv and the folder more.")
    ],
    write: Annotated[bool, typer.Option("--write", help="Write the figures and their page to docs/evidence.")] = False,
    redraw: Annotated[
        bool, typer.Option("--redraw", help="First draw the maps of the films with boxes anew, and keep their places.")
    ] = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Judge the embedded scorer out of fold: projections, changes, an earlier version, a second radiologist."""
    from core.evaluation.evidence import EVIDENCE
    from core.research.evaluation.bedside.misses import misses
    from core.research.evaluation.bedside.study import TRAINING, evaluate_bedside
    from core.research.evaluation.comparison import as_document
    from core.research.evaluation.dataset import read_data_set
    from core.research.evaluation.maps.boxes import PLACES, boxed_films, highest_places, write_places
    from core.research.evaluation.pages.bedside import as_kept, sections, write_bedside

    films, more = read_data_set(data, more=True), data / "more"
    try:
        if redraw:
            boxed, _left_out = boxed_films(more, films, EVIDENCE / TRAINING)
            scorer = load_scorer(DEFAULT_SCORER, weights_dir=settings.weights_dir)
            write_places(list(highest_places(boxed, scorer)), EVIDENCE / PLACES)
        version = scorer_version(DEFAULT_SCORER, weights_dir=settings.weights_dir)
        found = evaluate_bedside(films, version=version, more=more, evidence=EVIDENCE)
        if write:
            write_bedside(found, EVIDENCE)
    except OSError as error:
        raise ConfigurationError(f"docs/evidence cannot be written ({error.strerror}).") from error
    if as_json:
        print_json(as_document(found))
        return
    found = as_kept(found)
    say(f"embedded {found.version}, by networks that had not seen the patient. What it still does badly:")
    for miss in misses(found):
        say(f"- {miss}")
    for title, words, headings, rows in sections(found):
        say(f"\n{title}. {' '.join(words.split())}")
        print_table(headings, rows, empty="")
