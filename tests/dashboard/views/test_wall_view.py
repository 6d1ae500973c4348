"""The wall screen: every bed of a unit, named as the unit sets, large rises heavier the longer they wait."""

from __future__ import annotations

import json
from typing import Any

import pytest
from screen import OpenPage, Screen
from ward_site import ACTOR, WardSite

from dashboard import queries
from dashboard.services.units import saving as units
from dashboard.services.units.settings import WallNames, unit_settings
from dashboard.wording.facts import wall_name
from db.models import FilmState


def tiles(screen: Screen) -> list[dict[str, Any]]:
    """Return the beds as the browser gets them."""
    return list(json.loads(screen.data("wall-screen")["rows"]))


@pytest.fixture
def two_units(ward: WardSite) -> WardSite:
    """Return a site: a large rise in bed 10 of ICU A, a quiet one in bed 2, one of ICU B without a film."""
    for name, bed, films in (("Rising^Rita", "10", ((26, 1.0), (2, 7.0))), ("Quiet^Bo", "2", ((27, 2.0), (3, 2.1)))):
        patient_id = ward.admit(name, bed)
        for hours_ago, level in films:
            ward.film(patient_id, hours_ago, level)
    ward.admit("New^Ed", "1", unit="ICU B")
    return ward


@pytest.mark.usefixtures("two_units")
def test_all_beds_in_their_places_whatever_else_the_address_says(open_page: OpenPage) -> None:
    screen = open_page(wall="1", verdict="large-rise", sort="concern")
    assert [(tile["unit"], tile["bed"], tile["name"]) for tile in tiles(screen)] == [
        ("ICU A", "2", "Q. B."),
        ("ICU A", "10", "R. R."),
        ("ICU B", "1", "N. E."),
    ]
    sent = screen.data("wall-screen")
    assert (sent["unit"], sent["leave"], sent["empty"]) == ("All units", "/?", "")
    assert "Research use only, not a medical device" in screen.html
    assert tiles(screen)[1]["verdict"]["text"] == "▲▲ large rise"
    assert "change" not in tiles(screen)[1]


@pytest.mark.usefixtures("two_units")
def test_a_unit_has_its_own_wall_and_an_empty_one_says_so(open_page: OpenPage) -> None:
    screen = open_page(wall="1", unit="ICU B")
    assert [tile["bed"] for tile in tiles(screen)] == ["1"]
    assert screen.data("wall-screen")["leave"] == "/?unit=ICU+B"
    assert open_page(wall="1", unit="ICU Z").data("wall-screen")["empty"] == "Nobody is here."


def test_each_unit_says_how_its_patients_are_named(two_units: WardSite, open_page: OpenPage) -> None:
    units.save("ICU A", unit_settings(wall_names="full"), actor=ACTOR, reason="trial", site=two_units.site)
    units.save("ICU B", unit_settings(wall_names="none"), actor=ACTOR, reason="trial", site=two_units.site)
    queries.forget()
    assert [tile["name"] for tile in tiles(open_page(wall="1"))] == ["Quiet, Bo", "Rising, Rita", ""]
    hidden = open_page(wall="1", names="hidden")
    assert [tile["name"] for tile in tiles(hidden)] == ["", "", ""]
    assert "Rita" not in json.dumps(hidden.data("wall-screen"))


def test_a_large_rise_that_nobody_acknowledged_is_overdue_after_the_units_time(
    two_units: WardSite, open_page: OpenPage
) -> None:
    assert "overdue" not in tiles(open_page(wall="1"))[1]["flags"][0]
    units.save("ICU A", unit_settings(overdue_after_minutes=0.001), actor=ACTOR, reason="trial", site=two_units.site)
    queries.forget()
    (flag,) = tiles(open_page(wall="1"))[1]["flags"]
    assert flag["overdue"] is True
    assert flag["note"].startswith("overdue ")
    # The board says so too.
    (row, *_) = json.loads(open_page().data("board")["rows"])
    assert row["flags"] == [flag]


def test_what_people_typed_is_not_on_the_wall_and_every_warning_is(two_units: WardSite, open_page: OpenPage) -> None:
    two_units.film(1, 1, state=FilmState.QUARANTINED, reason="belongs to Eva Novak")
    two_units.film(1, 5, state=FilmState.REJECTED, reason="The film is a lateral view.")
    screen = open_page(wall="1")
    tile = tiles(screen)[1]
    assert tile["verdict"]["text"].startswith("! newest film ")
    assert len(tile["remarks"]) == 2
    assert "Novak" not in json.dumps(screen.data("wall-screen"))


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Müller^Anna-Lena", "M. A."),
        ("Müller^Anna", "M. A."),
        ("山田^太郎", "山. 太."),
        ("O'Neil", "O."),
        ("^(twin) B", "t."),
        ("", "(no name)"),
    ],
)
def test_initials_are_first_letters_with_their_marks(name: str, initials: str) -> None:
    assert wall_name(name, WallNames.INITIALS) == initials
    assert wall_name(name, WallNames.NONE) == ""
