"""Which row of a table holds its column names, what separates its cells, and what is wrong where none does."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice

SEPARATORS = (",", ";", "\t", "|")
HEADER_WITHIN = 10
"""Rows within which the column names are looked for: titles may stand above."""
WAY_OUT = "Save it as CSV in UTF-8 (in spreadsheets “CSV UTF-8”), then try again."
_LOOKED_THROUGH = 200
_NAMED = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_MARKS = {"'": "'", "`": "`'", "´": "´", "‘": "’", "‚": "‘’", "“": "”“", "„": "“”", "«": "»", "»": "«", '"': '"'}  # noqa: RUF001


def separator_of(text: str, columns: Sequence[str] = ()) -> str:
    """Return the separator with which a row near the top holds most of these columns, else the first row most cells."""
    head = next(_rows(text), (0, ""))[1]
    bare = "".join(part for place, part in enumerate(head.split('"')) if place % 2 == 0)
    rows = [row for _, row in islice(_rows(text), HEADER_WITHIN)] if columns else []
    return max(
        SEPARATORS,
        key=lambda one: (max((held(_cells(row, one), columns) for row in rows), default=0), bare.count(one)),
    )


def held(cells: Sequence[str], columns: Sequence[str]) -> int:
    """Return how many of these columns a row names, in small letters or capitals alike."""
    return len({name.lower() for name in columns} & {column_name(cell) for cell in cells})


def column_name(cell: str) -> str:
    """Return a column's name: small letters, without blanks and quotation marks around it."""
    return cell.strip('" ').lower()


def in_marks(cell: str) -> bool:
    """Return whether a cell stands in quotation marks that tables do not have."""
    return len(cell) > 1 and cell[-1] in _MARKS.get(cell[0], "")


def why_no_header(text: str, columns: Sequence[str], said: str) -> str:
    """Return what keeps the column names of a table from being read, with their line; "" where nothing is seen.

    Parameters
    ----------
    said : str
        The separator that a `sep=` line in front names, or "".
    """
    rows = list(islice(_rows(text), _LOOKED_THROUGH))
    headers = [
        (place, line, one)
        for place, (line, row) in enumerate(rows)
        for one in SEPARATORS
        if held(_cells(row, one), columns) == len(columns)
    ]
    if not headers:
        return next((f"line {line}: {why}" for line, row in rows if (why := _why_one_cell(row, columns))), "")
    place, line, separator = next((header for header in headers if header[2] == said), headers[0])
    if said and separator != said:
        return (
            f"line 1 says that {_NAMED[said]} separates the cells, but in line {line} {_NAMED[separator]} does. "
            "Delete line 1, or mend it."
        )
    return f"the column names stand in line {line} only. Delete the rows above it." if place >= HEADER_WITHIN else ""


def _why_one_cell(row: str, columns: Sequence[str]) -> str:
    """Return why a row that has the names of all columns in it does not have them as its cells."""
    places = [re.search(rf"(?<!\w){re.escape(name)}(?!\w)", row, re.IGNORECASE) for name in columns]
    around = [row[max(place.start() - 1, 0) : place.end() + 1] for place in places if place]
    if len(around) < len(columns):
        return ""
    if any(in_marks(one) and one[0] != '"' for one in around):
        return 'the cells stand in quotation marks of another kind. Tables have double quotation marks (") or none.'
    if row.count('"') == 2 and row.strip()[0] == row.strip()[-1] == '"':
        return f"the whole row stands in one pair of quotation marks. Remove them in every row. {WAY_OUT}"
    if held(_cells(row, " "), columns) == len(columns):
        return 'blanks separate the cells, as R\'s write.table writes them. Write it with commas (sep = ",").'
    return f"the cells are not separated by comma, semicolon, tab or bar. {WAY_OUT}"


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, with their numbers."""
    lines = enumerate(StringIO(text), 1)
    return ((number, line) for number, line in lines if line.strip(',;|" \t\n'))


def _cells(row: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([row], delimiter=separator, skipinitialspace=True), [])]
    except csv.Error:
        return []
