"""Nothing is left undocumented: commands, settings, screens, words; and no page names what is not there."""

from __future__ import annotations

import ast
import importlib
import re
from itertools import takewhile
from pathlib import Path

import pytest
from conftest import REPOSITORY
from documents import DOCS, PAGES, README, command_line_hook, named, prose_of, rows_of, said_commands, text_of

from core.trend.recent import recent_sides
from dashboard.settings import Settings
from dashboard.wording.trend import RECENT_LEVEL

GLOSSARY = DOCS / "glossary.md"
SHOWN = ("light", "dark")
# The past is told in the names of its day.
NOW = tuple(page for page in PAGES if page.name != "CHANGELOG.md")


def screens() -> list[tuple[str, str]]:
    """Return the view and the title of every page of the dashboard."""
    tree = ast.parse(text_of(REPOSITORY / "dashboard" / "app.py"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Page":
            title = next(ast.literal_eval(word.value) for word in node.keywords if word.arg == "title")
            found.append((re.findall(r"(\w+)\.py", ast.unparse(node.args[0]))[0], title))
    return found


def test_every_screen_has_a_page_with_its_pictures() -> None:
    assert len(screens()) > 10
    listed = text_of(DOCS / "clinicians" / "index.md")
    for view, title in screens():
        page = text_of(DOCS / "clinicians" / f"{view}.md")
        assert page.startswith(f"# {title}\n")
        assert f"[{title}]({view}.md)" in listed
        assert [theme for theme in SHOWN if f"../screenshots/{view}-{theme}.png#only-{theme})" not in page] == []


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = {cells[0].strip("`"): cells[1].strip('`"') for cells in rows_of(DOCS / "installing" / "settings.md")[2:]}
    fields = Settings.model_fields
    assert list(rows) == list(fields)
    plain = {name: str(field.default) for name, field in fields.items() if field.default_factory is None}
    assert {name: rows[name] for name in plain} == plain


def test_every_command_has_help_with_an_example() -> None:
    hook = command_line_hook()
    names = hook.command_names()
    assert len(names) > 50
    page = hook.on_page_markdown(text_of(DOCS / "reference" / "command-line.md"))
    sections = dict(zip(names, re.split(r"^## ", page, flags=re.MULTILINE)[1:], strict=True))
    for words, section in sections.items():
        assert section.startswith(f"lungline {' '.join(words)}\n")
        assert f"Example: lungline {' '.join(words)}" in re.sub(r"\s+", " ", section), words


@pytest.mark.parametrize("page", NOW, ids=named)
def test_every_command_named_exists_with_its_options(page: Path) -> None:
    hook = command_line_hook()
    names = set(hook.command_names())
    groups = {words[:1] for words in names if len(words) > 1}
    for words in said_commands(page, "lungline"):
        plain = tuple(takewhile(lambda word: re.fullmatch(r"[a-z][a-z-]*", word), words))[:2]
        command = next((plain[:size] for size in (2, 1) if plain[:size] in names), None)
        if command is None:
            # Such as `lungline evaluate …` for all of a group, or `lungline --help`.
            assert plain in groups, words
            continue
        options = {word for word in words if word.startswith("--")} - {"--help"}
        assert [option for option in options if option not in hook.help_of(command)] == [], words


def test_every_class_of_the_glossary_exists() -> None:
    rows = rows_of(GLOSSARY)[2:]
    assert {len(cells) for cells in rows} == {4}
    classes = [name for cells in rows for name in re.findall(r"`([\w.]+)`", cells[3])]
    assert len(classes) > 30
    for name in classes:
        module, _, attribute = name.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), attribute), type), name


def test_the_recent_level_is_defined_in_one_way_everywhere() -> None:
    of_a_film = RECENT_LEVEL.removeprefix("The recent level of a film is ")
    pages = [DOCS / "clinicians" / name for name in ("index.md", "ward.md")]
    pages.append(DOCS / "developers" / "decisions" / "0001-recent-level.md")
    texts = [*map(text_of, pages), recent_sides.__doc__ or ""]
    assert [RECENT_LEVEL in " ".join(text.split()) for text in texts] == [True] * 4
    assert f"| recent level | {of_a_film.replace('before it', 'before a film').rstrip('.')} |" in text_of(GLOSSARY)


@pytest.mark.parametrize("page", NOW, ids=named)
def test_every_place_in_the_repository_named_exists(page: Path) -> None:
    places = re.findall(r"`((?:core|db|dashboard|tests|docs)/[\w./-]*)`", text_of(page))
    assert [place for place in places if not (REPOSITORY / place).exists()] == []


def test_the_readme_is_for_a_newcomer() -> None:
    assert len(text_of(README).splitlines()) <= 100
    assert len(re.findall(r"!\[", prose_of(README))) == 2
