"""One version everywhere, a changelog in its form, and hooks that fetch nothing."""

from __future__ import annotations

import re
import tomllib
from datetime import date

import yaml
from conftest import REPOSITORY
from documents import text_of

CHANGELOG = text_of(REPOSITORY / "CHANGELOG.md")
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads(text_of(REPOSITORY / "pyproject.toml"))["project"]["version"]
    citation = yaml.safe_load(text_of(REPOSITORY / "CITATION.cff"))
    newest, day = re.findall(r"^## \[([\d.]+)\] - (\S+)$", CHANGELOG, re.MULTILINE)[0]
    assert {version, citation["version"], newest} == {version}
    assert date.fromisoformat(day) == citation["date-released"]


def test_the_changelog_keeps_its_form() -> None:
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= set(KINDS)
    heads = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert [
        head for head in heads if not re.fullmatch(r"\[(Unreleased|\d+\.\d+\.\d+)\]( - \d{4}-\d\d-\d\d)?", head)
    ] == []


def test_hooks_are_the_repositorys_own() -> None:
    repos = yaml.safe_load(text_of(REPOSITORY / ".pre-commit-config.yaml"))["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]
    assert {repo["repo"] for repo in repos} == {"local"}
    assert {hook["entry"].split()[0] for hook in hooks} == {".venv/bin/ruff", ".venv/bin/mypy"}
    assert {hook["language"] for hook in hooks} == {"system"}
