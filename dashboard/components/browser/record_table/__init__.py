"""A table of records to choose from: plain HTML, so that screen readers, phones and the keyboard cope with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from dashboard.components.browser import elements
from dashboard.components.page.download import draw_download

_HERE = Path(__file__).parent
_TABLE = st.components.v2.component(
    "lungline_record_table",
    html='<div class="records toned"><table><caption></caption><thead></thead><tbody></tbody></table></div>',
    css=elements.TONES + (_HERE / "table.css").read_text(encoding="utf-8"),
    js=elements.JS + (_HERE / "table.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Cell:
    """One cell: text with smaller lines below.

    Attributes
    ----------
    tone : str
        ``rise``, ``drop``, ``look``, ``quiet``, or "" for plain ink.
    """

    text: str
    small: tuple[str, ...] = ()
    tone: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Record:
    """One row; the first cell is a link to `href`, and choosing the row gives `record_id`.

    Attributes
    ----------
    picture : str
        Address of a small picture in the first cell, "" for none; what it shows stands in the cells.
    """

    record_id: str
    cells: tuple[Cell, ...]
    href: str = ""
    current: bool = False
    picture: str = ""


def record_table(
    caption: str, columns: Sequence[str], records: Sequence[Record], *, key: str, dark: bool, file: str = ""
) -> str | None:
    """Draw the table; return the id of the row chosen in this run, None where none was.

    Parameters
    ----------
    caption : str
        Says what the table holds, for those who cannot see it.
    file : str
        Under what name it can be saved, "" where it cannot.
    """
    data = {
        "caption": caption,
        "columns": list(columns),
        "rows": [asdict(record) for record in records],
        "dark": dark,
    }
    result = _TABLE(key=key, data=data, on_chosen_change=lambda: None)
    if file:
        cells = [["; ".join((cell.text, *cell.small)) for cell in record.cells] for record in records]
        draw_download(file, columns, cells, key=key)
    chosen = result.chosen
    return None if chosen is None else str(chosen)
