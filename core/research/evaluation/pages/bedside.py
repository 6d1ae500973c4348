"""`bedside.md`: the embedded scorer out of fold, misses first, and the words for what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from core.counting import counted
from core.research.evaluation.bedside.misses import misses
from core.research.evaluation.bedside.paired import PairedChanges, PairedErrors
from core.research.evaluation.bedside.study import BedsideStudy, ChangesOfGroup, EndsOfGroup
from core.research.evaluation.comparison import as_document
from core.research.evaluation.groups import CALLED_SEVERE, CLEAR, SEVERE, Group
from core.research.evaluation.maps.pointing import PointingFigures
from core.research.evaluation.pages.external import AGREEMENT, agreement_cells
from core.research.evaluation.pages.trend_sections import table
from core.research.evaluation.pages.writing import write_page
from core.research.evaluation.subgroups import Subgroup

PAGE, KEPT = "bedside.md", "embedded-bedside.json"

Rows = list[tuple[str, ...]]
_NAMES = {"unknown": "projection not stated", "opacity": "old, 0-6", "opacity_0_8": "new, 0-8"}

Section = tuple[str, str, tuple[str, ...], Rows]
"""Title, a sentence or two, headings, rows."""

_ERRORS = ("films", "films / patients", "MAE", "MAE of {other}", "difference")
_FOLLOWED = ("pairs", "pairs / patients", "r", "r of {other}", "difference")
_CHANGES = ("pairs", "pairs / patients", "r", "experts per point", "SD of the rest", "SD of the experts' change")
_ENDS = (
    "films",
    f"experts {SEVERE:g} or more: films / patients",
    "mean error",
    f"read as {CALLED_SEVERE:g} or more",
    f"experts {CLEAR:g} or less: films / patients",
    "mean score",
)
_BOXES = ("films", "films / patients", "inside a box", "chance", "above chance")
_SUBGROUPS = ("films", "films / patients", "MAE", "of a constant", "bias")


def write_bedside(found: BedsideStudy, folder: Path) -> tuple[Path, Path]:
    """Write what was found as JSON and, from that, as a page.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    return write_page(found, folder / KEPT, folder / PAGE, bedside_page)


def bedside_page(kept: Path) -> str:
    """Return the page of what `write_bedside` kept."""
    found = TypeAdapter(BedsideStudy).validate_json(kept.read_bytes())
    parts = [
        f"# embedded {found.version.partition('+')[0]} on bedside films",
        _INTRODUCTION.format(name=kept.name, partitions=found.n_partitions),
        "## What it still does badly",
        "\n".join(f"- {miss}" for miss in misses(found)),
    ]
    for title, words, headings, rows in sections(found):
        parts += [f"## {title}", words, _in_lines(table(headings, rows))]
    return "\n\n".join(parts) + "\n"


def as_kept(found: BedsideStudy) -> BedsideStudy:
    """Return the study as it is read back: what is printed and what is on the page are rounded once, alike."""
    return TypeAdapter(BedsideStudy).validate_python(as_document(found))


def sections(found: BedsideStudy) -> Iterator[Section]:
    """Yield the tables of the study that have rows."""
    earlier = found.earlier_version
    every: tuple[Section, ...] = (
        ("Geographic extent, 0-8", _OF_EXTENT, AGREEMENT, _agreement(found.extent)),
        (
            "The ends of the scale",
            "Mean error: score minus experts; below 0 the score is too low.",
            _ENDS,
            [_ends_cells(one) for one in found.ends],
        ),
        ("Changes of geographic extent", _OF_CHANGES, _CHANGES, [_change_cells(one) for one in found.changes]),
        (
            f"Against version {earlier}",
            _OF_EARLIER.format(earlier=earlier),
            _named(_ERRORS, earlier),
            [_paired_cells(one) for one in found.against_earlier],
        ),
        (
            f"Changes, against version {earlier}",
            "On the same pairs of films. Above 0 this version follows the experts more closely.",
            _named(_FOLLOWED, earlier),
            [_paired_cells(one) for one in found.changes_against_earlier],
        ),
        (
            "Against a second radiologist",
            _OF_READER,
            _named(_ERRORS, "the radiologist"),
            [_paired_cells(one) for one in found.against_reader],
        ),
        (
            "Changes, against a second radiologist",
            "From the same lines, on the same pairs of films. Above 0 the scorer follows the experts more closely.",
            _named(_FOLLOWED, "the radiologist"),
            [_paired_cells(one) for one in found.changes_against_reader],
        ),
        ("Opacity", _OF_OPACITY, AGREEMENT, _agreement(found.opacity)),
        (
            "Brixia score, 0-18",
            "Against the senior reader.",
            AGREEMENT,
            _agreement(found.brixia),
        ),
        ("Where the map of opacity is highest", _of_boxes(found), _BOXES, [_box_cells(one) for one in found.boxes]),
        (
            "By sex and age",
            "Geographic extent; groups of ten films or more. Age in years.",
            _SUBGROUPS,
            [_subgroup_cells(one) for one in found.subgroups],
        ),
    )
    yield from (section for section in every if section[-1])


_INTRODUCTION = """`lungline evaluate bedside --data DIR --write` writes [{name}]({name}) and this page; nothing here is
typed by hand. Each film counts by networks that had not seen its patient, in {partitions} partitions of the patients;
figures are means over them. Other patients of the same sources taught these networks, so that a new hospital may see
larger errors. Intervals are 95 %, by resampling patients. New: films of the later table of
experts' scores, most of them AP; its source does not name the readers. Old: films of the first table, all PA."""

_OF_EXTENT = """MAE: mean absolute error. Of a constant: always the same answer. Slope: of predicted on expert; expert
per point: the other way round, 1 where a point of the score is a point of the experts."""

_OF_CHANGES = """From one film of a patient to the next on a later day. Taken alike: neither projection nor position is
stated to differ. Experts per point: the experts' change for each point that the score moves; the rest is what that line
leaves, the experts' own error included."""

_OF_EARLIER = """Geographic extent on films of which neither version had learned: what {earlier} says is by its own
cross-validation or, of patients of whom it had learned no score, by its weights. Below 0 this version errs less. The
networks of this version learned from the later table by other patients; those of {earlier} never saw it."""

_OF_READER = """What a second radiologist would say of extent: a line from the senior reader's Brixia score to the
experts' extent, fitted without the patient, apart for new and old films. The scorer's own values have had no such line.
Below 0 the scorer errs less."""

_OF_OPACITY = """0-6 for the old films. New films have experts' values on 0-8, which the scorer does not give: after a
line that leaves out the patient, bias and expert per point are 0 and 1 by construction."""


def _of_boxes(found: BedsideStudy) -> str:
    left_out = ", ".join(f"{counted(count, 'film')} {reason}" for reason, count in found.boxes_left_out.items())
    return (
        "By the weights, on films with a radiologist's box around opacity, of patients that taught the map nothing. "
        "Chance: the share of the lungs, as the scorer finds them, inside the boxes. A box is larger than the opacity "
        f"in it.{f' Left out: {left_out}.' if left_out else ''}"
    )


def _named(headings: Sequence[str], other: str) -> tuple[str, ...]:
    return tuple(heading.format(other=other) for heading in headings)


def _agreement(groups: Sequence[Group]) -> Rows:
    cells = (agreement_cells(group) for group in groups)
    return [(_NAMES.get(name, name), *figures) for name, *figures in cells]


def _paired_cells(one: PairedErrors | PairedChanges) -> tuple[str, ...]:
    if isinstance(one, PairedErrors):
        n, own, other = one.n_films, one.mae, one.mae_of_other
    else:
        n, own, other = one.n_pairs, one.r, one.r_of_other
    difference = one.difference.in_words("+.2f")
    return (one.name, f"{n} / {one.n_patients}", own.in_words(), other.in_words(), difference)


def _ends_cells(one: EndsOfGroup) -> tuple[str, ...]:
    ends = one.ends
    return (
        one.name,
        f"{ends.n_severe} / {one.n_severe_patients}",
        ends.severe_error.in_words(),
        ends.severe_share.in_words(".0%"),
        f"{ends.n_clear} / {one.n_clear_patients}",
        ends.clear_score.in_words(),
    )


def _change_cells(one: ChangesOfGroup) -> tuple[str, ...]:
    noise = one.group.noise
    sd = f"{noise.sd:.2f} ({noise.sd_low:.2f} to {noise.sd_high:.2f})"
    pairs = f"{noise.n_pairs} / {noise.n_patients}"
    of_experts = "" if noise.expert_sd is None else f"{noise.expert_sd:.2f}"
    return (one.group.name, pairs, one.group.r.in_words(), one.slope.in_words(), sd, of_experts)


def _box_cells(one: PointingFigures) -> tuple[str, ...]:
    shares = (one.on_opacity.in_words(".0%"), f"{one.chance:.0%}", one.above_chance.in_words(".0%"))
    return (one.films, f"{one.n_films} / {one.n_patients}", *shares)


def _subgroup_cells(one: Subgroup) -> tuple[str, ...]:
    found, patients = one.agreement, f"{one.n_films} / {one.n_patients}"
    if found is None:
        return (f"{one.by} {one.value}", patients, "", "", "")
    figures = (found.mae.in_words(), f"{found.mae_constant:.2f}", found.bias.in_words())
    return (f"{one.by} {one.value}", patients, *figures)


def _in_lines(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip()
