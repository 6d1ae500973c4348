"""Writes what an evidence command found: JSON, and a page made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from core.research.evaluation.comparison import as_document


def write_json(found: object, path: Path) -> None:
    """Write a study as JSON.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    document = json.dumps(as_document(found), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(document + "\n", encoding="utf-8")


def write_page(found: object, kept: Path, page: Path, page_of: Callable[[Path], str]) -> tuple[Path, Path]:
    """Write a study as JSON to `kept` and, from that, its page; return both.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    write_json(found, kept)
    page.write_text(page_of(kept), encoding="utf-8")
    return kept, page
