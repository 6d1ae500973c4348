"""The README's figures are those of the evidence."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from documents import DOCS, README, rows_of, text_of

EXTERNAL = json.loads(text_of(DOCS / "evidence" / "embedded-external.json"))
EVALUATION = json.loads(text_of(DOCS / "evidence" / "embedded-evaluation.json"))


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


PA_EXTENT, AP_EXTENT = EVALUATION["agreement"]["geographic_extent"], named(EXTERNAL["extent"], "AP")["agreement"]


@pytest.mark.parametrize(("place", "view", "found"), [(0, "PA", PA_EXTENT), (1, "AP", AP_EXTENT)])
def test_the_error_of_a_score(place: int, view: str, found: dict[str, Any]) -> None:
    value, low, high = found["mae"]
    _, films, figure = figures()[place]
    assert films == f"{found['n_films']} {view} films of {found['n_patients']} patients"
    assert figure == f"{rounded(value)} {spread(low, high)}; always the same answer: {rounded(found['mae_constant'])}"


PA_CHANGE, AP_CHANGE = EVALUATION["noise"]["geographic_extent"], named(EXTERNAL["changes"], "AP-AP")["noise"]


@pytest.mark.parametrize(("place", "view", "noise"), [(2, "PA", PA_CHANGE), (3, "AP", AP_CHANGE)])
def test_the_error_of_a_change(place: int, view: str, noise: dict[str, Any]) -> None:
    _, pairs, figure = figures()[place]
    assert pairs == f"{noise['n_pairs']} pairs of {view} films of {noise['n_patients']} patients"
    sds = f"{rounded(noise['sd'])} {spread(noise['sd_low'], noise['sd_high'])}"
    seen = "; an expert sees {} points for each point that the score moves" if view == "PA" else "; {} points for each"
    assert figure == f"{sds} points{seen.format(rounded(noise['slope']))}"


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
