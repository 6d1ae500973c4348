"""Figures from what a scorer's card holds; experts' values are not part of the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.evaluation.figures.intervals import IntervalRow, Reference, interval_figure
from core.evaluation.figures.style import LIGHT, Colours
from core.evaluation.figures.values import EvidenceFigure
from core.types import ChangeNoise, Measure, ScorerCard

SCALES = {
    "geographic_extent": "Geographic extent (0-8)",
    "opacity": "Opacity (0-6)",
    "opacity_0_8": "Opacity as other experts score it (0-8)",
    "brixia_senior": "Brixia score (0-18), senior reader",
}
_BY_PATIENT = "The mark is the figure, the bar its 95 % interval by resampling patients."
_QUARTERS = "The mark is the median; the bar reaches from the first to the third quarter of the films."


def error_figures(card: ScorerCard, *, colours: Colours = LIGHT) -> tuple[EvidenceFigure, ...]:
    """Return error and mean difference by subgroup, coverage of intervals, films without finding; what there is."""
    found = [
        *_by_subgroup(card.evidence, colours),
        *_coverage(card.evidence, colours),
        *_without_finding(card.evidence, colours),
    ]
    return tuple(found)


def noise_figures(card: ScorerCard, *, colours: Colours = LIGHT) -> tuple[EvidenceFigure, ...]:
    """Return the SD of a change's error by class of pair, one figure for each measure that was measured."""
    return tuple(
        interval_figure(
            _noise_rows(card, measure),
            name=f"noise-{measure.value}",
            title=f"{measure.label} (0-{measure.maximum:g}): error of a change",
            axis="SD of the error, points",
            note="The mark is the SD, the bar its 95 % interval by resampling patients.",
            colours=colours,
        )
        for measure in Measure
        if measure in card.noise
    )


def _noise_rows(card: ScorerCard, measure: Measure) -> list[IntervalRow]:
    rows = [_noise_row("all films taken alike", card.noise[measure])]
    if measure in card.mixed_noise:
        rows.append(_noise_row("films taken differently", card.mixed_noise[measure]))
    classes = card.class_noise.get(measure, {})
    return [*rows, *(_noise_row(f"films {pair_class.label}", noise) for pair_class, noise in classes.items())]


def _noise_row(label: str, noise: ChangeNoise) -> IntervalRow:
    return IntervalRow(f"{label} (n = {noise.n_pairs} pairs)", noise.sd, noise.sd_low, noise.sd_high)


def _by_subgroup(evidence: Mapping[str, Any], colours: Colours) -> Iterator[EvidenceFigure]:
    for scale, title in SCALES.items():
        subgroups = evidence.get(f"{scale}_by_subgroup", {})
        overall = evidence.get("agreement", {}).get(scale)
        if not subgroups or overall is None:
            continue
        groups = {"all films": overall, **subgroups}
        yield interval_figure(
            [_row(name, one["mae"], one["n_films"]) for name, one in groups.items()],
            name=f"{scale}-error",
            title=f"{title}: mean absolute error against the experts",
            axis="mean absolute error, points",
            reference=Reference(overall["mae_constant"], "error of always saying one value"),
            note=_BY_PATIENT,
            colours=colours,
        )
        yield interval_figure(
            [_row(name, one["bias"], one["n_films"]) for name, one in groups.items()],
            name=f"{scale}-difference",
            title=f"{title}: mean of predicted minus expert",
            axis="mean difference, points",
            form="+.2f",
            reference=Reference(0.0, "no difference"),
            note=_BY_PATIENT,
            colours=colours,
        )


def _coverage(evidence: Mapping[str, Any], colours: Colours) -> Iterator[EvidenceFigure]:
    """Yield one figure for each scale whose card tells the coverage by group of films."""
    interval = evidence.get("interval", {})
    for scale, groups in interval.get("coverage_leaving_each_patient_out", {}).items():
        if not isinstance(groups, Mapping):
            continue
        rows = [_row(name, one["share"], one["n_films"]) for name, one in groups.items()]
        figure = interval_figure(
            rows,
            name=f"{scale}-coverage",
            title=f"{SCALES.get(scale, scale)}: how often the interval held the expert's value",
            axis="share of films",
            form=".0%",
            reference=Reference(interval["level"], "as promised"),
            note="Each film's interval is made from all other patients' errors; bars are 95 % Wilson intervals.",
            colours=colours,
        )
        figure.figure.update_xaxes(tickformat=".0%")
        yield figure


def _without_finding(evidence: Mapping[str, Any], colours: Colours) -> Iterator[EvidenceFigure]:
    sources = {
        name: one
        for name, one in evidence.get("films_without_finding", {}).items()
        if isinstance(one, Mapping) and "geographic_extent_quartiles" in one
    }
    if sources:
        yield interval_figure(
            [_quarters(name, one["geographic_extent_quartiles"], one["n_films"]) for name, one in sources.items()],
            name="films-without-finding",
            title="Films without finding: geographic extent (0-8)",
            axis="geographic extent, points",
            reference=Reference(0.0, "a healthy chest"),
            note=f"{_QUARTERS} {evidence['films_without_finding'].get('note', '')}",
            colours=colours,
        )


def _row(name: str, estimate: Sequence[float], n_films: int) -> IntervalRow:
    value, low, high = estimate
    return IntervalRow(f"{name} (n = {n_films})", value, low, high)


def _quarters(name: str, quartiles: Sequence[float], n_films: int) -> IntervalRow:
    low, median, high = quartiles
    return IntervalRow(f"{name} (n = {n_films})", median, low, high)
