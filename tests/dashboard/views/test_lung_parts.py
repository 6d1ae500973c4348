"""What each lung shows on the patient's page and on the board, and that nothing is invented where a model is silent."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from screen import OpenPage, Screen
from ward_site import WardSite

from core.types import CheckResult, CheckVerdict, PatientPosition, Score, ViewPosition
from dashboard.components.films.lung_parts import lung_rows, parts_not_given, zone_rows
from dashboard.wording.facts import OPAQUE_SHARE, share_text
from db.engine import transaction
from db.models import Film
from db.repositories import films

BARE = Score("bare", "1", 5.0, 3.5)
PARTS = {
    "geographic_extent_right": 3.1,
    "geographic_extent_left": 1.9,
    "opacity_right": 2.0,
    "opacity_left": 1.5,
    "opacity_fraction": 31.4,
    "opacity_fraction_right": 42.0,
    "opacity_fraction_left": 19.6,
    "brixia_zones": (1.0, 2.0, 3.0, 0.0, 1.25, 2.0),
}
FULL = replace(BARE, **PARTS)  # type: ignore[arg-type]


def tables(screen: Screen) -> dict[str, list[list[str]]]:
    """Return the tables on the page: rows of texts by caption."""
    found = {}
    for table in re.findall(r"<table>.*?</table>", screen.html):
        caption = re.search(r"<caption>(.*?)</caption>", table)
        assert caption is not None
        rows = re.findall(r"<tr>(.*?)</tr>", table)
        found[unescape(caption[1])] = [
            [unescape(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows
        ]
    return found


def test_both_lungs_stand_side_by_side() -> None:
    assert lung_rows(FULL) == [
        ("Geographic extent", "3.1 of 4", "1.9 of 4", "5.0 of 8"),
        ("Opacity", "2.0 of 3", "1.5 of 3", "3.5 of 6"),
        ("Share of the lung that is opaque, by segmentation", "42 %", "20 %", "31 %"),
    ]
    assert zone_rows(FULL) == [
        ("Upper zone", "A 1.0", "D 0.0"),
        ("Middle zone", "B 2.0", "E 1.2"),
        ("Lower zone", "C 3.0", "F 2.0"),
    ]
    assert parts_not_given(FULL) == []


def test_what_a_model_does_not_give_is_named_and_not_drawn() -> None:
    assert (lung_rows(BARE), zone_rows(BARE)) == ([], [])
    assert parts_not_given(BARE) == [
        "geographic extent of each lung",
        "opacity of each lung",
        "share of the lung that is opaque, by segmentation",
        "Brixia zones",
    ]


def test_one_lung_without_a_value_is_said_in_its_place() -> None:
    one_sided = replace(BARE, opacity_fraction_right=0.4, opacity_fraction=0.0)
    assert lung_rows(one_sided) == [(OPAQUE_SHARE, "under 1 %", "not given", "0 %")]


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.99, "under 1 %"), (1.2, "1 %"), (31.6, "32 %"), (100.0, "100 %")]
)
def test_a_share_in_words(share: float, text: str) -> None:
    assert share_text(share) == text


def test_the_patients_page_shows_each_lung_and_the_zones(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3, 5.0, opacity=3.5, **PARTS)
    screen = open_page("patient", id=str(patient_id))
    found = tables(screen)
    assert found["Each lung"] == [
        ["", "Right lung", "Left lung", "Both lungs"],
        ["Geographic extent", "3.1 of 4", "1.9 of 4", "5.0 of 8"],
        ["Opacity", "2.0 of 3", "1.5 of 3", "3.5 of 6"],
        [OPAQUE_SHARE, "42 %", "20 %", "31 %"],
    ]
    assert found["Brixia score 9 of 18"] == [
        ["", "Right lung", "Left lung"],
        ["Upper zone", "A 1.0", "D 0.0"],
        ["Middle zone", "B 2.0", "E 1.2"],
        ["Lower zone", "C 3.0", "F 2.0"],
    ]
    assert "right lung stands on the left, as on the picture" in unescape(screen.html)
    assert "Not given by" not in screen.html


def doubted(ward: WardSite) -> int:
    """Return a patient whose only film may be mirrored."""
    patient_id = ward.admit("Ann", "A-01")
    film_id = ward.film(patient_id, 3, 5.0, opacity=3.5, **PARTS)
    with transaction(ward.engine) as session:
        session.get_one(Film, film_id).sides_in_doubt = True
    return patient_id


def test_sides_in_doubt_are_said_so_and_the_sums_stand(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(doubted(ward)))
    found = tables(screen)
    assert found["Each lung"] == [
        ["", "Right lung", "Left lung", "Both lungs"],
        ["Geographic extent", "sides in doubt", "sides in doubt", "5.0 of 8"],
        ["Opacity", "sides in doubt", "sides in doubt", "3.5 of 6"],
        [OPAQUE_SHARE, "sides in doubt", "sides in doubt", "31 %"],
    ]
    assert found["Brixia score 9 of 18"][1:] == [
        [zone, "sides in doubt", "sides in doubt"] for zone in ("Upper zone", "Middle zone", "Lower zone")
    ]


def test_board_and_round_say_that_sides_are_in_doubt(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = doubted(ward)
    (row,) = json.loads(open_page().data("board")["rows"])
    assert (row["patient_id"], row["detail"]) == (patient_id, "sides in doubt; 31 % of lungs opaque")
    assert "<dt>Each lung</dt><dd><bdi>sides in doubt (film of" in open_page("round").html


def test_a_model_that_gives_no_parts_is_said_so(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3, 5.0, geographic_extent_right=None, geographic_extent_left=None)
    screen = open_page("patient", id=str(patient_id))
    assert tables(screen) == {}
    assert (
        "Not given by mean-grey: geographic extent of each lung, opacity of each lung, "
        "share of the lung that is opaque, by segmentation, Brixia zones."
    ) in screen.html


def test_a_remark_of_the_newest_check_stands_beside_the_intervals(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    film_id = ward.film(patient_id, 3, 5.0)
    before = (
        CheckResult("contents", "1", CheckVerdict.NOTED, "An older remark."),
        CheckResult("origin", "1", CheckVerdict.NOTED, "This looks like a photograph of a film: <b>wider</b>."),
        CheckResult("size", "1", CheckVerdict.PASSED),
    )
    with transaction(ward.engine) as session:
        films.add_checks(film_id, before, now=ward.now, session=session)
        later = (CheckResult("contents", "2", CheckVerdict.PASSED),)
        films.add_checks(film_id, later, now=ward.now + timedelta(minutes=1), session=session)
    screen = open_page("patient", id=str(patient_id))
    assert (
        "<dt>Remark of the checks</dt><dd><bdi>! This looks like a photograph of a film: "
        "&lt;b&gt;wider&lt;/b&gt;.</bdi></dd>"
    ) in screen.html
    assert "90 % interval 4.2 to 5.8" in screen.html


def test_a_film_without_a_remark_has_no_line_for_it(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3, 5.0)
    assert "Remark of the checks" not in open_page("patient", id=str(patient_id)).html


def test_a_film_without_a_score_has_no_parts(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3)
    screen = open_page("patient", id=str(patient_id))
    assert tables(screen) == {}
    assert "Not given by" not in screen.html


def test_the_board_has_the_opaque_share_beside_the_level(ward: WardSite, open_page: OpenPage) -> None:
    segmented = ward.admit("Ann", "A-01")
    ward.film(segmented, 27, 4.0, **(PARTS | {"opacity_fraction": 12.0}))
    ward.film(segmented, 3, 5.0, **PARTS)
    bare = ward.admit("Bo", "A-02")
    ward.film(bare, 3, 5.0)
    empty = ward.admit("Cy", "A-03")
    shares = {row["patient_id"]: row["detail"] for row in json.loads(open_page().data("board")["rows"])}
    assert shares == {segmented: "right 3.1, left 1.9; 31 % of lungs opaque", bare: "right 2.5, left 2.5", empty: ""}


def test_films_of_unknown_position_are_not_joined_as_if_taken_alike(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 75, 2.0)
    ward.film(patient_id, 51, 2.5)
    ward.film(patient_id, 27, 3.0, position=PatientPosition.UNKNOWN)
    ward.film(patient_id, 3, 3.5, view=ViewPosition.PA, position=PatientPosition.ERECT)
    figure = open_page("patient", id=str(patient_id)).chart("trajectory")
    lines = [trace for trace in figure["data"] if trace.get("mode") == "lines" and trace["yaxis"] == "y"]
    upper = [trace for trace in lines if "dash" in trace["line"]]
    assert [(line["name"], line["line"]["dash"], line["y"]) for line in upper] == [
        ("taken alike", "solid", [2.0, 2.5, None]),
        ("not stated whether taken alike", "longdash", [2.5, 3.0, None]),
        ("not comparable", "dot", [3.0, 3.5, None]),
    ]


def test_the_basis_says_on_which_films_the_noise_was_measured(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    for hours, level in ((27, 2.0), (3, 6.0)):
        ward.film(patient_id, hours, level)
    screen = open_page("patient", id=str(patient_id))
    sentence = "How that error was measured: Invented for tests."
    assert sentence in screen.html
    # Once is enough: the other comparisons leave it out.
    bases = [row[3] for row in screen.texts("verdict-verdicts")]
    assert any("Geographic extent rose by 4.0 of 8" in basis for basis in bases)
    assert not any(sentence in basis for basis in bases)
