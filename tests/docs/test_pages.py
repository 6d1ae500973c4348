"""The documents as pages: built without a warning, complete, and loading nothing from elsewhere.

The build takes about 20 s, most of it the reference of the whole program; it is made once.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY
from documents import DOCS, command_line_hook, text_of

pytestmark = pytest.mark.slow
LOADED = re.compile(
    r"<(?:script|link|img|iframe|source|audio|video|embed|object|use)\b[^>]*\b(?:src|href|data)=[\"']?([^\"'\s>]+)"
)
ELSEWHERE = re.compile(r"(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built pages."""
    folder = tmp_path_factory.mktemp("docs")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(build, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_document_is_a_page_and_in_the_menu(site: Path) -> None:
    menu = text_of(REPOSITORY / "mkdocs.yml")
    pages = [page.relative_to(DOCS) for page in sorted(DOCS.rglob("*.md"))]
    assert [str(page) for page in pages if not (site / page.with_suffix(".html")).is_file()] == []
    assert [str(page) for page in pages if f"{page}\n" not in menu] == []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    loaded = {(page.name, address) for page in pages for address in LOADED.findall(text_of(page))}
    assert len(loaded) > len(pages)
    assert sorted(one for one in loaded if ELSEWHERE.match(one[1])) == []
    # The theme fetches a library for drawings of this kind.
    assert [page.name for page in pages if re.search(r"class=[\"']?mermaid", text_of(page))] == []
    styles = "".join(text_of(sheet) for sheet in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*|@import", styles) == []


def test_every_command_is_on_its_page(site: Path) -> None:
    page = text_of(site / "reference" / "command-line.html")
    assert [
        words for words in command_line_hook().command_names() if f"Usage: lungline {' '.join(words)}" not in page
    ] == []


def test_the_reference_holds_the_classes_of_the_glossary(site: Path) -> None:
    reference = "".join(text_of(page) for page in (site / "reference" / "python").glob("*.html"))
    assert all(f'id="{name}"' in reference for name in ("core.types.Score", "core.trend.Change", "db.models.Flag"))


def test_search_is_the_pages_own(site: Path) -> None:
    assert "recent level" in text_of(site / "search" / "search_index.json")
