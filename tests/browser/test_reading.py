"""Reading in a real browser: five films blind by keyboard, with a refresh and the way back; themes, wall and phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, expect_accessible, expect_fits, wait_for_page
from playwright.sync_api import Page, expect
from ward_site import WardSite

from core.human_reading import LungScores
from dashboard.services.readers import draw as reading_draw
from dashboard.services.readers import sessions as reading
from db.read_models.readings import SessionReading

pytestmark = BROWSER_TEST
FILMS = 5
FIELDS = ("geographic_extent_right", "opacity_right", "geographic_extent_left", "opacity_left")


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with five films of as many patients, scored 1 to 5."""
    for number in range(1, FILMS + 1):
        empty_ward.film(empty_ward.admit(f"Secret{number}^X", str(number), number=f"N-{number}"), 2 * number, number)
    return empty_ward


def drawn(ward: WardSite, *, blind: bool = True, reader: str = "Dr Ito") -> int:
    return reading_draw.draw_up(
        title="Study", reader=reader, blind=blind, n_films=FILMS, seed=7, actor=reader, site=ward.site
    ).session_id


def stored(ward: WardSite, session_id: int = 1) -> dict[int, list[list[float] | str]]:
    """Return what was read, by place: the four scores lung by lung, or why there are none."""
    steps = reading.reading_list(session_id, site=ward.site).steps
    return {step.place: [_values(one) for one in step.film.readings] for step in steps if step.film.readings}


def _values(one: SessionReading) -> list[float] | str:
    return one.not_readable or [getattr(one, name) for name in FIELDS]


def opened(browser: Profile, address: str, *, theme: Theme, complaints: list[str], width: int = 1280) -> Page:
    page = browser.new_page(width=width, theme=theme)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    wait_for_page(page)
    return page


def expect_film(page: Page, place: int, *, session_id: int = 1) -> None:
    """Expect that this film is in sight and its pad waits for keys."""
    said = page.locator(".ll-text[role=status]", has_text=f"Film {place} of {FILMS} ·")
    expect(said).to_be_visible(timeout=WAIT_MS)
    pad = page.locator(f".st-key-reading-pad-{session_id}-{place} .pad")
    expect(pad).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".pad")).to_have_count(1, timeout=WAIT_MS)
    expect(page.locator(f".st-key-reading-film-{session_id}-{place} .film").first).to_have_attribute(
        "aria-busy", "false", timeout=WAIT_MS
    )
    expect(page.locator("body[data-films-shown]")).to_have_count(1, timeout=WAIT_MS)


def type_scores(page: Page, digits: str) -> None:
    for digit in digits:
        page.keyboard.press(digit)


def expect_said(page: Page, text: str) -> None:
    """Expect this text below the scores."""
    expect(page.locator(".pad [role=status]")).to_have_text(text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_five_films_blind_by_keyboard(
    browser: Profile, ward: WardSite, served: str, tmp_path: Path, theme: Theme
) -> None:
    complaints: list[str] = []
    page = opened(browser, f"{served}/reading", theme=theme, complaints=complaints)
    draw_up(page)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"reading-{theme}.png")
    read_the_first(page)
    assert stored(ward) == {1: [[3, 1, 1, 1]]}
    correct_the_second(page)
    assert stored(ward) == {1: [[3, 1, 1, 1]], 2: [[2, 2, 1, 1], [4, 2, 1, 1]]}
    read_the_others(page)
    assert stored(ward) == {
        1: [[3, 1, 1, 1]],
        2: [[2, 2, 1, 1], [4, 2, 1, 1]],
        3: [[1, 1, 1, 1]],
        4: ["blurred by motion"],
        5: [[0, 0, 0, 0]],
    }
    expect(page.get_by_text("What the model said stays hidden until then")).to_be_visible()
    expect(page.get_by_text("Agreement with the model")).to_have_count(0)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Finish “Blind study” with 5 of 5 films read?")).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    page.get_by_role("button", name="Finish and show the results").click()
    expect(page.get_by_role("heading", name="Agreement with the model")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("4 films of 4 patients. Left out: 1 not readable.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".js-plotly-plot")).to_have_count(2, timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"agreement-{theme}.png", full_page=True)
    assert complaints == []


def draw_up(page: Page) -> None:
    """Draw up the session; nothing on its first film says whose it is or how it was taken."""
    expect(page.get_by_text("There is no reading session yet.")).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("Title").fill("Blind study")
    page.get_by_label("Your name").fill("Dr Ito")
    expect_accessible(page)
    page.keyboard.press("Enter")
    expect_film(page, 1)
    for secret in ("Secret", "supine", "AP"):
        expect(page.get_by_text(secret)).to_have_count(0)


def read_the_first(page: Page) -> None:
    """Read a film with every slip of a hand; what is stored is what was said last."""
    type_scores(page, "32")
    page.keyboard.press("Enter")
    expect_said(page, "Not scored yet: left lung: extent, left lung: opacity.")
    page.keyboard.press("9")
    expect_said(page, "Left lung: extent runs from 0 to 4.")
    page.keyboard.press("Backspace")
    type_scores(page, "111")
    expect_said(page, "Extent 4 of 8 · opacity 2 of 6")
    # Two presses in one breath, and digits before the next film is in sight, mean one film.
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    type_scores(page, "4")
    expect_film(page, 2)
    expect(page.locator(".pad input:checked")).to_have_count(0)


def correct_the_second(page: Page) -> None:
    """Refresh, read, go back and correct."""
    page.reload()
    expect_film(page, 2)
    type_scores(page, "2211")
    page.keyboard.press("Enter")
    expect_film(page, 3)
    page.go_back()
    expect_film(page, 2)
    expect(page.locator(".pad input:checked")).to_have_count(4)
    type_scores(page, "4")
    page.keyboard.press("Enter")
    expect_film(page, 3)


def read_the_others(page: Page) -> None:
    """Skip the third, which comes again after the last one; the fourth cannot be read."""
    page.keyboard.press("s")
    expect_film(page, 4)
    page.keyboard.press("n")
    # Looks for a reason, and does not go back.
    page.keyboard.press("b")
    expect_said(page, "Not readable: blurred by motion.")
    expect_film(page, 4)
    page.keyboard.press("Enter")
    expect_film(page, 5)
    # Keys of the film leave the scores alone, and digits count while the film has the focus.
    page.locator(".stage").click(position={"x": 150, "y": 150})
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    type_scores(page, "0000")
    page.keyboard.press("Enter")
    expect_film(page, 3)
    type_scores(page, "1111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All films are read")).to_be_visible(timeout=WAIT_MS)


def test_a_refused_press_is_said_and_the_pad_waits_again(browser: Profile, ward: WardSite, served: str) -> None:
    session_id = drawn(ward)
    complaints: list[str] = []
    page = opened(browser, f"{served}/reading?session={session_id}", theme="light", complaints=complaints)
    expect_film(page, 1)
    type_scores(page, "1111")
    reading.read_film(session_id, 2, LungScores(0, 0, 0, 0), site=ward.site)
    reading.finish(session_id, actor="Dr Ito", site=ward.site)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing was stored.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".ll-text", has_text="its readings stay as they are").first).to_be_visible()
    expect(page.locator(".pad.closed")).to_have_count(1)
    assert stored(ward, session_id) == {2: [[0, 0, 0, 0]]}
    assert complaints == []


def test_digits_score_anew_after_a_refusal_and_after_a_reason(browser: Profile, ward: WardSite, served: str) -> None:
    session_id = drawn(ward)
    complaints: list[str] = []
    page = opened(browser, f"{served}/reading?session={session_id}", theme="light", complaints=complaints)
    expect_film(page, 1)
    type_scores(page, "0311")
    page.keyboard.press("Enter")
    expect(page.get_by_text("exclude each other.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".pad fieldset.current legend")).to_have_text("▶ Right lung: extent")
    type_scores(page, "2")
    # A reason is chosen, which keeps the focus, and then it can be read after all.
    page.keyboard.press("n")
    page.keyboard.type("blurred")
    expect_said(page, "Not readable: blurred by motion.")
    type_scores(page, "2")
    expect_said(page, "Extent 3 of 8 · opacity 3 of 6")
    type_scores(page, "11")
    page.keyboard.press("Enter")
    expect_film(page, 2)
    assert stored(ward, session_id) == {1: [[2, 2, 1, 1]]}
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_finishing_is_taken_back_and_a_difference_is_settled(
    browser: Profile, ward: WardSite, served: str, tmp_path: Path, theme: Theme
) -> None:
    session_ids = [drawn(ward, reader=reader) for reader in ("Dr Ito", "Dr Lang")]
    for session_id, extent in zip(session_ids, (1, 4), strict=True):
        reading.read_film(session_id, 1, LungScores(extent, 1, 1, 1), site=ward.site)
    reading.finish(session_ids[1], actor="Dr Lang", site=ward.site)
    complaints: list[str] = []
    page = opened(browser, f"{served}/reading?session={session_ids[0]}&film=end", theme=theme, complaints=complaints)
    page.get_by_role("button", name="Finish with these films").click(timeout=WAIT_MS)
    page.get_by_role("button", name="Finish, results later").click(timeout=WAIT_MS)
    expect(page.get_by_text("Its results were not shown yet.")).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    page.get_by_role("button", name="Undo finish").click()
    expect(page.get_by_role("heading", name="Not read yet: 4 of 5")).to_be_visible(timeout=WAIT_MS)
    reading.finish(session_ids[0], actor="Dr Ito", site=ward.site)

    page.goto(f"{served}/reading")
    expect(page.get_by_role("heading", name="Readings to settle: 1")).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    page.screenshot(path=tmp_path / f"to-settle-{theme}.png", full_page=True)
    page.locator('a[href*="settle="]').click()
    expect(page.locator("body[data-films-shown]")).to_have_count(1, timeout=WAIT_MS)
    expect(page.get_by_text("Secret")).to_have_count(0)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"settling-{theme}.png", full_page=True)
    for number, value in enumerate("2111"):
        page.get_by_role("radiogroup").nth(number).get_by_text(value, exact=True).click()
    page.get_by_label("Your name").fill("Dr Lee")
    page.get_by_role("button", name="Settle this reading").click()
    expect(page.get_by_text("Settled by Dr Lee: extent 3 of 8, opacity 2 of 6.")).to_be_visible(timeout=WAIT_MS)
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_and_is_read_by_touch(
    browser: Profile, ward: WardSite, served: str, tmp_path: Path, theme: Theme
) -> None:
    session_id = drawn(ward, blind=False)
    complaints: list[str] = []
    address = f"{served}/reading?session={session_id}"
    page = opened(browser, address, theme=theme, width=390, complaints=complaints)
    expect_film(page, 1)
    expect(page.get_by_text("Model: geographic extent")).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"phone-{theme}.png", full_page=True)
    for number, point in enumerate((4, 3, 2, 1)):
        page.locator(".pad fieldset").nth(number).locator("label").nth(point).click()
    page.get_by_role("button", name="Save and go on").click()
    expect_film(page, 2)
    assert stored(ward, session_id) == {1: [[4, 3, 2, 1]]}
    page.goto(f"{address}&film=end")
    expect(page.get_by_role("heading", name="Not read yet: 4 of 5")).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.goto(f"{served}/reading")
    expect(page.get_by_role("heading", name="Recalibration for this site")).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    assert complaints == []
