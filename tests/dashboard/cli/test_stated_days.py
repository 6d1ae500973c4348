"""Times of which the day alone is known: on the command line no clock time, and no date that nobody stated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from film_factory import chest_values, png_bytes
from lungline_command import Lungline


def imported(lungline: Lungline, folder: Path, column: str, *days: str) -> None:
    """Import one patient's pictures, each brighter than the one before, by a manifest."""
    folder.mkdir()
    lines = [f"path,patient_id,{column},view"]
    for number, day in enumerate(days):
        values = (chest_values(192, 160, seed=number) * (0.5 + 0.15 * number)).astype("uint8")
        (folder / f"{number}.png").write_bytes(png_bytes(values))
        lines.append(f"{number}.png,4711,{day},AP Supine")
    (folder / "films.csv").write_text("\n".join(lines), encoding="utf-8")
    answer = lungline("import", folder / "films.csv", "--dataset", "manifest")
    assert answer.code == 0, answer.err


def every(name: str, document: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Return all values under a name, at any depth."""
    if isinstance(document, list):
        return [found for item in document for found in every(name, item)]
    if not isinstance(document, dict):
        return []
    own = [document[name]] if name in document else []
    return own + [found for item in document.values() for found in every(name, item)]


@pytest.mark.parametrize(
    ("column", "days", "said"),
    [
        ("day", ("2", "10"), ("day 2", "day 10")),
        ("acquired_at", ("2026-03-02", "2026-03-10"), ("2026-03-02", "2026-03-10")),
    ],
)
def test_a_day_is_said_as_a_day(
    lungline: Lungline, tmp_path: Path, column: str, days: tuple[str, ...], said: tuple[str, ...]
) -> None:
    imported(lungline, tmp_path / "films", column, *days)
    out = lungline("trend", "4711").out
    assert all(f"{one}  " in out for one in said)
    assert "12:00" not in out
    assert ("times are days from an arbitrary day 0" in out) == (column == "day")
    document = lungline("trend", "4711", "--json").document
    assert tuple(film["acquired_at"] for film in document["films"]) == said
    assert set(every("acquired_at", document)) == set(said)
    assert document["stale"] == (column != "day")


def test_the_board_knows_no_age_of_a_film_whose_day_is_relative(lungline: Lungline, tmp_path: Path) -> None:
    imported(lungline, tmp_path / "films", "day", "2", "10")
    lungline("stay", "admit", "4711", "--unit", "ICU A", "--bed", "1", "--at", "2000-01-01T00:00")
    (row,) = lungline("ward", "--json").document["rows"]
    assert [point["at"] for point in row["series"]] == ["day 2", "day 10"]
    assert (row["hours_since_last_film"], row["stale"]) == (None, False)
    line = next(line for line in lungline("ward").out.splitlines() if "4711" in line)
    assert line.rstrip().endswith("day 10")
    (found,) = lungline("patient", "find", "4711", "--json").document
    assert found["stay"]["admitted_at"].startswith("day ")


def test_a_day_in_digits_alone_is_a_day_for_tables_and_corrections(lungline: Lungline, tmp_path: Path) -> None:
    imported(lungline, tmp_path / "films", "acquired_at", "20260302", "2026-03-04T06:10")
    done = lungline("film", "time", 2, "--at", "20260303", "--reason", "only the day is known")
    assert done.code == 0, done.err
    films = lungline("trend", "4711", "--json").document["films"]
    assert [film["acquired_at"] for film in films] == ["2026-03-02", "2026-03-03"]
    refused = lungline("film", "time", 2, "--at", "2026-W10", "--reason", "typed")
    assert (refused.code, "Time '2026-W10' is not understood" in refused.err) == (2, True)
