"""Where the evidence commands of the trend write: JSON, figures, and the page that lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.evaluation.evidence import EVIDENCE
from core.quoting import quoted
from dashboard.cli.output import print_json, say
from dashboard.errors import ConfigurationError

if TYPE_CHECKING:
    from core.evaluation.figures import EvidenceFigure

OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder for the figures as JSON.", show_default="docs/evidence")
]
FiguresOption = Annotated[
    Path | None, typer.Option("--figures", metavar="DIR", help="Draw the figures as a page into this folder.")
]
DEFAULT_OUT = EVIDENCE


def publish(
    study: object,
    figures: Callable[[], Sequence[EvidenceFigure]],
    show: Callable[[], None],
    *,
    title: str,
    name: str | None,
    out: Path,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Keep what a command found, draw it where asked, and print it.

    Parameters
    ----------
    figures, show : callable
        Make the figures; print what was found for people.
    name : str or None
        Of the document in `out`; None keeps none.
    folder : Path or None
        For the figures; None draws none.

    Raises
    ------
    ConfigurationError
        A folder is not there or cannot be written.
    """
    from core.research.evaluation.comparison import as_document

    document = as_document(study)
    written = [keep(document, name, out)] if name else []
    if folder:
        written.append(draw(figures(), folder, title))
    if as_json:
        print_json(document)
        return
    show()
    if written:
        say(f"Written: {' and '.join(map(str, written))}.")


def keep(document: object, name: str, folder: Path) -> Path:
    """Write a document as `name` into a folder, and bring the folder's `trend.md` up to date; return the file.

    Raises
    ------
    ConfigurationError
        The folder is not there or cannot be written.
    """
    from core.research.evaluation.pages.trend import write_evidence

    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {quoted(folder)} for the evidence. Name one with --out.")
    try:
        return write_evidence(document, name, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def draw(figures: Sequence[EvidenceFigure], folder: Path, title: str) -> Path:
    """Draw figures as one page into a folder, which is made; return the page.

    Raises
    ------
    ConfigurationError
        The folder cannot be written.
    """
    from core.research.evaluation.pages.figures.page import write_figures

    try:
        return write_figures(figures, folder, title)[0]
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{quoted(folder)} cannot be written ({error.strerror}). Name another folder.")
