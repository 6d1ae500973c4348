"""Finding, admitting, moving and discharging patients."""

from __future__ import annotations

from datetime import timedelta

import pytest
from screen import OpenPage, Screen
from ward_site import WardSite

from dashboard.services.patient import census
from db.engine import read_transaction
from db.models import Stay
from db.repositories import stays


def press(screen: Screen, label: str) -> None:
    next(button for button in screen.app.button if button.label == label).click()
    screen.run()


def choose(screen: Screen, what: str) -> None:
    screen.app.segmented_control(key="census-what").select(what)
    screen.run()


def choose_first(screen: Screen) -> None:
    screen.app.selectbox(key="census-stay").select_index(0)
    screen.run()


def open_stay(ward: WardSite, patient_id: int) -> Stay | None:
    with read_transaction(ward.engine) as session:
        return stays.open_stay(patient_id, session=session)


def test_anybody_is_found_by_name_or_number(ward: WardSite, open_page: OpenPage) -> None:
    here = ward.admit("Lindqvist^Erik", "A-02", number="77-1")
    gone = ward.admit("Lindgren^Eva", "A-03", number="88-2")
    stay = open_stay(ward, gone)
    assert stay is not None
    census.discharge(stay.id or 0, at=ward.now, actor="test", site=ward.site)
    screen = open_page("census", q="lind")
    rows = screen.texts("patient-list")
    assert {row[0]: row[4] for row in rows} == {"Lindqvist, Erik": "ICU A, bed A-02", "Lindgren, Eva": "discharged"}
    assert {row["href"] for row in screen.data("patient-list")["rows"]} == {
        f"/patient?id={here}",
        f"/patient?id={gone}",
    }
    assert [row[1] for row in open_page("census", q="88-2").texts("patient-list")] == ["88-2"]


def test_nobody_found_says_what_to_do(open_page: OpenPage) -> None:
    screen = open_page("census", q="zzz")
    assert "Nobody is found." in screen.html
    assert not screen.has("patient-list")


def test_a_new_patient_is_admitted(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("census")
    choose(screen, "Admit a new patient")
    app = screen.app
    app.text_input(key="new-number").input("4711")
    app.text_input(key="new-name").input("Doe, Jane")
    app.text_input(key="new-unit").input("ICU A")
    app.text_input(key="new-bed").input("A-09")
    app.text_input(key="new-actor").input("Nurse B")
    press(screen, "Admit")
    (found,) = census.find("4711", site=ward.site)
    assert (found.patient.name, found.present) == ("Doe, Jane", True)
    assert found.stay is not None
    assert (found.stay.unit, found.stay.bed) == ("ICU A", "A-09")


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        ("", "ICU A", "Enter the hospital number"),
        ("4711", "", "A stay needs a unit"),
        ("0000", "ICU A", "is no patient&#x27;s number"),
        ("4711.0", "ICU A", "is no patient&#x27;s number"),
    ],
)
def test_an_admission_that_lacks_something_changes_nothing(
    ward: WardSite, open_page: OpenPage, number: str, unit: str, said: str
) -> None:
    screen = open_page("census")
    choose(screen, "Admit a new patient")
    screen.app.text_input(key="new-number").input(number)
    screen.app.text_input(key="new-unit").input(unit)
    screen.app.text_input(key="new-actor").input("Nurse B")
    press(screen, "Admit")
    assert 'role="alert"><bdi>Nothing was changed. ' in screen.html
    assert said in screen.html
    assert census.find("4711", site=ward.site) == ()


def test_a_known_patient_is_admitted_again(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.patient("Known^Kim", "55-5")
    screen = open_page("census")
    choose(screen, "Admit a known patient")
    screen.app.text_input(key="admit-search").input("kim")
    screen.run()
    assert not any(button.label == "Admit" for button in screen.app.button)
    screen.app.selectbox(key="admit-person").select_index(0)
    screen.run()
    screen.app.text_input(key="admit-unit").input("ICU B")
    screen.app.text_input(key="admit-actor").input("Nurse B")
    press(screen, "Admit")
    stay = open_stay(ward, patient_id)
    assert stay is not None
    assert stay.unit == "ICU B"


def test_a_bed_that_is_taken_is_said(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("First", "A-01")
    second = ward.admit("Second", "A-02")
    screen = open_page("census")
    choose(screen, "Move")
    app = screen.app
    app.selectbox(key="census-stay").select_index(1)
    screen.run()
    assert "<dt>Patient</dt><dd><bdi>Second" in screen.html
    app.text_input(key="move-unit").input("ICU A")
    app.text_input(key="move-bed").input("A-01")
    app.text_input(key="move-actor").input("Nurse B")
    press(screen, "Move")
    assert "ICU A, bed A-01 is taken" in screen.html
    stay = open_stay(ward, second)
    assert stay is not None
    assert stay.bed == "A-02"
    app.text_input(key="move-bed").input("A-03")
    press(screen, "Move")
    stay = open_stay(ward, second)
    assert stay is not None
    assert stay.bed == "A-03"


def test_a_patient_is_discharged(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Leaving", "A-01")
    screen = open_page("census")
    choose(screen, "Discharge")
    # Nobody stands there until a person has chosen.
    assert screen.app.selectbox(key="census-stay").value is None
    assert not any(button.label == "Discharge" for button in screen.app.button)
    choose_first(screen)
    screen.app.text_input(key="discharge-actor").input("Nurse B")
    press(screen, "Discharge")
    assert open_stay(ward, patient_id) is None


def test_a_discharge_before_the_admission_is_refused(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Leaving", "A-01")
    screen = open_page("census")
    choose(screen, "Discharge")
    choose_first(screen)
    screen.app.date_input(key="discharge-date").set_value((ward.now - timedelta(days=30)).date())
    screen.app.text_input(key="discharge-actor").input("Nurse B")
    press(screen, "Discharge")
    assert "lies before admission" in screen.html
    assert open_stay(ward, patient_id) is not None


def test_nobody_admitted_is_said(open_page: OpenPage) -> None:
    screen = open_page("census")
    choose(screen, "Move")
    assert "Nobody is admitted." in screen.html
