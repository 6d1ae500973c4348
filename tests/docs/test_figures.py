"""The README's figures are those of the evidence."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

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


def test_the_error_of_a_score() -> None:
    found: dict[str, Any] = EVALUATION["agreement"]["geographic_extent"]
    value, low, high = found["mae"]
    _, films, figure = figures()[0]
    assert films == f"{found['n_films']} PA films of {found['n_patients']} patients"
    assert figure == f"{rounded(value)} {spread(low, high)}; always the same answer: {rounded(found['mae_constant'])}"


def test_the_error_of_a_score_at_the_bedside() -> None:
    found = named(EXTERNAL["extent"], "AP")["agreement"]
    value, low, high = found["mae"]
    _, films, figure = figures()[1]
    assert films == f"{found['n_films']} AP films of {found['n_patients']} patients"
    assert figure == f"{rounded(value)} {spread(low, high)}; always the same answer: {rounded(found['mae_constant'])}"


def test_the_error_of_a_change_at_the_bedside() -> None:
    noise = named(EXTERNAL["changes"], "AP-AP")["noise"]
    _, pairs, figure = figures()[3]
    assert pairs == f"{noise['n_pairs']} pairs of AP films of {noise['n_patients']} patients"
    sds = f"{rounded(noise['sd'])} {spread(noise['sd_low'], noise['sd_high'])}"
    assert figure == f"{sds} points; {rounded(noise['slope'])} points for each"


def test_the_error_of_a_change() -> None:
    noise: dict[str, Any] = EVALUATION["noise"]["geographic_extent"]
    _, pairs, figure = figures()[2]
    assert pairs == f"{noise['n_pairs']} pairs of PA films of {noise['n_patients']} patients"
    sds = f"{rounded(noise['sd'])} {spread(noise['sd_low'], noise['sd_high'])}"
    slope = rounded(noise["slope"])
    assert figure == f"{sds} points; an expert sees {slope} points for each point that the score moves"


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
