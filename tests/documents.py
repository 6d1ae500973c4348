"""The documents as tests read them."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
README = REPOSITORY / "README.md"
PAGES = (README, REPOSITORY / "CONTRIBUTING.md", REPOSITORY / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose_of(path: Path) -> str:
    """Return a page without its code, in which nothing is a link."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text_of(path), flags=re.DOTALL)


def shell_lines(path: Path) -> list[str]:
    """Return the commands of a page's shell blocks, comments left out."""
    blocks = re.findall(r"```sh\n(.*?)```", text_of(path), re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def said_commands(path: Path, program: str) -> Iterator[list[str]]:
    """Yield the words after `program` of every command that a page names, in blocks and in sentences."""
    inline = re.findall(rf"`({program} [^`]+)`", re.sub(r"\s+", " ", text_of(path)))
    for command in [*shell_lines(path), *inline]:
        words = shlex.split(command)
        if words[0] == program:
            yield words[1:]


def rows_of(path: Path) -> list[list[str]]:
    """Return the cells of every table row of a page, heads and rules included."""
    lines = [line for line in text_of(path).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@cache
def command_line_hook() -> ModuleType:
    """Return the hook that writes the page of the command line."""
    spec = importlib.util.spec_from_file_location("command_line", DOCS / "hooks" / "command_line.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
