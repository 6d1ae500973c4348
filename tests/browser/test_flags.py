"""Deciding about flags in a real browser: the popover, the form, the list that follows, on a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, expect_fits, wait_for_page
from playwright.sync_api import expect
from ward_site import WardSite

from dashboard.services.flags.work_list import work_list
from db.models import FlagState

pytestmark = BROWSER_TEST


INK = {"light": "rgb(22, 36, 44)", "dark": "rgb(228, 236, 240)"}


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with one flag, of a patient with a hostile name."""
    patient_id = empty_ward.admit("<b>N</b>" + "N" * 200, "A-01", number="11-1")
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        empty_ward.film(patient_id, hours_ago, level)
    return empty_ward


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_flag_is_acknowledged_and_found_again(
    browser: Profile, ward: WardSite, served: str, tmp_path: Path, theme: Theme
) -> None:
    width = 390 if theme == "light" else 1280
    (entry,) = work_list(site=ward.site)
    flag_id = entry.row.flag.flag_id
    # So low that what is to be decided does not fit without scrolling.
    page = browser.new_page(width=width, height=640, theme=theme)
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
    # Without a name nothing is done, and the reason stands beside the button, in sight.
    page.get_by_role("button", name="Acknowledge this flag").click()
    refused = page.get_by_role("alert").filter(has_text="Nothing was changed. Enter your name first")
    expect(refused).to_be_in_viewport(timeout=WAIT_MS)
    page.screenshot(path=tmp_path / f"refused-{theme}.png")
    reason.fill("bronchoscopy ordered")
    page.get_by_label("Your name").fill("Dr Ito")
    page.get_by_role("button", name="Acknowledge this flag").click()
    expect(page.get_by_text("No open flag.")).to_be_visible(timeout=WAIT_MS)
    (entry,) = work_list([FlagState.ACKNOWLEDGED], site=ward.site)
    assert (entry.history[-1].actor, entry.history[-1].reason) == ("Dr Ito", "bronchoscopy ordered")

    page.goto(f"{served}/flags?state=Acknowledged")
    more = page.get_by_text("Films (1) and history (2)")
    more.click(timeout=WAIT_MS)
    expect(page.locator(".records", has_text="bronchoscopy ordered")).to_be_visible(timeout=WAIT_MS)
    expect_fits(page)
    assert page.locator(".ll-text b").count() == 0
    assert complaints == []
