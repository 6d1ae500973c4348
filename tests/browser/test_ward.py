"""Choosing on the ward board in a real browser: by keyboard, back, refresh, live, in both themes and on a phone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, expect_accessible, expect_fits, wait_for_page
from playwright.sync_api import Page, WebSocketRoute, expect
from ward_site import WardSite

from dashboard.components.ward.board.signs import board_signs
from db.engine import transaction
from db.models import FilmState
from db.repositories import rounds

pytestmark = BROWSER_TEST


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site: a large rise in bed 10, two quiet ones, one stale, one of another unit without a film."""
    site = empty_ward
    for name, bed, films in (
        ("Rising^A", "10", ((26, 1.0), (2, 7.0))),
        ("Quiet^B", "2", ((27, 2.0), (3, 2.1))),
        ("Quiet^C", "7", ((28, 2.0), (4, 2.2))),
        ("Old^D", "9", ((90, 3.0), (70, 3.0))),
    ):
        patient_id = site.admit(name, bed)
        for hours_ago, level in films:
            site.film(patient_id, hours_ago, level)
    site.admit("New^E", "1", unit="ICU B")
    return site


def opened(browser: Profile, address: str, complaints: list[str], *, theme: Theme = "light", width: int = 1280) -> Page:
    page = browser.new_page(width=width, theme=theme)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    wait_for_page(page)
    expect(page.locator(".board tbody tr").first).to_be_visible(timeout=WAIT_MS)
    return page


def expect_beds(page: Page, *beds: str) -> None:
    """Expect these beds in this order."""
    expect(page.locator(".board td.bed > span:first-child")).to_have_text(list(beds), timeout=WAIT_MS)


@pytest.mark.usefixtures("ward")
def test_sorting_and_filtering_by_keyboard_then_back_and_refresh(browser: Profile, served: str) -> None:
    complaints: list[str] = []
    page = opened(browser, served, complaints)
    expect_beds(page, "10", "9", "7", "2", "1")
    sort = page.get_by_label("Sort by")
    page.get_by_label("Unit").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(sort).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect_beds(page, "2", "7", "9", "10", "1")
    expect(page).to_have_url(re.compile(r"sort=bed"), timeout=WAIT_MS)
    expect(page.locator("th[aria-sort]")).to_have_text("Bed")
    expect(sort).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    expect_beds(page, "9")
    expect(page).to_have_url(re.compile(r"verdict=not-up-to-date"), timeout=WAIT_MS)
    said = page.locator(".board .count")
    expect(said).to_have_text("1 patient shown, 4 hidden by your choice. ▲ Hidden with an open flag: ICU A 10.")

    page.reload()
    expect_beds(page, "9")
    expect(page.get_by_label("Verdict")).to_have_value("not-up-to-date")
    page.go_back()
    expect_beds(page, "2", "7", "9", "10", "1")
    expect(said).to_have_text("")
    page.go_back()
    expect_beds(page, "10", "9", "7", "2", "1")
    page.go_forward()
    expect_beds(page, "2", "7", "9", "10", "1")
    page.go_forward()
    expect_beds(page, "9")
    page.get_by_role("button", name="Show all patients").press("Enter")
    expect_beds(page, "2", "7", "9", "10", "1")
    expect(page.get_by_label("Unit")).to_be_focused()
    assert complaints == []


@pytest.mark.usefixtures("ward")
def test_a_choice_that_nobody_fits_says_what_to_do(browser: Profile, served: str) -> None:
    page = opened(browser, served, [])
    page.get_by_label("Verdict").select_option("large-drop")
    expect(page.locator(".board tbody tr")).to_have_count(0)
    expect(page.locator(".board .count")).to_contain_text(
        "No patient fits this choice. Show all, or change the choice."
    )
    page.get_by_role("button", name="Show all patients").click()
    expect(page.locator(".board tbody tr")).to_have_count(5)
    page.get_by_label("Unit").select_option("ICU B")
    expect_beds(page, "1")
    text = "Without a current verdict: 1 patient without any film on the trend."
    expect(page.locator(".board .off-trend")).to_have_text(text)


def test_what_one_has_not_seen_since_ones_own_round(browser: Profile, ward: WardSite, served: str) -> None:
    with transaction(ward.engine) as session:
        for stay_id in (1, 2, 4):
            rounds.add(stay_id, round_began_at=ward.now, actor="Dr Ito", now=ward.now, session=session)
    complaints: list[str] = []
    page = opened(browser, served, complaints)
    page.get_by_label("Unseen since my last round").check()
    expect(page.locator(".board .reviews")).to_have_text(re.compile("Enter your name"), timeout=WAIT_MS)
    expect(page.locator(".board tbody tr")).to_have_count(5)
    name = page.get_by_label("Your name")
    name.fill("dr ito")
    name.press("Enter")
    expect(page.locator(".board .reviews")).to_have_text(re.compile("Unseen by dr ito"), timeout=WAIT_MS)
    expect_beds(page, "7", "1")
    expect(page.locator(".board .unseen").first).to_have_text("unseen: never reviewed")
    expect(page).to_have_url(re.compile("reviewer=dr(\\+|%20)ito"), timeout=WAIT_MS)
    expect(page.locator(".board .count")).to_contain_text("▲ Hidden with an open flag: ICU A 10.")
    # While one looks on, a patient whom one has seen gets a film, and is unseen again.
    row = page.locator(".board a", has_text="Quiet, C")
    row.focus()
    ward.now += timedelta(minutes=1)
    ward.film(2, 0, 2.3)
    expect(page.locator(".board tbody tr", has_text="Quiet, B")).to_contain_text(
        "unseen: film, verdict", timeout=WAIT_MS
    )
    expect(row).to_be_focused()
    page.reload()
    expect(page.locator(".board .reviews")).to_have_text(re.compile("Unseen by dr ito"), timeout=WAIT_MS)
    assert complaints == []


def test_the_focus_goes_to_the_neighbour_of_a_row_that_leaves(browser: Profile, ward: WardSite, served: str) -> None:
    # The dashboard of these tests has no card of their scorer, so nothing is assessed.
    page = opened(browser, f"{served}/?verdict=not-assessed&sort=bed", [])
    expect_beds(page, "2", "7", "10")
    page.locator(".board a", has_text="Quiet, C").focus()
    ward.film(3, 0, state=FilmState.REJECTED, reason="The film is a lateral view.")
    expect_beds(page, "2", "10")
    expect(page.locator(".board a", has_text="Rising, A")).to_be_focused()


def test_a_long_board_shows_everybody_once_and_keeps_the_focus(browser: Profile, ward: WardSite, served: str) -> None:
    beds = [str(number) for number in range(1, 46)]
    ids = [ward.admit(f"Many^{bed}", bed, unit="ICU C") for bed in beds]
    for bed, patient_id in zip(beds, ids, strict=True):
        ward.film(patient_id, 30, int(bed) / 10)
    complaints: list[str] = []
    page = opened(browser, f"{served}/?unit=ICU+C", complaints)
    expect_beds(page, *reversed(beds))
    page.get_by_label("Sort by").select_option("bed")
    expect_beds(page, *beds)
    third = page.locator(f'.board a[data-patient="{ids[2]}"]')
    third.focus()
    ward.film(ids[2], 2, 7.0)
    ward.film(ids[44], 2, 7.5)
    for place, level in ((2, "7.0 of 8"), (44, "7.5 of 8")):
        expect(page.locator(".board tbody tr").nth(place).locator(".level")).to_have_text(level, timeout=WAIT_MS)
    expect_beds(page, *beds)
    expect(third).to_be_focused()
    assert complaints == []


def test_back_from_a_patient_finds_the_board_as_it_was(browser: Profile, ward: WardSite, served: str) -> None:
    beds = [str(number) for number in range(1, 46)]
    for bed in beds:
        ward.film(ward.admit(f"Many^{bed}", bed, unit="ICU C"), 30, int(bed) / 10)
    complaints: list[str] = []
    page = opened(browser, f"{served}/?sort=bed&unit=ICU+C", complaints)
    expect_beds(page, *beds)
    # Far from the end of the page, which is there only once all below the board is drawn.
    row = page.locator(".board tbody tr", has_text="Many, 31")
    row.scroll_into_view_if_needed()
    link, stood = row.locator("a"), row.evaluate("row => row.getBoundingClientRect().top")
    for way in (page.go_back, page.get_by_role("link", name="Ward board").click):
        link.press("Enter")
        expect(page.locator("h1", has_text="Many, 31")).to_be_visible(timeout=WAIT_MS)
        way()
        expect_beds(page, *beds)
        expect(link).to_be_focused(timeout=WAIT_MS)
        assert row.evaluate("row => row.getBoundingClientRect().top") == pytest.approx(stood, abs=2)
    # Another choice is another board: it begins on top.
    link.press("Enter")
    expect(page.locator("h1", has_text="Many, 31")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name="Ward", exact=True).click()
    expect(page.locator(".board tbody tr")).to_have_count(50, timeout=WAIT_MS)
    expect(link).not_to_be_focused()
    assert complaints == []


@pytest.mark.usefixtures("ward")
def test_a_patient_is_shown_although_the_first_message_was_lost(browser: Profile, served: str) -> None:
    # What the server is told while it draws may get lost; a click must not.
    page = browser.new_page()
    lost: list[bytes] = []
    losing = False

    def through(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if losing and not lost and isinstance(message, bytes) and b"patient" in message:
                lost.append(message)
            else:
                server.send(message)

        socket.on_message(pass_on)

    page.route_web_socket("**/_stcore/stream", through)
    page.goto(served)
    wait_for_page(page)
    losing = True
    page.locator(".board a", has_text="Rising, A").click()
    expect(page.locator("h1", has_text="Rising, A")).to_be_visible(timeout=WAIT_MS)
    assert len(lost) == 1
    page.go_back()
    expect(page.locator(".board a", has_text="Rising, A")).to_be_focused(timeout=WAIT_MS)


@pytest.mark.usefixtures("ward")
def test_charts_are_brought_while_the_board_is_looked_at(browser: Profile, served: str) -> None:
    complaints: list[str] = []
    page = opened(browser, served, complaints)
    loaded = "() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('PlotlyChart')).length"
    for _second in range(WAIT_MS // 1000):
        if page.evaluate(loaded):
            break
        page.wait_for_timeout(1000)
    assert (page.evaluate(loaded), complaints) == (1, [])


@pytest.mark.usefixtures("ward")
def test_change_since_another_reference_comes_with_the_address(browser: Profile, served: str) -> None:
    page = opened(browser, served, [])
    page.get_by_label("Change since").select_option("previous")
    row = page.locator(".board tbody tr", has_text="Rising, A")
    expect(row).to_contain_text("since previous film", timeout=WAIT_MS)
    expect(page).to_have_url(re.compile("since=previous"), timeout=WAIT_MS)


@pytest.mark.usefixtures("ward")
def test_on_a_telephone_the_choices_wait_behind_a_line_that_says_them(browser: Profile, served: str) -> None:
    page = opened(browser, f"{served}/?sort=bed", [], width=390)
    expect(page.locator(".board tbody tr").first).to_be_in_viewport()
    expect(page.get_by_label("Verdict")).to_be_hidden()
    line = page.locator(".board .choose summary")
    expect(line).to_have_text("Choose and sortAll units, All verdicts, by bed, since the recent level")
    line.press("Enter")
    page.get_by_label("Verdict").select_option("not-up-to-date")
    expect_beds(page, "9")
    expect(line).to_contain_text("All units, ! not up to date, by bed")
    line.press("Enter")
    expect(page.get_by_label("Verdict")).to_be_hidden()
    page.get_by_role("button", name="Show all patients").click()
    expect(line).to_be_focused()
    expect_fits(page)
    # On a wide screen, turned or enlarged, all stands open.
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_label("Verdict")).to_be_visible()
    expect(line).to_be_hidden()


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1280)])
def test_the_signs_are_explained_by_keyboard(browser: Profile, served: str, theme: Theme, width: int) -> None:
    page = opened(browser, served, [], theme=theme, width=width)
    line, words = page.locator(".board .signs summary"), page.locator(".board .signs dt")
    expect(words.first).to_be_hidden()
    line.press("Enter")
    expect(words.first).to_be_visible()
    expect(words).to_have_text([sign.sign for sign in board_signs()])
    expect_accessible(page)
    expect_fits(page)
    line.press("Enter")
    expect(words.first).to_be_hidden()
    expect(line).to_be_focused()


@pytest.mark.usefixtures("ward")
@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("light", 1280), ("dark", 390), ("dark", 1280)])
def test_the_board_is_accessible_and_fits(
    browser: Profile, served: str, tmp_path: Path, theme: Theme, width: int
) -> None:
    complaints: list[str] = []
    address = f"{served}/?verdict=not-assessed&unseen=true&reviewer=Dr+Ito&sort=size"
    page = opened(browser, address, complaints, theme=theme, width=width)
    expect(page.get_by_text("The order in the address (size) is not known")).to_be_visible(timeout=WAIT_MS)
    page.screenshot(path=tmp_path / f"ward-filtered-{theme}-{width}.png")
    expect_accessible(page)
    expect_fits(page)
    page.get_by_role("button", name="Show all patients").click()
    expect(page.locator(".board tbody tr")).to_have_count(5)
    page.screenshot(path=tmp_path / f"ward-{theme}-{width}.png", full_page=True)
    expect_accessible(page)
    expect_fits(page)
    assert complaints == []
