"""The commands that the documents show do what they say, in their order, on one site."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from conftest import REPOSITORY
from documents import DOCS, PAGES, README, named, said_commands, shell_lines, text_of
from lungline_command import Lungline, write_films

RUN = (README, DOCS / "installing" / "index.md", DOCS / "installing" / "backup.md")
"""Pages whose commands are run; of the others it is tested that there are such commands."""


def test_they_run_in_order(lungline: Lungline, tmp_path: Path) -> None:
    films = write_films(tmp_path / "films")
    places = {
        "film.dcm": str(next(films.iterdir())),
        "/path/to/films": str(films),
        "4711.pdf": str(tmp_path / "4711.pdf"),
        "/mnt/backup/2026-03-01": str(tmp_path / "backup"),
    }
    elsewhere = ["--data-dir", str(tmp_path / "new"), "--database", f"sqlite:///{tmp_path / 'new' / 'site.db'}"]
    ran = []
    for command in [line for page in RUN for line in shell_lines(page) if line.startswith("lungline ")]:
        words = [places.get(word, word) for word in shlex.split(command)[1:]]
        if words in ran:
            continue  # the site has it already, as a reader who follows both pages would
        ran.append(words)
        extra = elsewhere if words[:2] == ["backup", "restore"] else []
        # What runs until it is ended only shows its help here; the browser tests run it.
        answer = lungline(*words, "--help") if words[0] == "serve" else lungline(*words, *extra)
        assert answer.code == 0, (command, answer.err)
    assert [words[0] for words in ran] == [
        *("import", "stay", "report", "serve", "doctor", "score", "trend"),
        *("backup", "backup", "backup"),
    ]


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", text_of(REPOSITORY / "Makefile"), re.MULTILINE))
    said = {(named(page), words[0]) for page in PAGES for words in said_commands(page, "make")}
    assert {("README.md", name) for name in ("setup", "demo", "check", "test", "docs", "help")} <= said
    assert sorted((page, target) for page, target in said if target not in targets) == []


def test_the_test_targets_are_in_contributing() -> None:
    tests = re.findall(r"^(test[a-z-]*|check|fuzz|docs):.*## ", text_of(REPOSITORY / "Makefile"), re.MULTILINE)
    said = {words[0] for words in said_commands(REPOSITORY / "CONTRIBUTING.md", "make")}
    assert set(tests) - said == set()
