"""Verdicts counted against the changes that experts saw: pairs, several films, films taken differently."""

from __future__ import annotations

from core.evaluation.evidence.expert_flags import FlagStudy, Looks, Sustained, SustainedCounts, TierCounts, Tiers
from dashboard.components.evidence.showing import draw_table
from dashboard.components.page.text import plain


def draw_expert_verdicts(study: FlagStudy) -> None:
    """Draw what verdicts found of the experts' changes of geographic extent; what has too few films is left out."""
    if study.tiers is not None:
        _draw_tiers(study.tiers)
    if study.sustained is not None:
        _draw_sustained(study.sustained)
    if study.looks is not None:
        plain(_looks_text(study.looks))


def _draw_tiers(tiers: Tiers) -> None:
    plain(
        f"Films against their recent level, {tiers.n_patients} patients, means over the partitions; the noise is "
        "measured without the patient. Named: a rise or drop, large or not, in the direction of the experts' change."
    )
    used, folds = tiers.as_used, tiers.in_folds
    point = f"real from {tiers.point.p_rise:g}, large from {tiers.point.p_large:g}"
    columns = ("Rule", "Rises of 2 or more: named (large)", "Drops: named (large)", "Stable: named (large)")
    rows = [(point, *_tier_cells(used)), ("chosen on the patients of the other folds", *_tier_cells(folds))]
    draw_table("Verdicts against experts", columns, rows, key="verdicts-against-experts")


def _tier_cells(counts: TierCounts) -> tuple[str, str, str]:
    return (
        f"{counts.rises_caught:.1f} ({counts.rises_large:.1f}) of {counts.n_rises:.1f}",
        f"{counts.drops_caught:.1f} ({counts.drops_large:.1f}) of {counts.n_drops:.1f}",
        f"{counts.stable_named:.1f} ({counts.stable_large:.1f}) of {counts.n_stable:.1f}",
    )


def _draw_sustained(found: Sustained) -> None:
    columns = (
        "Over several films",
        "Of 2 or more",
        "Named",
        "By the level alone",
        "Stable: named",
        "By the level alone",
    )
    rows = [_sustained_cells("Rises", found.rises), _sustained_cells("Falls", found.falls)]
    draw_table("Changes over several films", columns, rows, key="sustained-against-experts")
    plain(
        f"{found.n_patients} patients with three scored days or more. Of {found.n_rising:.0f} whose extent rose by 2 "
        f"points or more above its lowest, a flag of a rise stood at that film in {found.flagged_at_once:.1f}, at that "
        f"film or a later one in {found.flagged:.1f}."
    )


def _sustained_cells(name: str, counts: SustainedCounts) -> tuple[str, ...]:
    return (
        name,
        f"{counts.n:.1f}",
        f"{counts.named:.1f}",
        f"{counts.sustained:.1f}",
        f"{counts.stable_named:.1f} of {counts.n_stable:.1f}",
        f"{counts.stable_sustained:.1f}",
    )


def _looks_text(looks: Looks) -> str:
    return (
        f"Films taken differently, {looks.n_pairs} pairs of {looks.n_patients} patients: of {looks.n_real} changes of "
        f"2 points or more {looks.real_asked:.1f} asked for a look at the films, of {looks.n_stable} of less than 1 "
        f"point {looks.stable_asked:.1f}."
    )
