"""Films are added by hand: seen first, given their patient and times once, followed, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, Watched, expect_accessible, expect_fits
from film_factory import chest_values, png_bytes
from playwright.sync_api import Page, expect
from ward_site import WardSite

from dashboard.services.worker.loop import run_worker
from db.engine import read_transaction
from db.models import Film

pytestmark = BROWSER_TEST
SHOTS: Path | None = None
"""Where pictures of the screen are put, for a person to look at."""


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with one patient, in a bed."""
    empty_ward.admit("Known^Kim", "A-07", number="55-5")
    return empty_ward


def choose_files(page: Page) -> None:
    good = [(f"film {number}.png", png_bytes(chest_values(512, 420, seed=number))) for number in (1, 2)]
    files = [*good, ("damaged.png", good[0][1][:-4000])]
    page.locator('input[type="file"]').set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
    )
    expect(page.locator(".ll-preview img")).to_have_count(2, timeout=WAIT_MS)


def choose_patient(page: Page) -> None:
    page.get_by_role("radio", name="A patient who is known here").click(timeout=WAIT_MS)
    search = page.get_by_label("Find the patient, by name or number")
    search.fill("kim", timeout=WAIT_MS)
    search.press("Enter")
    page.get_by_role("combobox", name="Patient").click(timeout=WAIT_MS)
    page.get_by_role("option").first.click(timeout=WAIT_MS)
    expect(page.locator(".ll-whose")).to_contain_text("Known, Kim", timeout=WAIT_MS)


def look(page: Page, name: str) -> None:
    if SHOTS is not None:
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def test_two_pictures_and_a_damaged_one_are_added_and_taken_back(browser: Profile, ward: WardSite, served: str) -> None:
    watched = Watched(browser, served)
    page = watched.open("/upload")
    choose_files(page)
    # Said before anything is stored.
    expect(page.get_by_text("It would be kept, but be on no trend.")).to_have_count(1)
    choose_patient(page)
    expect(page.locator(".ll-whose")).to_contain_text("55-5")
    expect(page.locator(".ll-whose")).to_contain_text("ICU A, bed A-07")
    expect(page.get_by_text("Will be filed under: Known, Kim · 55-5")).to_have_count(3)
    page.get_by_text("Several films in a row: order and times").click()
    page.get_by_role("spinbutton", name="year, First film taken: date").click()
    page.keyboard.type("20260105")
    clock = page.get_by_label("First film taken: time").first
    clock.click()
    page.keyboard.type("08:00")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Give these times").click()
    last = page.get_by_role("spinbutton", name="day, Film taken: date", exact=True).nth(2)
    expect(last).to_have_text("07", timeout=WAIT_MS)
    page.get_by_label("Your name", exact=True).fill("Dr Ito")
    look(page, "form")
    expect_accessible(page)
    page.get_by_role("button", name="Add 3 files").click(timeout=WAIT_MS)
    listed = page.locator(".records tbody tr")
    expect(listed).to_have_count(3, timeout=WAIT_MS)
    expect(listed.filter(has_text="film 1.png")).to_contain_text("stored", timeout=WAIT_MS)
    run_worker(once=True, site=ward.site)
    expect(listed.filter(has_text="damaged.png")).to_contain_text("not on the trend", timeout=WAIT_MS)
    look(page, "list")
    expect_accessible(page)
    page.get_by_role("button", name="Take back 3 films of Known, Kim (55-5)").click()
    expect(listed.filter(has_text="taken back")).to_have_count(3, timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    with read_transaction(ward.engine) as session:
        assert [session.get_one(Film, number).state.value for number in (1, 2, 3)] == ["retracted"] * 3
    look(page, "taken-back")
    watched.assert_clean()


@pytest.mark.parametrize(("theme", "width"), [("dark", 390), ("light", 820)])
def test_the_form_is_accessible_and_fits(
    browser: Profile, ward: WardSite, served: str, theme: Theme, width: int
) -> None:
    assert ward.settings.port
    watched = Watched(browser, served, width=width, height=1000, theme=theme)
    page = watched.open("/upload")
    choose_files(page)
    choose_patient(page)
    look(page, f"form-{theme}-{width}")
    expect_accessible(page)
    expect_fits(page)
    watched.assert_clean()
