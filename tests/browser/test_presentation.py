"""Presentation mode in a real browser: on, to a patient and back, in a new tab, after a reload, and off again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, expect_accessible, expect_fits, wait_for_page
from playwright.sync_api import Page, expect
from ward_site import WardSite

pytestmark = BROWSER_TEST
SECRETS = ("okafor", "adaeze", "7712345")


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with one patient who has a rise."""
    patient_id = empty_ward.admit("Okafor^Adaeze", "A-01", number="7712345")
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        empty_ward.film(patient_id, hours_ago, level)
    return empty_ward


def expect_no_name(page: Page) -> None:
    """Expect that nothing of the patient stands on the page, in what is seen and in what is not."""
    expect(page.locator(".ll-band")).to_contain_text("Presentation: names are hidden.", timeout=WAIT_MS)
    shown = (
        page.locator("body")
        .evaluate(
            """body => {
          const all = (node) => [...node.querySelectorAll("*")].map((one) =>
            [...one.attributes].map((a) => a.value).join(" ") +
            (one.shadowRoot ? one.shadowRoot.textContent + all(one.shadowRoot) : ""))
          return body.innerText + all(body).join(" ")
        }"""
        )
        .lower()
    )
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1280)])
def test_names_stay_hidden_wherever_one_goes(
    browser: Profile, served: str, tmp_path: Path, theme: Theme, width: int
) -> None:
    complaints: list[str] = []
    page = browser.new_page(width=width, theme=theme)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(served)
    wait_for_page(page)
    expect(page.locator(".board td.who a")).to_have_text("Okafor, Adaeze", timeout=WAIT_MS)
    page.get_by_role("button", name="Hide names").click()
    expect(page.locator(".board td.who a")).to_have_text("Patient #1", timeout=WAIT_MS)
    expect_no_name(page)
    expect(page).to_have_url(re.compile("names=hidden"), timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"presented-ward-{theme}.png")

    page.locator(".board td.who a").click()
    expect(page.locator("h1", has_text="Patient #1")).to_be_visible(timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"/patient\?id=1&names=hidden"), timeout=WAIT_MS)
    expect(page.get_by_text("The report needs names, and they are hidden")).to_be_visible(timeout=WAIT_MS)
    expect_no_name(page)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"presented-patient-{theme}.png")
    page.reload()
    expect(page.locator("h1", has_text="Patient #1")).to_be_visible(timeout=WAIT_MS)
    expect_no_name(page)

    page.go_back()
    expect(page.locator(".board td.who a")).to_have_text("Patient #1", timeout=WAIT_MS)
    new_tab = browser.new_page()
    new_tab.goto(served + str(page.locator(".board td.who a").get_attribute("href")))
    expect(new_tab.locator("h1", has_text="Patient #1")).to_be_visible(timeout=WAIT_MS)

    page.get_by_role("button", name="Show names").click()
    expect(page.locator(".board td.who a")).to_have_text("Okafor, Adaeze", timeout=WAIT_MS)
    assert "names=" not in page.url
    assert complaints == []


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_head_of_a_page_is_one_line_and_says_the_open_flags(
    browser: Profile, served: str, tmp_path: Path, theme: Theme
) -> None:
    page = browser.new_page(width=1280, theme=theme)
    page.goto(served)
    wait_for_page(page)
    switch = page.get_by_role("button", name="Hide names")
    expect(switch).to_be_visible(timeout=WAIT_MS)
    page.screenshot(path=tmp_path / f"head-{theme}-1280.png", clip={"x": 0, "y": 0, "width": 1280, "height": 400})
    notice, place = page.locator(".ll-notice").bounding_box(), switch.bounding_box()
    assert notice is not None
    assert place is not None
    assert notice["y"] - place["height"] < place["y"] < notice["y"] + notice["height"]
    assert said_before(page) == "none"

    page.set_viewport_size({"width": 390, "height": 800})
    expect_fits(page)
    page.screenshot(path=tmp_path / f"head-{theme}-390.png")
    assert said_before(page) == '"1 open flag"'


def said_before(page: Page) -> str:
    """Return what stands before the words of the notice."""
    return str(page.locator(".ll-notice").evaluate("one => getComputedStyle(one, '::before').content"))
