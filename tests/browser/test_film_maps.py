"""A map over the film in a real browser: chosen by keyboard, laid over the film when it is made, said in words."""

from __future__ import annotations

import numpy as np
import pytest
from demo_browser import BROWSER_TEST, WAIT_MS, Profile, Running, expect_fits, wait_for_page
from playwright.sync_api import Page, expect
from sqlalchemy import select
from ward_site import WardSite

from core.scoring.saliency import DrawnMap, MapKind
from dashboard.components.films.film_maps import TITLES
from dashboard.pictures.maps import stored_picture
from db.engine import transaction
from db.models import FilmMap
from db.repositories import maps

pytestmark = BROWSER_TEST

KIND = MapKind.GRADIENT_GEOGRAPHIC_EXTENT


def choose_by_keyboard(page: Page, words: str) -> None:
    """Choose a map as somebody without a mouse does."""
    box = page.get_by_role("combobox", name="Show over this film").first
    expect(box).to_be_visible(timeout=WAIT_MS)
    box.focus()
    page.keyboard.type(words)
    expect(page.get_by_role("option")).to_have_count(1, timeout=WAIT_MS)
    page.keyboard.press("Enter")


def settle(ward: WardSite, *, made: bool) -> None:
    with transaction(ward.engine) as session:
        row = session.scalars(select(FilmMap)).one()
        assert row.id is not None
        if made:
            drawn = DrawnMap(KIND, np.ones((1, 40, 40), np.float32), "Strongest in the upper third.")
            maps.settle_made(row.id, stored_picture(drawn), drawn.summary, now=ward.now, session=session)
        else:
            maps.settle_failed(row.id, "No lungs were found.", now=ward.now, session=session)


def test_a_map_is_asked_for_and_laid_over_the_film(browser: Profile, ward: WardSite, server: Running) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3, 2.0)
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.address}/patient?id={patient_id}")
    wait_for_page(page)
    expect(page.locator(".films img")).to_have_count(1, timeout=WAIT_MS)
    choose_by_keyboard(page, TITLES[KIND])
    status = page.locator(".films [role=status]")
    expect(status).to_have_text("This map is being made.", timeout=WAIT_MS)
    expect(page.get_by_text("No worker runs, so this map is not made now.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".films .map-words")).to_contain_text("not where disease is")
    assert page.locator(".films img.map").count() == 0

    settle(ward, made=True)
    expect(page.locator(".films img.map")).to_be_visible(timeout=WAIT_MS)
    expect(status).to_have_text("Strongest in the upper third.")
    overlay = page.locator(".films img.map")
    assert overlay.get_attribute("alt") == f"Over the film: {TITLES[KIND]}. Strongest in the upper third."
    film = page.locator(".films figure", has_text="This film").locator("img").first
    assert film.get_attribute("alt").startswith("Chest film of ")
    boxes = [picture.bounding_box() for picture in (film, overlay)]
    assert boxes[0] == pytest.approx(boxes[1], abs=1)

    choose_by_keyboard(page, "Nothing")
    expect(page.locator(".films .map-words")).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator(".films img")).to_have_count(1)
    assert complaints == []


def test_a_map_that_failed_says_why_on_the_page(browser: Profile, ward: WardSite, server: Running) -> None:
    patient_id = ward.admit("Ben", "A-02")
    ward.film(patient_id, 3, 2.0)
    page = browser.new_page(width=390, height=844)
    page.goto(f"{server.address}/patient?id={patient_id}")
    wait_for_page(page)
    choose_by_keyboard(page, TITLES[KIND])
    expect(page.locator(".films [role=status]")).to_have_text("This map is being made.", timeout=WAIT_MS)
    settle(ward, made=False)
    expect(page.locator(".films [role=status]")).to_have_text("No lungs were found.", timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Make this map again")).to_be_visible(timeout=WAIT_MS)
    expect_fits(page)
