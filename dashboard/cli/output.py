"""What commands print: one JSON document, or tables and sentences for people."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.trend.types import Change
from core.types import TimePrecision
from dashboard.wording.times import TimeScale

FILE_WIDTH = 200
"""Columns of a table that goes into a file or another program."""

UNPRINTABLE = frozenset({"Cc", "Cs"})
"""Unicode categories of control characters and of halves of characters."""
TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text after them."""

STATED_TIMES = frozenset({"acquired_at", "at", "admitted_at", "discharged_at"})
"""Beside a `time_precision`, which says how much of them is known."""

ERRORS = Console(stderr=True, highlight=False)


def plain(value: object, scale: TimeScale | None = None) -> Any:  # noqa: ANN401 - JSON is of any type
    """Return `value` as JSON can hold it: dataclasses by field, enums by value, times in ISO 8601.

    Parameters
    ----------
    scale : TimeScale or None
        Of the patient it tells of: times of which the day alone is known are written as that day.
    """
    if is_dataclass(value) and not isinstance(value, type):
        known = {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, Change):
            del known["because"]
            known["reasons"] = value.reasons
        if scale is not None and "time_precision" in known:
            stated = {name: known[name] for name in STATED_TIMES & known.keys()}
            known |= {name: stated_time(at, known["time_precision"], scale) for name, at in stated.items()}
        return {name: plain(item, scale) for name, item in known.items()}
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum | Path):
        return value.value if isinstance(value, Enum) else str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item, scale) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, scale) for item in value]
    return value


def stated_time(at: datetime | None, precision: TimePrecision, scale: TimeScale) -> datetime | str | None:
    """Return a time as it is known: itself, "2026-11-20" where only the day is, or "day 10" from an arbitrary day 0."""
    if at is None or scale.relative:
        return None if at is None else scale.text(at, precision)
    return at.astimezone(scale.zone).date().isoformat() if precision is TimePrecision.DAY else at


def clock_text(at: datetime, precision: TimePrecision, scale: TimeScale) -> str:
    """Return a time for a table: "2026-11-20 14:05" by the site's clock, or what `stated_time` knows of it."""
    stated = stated_time(at, precision, scale)
    return f"{stated.astimezone(scale.zone):%Y-%m-%d %H:%M}" if isinstance(stated, datetime) else str(stated)


def print_json(document: object) -> None:
    """Print `document` as the one thing on standard output."""
    text = json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # JSON escapes control characters; a file name that is no UTF-8 would still be refused by the stream.
    sys.stdout.write(text.encode("utf-8", "replace").decode("utf-8"))


def printable(text: str) -> str:
    """Return text from outside without what a terminal would obey or cannot show: each such character as "�"."""
    return "".join("\ufffd" if _is_unprintable(one) else one for one in text)


def _is_unprintable(character: str) -> bool:
    return character != "\n" and (unicodedata.category(character) in UNPRINTABLE or character in TURNING)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows for people, or the sentence `empty`. Cells are text, never markup."""
    listed = [["" if cell is None else str(cell) for cell in row] for row in rows]
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    if not listed:
        console.print(Text(empty))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in listed:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def say(sentence: str) -> None:
    """Print a sentence for people on standard output, as text."""
    Console(highlight=False).print(Text(printable(sentence)), soft_wrap=True)


def warn(sentence: str) -> None:
    """Print a sentence on standard error, as text."""
    ERRORS.print(Text(printable(sentence)), soft_wrap=True)
