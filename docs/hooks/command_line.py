"""MkDocs hook: writes the help of every `lungline` command where the page of the command line asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from typer.main import get_command
from typer.testing import CliRunner

from dashboard.cli import app

PLACE = "<!-- every command -->"


def command_names() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something, groups left out."""
    stack = [((), get_command(app))]
    while stack:
        words, command = stack.pop()
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words
        else:
            stack += [((*words, name), inner[name]) for name in reversed(inner)]


def help_of(words: tuple[str, ...]) -> str:
    """Return what `lungline WORDS --help` prints, 100 characters wide."""
    answer = CliRunner().invoke(app, [*words, "--help"], prog_name="lungline", terminal_width=100)
    if answer.exit_code:
        raise RuntimeError(f"`lungline {' '.join(words)} --help` ended with {answer.exit_code}: {answer.output}")
    return answer.stdout.strip()


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return the page with the commands in their place."""
    if PLACE not in markdown:
        return markdown
    return markdown.replace(PLACE, "\n\n".join(map(_section, command_names())))


def _section(words: tuple[str, ...]) -> str:
    return f"## lungline {' '.join(words)}\n\n```text\n{help_of(words)}\n```"
