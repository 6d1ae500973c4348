"""The ward round in a real browser: twelve patients by keyboard only, in both themes, on the wall and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, expect_accessible, expect_fits, wait_for_page
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlmodel import col
from ward_site import WardSite

from dashboard.components.page.sight import BREATH_SECONDS
from dashboard.components.round.steps import NOTE
from db.engine import read_transaction
from db.models import Decision, RoundReview

pytestmark = BROWSER_TEST
PATIENTS = 12


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site with twelve patients: stays and beds 1 to 12, the second one with a large rise."""
    for number in range(1, PATIENTS + 1):
        patient_id = empty_ward.admit(f"Name{number}^X", str(number), number=f"N-{number}")
        if number <= 3:
            for hours_ago, level in ((26, 1.0), (2, 7.0 if number == 2 else 1.2)):
                empty_ward.film(patient_id, hours_ago, level)
    return empty_ward


def opened(browser: Profile, address: str, *, theme: Theme, width: int, complaints: list[str]) -> Page:
    page = browser.new_page(width=width, height=1080, theme=theme)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    wait_for_page(page)
    return page


def expect_patient(page: Page, number: int) -> None:
    """Expect that this patient is shown, by name, number in the round and address."""
    expect(page.locator("h1", has_text=f"Name{number}, X")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".ll-text[role=status]", has_text=f"Patient {number} of {PATIENTS}")).to_be_visible(
        timeout=WAIT_MS
    )
    expect(page.locator(".rail a[aria-current]")).to_contain_text(f" {number}, Name{number}", timeout=WAIT_MS)
    # The browser fetches what draws the decisions once; what stands beside them is drawn anew then.
    expect(page.locator(".st-key-round-decision [role=radio]")).to_have_count(len(Decision), timeout=WAIT_MS)
    # Until its button is there, a key still means the patient before, of whom it stores nothing twice.
    expect(page.locator(f'[class*="st-key-round-mark-{number}-"] button')).to_be_visible(timeout=WAIT_MS)


def mark(page: Page, *, presses: int = 1) -> None:
    """Mark the patient shown as reviewed, once a person can have seen who it is; several presses in one breath."""
    page.wait_for_timeout(1000 * BREATH_SECONDS)
    for _ in range(presses):
        page.keyboard.press("Control+Enter")


def decide(page: Page, number: int) -> None:
    """Choose a decision by its key, and wait until it is chosen."""
    page.keyboard.press(f"Alt+Shift+{number}")
    chosen = page.locator(".st-key-round-decision [role=radio]").nth(number - 1)
    expect(chosen).to_have_attribute("aria-checked", "true", timeout=WAIT_MS)


def decisions(ward: WardSite) -> list[Decision | None]:
    with read_transaction(ward.engine) as session:
        rows = session.scalars(select(RoundReview).order_by(col(RoundReview.id)))
        return [row.decision for row in rows if row.taken_back_at is None]


def reviews(ward: WardSite) -> list[tuple[int, str, str]]:
    with read_transaction(ward.engine) as session:
        rows = session.scalars(select(RoundReview).order_by(col(RoundReview.id)))
        return [(row.stay_id, row.actor, row.note) for row in rows]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_round_of_twelve_by_keyboard_only(
    browser: Profile, ward: WardSite, served: str, tmp_path: Path, theme: Theme
) -> None:
    complaints: list[str] = []
    page = opened(browser, f"{served}/round?order=beds", theme=theme, width=1920, complaints=complaints)
    expect_patient(page, 1)
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_have_count(1, timeout=WAIT_MS)
    note = page.get_by_label(NOTE)
    for _ in range(20):
        # On the first page of a visit the fields are drawn once more when what draws the decisions has come.
        page.keyboard.press("Alt+n")
        page.wait_for_timeout(500)
        if note.evaluate("field => field === document.activeElement"):
            break
    expect(note).to_be_focused()
    # Letters of a note are letters, not commands.
    page.keyboard.type("mmm wean")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.type("Dr Momm")
    page.keyboard.press("Control+Enter")
    expect_patient(page, 2)
    assert reviews(ward) == [(1, "Dr Momm", "mmm wean")]
    expect(page.locator(".films img").last).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"round-{theme}.png")

    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    expect_patient(page, 3)
    page.keyboard.press("ArrowLeft")
    expect_patient(page, 2)
    for number in range(2, PATIENTS):
        if number in {2, 3}:
            decide(page, number)
        mark(page, presses=2)
        expect_patient(page, number + 1)
    mark(page)
    expect(page.get_by_role("heading", name="All patients are reviewed")).to_be_visible(timeout=WAIT_MS)
    stored = reviews(ward)
    assert [stay_id for stay_id, _, _ in stored] == list(range(1, PATIENTS + 1))
    assert {actor for _, actor, _ in stored} == {"Dr Momm"}
    assert decisions(ward) == [None, Decision.CONTINUE, Decision.DE_ESCALATE, *[None] * (PATIENTS - 3)]
    expect(page.locator(".rail a.reviewed")).to_have_count(PATIENTS, timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    assert complaints == []


def test_a_note_not_stored_is_there_when_one_comes_back(browser: Profile, ward: WardSite, served: str) -> None:
    complaints: list[str] = []
    page = opened(browser, f"{served}/round?order=beds&stay=4", theme="light", width=1280, complaints=complaints)
    expect_patient(page, 4)
    # From the button after the moves it is one step to the decision, and one more to the note.
    page.locator(".st-key-round-moves button").last.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == NOTE
    page.keyboard.type("wean")
    page.locator(".rail a", has_text=" 7, ").click()
    expect_patient(page, 7)
    expect(page.locator(".rail a", has_text=" 4, Name4, X, N-4, not reviewed, note not stored yet ✎")).to_be_visible()
    page.keyboard.press("Alt+n")
    # Typed and marked in one breath.
    page.keyboard.type("CT")
    page.keyboard.press("Tab")
    page.keyboard.type("Dr Ito")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("CT?")
    mark(page)
    expect_patient(page, 8)
    assert reviews(ward) == [(7, "Dr Ito", "CT?")]
    page.locator(".rail a", has_text=" 4, Name4").click()
    expect_patient(page, 4)
    expect(page.get_by_label(NOTE)).to_have_value("wean")
    page.wait_for_timeout(1000 * BREATH_SECONDS)
    page.get_by_role("button", name="Confirm, next").click()
    expect_patient(page, 5)
    assert reviews(ward) == [(7, "Dr Ito", "CT?"), (4, "Dr Ito", "wean")]
    expect(page.locator(".rail a", has_text="✎")).to_have_count(0)
    assert complaints == []


def test_a_decision_is_undone_from_the_next_bed(browser: Profile, ward: WardSite, served: str) -> None:
    page = opened(browser, f"{served}/round?order=beds&stay=4", theme="light", width=1280, complaints=[])
    expect_patient(page, 4)
    page.get_by_label("Your name").fill("Dr Ito")
    page.get_by_label("Your name").press("Tab")
    decide(page, 1)
    mark(page)
    expect_patient(page, 5)
    assert decisions(ward) == [Decision.ESCALATE]
    expect(page.get_by_text("Stored for ICU A, bed 4, Name4, X: ▲ escalate.")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Undo").click()
    expect_patient(page, 4)
    assert decisions(ward) == []


def test_refresh_keeps_the_place_and_back_works(browser: Profile, served: str) -> None:
    complaints: list[str] = []
    page = opened(browser, f"{served}/round?order=beds", theme="light", width=1280, complaints=complaints)
    expect_patient(page, 1)
    for key, number in (("ArrowRight", 2), ("ArrowRight", 3)):
        page.keyboard.press(key)
        expect_patient(page, number)
    page.keyboard.press("ArrowLeft")
    # At once: Back is no request that was sent before the move was heard of.
    page.wait_for_url("**&stay=2")
    page.go_back()
    expect_patient(page, 3)
    page.reload()
    expect_patient(page, 3)
    assert complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_and_its_rail_leads_to_a_patient(
    browser: Profile, served: str, tmp_path: Path, theme: Theme
) -> None:
    complaints: list[str] = []
    page = opened(browser, f"{served}/round?order=beds&stay=2", theme=theme, width=390, complaints=complaints)
    expect_patient(page, 2)
    expect(page.locator(".films img").last).to_be_visible(timeout=WAIT_MS)
    expect_accessible(page)
    expect_fits(page)
    page.screenshot(path=tmp_path / f"phone-{theme}.png", full_page=True)
    page.locator(".rail a", has_text=" 7, ").click()
    expect_patient(page, 7)
    assert page.url.endswith("/round?order=beds&stay=7")
    assert complaints == []
