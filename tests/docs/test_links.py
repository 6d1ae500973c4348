"""Every link between documents leads somewhere, to the heading too, and no address is a machine's or a registry's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import REPOSITORY
from documents import PAGES, named, prose_of, text_of

OWN_THEMES = ("only-light", "only-dark")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(page: Path) -> list[str]:
    return [link for link in LINK.findall(prose_of(page)) if "://" not in link]


def headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def leads_nowhere(page: Path, link: str) -> bool:
    place, _, heading = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.is_relative_to(REPOSITORY) or not target.exists():
        return True
    return bool(heading) and heading not in OWN_THEMES and heading not in headings(target)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in links(page) if leads_nowhere(page, link)] == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = REPOSITORY / "README.md"
    assert links(page)
    assert leads_nowhere(page, "docs/nowhere.md")
    assert leads_nowhere(page, "docs/glossary.md#no-such-word")
    assert leads_nowhere(page, str(tmp_path))
    assert not leads_nowhere(page, "docs/glossary.md#glossary")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_registry(page: Path) -> None:
    assert re.findall(r"(?i)\bpypi\b|index-url|files\.pythonhosted", text_of(page)) == []
