"""A browser, a site and its dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_browser import Profile, Running, chromium_of
from forked_dashboards import ForkedDashboards, forked_dashboards
from ward_site import WardSite, open_ward_site


@pytest.fixture(scope="session")
def _profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chromium")


@pytest.fixture(scope="module")
def _chromium(_profile: Path) -> Iterator[Profile]:
    # Not for longer: it keeps an event loop, beside which no other test could run one.
    with chromium_of(_profile) as started:
        yield started


@pytest.fixture
def browser(_chromium: Profile) -> Iterator[Profile]:
    """Return the system's Chromium; the pages of the test are closed after it, and what they stored is removed."""
    (blank,) = _chromium.context.pages
    yield _chromium
    # A page left open asks again and again for a dashboard that is gone.
    session = _chromium.context.new_cdp_session(blank)
    for page in _chromium.context.pages:
        if page != blank:
            if page.url.startswith("http"):
                origin = page.evaluate("window.origin")
                session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
            page.close()
    session.detach()


@pytest.fixture
def empty_ward(tmp_path: Path) -> WardSite:
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
