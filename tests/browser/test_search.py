"""Finding a patient from any page in a real browser: by key, by bed, with names hidden."""

from __future__ import annotations

import re

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Watched, expect_accessible
from playwright.sync_api import Page, expect
from ward_site import WardSite

pytestmark = BROWSER_TEST


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site: two patients who are here, one who is not."""
    for name, bed in (("Lindqvist^Erik", "A-02"), ("Lindgren^Eva", "A-03")):
        empty_ward.film(empty_ward.admit(name, bed), 3, 2.0)
    empty_ward.patient("Lindauer^Ove", "88-2")
    return empty_ward


def found(page: Page) -> list[str]:
    return [str(one.inner_text()).split("\n")[0] for one in page.locator(".search [role=option]").all()]


@pytest.mark.usefixtures("ward")
def test_by_keys_from_the_flags_to_a_patient_without_a_stay(browser: Profile, served: str) -> None:
    watched = Watched(browser, served)
    page = watched.open("/flags")
    expect(page.get_by_role("button", name="Find a patient")).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Name, number or bed")
    expect(field).to_be_focused(timeout=WAIT_MS)
    page.keyboard.type("lind")
    expect(page.locator(".search [role=option]")).to_have_count(3, timeout=WAIT_MS)
    expect_accessible(page)
    # A slash in a field is a slash, and letters are no commands.
    page.keyboard.type("/")
    expect(field).to_have_value("lind/")
    expect(page.locator(".search .said")).to_contain_text("Nobody is found", timeout=WAIT_MS)
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("lindauer")
    expect(page.locator(".search [role=option]")).to_have_count(1, timeout=WAIT_MS)
    expect(page.locator(".search [role=option]")).to_contain_text("not admitted")
    page.keyboard.press("Enter")
    expect(page.locator("h1", has_text="Lindauer, Ove")).to_be_visible(timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"/patient\?id=3"))
    watched.assert_clean()


@pytest.mark.usefixtures("ward")
def test_hidden_names_are_neither_asked_for_nor_shown(browser: Profile, served: str) -> None:
    page = Watched(browser, served, width=390, height=844).open("/?names=hidden")
    page.get_by_role("button", name="Find a patient").click()
    expect(page.get_by_role("combobox", name="Number or bed")).to_be_focused(timeout=WAIT_MS)
    page.keyboard.type("a-02")
    expect(page.locator(".search [role=option]")).to_have_count(1, timeout=WAIT_MS)
    assert "Lindqvist" not in found(page)[0]
