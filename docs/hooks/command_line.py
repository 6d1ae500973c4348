"""MkDocs hook: writes the help of every `lungline` command where the page of the command line asks for it."""

from __future__ import annotations

from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from typing import Any

from typer.main import get_command

from dashboard.cli import app

PLACE = "<!-- every command -->"


@cache
def _program() -> Any:  # noqa: ANN401 - Typer's own class, which it does not export
    return get_command(app)


@cache
def command_names() -> tuple[tuple[str, ...], ...]:
    """Return the words of every command that does something, groups left out."""
    found, stack = [], [((), _program())]
    while stack:
        words, command = stack.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            found.append(words)
        else:
            stack += [((*words, name), inner[name]) for name in reversed(inner)]
    return tuple(found)


@cache
def help_of(words: tuple[str, ...]) -> str:
    """Return what `lungline WORDS --help` prints, 100 characters wide."""
    said = StringIO()
    with redirect_stdout(said):
        _program().main([*words, "--help"], prog_name="lungline", standalone_mode=False, terminal_width=100)
    return said.getvalue().strip()


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return the page with the commands in their place."""
    if PLACE not in markdown:
        return markdown
    return markdown.replace(PLACE, "\n\n".join(map(_section, command_names())))


def _section(words: tuple[str, ...]) -> str:
    return f"## lungline {' '.join(words)}\n\n```text\n{help_of(words)}\n```"
