"""The demo in a real browser: the ward fills while one watches, a patient opens, a film is chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo_browser import (
    BROWSER_TEST,
    WAIT_MS,
    Profile,
    Watched,
    expect_fits,
    running_dashboard,
    running_demo,
    wait_until_scored,
)
from playwright.sync_api import Page, expect
from ward_site import WardSite

from db.models import FilmState

pytestmark = BROWSER_TEST
HOSTILE = ("<img src=x onerror=alert(1)>", "![x](http://example.com/x.png) **bold**", "\u202eesrever", "N" * 300, "")


def test_the_demo_from_the_board_to_a_films_scores(browser: Profile, tmp_path: Path) -> None:
    with running_demo(tmp_path) as address:
        watched = Watched(browser, address)
        page = watched.open()
        wait_until_scored(page)
        first = page.locator(".board tbody tr").first
        expect(first).to_contain_text("large rise")
        name = first.locator("a").inner_text()
        first.click()

        expect(page.locator("h1", has_text=name)).to_be_visible(timeout=WAIT_MS)
        assert "/patient?id=" in page.url
        expect(page.locator(".films figure img")).to_have_count(2, timeout=WAIT_MS)
        for picture in page.locator(".films figure img").all():
            expect(picture).to_have_js_property("complete", value=True, timeout=WAIT_MS)
            assert picture.evaluate("img => img.naturalWidth") >= 512

        oldest = page.locator(".records tr.choosable").last
        scores = oldest.locator("td").nth(2).locator("span").first.inner_text()
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=WAIT_MS)
        _click_first_film(page)
        chosen = page.locator(".films figure", has_text="This film")
        expect(chosen).to_contain_text(f"geographic extent {scores}", timeout=WAIT_MS)
        expect(page.locator(".records tr.current")).to_contain_text(scores)

        expect(page).to_have_url(address + str(oldest.locator("a").get_attribute("href")), timeout=WAIT_MS)
        page.reload()
        expect(page.locator(".films figure", has_text="This film")).to_contain_text(scores, timeout=WAIT_MS)
        watched.assert_clean()


def _click_first_film(page: Page) -> None:
    """Click the oldest film's point of the upper panel."""
    points = page.locator(".js-plotly-plot").first.locator(".scatterlayer .trace .points path.point:first-child")
    expect(points.first).to_be_visible(timeout=WAIT_MS)
    points.first.scroll_into_view_if_needed()
    boxes = [box for box in (point.bounding_box() for point in points.all()) if box is not None]
    leftmost = min(box["x"] for box in boxes)
    # Below a film's point lies the mark of its interval, at the same place; both are hit in the middle.
    upper = min((box for box in boxes if box["x"] < leftmost + 12), key=lambda box: box["y"])
    page.mouse.click(upper["x"] + upper["width"] / 2, upper["y"] + upper["height"] / 2)


@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_names_are_text_and_break_nothing(browser: Profile, ward: WardSite, served: str, width: int) -> None:
    patients = []
    for number, name in enumerate(HOSTILE):
        patients.append(ward.admit(name, f"C-{number}", number=f"**{number}**<i>"))
        ward.film(patients[-1], 27, 2.0)
        ward.film(patients[-1], 3, 2.5)
    watched = Watched(browser, served, width=width, height=844)
    page = watched.open()
    rows = page.locator(".board tbody tr")
    expect(rows).to_have_count(len(HOSTILE), timeout=WAIT_MS)
    names = [text.strip() for text in page.locator(".board .who a").all_inner_texts()]
    assert sorted(names) == sorted([HOSTILE[0], HOSTILE[1], "esrever", "N" * 79 + "…", "(no name)"])
    # The last film of each, and nothing that a name brought in.
    expect(page.locator('.board img:not([src^="/films/"])')).to_have_count(0)
    expect_fits(page)
    for patient_id, name in zip(patients, names, strict=True):
        page = watched.open(f"/patient?id={patient_id}")
        expect(page.locator(".films figure img")).to_have_count(2, timeout=WAIT_MS)
        expect_fits(page)
        assert name
    watched.assert_clean()


def test_the_board_changes_while_one_watches_and_keeps_the_place(browser: Profile, ward: WardSite, served: str) -> None:
    patients = [ward.admit(f"Patient {number:02}", f"A-{number:02}") for number in range(25)]
    for patient_id in patients:
        ward.film(patient_id, 27, 2.0)
    watched = Watched(browser, served, height=700)
    page = watched.open()
    expect(page.locator(".board tbody tr")).to_have_count(25, timeout=WAIT_MS)
    link = page.locator(f'.board a[data-patient="{patients[20]}"]')
    link.focus()
    link.scroll_into_view_if_needed()
    scrolled = page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTop")
    assert scrolled > 0
    ward.film(patients[3], 3, 2.5)
    row = page.locator(".board tbody tr", has_text="Patient 03")
    expect(row).to_contain_text("2.5 of 8", timeout=WAIT_MS)
    expect(link).to_be_focused()
    assert page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTop") > 0
    watched.assert_clean()


def test_the_running_dashboard_has_loaded_no_network_library(browser: Profile, ward: WardSite, tmp_path: Path) -> None:
    if not Path("/proc/self/maps").is_file():
        pytest.skip("this system does not list what a process has loaded")
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3, 2.0)
    # Started as users start it: a forked one has loaded what the tests chose.
    with running_dashboard(ward.settings, log=tmp_path / "log") as server:
        watched = Watched(browser, server.address)
        for path in ("/", f"/patient?id={patient_id}", "/census?q=ann", "/films", "/upload"):
            watched.open(path)
        expect(watched.page.locator("h1", has_text="Add films")).to_be_visible(timeout=WAIT_MS)
        loaded = Path(f"/proc/{server.process_id}/maps").read_text(encoding="utf-8")
    assert "numpy" in loaded
    assert [name for name in ("libtorch", "torchvision", "sklearn") if name in loaded] == []


def test_a_picture_that_cannot_be_shown_says_why(browser: Profile, ward: WardSite, served: str) -> None:
    patient_id = ward.admit("Damaged", "A-01")
    ward.film(patient_id, 3, 2.0)
    for path in ward.settings.film_dir.glob("??/??/*"):
        path.write_bytes(b"other bytes")
    watched = Watched(browser, served)
    page = watched.open(f"/patient?id={patient_id}")
    # Large beside the chart, and beside its scores.
    expect(page.get_by_text("This film cannot be shown.")).to_have_count(2, timeout=WAIT_MS)
    assert watched.outside == []


def test_a_film_is_refused_without_its_signature(browser: Profile, ward: WardSite, served: str) -> None:
    film_id = ward.film(ward.patient("Ann"), 3, state=FilmState.RECEIVED)
    answer = browser.new_page().goto(f"{served}/films/{film_id}.png")
    assert answer is not None
    assert answer.status == 403
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
