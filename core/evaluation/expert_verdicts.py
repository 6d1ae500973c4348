"""Verdicts counted against the changes that experts saw, in words and tables: for screen, command line and page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.evaluation.evidence.expert_flags import FlagStudy, Looks, Sustained, SustainedCounts, TierCounts, Tiers
from core.evaluation.proportion import wilson_interval


@dataclass(frozen=True)
class VerdictTable:
    """One count of verdicts.

    Attributes
    ----------
    key : str
        A word for it.
    title, said : str
        What it is, and how it was counted.
    columns, rows
        Texts; both empty where `said` is all.
    """

    key: str
    title: str
    said: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def verdict_tables(study: FlagStudy) -> Iterator[VerdictTable]:
    """Yield what verdicts found of the experts' changes of geographic extent; what has too few films is left out."""
    if study.tiers is not None:
        yield _of_tiers(study.tiers)
    if study.sustained is not None:
        yield _of_sustained(study.sustained)
    if study.looks is not None:
        yield _of_looks(study.looks)


def _of_tiers(tiers: Tiers) -> VerdictTable:
    chosen = ", ".join(sorted({f"{one.p_rise:g} and {one.p_large:g}" for one in tiers.points}))
    return VerdictTable(
        key="verdicts",
        title="Verdicts against experts",
        said=(
            f"Films taken alike against their recent level, {tiers.n_patients} patients, means over the partitions; "
            "the noise is measured without the patient. Named: a rise or drop, large or not, in the direction of the "
            "experts' change. In brackets at the end: 95 % Wilson interval of the share named, too narrow because "
            "films of one patient are alike."
        ),
        columns=(
            "Rule",
            "Rises of 2 or more: named (large)",
            "Drops of 2 or more: named (large)",
            "Less than 1: named (large)",
        ),
        rows=(
            (f"real from {tiers.point.p_rise:g}, large from {tiers.point.p_large:g}", *_shares(tiers.as_used)),
            (f"chosen on the patients of the other folds ({chosen})", *_shares(tiers.in_folds)),
        ),
    )


def _shares(counts: TierCounts) -> tuple[str, str, str]:
    return (
        _share(counts.rises_caught, counts.rises_large, counts.n_rises),
        _share(counts.drops_caught, counts.drops_large, counts.n_drops),
        _share(counts.stable_named, counts.stable_large, counts.n_stable),
    )


def _share(named: float, large: float, total: float) -> str:
    """Return for example "7.4 (6.2) of 17.0, 44% (22% to 69%)"."""
    share = min(named / total, 1.0) if total else 0.0
    low, high = wilson_interval(share, max(round(total), 1))
    return f"{named:.1f} ({large:.1f}) of {total:.1f}, {share:.0%} ({low:.0%} to {high:.0%})"


def _of_sustained(found: Sustained) -> VerdictTable:
    return VerdictTable(
        key="sustained",
        title="Changes over several films",
        said=(
            f"Changes over several films, {found.n_patients} patients with three scored days or more: films with two "
            "earlier days, by how far experts read them beyond their lowest (rises) or highest value (falls) of the "
            "earlier films. Named: rise or drop against the recent level; the level alone: a large change of the level "
            f"of the stay beside these. Of {found.n_rising:.0f} patients whose extent rose by 2 points or more above "
            f"its lowest, a flag of a rise stood at that film in {found.flagged_at_once:.1f}, at that film or a later "
            f"one in {found.flagged:.1f}."
        ),
        columns=(
            "Direction",
            "2 or more",
            "named",
            "by the level alone",
            "Less than 1",
            "named (less than 1)",
            "by the level alone (less than 1)",
        ),
        rows=(("Rises", *_counts(found.rises)), ("Falls", *_counts(found.falls))),
    )


def _counts(counts: SustainedCounts) -> tuple[str, ...]:
    of_real = (counts.n, counts.named, counts.sustained)
    of_stable = (counts.n_stable, counts.stable_named, counts.stable_sustained)
    return tuple(f"{count:.1f}" for count in (*of_real, *of_stable))


def _of_looks(looks: Looks) -> VerdictTable:
    return VerdictTable(
        key="looks",
        title="Films taken differently",
        said=(
            f"Films taken differently, {looks.n_pairs} pairs of {looks.n_patients} patients: of {looks.n_real} changes "
            f"of 2 points or more as experts read them {looks.real_asked:.1f} ask for a look at the films, in their "
            f"direction; of {looks.n_stable} of less than 1 point {looks.stable_asked:.1f}."
        ),
    )
