"""`external.md`: a scorer on films whose extent it had not learned, and the words for what was found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter

from core.research.evaluation.external import ExternalValidation
from core.research.evaluation.groups import CALLED_SEVERE, CLEAR, SEVERE, ChangeGroup, Ends, Group
from core.research.evaluation.pages.trend_sections import table
from core.research.evaluation.pages.writing import write_page

PAGE = "external.md"
AGREEMENT = ("films", "films / patients", "MAE", "of a constant", "bias", "r", "slope", "expert per point")
CHANGES = ("films", "pairs / patients", "r", "expert per point", "SD of the rest")


def write_external(found: ExternalValidation, folder: Path) -> tuple[Path, Path]:
    """Write what was found as JSON and, from that, as a page.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    return write_page(found, folder / f"{found.scorer}-external.json", folder / PAGE, external_page)


def kept_release(folder: Path, scorer: str) -> str:
    """Return the release of the scorer whose figures are kept, for example "0.3.0"; "" where none are."""
    kept = folder / f"{scorer}-external.json"
    return _release(json.loads(kept.read_bytes())["version"]) if kept.is_file() else ""


def external_page(kept: Path) -> str:
    """Return the page of what `write_external` kept."""
    found = TypeAdapter(ExternalValidation).validate_json(kept.read_bytes())
    parts = [
        f"# {found.scorer} {_release(found.version)} on films whose extent it never learned",
        _INTRODUCTION.format(name=kept.name, n_out_of_fold=found.n_out_of_fold),
        "## Geographic extent, 0-8",
        _in_lines(table(AGREEMENT, map(agreement_cells, found.extent))),
        "## Opacity",
        OF_OPACITY,
        _in_lines(table(AGREEMENT, map(agreement_cells, found.opacity))),
        *(("## The ends of the scale", ends_in_words(found.ends)) if found.ends else ()),
        "## Changes of geographic extent",
        OF_CHANGES,
        _in_lines(table(CHANGES, map(change_cells, found.changes))),
        *(f"Not judged: {count} films. {reason}" for reason, count in found.left_out.items()),
    ]
    return "\n\n".join(parts) + "\n"


def _release(version: str) -> str:
    return version.partition("+")[0]


def _in_lines(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip()


_INTRODUCTION = """`lungline evaluate external --data DIR --scores DIR/more/scores.csv --write` writes
[{name}]({name}) and this page; nothing here is typed by hand. The experts' scores came into the data after the scorer
was trained. {n_out_of_fold} of the films were in its cross-validation by another scale, and count by it, which had not
seen the patient. Intervals are 95 %, by resampling patients. Slope: of predicted on expert; expert per point: the other
way round, 1 where a point of the score is a point of the experts."""

OF_OPACITY = """On the experts' scale of 0-8, which the scorer does not give, after a line that leaves out the patient:
bias and expert per point are 0 and 1 by construction."""

OF_CHANGES = """From one film of a patient to the next on a later day. Expert per point: the experts' change for each
predicted point; the rest is what that line leaves, the experts' own error included."""


def agreement_cells(group: Group) -> tuple[str, ...]:
    """Return a row of a table under `AGREEMENT`."""
    found = group.agreement
    figures = (found.mae.in_words(), f"{found.mae_constant:.2f}", found.bias.in_words(), found.r.in_words())
    patients = f"{found.n_films} / {found.n_patients}"
    return (group.name, patients, *figures, found.slope.in_words(), group.expert_slope.in_words())


def change_cells(group: ChangeGroup) -> tuple[str, ...]:
    """Return a row of a table under `CHANGES`."""
    noise = group.noise
    sd = f"{noise.sd:.2f} ({noise.sd_low:.2f} to {noise.sd_high:.2f})"
    return (group.name, f"{noise.n_pairs} / {noise.n_patients}", group.r.in_words(), f"{noise.slope:.2f}", sd)


def ends_in_words(ends: Ends) -> str:
    """Return how both ends of the scale are read."""
    return (
        f"{ends.n_severe} films that experts score {SEVERE:g} or more: mean error {ends.severe_error.in_words()}; "
        f"{ends.severe_share.in_words('.0%')} of them are read as {CALLED_SEVERE:g} or more. {ends.n_clear} films of "
        f"{CLEAR:g} or less: mean score {ends.clear_score.in_words()}."
    )
