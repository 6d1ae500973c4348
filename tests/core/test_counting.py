"""Counts and spans read well, also of one."""

from __future__ import annotations

import pytest

from core.counting import counted, days_text, span_text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (counted(0, "film"), "0 films"),
        (counted(1, "film"), "1 film"),
        (counted(2, "film"), "2 films"),
        (counted(1, "person", "people"), "1 person"),
        (counted(3, "person", "people"), "3 people"),
        (days_text(24), "1 day"),
        (days_text(120), "5 days"),
        (span_text(-1), "0 min"),
        (span_text(0.5), "30 min"),
        (span_text(71), "71 h"),
        (span_text(72), "3 days"),
    ],
)
def test_counts_and_spans_read_well(said: str, expected: str) -> None:
    assert said == expected
