"""The ward board at a desk, on a tablet, in a pocket, on paper, and the wall screen, in a real browser.

A ward of thirty costs three seconds to admit, and each size is a page of its own.
"""

from __future__ import annotations

import re

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, Watched, expect_accessible, expect_fits
from playwright.sync_api import Locator, Page, WebSocketRoute, expect
from ward_site import WardSite

from dashboard.services.units import saving as units
from dashboard.services.units.settings import unit_settings

pytestmark = BROWSER_TEST

N_BEDS = 30
RISING = 27
"""The bed with a large rise: on the second page of the wall."""
ROWS, TILES = ".board tbody tr", ".wall .bed-tile"
TOUCHED = 44


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site of thirty beds, one with a large rise."""
    for bed in range(1, N_BEDS + 1):
        patient_id = empty_ward.admit(f"Bed{bed}^Given", str(bed), unit="ICU A")
        for hours_ago, level in ((27, 2.0), (3, 7.0 if bed == RISING else 2.1)):
            empty_ward.film(patient_id, hours_ago, level)
    return empty_ward


def whole_in_sight(found: Locator, height: int) -> int:
    """Return how many of these stand in the window as a whole, without scrolling."""
    boxes = (found.nth(place).bounding_box() for place in range(found.count()))
    return sum(box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height for box in boxes)


def opened(browser: Profile, address: str, path: str, size: tuple[int, int], theme: Theme = "light") -> Watched:
    watched = Watched(browser, address, width=size[0], height=size[1], theme=theme)
    watched.open(path)
    return watched


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(("size", "beds"), [((1366, 768), 10), ((1920, 1080), 14), ((820, 1180), 8), ((390, 844), 4)])
def test_so_many_beds_are_seen_without_scrolling(
    browser: Profile, served: str, size: tuple[int, int], beds: int
) -> None:
    watched = opened(browser, served, "/", size)
    page = watched.page
    expect(page.locator(ROWS)).to_have_count(N_BEDS, timeout=WAIT_MS)
    assert whole_in_sight(page.locator(ROWS), size[1]) >= beds
    expect_fits(page)
    expect_accessible(page)
    if size[0] <= 820:
        small = _below_finger_size(page)
        assert not small, small


def _below_finger_size(page: Page) -> list[str]:
    found = []
    for one in page.locator(".board :is(select, summary, a.wall-link), [data-testid=stTopNavLink]").all():
        box = one.bounding_box()
        if box is not None and one.is_visible() and box["height"] < TOUCHED:
            found.append(f"{one.inner_text()[:30]}: {box['height']:.0f} px")
    return found


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_wall_shows_all_beds_in_letters_for_three_metres(browser: Profile, served: str, theme: Theme) -> None:
    watched = opened(browser, served, "/?unit=ICU+A", (1920, 1080), theme)
    page = watched.page
    page.get_by_role("link", name="Wall screen").click()
    expect(page.locator(TILES)).to_have_count(24, timeout=WAIT_MS)
    assert whole_in_sight(page.locator(TILES), 1080) == 24
    for part in (".bed", ".level", ".verdict"):
        pixels = page.locator(f"{TILES} {part}").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        assert pixels >= 28, part
    expect(page.locator(".wall .page")).to_have_text("page 1 of 2")
    # A large rise is named on every page.
    expect(page.locator(".wall .elsewhere")).to_have_text(f"▲ Large rise on another page: ICU A {RISING}")
    expect(page.locator(".wall .clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    expect(page.locator(".wall .age")).to_have_text(re.compile(r"^as of \d\d:\d\d:\d\d$"))
    expect(page.get_by_role("button")).to_have_count(0)
    expect_accessible(page)
    expect_fits(page)
    page.keyboard.press("Escape")
    expect(page.locator(ROWS)).to_have_count(N_BEDS, timeout=WAIT_MS)
    expect(page).to_have_url(f"{served}/?unit=ICU+A")
    watched.assert_clean()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_overdue_rise_is_read_on_the_wall(browser: Profile, ward: WardSite, served: str, theme: Theme) -> None:
    units.save("ICU A", unit_settings(overdue_after_minutes=0.001), actor="Dr A", reason="trial", site=ward.site)
    page = opened(browser, served, "/?wall=1", (1920, 1080), theme).page
    expect(page.locator(".wall .page")).to_have_text("page 2 of 2", timeout=WAIT_MS)
    tile = page.locator(".wall .bed-tile.overdue")
    expect(tile).to_contain_text("overdue")
    # The colours are turned round, and every word stands out from the ground.
    expect_accessible(page)
    ground = tile.evaluate("one => getComputedStyle(one).backgroundColor")
    for part in (".bed", ".verdict", ".flag", ".level"):
        assert tile.locator(part).evaluate("one => getComputedStyle(one).color") != ground


@pytest.mark.usefixtures("ward")
def test_a_wall_without_news_says_so_and_turns_its_pages(browser: Profile, served: str) -> None:
    page = browser.new_page(width=1920, height=1080)
    cut = False

    def through(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: None if cut else socket.send(message))

    page.route_web_socket("**/_stcore/stream", through)
    page.clock.install()
    page.goto(f"{served}/?wall=1")
    expect(page.locator(TILES)).to_have_count(24, timeout=WAIT_MS)
    expect(page.locator(".wall .old")).to_be_hidden()
    cut = True
    page.clock.run_for(16_000)
    expect(page.locator(".wall .page")).to_have_text("page 2 of 2")
    expect(page.locator(".wall .bed-tile.rise .bed")).to_have_text(str(RISING))
    page.clock.run_for(30_000)
    expect(page.locator(".wall .old")).to_have_text(re.compile(r"^No news for \d\d s: what is shown is of \d\d:\d\d"))


@pytest.mark.usefixtures("ward")
def test_the_last_film_is_seen_closer_by_mouse_and_keyboard(browser: Profile, served: str) -> None:
    page = opened(browser, served, "/?sort=bed", (1366, 768)).page
    row, glance = page.locator(ROWS).nth(2), page.locator(".board .glance")
    expect(glance).to_be_hidden()
    row.locator(".level-cell").hover()
    expect(glance).to_contain_text("3, Bed3, Given")
    expect(glance).to_contain_text("2.1 of 8")
    page.locator(".board caption").hover(force=True)
    page.mouse.move(2, 2)
    expect(glance).to_be_hidden()
    page.get_by_label("Sort by").focus()
    row.locator("a").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(glance).to_contain_text("3, Bed3")
    page.keyboard.press("Escape")
    expect(glance).to_be_hidden()


@pytest.mark.usefixtures("ward")
def test_thirty_beds_print_on_two_pages(browser: Profile, served: str) -> None:
    page = opened(browser, served, "/", (1366, 768)).page
    expect(page.locator(ROWS)).to_have_count(N_BEDS, timeout=WAIT_MS)
    printed = page.pdf(format="A4", landscape=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
