"""`trend.md`: the commands that made the evidence of the trend, and their figures, filled in from the JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.errors import DataSetInvalidError
from core.research.evaluation.pages.trend_sections import (
    Lines,
    burden_lines,
    flags_lines,
    outcomes_lines,
    simulation_lines,
)
from core.research.evaluation.pages.writing import write_json

PAGE = "trend.md"
SIMULATION = "trend-simulation.json"
FLAGS = "trend-flags.json"
BURDEN = "trend-burden.json"
OUTCOMES = "trend-outcomes.json"


def write_evidence(document: object, name: str, folder: Path) -> Path:
    """Write a document and bring `trend.md` beside it up to date.

    Returns
    -------
    Path
        Of the document.

    Raises
    ------
    OSError
        The folder cannot be written.
    DataSetInvalidError
        Another document in the folder is not of the form that this version writes.
    """
    path = folder / name
    write_json(document, path)
    (folder / PAGE).write_text(trend_page(folder), encoding="utf-8")
    return path


def trend_page(folder: Path) -> str:
    """Return the page from the documents that are in a folder.

    Raises
    ------
    DataSetInvalidError
        A document is not of the form that this version writes.
    """
    lines = [_INTRODUCTION]
    for name, (heading, command, body) in _SECTIONS.items():
        lines += ["", f"## {heading}", "", f"`{command}` writes [{name}]({name}).", ""]
        path = folder / name
        lines += _section(path, command, body) if path.is_file() else ["Not run yet."]
    return "\n".join(lines).rstrip() + "\n"


def _section(path: Path, command: str, body: Callable[[Mapping[str, Any]], Lines]) -> list[str]:
    try:
        return list(body(json.loads(path.read_text(encoding="utf-8"))))
    except (KeyError, TypeError, ValueError) as error:
        message = f"{path.name} is not as this version writes it ({error!r}). Run `{command}` again, or remove it."
        raise DataSetInvalidError(message) from error


_INTRODUCTION = """# Evidence of the trend

Each command computes its figures anew, writes them as JSON beside this page, and fills this page in; nothing here is
typed by hand. With `--figures DIR` it draws them as a page. Intervals are 95 %, by resampling patients, where nothing
else is said. `DIR` holds the public films' `films.csv`, `scores.csv` and `clinical.csv`."""

_SECTIONS: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any]], Lines]]] = MappingProxyType(
    {
        SIMULATION: ("Simulated patients", "lungline evaluate simulate", simulation_lines),
        FLAGS: ("Flags against experts", "lungline evaluate flags --data DIR", flags_lines),
        BURDEN: ("Alarm burden on Hannover's ICU stays", "lungline evaluate burden --data DIR", burden_lines),
        OUTCOMES: ("Course by 72 h and release", "lungline evaluate trajectory-outcomes --data DIR", outcomes_lines),
    }
)
