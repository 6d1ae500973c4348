"""Deciding about flags in a real browser: the popover, the form, the list that follows, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_browser import CHROMIUM, WAIT_MS, chromium, free_port, running, wait_for_page
from playwright.sync_api import Browser, expect
from ward_site import WardSite, open_ward_site

from core.scoring import registry
from dashboard.services.flag_list import work_list
from db.models import FlagState

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package chromium"),
]


INK = {"light": "rgb(22, 36, 44)", "dark": "rgb(228, 236, 240)"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WardSite:
    """Return a site with one flag, of a patient with a hostile name."""
    monkeypatch.setattr(registry, "_PACKAGES", dict(registry._PACKAGES))
    site = open_ward_site(tmp_path / "site")
    patient_id = site.admit("<b>N</b>" + "N" * 200, "A-01", number="11-1")
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        site.film(patient_id, hours_ago, level)
    return site


@pytest.fixture
def served(ward: WardSite, tmp_path: Path) -> Iterator[str]:
    """Return the address of a dashboard on that site."""
    port = free_port()
    environment = {**ward.settings.as_environment(), "LUNGLINE_PORT": str(port)}
    with running(["-m", "dashboard.server"], port=port, environment=environment, log=tmp_path / "log") as started:
        yield started.address


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_flag_is_acknowledged_and_found_again(
    browser: Browser, ward: WardSite, served: str, tmp_path: Path, theme: str
) -> None:
    width = 390 if theme == "light" else 1280
    (entry,) = work_list(ward.engine, now=ward.now)
    flag_id = entry.row.flag.flag_id
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=theme)  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{served}/flags")
    wait_for_page(page)
    page.get_by_role("button", name=f"Decide on flag {flag_id}").click(timeout=WAIT_MS)
    reason = page.get_by_label("What is known, or done about it")
    expect(reason).to_be_visible(timeout=WAIT_MS)
    page.screenshot(path=tmp_path / f"decide-{theme}.png")
    chosen = page.locator('button[data-variant="segmented_control"][aria-checked="true"] p').first
    assert chosen.evaluate("p => getComputedStyle(p).color") == INK[theme]
    reason.fill("bronchoscopy ordered")
    page.get_by_label("Your name").fill("Dr Ito")
    page.get_by_role("button", name="Acknowledge this flag").click()
    expect(page.get_by_text("No open flag.")).to_be_visible(timeout=WAIT_MS)
    (entry,) = work_list(ward.engine, [FlagState.ACKNOWLEDGED], now=ward.now)
    assert (entry.history[-1].actor, entry.history[-1].reason) == ("Dr Ito", "bronchoscopy ordered")

    page.goto(f"{served}/flags?state=Acknowledged")
    more = page.get_by_text("Films (1) and history (2)")
    more.click(timeout=WAIT_MS)
    expect(page.locator(".records", has_text="bronchoscopy ordered")).to_be_visible(timeout=WAIT_MS)
    sizes = page.locator('[data-testid="stMain"]').evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert sizes[0] <= sizes[1]
    assert page.locator(".ll-text b").count() == 0
    assert complaints == []
