"""What people come for, from beginning to end in a real browser; every view, in both themes, on phone and wall."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Theme, Watched, expect_accessible, expect_fits
from film_factory import chest_values, dicom_bytes, png_bytes
from playwright.sync_api import Page, expect
from ward_site import WardSite

from dashboard.services.flags.work_list import work_list
from dashboard.services.worker.loop import run_worker
from db.engine import read_transaction, transaction
from db.models import Film, FilmState, FlagState

pytestmark = BROWSER_TEST


@pytest.fixture
def ward(empty_ward: WardSite) -> WardSite:
    """Return a site: a large rise, a quiet patient, a stale one, one film that was refused."""
    for name, bed, films in (
        ("Rising^Rita", "1", ((26, 1.0), (2, 7.0))),
        ("Quiet^Quin", "2", ((27, 2.0), (3, 2.1))),
        ("Old^Otis", "3", ((90, 3.0), (70, 3.0))),
    ):
        patient_id = empty_ward.admit(name, bed)
        for hours_ago, level in films:
            empty_ward.film(patient_id, hours_ago, level)
    refused = empty_ward.admit("Refused^Ruth", "4")
    empty_ward.film(refused, 5, state=FilmState.REJECTED, reason="Not a frontal chest film.")
    return empty_ward


def heading(page: Page, text: str) -> None:
    """Wait for a page's heading."""
    expect(page.locator("h1", has_text=text)).to_be_visible(timeout=WAIT_MS)


def test_the_morning_review(browser: Profile, ward: WardSite, served: str) -> None:
    watched = Watched(browser, served)
    page = watched.open()
    first = page.locator(".board tbody tr").first
    expect(first.locator(".flags")).to_contain_text("rise", timeout=WAIT_MS)
    first.locator("a").click()
    heading(page, "Rising, Rita")
    page.locator("summary", has_text="Why?").click(timeout=WAIT_MS)
    expect(page.locator(".records", has_text="All comparisons of this film")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name="Flags").first.click()
    heading(page, "Flags")
    (entry,) = work_list(site=ward.site)
    page.get_by_role("button", name=f"Decide on flag {entry.row.flag.flag_id}").click(timeout=WAIT_MS)
    page.get_by_label("What is known, or done about it").fill("team told")
    page.get_by_label("Your name").fill("Dr Ito")
    page.get_by_role("button", name="Acknowledge this flag").click()
    expect(page.get_by_text("No open flag.")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name="Ward").first.click()
    # Seen is not gone: the change is still there.
    row = page.locator(".board tbody tr", has_text="Rising, Rita")
    expect(row.locator(".flags")).to_contain_text("acknowledged", timeout=WAIT_MS)
    expect(row.locator(".flags")).to_contain_text("rise")
    (entry,) = work_list([FlagState.ACKNOWLEDGED], site=ward.site)
    assert (entry.history[-1].actor, entry.history[-1].reason) == ("Dr Ito", "team told")
    watched.assert_clean()


def test_a_new_rise_arrives_while_watching(browser: Profile, ward: WardSite, served: str) -> None:
    watched = Watched(browser, served)
    page = watched.open()
    quiet = page.locator(".board tbody tr", has_text="Quiet, Quin")
    expect(quiet.locator(".flags")).to_have_text("", timeout=WAIT_MS)
    expect(page).to_have_title("(1 open flag) Lungline")
    ward.film(2, 1, 7.5)
    expect(quiet.locator(".flags")).to_contain_text("rise", timeout=WAIT_MS)
    expect(page).to_have_title("(2 open flags) Lungline", timeout=WAIT_MS)
    expect(page.get_by_role("link", name="Flags (2)", exact=True)).to_be_visible()
    expect(page.locator(".board tbody tr").first).to_contain_text("Quiet, Quin")
    watched.assert_clean()


def test_a_film_of_another_patient_is_retracted_and_brought_back(browser: Profile, ward: WardSite, served: str) -> None:
    (entry,) = work_list(site=ward.site)
    film_id = entry.row.flag.film_id
    with transaction(ward.engine) as session:
        # A drawn chest passes no check; this one was let pass before, which undoing a retraction leaves as it was.
        session.get_one(Film, film_id).overruled = True
    watched = Watched(browser, served)
    page = watched.open(f"/patient?id=1&film={film_id}")
    page.get_by_text("Correct the film of").click(timeout=WAIT_MS)
    page.get_by_role("radio", name="Retract").click(timeout=WAIT_MS)
    expect(page.get_by_text("It is filed under")).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("Reason", exact=True).fill("shows another patient")
    page.get_by_label("Your name", exact=True).last.fill("Dr Ito")
    page.get_by_role("button", name="Retract this film").click()
    listed = page.locator(".records tr", has_text="shows another patient").first
    expect(listed).to_contain_text("retracted", timeout=WAIT_MS)
    assert work_list(site=ward.site) == ()
    page.get_by_role("link", name="Ward").first.click()
    expect(page.locator(".board tbody tr", has_text="Rising, Rita")).not_to_contain_text("large rise", timeout=WAIT_MS)

    page.goto(f"{served}/films?show=Retracted&film={film_id}")
    page.get_by_role("radio", name="Undo the retraction").click(timeout=WAIT_MS)
    page.get_by_label("Reason", exact=True).fill("it is his after all")
    page.get_by_label("Your name", exact=True).last.fill("Dr Ito")
    page.get_by_role("button", name="Undo the retraction").last.click()
    expect(page.get_by_text("No film is in this state.")).to_be_visible(timeout=WAIT_MS)
    run_worker(once=True, site=ward.site)
    with read_transaction(ward.engine) as session:
        assert session.get_one(Film, film_id).state is FilmState.ACCEPTED
    watched.assert_clean()


def test_a_damaged_and_a_good_file_are_added(browser: Profile, ward: WardSite, served: str) -> None:
    taken = datetime.now(UTC)
    facts = {
        "PatientID": "N-1",
        "PatientName": "New^Nora",
        "AcquisitionDate": f"{taken:%Y%m%d}",
        "AcquisitionTime": "000500",
    }
    good = dicom_bytes(chest_values(512, 420, bits=12, seed=5), bits_stored=12, SOPInstanceUID="1.2.3.1", **facts)
    other = dicom_bytes(chest_values(512, 420, bits=12, seed=6), bits_stored=12, SOPInstanceUID="1.2.3.2", **facts)
    watched = Watched(browser, served)
    page = watched.open("/upload")
    files = [("good.dcm", good), ("damaged.dcm", other[:-2000]), ("letter.txt", b"Dear colleague")]
    uploaded = page.locator('input[type="file"]')
    uploaded.set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )
    page.get_by_label("Your name", exact=True).fill("Dr Ito")
    page.get_by_role("button", name="Add 3 files").click(timeout=WAIT_MS)
    listed = page.locator(".records tbody tr")
    expect(listed).to_have_count(3, timeout=WAIT_MS)
    expect(listed.filter(has_text="letter.txt")).to_contain_text("neither DICOM nor a PNG or JPEG picture")
    expect(listed.first).to_be_in_viewport()
    # The form is empty again.
    expect(page.get_by_role("button", name="Add 3 files")).to_have_count(0)
    expect(listed.filter(has_text="good.dcm")).to_contain_text("New, Nora")
    run_worker(once=True, site=ward.site)
    expect(listed.filter(has_text="good.dcm")).to_contain_text("Geographic extent", timeout=WAIT_MS)
    damaged = listed.filter(has_text="damaged.dcm")
    expect(damaged).to_contain_text("not on the trend", timeout=WAIT_MS)
    watched.assert_clean()


def test_on_a_phone_it_is_in_sight_why_pictures_wait(browser: Profile, served: str) -> None:
    watched = Watched(browser, served, width=390, height=844)
    page = watched.open("/upload")
    files = [("film.dcm", dicom_bytes(chest_values(), PatientID="4711"))]
    files += [(f"{number}.png", png_bytes(chest_values(seed=number))) for number in (1, 2, 3)]
    page.locator('input[type="file"]').set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )
    for button, said in (("Add 4 files", "The other file is in the list above."), ("Add 3 files", "not stored yet.")):
        page.get_by_role("button", name=button).click(timeout=WAIT_MS)
        expect(page.get_by_text(said)).to_be_in_viewport(timeout=WAIT_MS)
        expect(page.get_by_text("Say whose films the pictures are")).to_be_in_viewport()
    expect_fits(page)
    watched.assert_clean()


@pytest.mark.parametrize(("theme", "size"), [("dark", (390, 844)), ("light", (1920, 1080))])
def test_every_view_is_accessible_and_fits(
    browser: Profile, ward: WardSite, served: str, theme: Theme, size: tuple[int, int]
) -> None:
    (entry,) = work_list(site=ward.site)
    film_id = entry.row.flag.film_id
    watched = Watched(browser, served, width=size[0], height=size[1], theme=theme)
    for path, title in (
        ("/", "Ward"),
        ("/?unit=nowhere", "Ward"),
        (f"/patient?id=1&film={film_id}", "Rising, Rita"),
        ("/patient?id=4", "Refused, Ruth"),
        ("/patient?id=999", "Patient"),
        ("/round", ""),
        ("/flags", "Flags"),
        ("/census", "Patients"),
        ("/films", "Films to look at"),
        ("/upload", "Add films"),
        ("/units", "Unit settings"),
        ("/reading", "Reading"),
        ("/evidence", "Evidence"),
    ):
        page = watched.open(path)
        if title:
            heading(page, title)
        expect_accessible(page)
        expect_fits(page)
    watched.assert_clean()
