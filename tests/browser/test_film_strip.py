"""The film strip in a real browser: steps by arrow keys, two films to the comparison, and the chart's zoom."""

from __future__ import annotations

import re

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Watched, expect_accessible, expect_fits
from playwright.sync_api import Page, expect
from ward_site import WardSite

pytestmark = BROWSER_TEST

LEVELS = (1.0, 1.5, 2.0, 2.4, 6.0)
STEP_LEFT = """strip => {
  const left = new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true, composed: true })
  strip.querySelector(".film.chosen").dispatchEvent(left)
  return document.querySelector(".st-key-of-the-film").inert
}"""
"""Whether what stands for the film takes no press right after the key."""


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with one patient of five films, a day apart."""
    patient_id = empty_ward.admit("Rising^Rita", "7")
    for place, level in enumerate(LEVELS):
        empty_ward.film(patient_id, 24.0 * (len(LEVELS) - place), level)
    return empty_ward


def chosen(page: Page) -> str:
    return str(page.locator(".strip .film.chosen .score").inner_text())


@pytest.mark.usefixtures("ward")
def test_films_are_stepped_through_by_keys_and_two_are_compared(browser: Profile, served: str) -> None:
    watched = Watched(browser, served, width=1366, height=768)
    page = watched.open("/patient?id=1")
    expect(page.locator(".strip .film")).to_have_count(len(LEVELS), timeout=WAIT_MS)
    assert chosen(page) == "6.0"
    page.locator(".strip .film.chosen").focus()
    expect(page.locator(".st-key-of-the-film").get_by_text("Film taken")).to_be_visible(timeout=WAIT_MS)
    # At once, before the server is told: what it drew of the film before cannot be pressed for this one.
    assert page.locator(".strip").evaluate(STEP_LEFT)
    assert chosen(page) == "2.4"
    expect(page.locator(".shown .line").first).to_contain_text("geographic extent 2.4 of 8")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert chosen(page) == "1.5"
    expect(page).to_have_url(re.compile("film=2(&|$)"), timeout=WAIT_MS)
    expect(page.locator(".films .line").last).to_contain_text("geographic extent 1.5", timeout=WAIT_MS)
    assert chosen(page) == "1.5"
    expect(page.locator(".strip .film.chosen")).to_be_focused()
    expect(page.locator(".st-key-of-the-film[inert]")).to_have_count(0, timeout=WAIT_MS)
    page.keyboard.press("End")
    assert chosen(page) == "6.0"
    expect(page).to_have_url(re.compile("film=5(&|$)"), timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.locator(".strip .film").first.click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile(r"/compare\?id=1&film=5&with=1$"), timeout=WAIT_MS)
    page.go_back()
    expect(page.locator(".strip .film")).to_have_count(len(LEVELS), timeout=WAIT_MS)
    page.locator(".strip .film.chosen").focus()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".strip .said")).to_contain_text("Shift and Enter compares both")
    page.keyboard.press("Shift+Enter")
    expect(page).to_have_url(re.compile(r"/compare\?id=1&film=5&with=4$"), timeout=WAIT_MS)


@pytest.mark.usefixtures("ward")
def test_the_strip_follows_the_range_of_the_chart(browser: Profile, served: str) -> None:
    page = Watched(browser, served, width=1366, height=768).open("/patient?id=1&range=72h")
    expect(page.locator(".strip .film")).to_have_count(3, timeout=WAIT_MS)
    page.get_by_role("button", name="Whole course").click()
    expect(page.locator(".strip .film")).to_have_count(len(LEVELS), timeout=WAIT_MS)
    # By dragging, and by the button back again.
    chart = page.locator(".js-plotly-plot .nsewdrag").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + 60, steps=5)
    page.mouse.up()
    expect(page.locator(".strip .film")).to_have_count(2, timeout=WAIT_MS)
    # The page's own refreshes, every ten seconds, leave it.
    page.wait_for_timeout(12_000)
    expect(page.locator(".strip .film")).to_have_count(2)
    page.get_by_role("button", name="Whole course").click()
    expect(page.locator(".strip .film")).to_have_count(len(LEVELS), timeout=WAIT_MS)


def test_films_close_in_time_are_gone_through_by_pressing_their_picture(
    browser: Profile, served: str, empty_ward: WardSite
) -> None:
    patient_id = empty_ward.admit("Crowded^Carl", "8")
    for place in range(12):
        empty_ward.film(patient_id, 12.0 * (12 - place), 1.0 + place / 10)
    page = Watched(browser, served, width=390, height=844).open(f"/patient?id={patient_id}")
    group = page.locator(".strip .film", has=page.locator(".many")).first
    expect(group.locator(".many")).to_have_text("2", timeout=WAIT_MS)
    group.click()
    first = chosen(page)
    page.locator(".strip .film.chosen").click()
    second = chosen(page)
    assert second != first
    page.locator(".strip .film.chosen").click()
    assert chosen(page) == first
