"""The README's figures are those of the evidence."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from documents import DOCS, README, rows_of, text_of

BEDSIDE = json.loads(text_of(DOCS / "evidence" / "embedded-bedside.json"))


def figures() -> list[list[str]]:
    rows = rows_of(README)
    start = next(place for place, cells in enumerate(rows) if cells == ["what", "measured on", "figure"])
    return rows[start + 2 : start + 7]


def named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["name"] == name)


def rounded(value: float) -> str:
    return str(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def spread(low: float, high: float) -> str:
    return f"({rounded(low)}-{rounded(high)})"


AP_EXTENT, PA_EXTENT = (named(BEDSIDE["extent"], view)["agreement"] for view in ("AP", "PA"))


@pytest.mark.parametrize(("place", "view", "found"), [(0, "AP", AP_EXTENT), (1, "PA", PA_EXTENT)])
def test_the_error_of_a_score(place: int, view: str, found: dict[str, Any]) -> None:
    value, low, high = found["mae"]
    _, films, figure = figures()[place]
    assert films == f"{found['n_films']} {view} films of {found['n_patients']} patients"
    assert figure == f"{rounded(value)} {spread(low, high)}; always the same answer: {rounded(found['mae_constant'])}"


def test_the_error_of_a_change_between_ap_films() -> None:
    change = next(one for one in BEDSIDE["changes"] if one["group"]["name"] == "AP-AP")
    noise, slope = change["group"]["noise"], change["slope"][0]
    _, pairs, figure = figures()[2]
    assert pairs == f"{noise['n_pairs']} pairs of AP films of {noise['n_patients']} patients"
    sds = f"{rounded(noise['sd'])} {spread(noise['sd_low'], noise['sd_high'])}"
    assert figure == f"{sds} points; an expert sees {slope:.2f} points for each point that the score moves"


def test_the_verdicts_against_experts() -> None:
    tiers = json.loads(text_of(DOCS / "evidence" / "trend-flags.json"))["tiers"]
    counts = tiers["as_used"]
    both = {name: counts[f"rises_{name}"] + counts[f"drops_{name}"] for name in ("caught", "large")}
    real = counts["n_rises"] + counts["n_drops"]
    _, films, figure = figures()[3]
    assert films == (
        f"{real:.1f} and {counts['n_stable']:.1f} films of {tiers['n_patients']} patients, means over 5 partitions"
    )
    assert figure == (
        f"{both['caught']:.1f} named in their direction, {both['large']:.1f} of them as large; of the others "
        f"{counts['stable_named']:.1f} named, {counts['stable_large']:.1f} as large"
    )


def test_the_flags_on_simulated_patients() -> None:
    simulated = json.loads(text_of(DOCS / "evidence" / "trend-simulation.json"))
    row = next(
        cells for cells in rows_of(DOCS / "evidence" / "trend.md") if cells[:2] == ["as measured", "measured-noise"]
    )
    _, patients, figure = figures()[4]
    assert patients == f"{simulated['patients']} simulated patients"
    assert figure.startswith(
        f"{row[2].replace(' to ', '-')}, while {row[3].replace('%', ' %')} of sudden true rises by 3 of 8"
    )
