"""`external.md`: a scorer on films that never taught it a score, by the command that made the figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.research.evaluation.comparison import as_document
from core.research.evaluation.external import CALLED_SEVERE, CLEAR, SEVERE, ExternalValidation

PAGE = "external.md"

_AGREEMENT = ("films", "films / patients", "MAE", "of a constant", "bias", "r", "slope", "expert per point")
_CHANGES = ("films", "pairs / patients", "r", "expert per point", "SD of the rest")


def write_external(found: ExternalValidation, folder: Path) -> tuple[Path, Path]:
    """Write what `evaluate_external` found, as JSON and as a page.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    kept = folder / f"{found.scorer}-external.json"
    document: Any = as_document(found)
    kept.write_text(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    page = folder / PAGE
    page.write_text(external_page(document, kept.name), encoding="utf-8")
    return kept, page


def external_page(document: Mapping[str, Any], name: str) -> str:
    """Return the page of a document of that name."""
    scorer, ends = f"{document['scorer']} {document['version'].partition('+')[0]}", document["ends"]
    parts = [
        f"# {scorer} on films that never taught it a score",
        _INTRODUCTION.format(name=name, n_out_of_fold=document["n_out_of_fold"]),
        "## Geographic extent, 0-8",
        _table(_AGREEMENT, (_agreement(group) for group in document["extent"])),
        "## Opacity",
        "On the experts' scale of 0-8, which the scorer does not give, after a line that leaves out the patient.",
        _table(_AGREEMENT, (_agreement(group) for group in document["opacity"])),
        *(("## The ends of the scale", _ends(ends)) if ends else ()),
        "## Changes of geographic extent",
        _OF_CHANGES,
        _table(_CHANGES, (_change(group) for group in document["changes"])),
        *(f"Not judged: {count} films. {reason}" for reason, count in document["left_out"].items()),
    ]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """`lungline evaluate external --data DIR --scores DIR/more/scores.csv --write` writes
[{name}]({name}) and this page; nothing here is typed by hand. Experts scored these films after the scorer was trained.
{n_out_of_fold} of them taught it the Brixia score, and count by a cross-validation that had not seen the patient.
Intervals are 95 %, by resampling patients. Slope: of predicted on expert; expert per point: the other way round, 1
where a point of the score is a point of the experts."""

_OF_CHANGES = """From one film of a patient to the next on a later day. Expert per point: the experts' change for each
predicted point; the rest is what that line leaves, the experts' own error included."""


def _ends(ends: Mapping[str, Any]) -> str:
    return (
        f"{ends['n_severe']} films that experts score {SEVERE:g} or more: mean error {_shown(ends['severe_error'])}; "
        f"{_share(ends['severe_share'])} of them are read as {CALLED_SEVERE:g} or more. {ends['n_clear']} films of "
        f"{CLEAR:g} or less: mean score {_shown(ends['clear_score'])}."
    )


def _agreement(group: Mapping[str, Any]) -> tuple[str, ...]:
    found = group["agreement"]
    figures = (found["mae"], f"{found['mae_constant']:.2f}", found["bias"], found["r"], found["slope"])
    shown = (one if isinstance(one, str) else _shown(one) for one in figures)
    return (group["name"], f"{found['n_films']} / {found['n_patients']}", *shown, _shown(group["expert_slope"]))


def _change(group: Mapping[str, Any]) -> tuple[str, ...]:
    noise = group["noise"]
    sd = f"{noise['sd']:.2f} ({noise['sd_low']:.2f} to {noise['sd_high']:.2f})"
    pairs = f"{noise['n_pairs']} / {noise['n_patients']}"
    return (group["name"], pairs, _shown(group["r"]), f"{noise['slope']:.2f}", sd)


def _shown(estimate: list[float]) -> str:
    value, low, high = estimate
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def _share(estimate: list[float]) -> str:
    value, low, high = estimate
    return f"{value:.0%} ({low:.0%} to {high:.0%})"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    heading, *body = (f"| {' | '.join(cells)} |" for cells in (headings, *rows))
    return "\n".join((heading, f"|{'---|' * len(headings)}", *body))
