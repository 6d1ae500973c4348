"""`evaluate external`: a scorer on films whose extent it never learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.counting import counted
from core.scoring.registry import DEFAULT_SCORER, scorer_version
from dashboard.cli.options import site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.errors import ConfigurationError
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.research.evaluation.external import ExternalValidation


@site_options(database=False)
def external(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and scores.csv.")],
    scores: Annotated[
        Path | None, typer.Option("--scores", metavar="FILE", help="Judge only the films that this table scores.")
    ] = None,
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="The scorer.")] = DEFAULT_SCORER,
    write: Annotated[bool, typer.Option("--write", help="Write the figures and their page to docs/evidence.")] = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Judge a scorer on films whose extent it never learned: by projection, position and source, ends, changes."""
    from core.evaluation.evidence import EVIDENCE
    from core.research.evaluation.comparison import as_document
    from core.research.evaluation.dataset import read_data_set, read_scores
    from core.research.evaluation.external import evaluate_external
    from core.research.evaluation.pages.external import kept_release, write_external

    if write and (scores is None or model != DEFAULT_SCORER):
        raise ConfigurationError(f"The page is that of {DEFAULT_SCORER} and of one table. Name it with --scores.")
    version, kept = scorer_version(model, weights_dir=settings.weights_dir), kept_release(EVIDENCE, model)
    if write and kept and kept != version.partition("+")[0]:
        raise ConfigurationError(
            f"docs/evidence/external.md is of {model} {kept}, which had not learned these scores; it stays. For "
            f"{model} {version.partition('+')[0]} use lungline evaluate bedside."
        )
    found = evaluate_external(
        read_data_set(data, more=True),
        model,
        weights_dir=settings.weights_dir,
        evidence=EVIDENCE,
        only=None if scores is None else read_scores(scores).keys(),
    )
    if write:
        try:
            write_external(found, EVIDENCE)
        except OSError as error:
            raise ConfigurationError(f"docs/evidence cannot be written ({error.strerror}).") from error
    print_json(as_document(found)) if as_json else _print(found)


def _print(found: ExternalValidation) -> None:
    from core.research.evaluation.pages.external import (
        AGREEMENT,
        CHANGES,
        OF_OPACITY,
        agreement_cells,
        change_cells,
        ends_in_words,
    )

    say(f"{found.scorer} {found.version}. Geographic extent, 0-8:")
    print_table(AGREEMENT, [agreement_cells(group) for group in found.extent], empty="")
    if found.opacity:
        say(OF_OPACITY)
        print_table(AGREEMENT, [agreement_cells(group) for group in found.opacity], empty="")
    if found.ends:
        say(ends_in_words(found.ends))
    say("Changes of geographic extent from one film of a patient to the next on a later day:")
    rows = [change_cells(group) for group in found.changes]
    print_table(CHANGES, rows, empty="Too few consecutive films of one patient with a day.")
    for reason, count in found.left_out.items():
        say(f"Not judged: {counted(count, 'film')}. {reason}")
    say(
        f"{found.n_out_of_fold} of the films count by a cross-validation that had not seen the patient. Intervals: "
        "95 %, by resampling patients; slope: of predicted on expert."
    )
