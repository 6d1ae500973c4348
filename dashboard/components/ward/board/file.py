"""The ward board as a file."""

from __future__ import annotations

from dashboard.components.page.download import draw_download
from dashboard.services.ward.board import Board, BoardRow
from dashboard.wording.facts import shown_name
from dashboard.wording.palette import flag_text
from dashboard.wording.times import TimeScale

COLUMNS = (
    *("Unit", "Bed", "Patient", "Number", "Geographic extent (0-8)", "Interval from", "Interval to"),
    *("How it stands", "Change", "Open flags", "Last film"),
)


def draw_file(board: Board, scale: TimeScale) -> None:
    """Draw the button that saves the board."""
    rows = [_row(row, TimeScale(scale.zone, row.stay.relative_day_zero)) for row in board.rows]
    draw_download("ward", COLUMNS, rows, what="Every patient of the board, whatever it is filtered by.", key="ward")


def _row(row: BoardRow, own: TimeScale) -> tuple[object, ...]:
    stay, interval, last = row.stay, row.interval, row.series[-1] if row.series else None
    return (
        stay.unit,
        stay.bed,
        shown_name(stay.name),
        stay.identifier,
        _rounded(row.level),
        _rounded(interval.low if interval else None),
        _rounded(interval.high if interval else None),
        row.status,
        _rounded(row.change.change if row.change else None),
        ", ".join(flag_text(flag.kind) for flag in row.open_flags),
        own.text(last.at, last.time_precision) if last else "none on the trend",
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
