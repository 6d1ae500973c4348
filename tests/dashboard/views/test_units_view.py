"""Settings of units on the screen: as they are, their effect, saved."""

from __future__ import annotations

from datetime import time

from screen import OpenPage, Screen
from ward_site import WardSite

from dashboard.services.units import saving as units
from dashboard.services.units.settings import AS_THE_SITE, unit_settings


def press(screen: Screen, label: str) -> None:
    next(button for button in screen.app.button if button.label == label).click()
    screen.run()


def test_without_a_unit_it_says_how_one_comes(open_page: OpenPage) -> None:
    assert "There is no unit yet. Admit a patient first" in open_page("units").html


def test_the_effect_is_shown_and_nothing_saved(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Rising", "A-01")
    for hours_ago, level in ((26, 1.0), (2, 4.0)):
        ward.film(patient_id, hours_ago, level)
    screen = open_page("units")
    assert "ICU A has never set anything" in screen.html
    assert "The last 30 days of ICU A: 1 flag (rise 1), 24.0 per 100 patient-days." in screen.html
    screen.app.number_input(key="unit-ICU A-important_geographic_extent").set_value(4.0)
    press(screen, "Show the effect")
    assert "1 flag (rise 1), " in screen.html
    assert "with the present settings, 0 flags, 0.0 per 100 patient-days with the proposed ones." in screen.html
    assert units.settings_of("ICU A", site=ward.site) == AS_THE_SITE


def test_settings_are_saved_with_who_and_why(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Ann", "A-01")
    screen = open_page("units")
    assert "No scored film in ICU A in the last 30 days." in screen.html
    screen.app.number_input(key="unit-ICU A-p_large").set_value(0.95)
    screen.app.text_input(key="unit-ICU A-actor").input("Dr Ito")
    press(screen, "Save")
    assert "with a reason. Give both." in screen.html
    screen.app.text_input(key="unit-ICU A-reason").input("fewer flags")
    press(screen, "Save")
    assert units.settings_of("ICU A", site=ward.site) == unit_settings(p_large=0.95)
    assert [row[1:] for row in screen.texts("units")] == [
        ["Dr Ito", "fewer flags", "Probability from which a change is large: 0.95"]
    ]


def test_what_cannot_hold_is_said(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Ann", "A-01")
    screen = open_page("units")
    screen.app.time_input(key="unit-ICU A-quiet_from").set_value(time(22))
    press(screen, "Save")
    assert "quiet hours need a start and an end, for example 22:00-06:00" in screen.html
    screen.app.time_input(key="unit-ICU A-quiet_from").set_value(None)
    screen.app.number_input(key="unit-ICU A-p_rise").set_value(1.2)
    press(screen, "Show the effect")
    assert "Setting p_rise is 1.2: input should be less than 1." in screen.html
