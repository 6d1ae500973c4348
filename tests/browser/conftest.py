"""A browser, a site and its dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_browser import Running, chromium
from forked_dashboards import ForkedDashboards, forked_dashboards
from playwright.sync_api import Browser
from ward_site import WardSite, open_ward_site


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Browser]:
    # Not for longer: it keeps an event loop, beside which no other test could run one.
    with chromium() as started:
        yield started


@pytest.fixture
def browser(_chromium: Browser) -> Iterator[Browser]:
    """Return the system's Chromium, without pages; those of the test are closed after it."""
    yield _chromium
    # A page left open asks again and again for a dashboard that is gone.
    for context in _chromium.contexts:
        context.close()


@pytest.fixture
def empty_ward(tmp_path: Path, own_scorers: None) -> WardSite:  # noqa: ARG001 - before a scorer is registered
    """Return an empty site."""
    return open_ward_site(tmp_path / "site")


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return the site that is served; a module of tests fills its own."""
    return empty_ward


@pytest.fixture(scope="session")
def dashboards() -> Iterator[ForkedDashboards]:
    """Return what starts dashboards; one per test process."""
    with forked_dashboards() as started:
        yield started


@pytest.fixture
def server(ward: WardSite, dashboards: ForkedDashboards, tmp_path: Path) -> Iterator[Running]:
    """Return a dashboard on the site, without a worker."""
    with dashboards.of(ward.settings, log=tmp_path / "log") as started:
        yield started


@pytest.fixture
def served(server: Running) -> str:
    """Return the dashboard's address."""
    return server.address
