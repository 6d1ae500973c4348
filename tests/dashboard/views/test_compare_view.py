"""The comparison of two films: which ones, what changed, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import streamlit as st
from screen import OpenPage, Screen
from sqlalchemy import func, select
from ward_site import MODEL, VERSION, WardSite

from core.scoring.cards import read_card
from core.scoring.saliency import DrawnMap, MapKind
from core.trend.wording import NOISE_TAKEN_AS_KNOWN
from core.types import TimePrecision, ViewPosition
from dashboard.components.films import compared_films, comparison
from dashboard.components.films.compared_films import DIFFERENCE, MASKS_NEEDED
from dashboard.components.films.comparison import Wish, wish_of
from dashboard.components.films.film_maps import NO_WORKER
from dashboard.components.films.pair_verdict import severity_unmeasured
from dashboard.pictures.maps import stored_picture
from dashboard.services.patient.timeline import patient_trend
from db.engine import read_transaction, transaction
from db.models import FilmMap, FilmState
from db.repositories import films, maps

NOT_OF_PATIENT = "A film named in the address is not one of this patient&#x27;s films. It is not shown here."


@pytest.fixture
def patient_id(ward: WardSite) -> int:
    """Return a patient with three films, the ids 1 to 3, the last a large rise."""
    patient_id = ward.admit("Rising^Bo", "A-01", number="77-1")
    for hours, level in ((51, 2.0), (27, 2.2), (3, 6.0)):
        ward.film(patient_id, hours, level)
    return patient_id


def viewer(screen: Screen, first: int, second: int) -> dict:
    found: dict = screen.data("films-1")
    assert [film["film_id"] for film in found["films"]] == [first, second]
    return found


def test_the_newest_two_films_are_compared_where_nobody_chose(patient_id: int, open_page: OpenPage) -> None:
    screen = open_page("compare", id=str(patient_id))
    data = viewer(screen, 2, 3)
    assert [film["title"] for film in data["films"]] == ["Earlier film", "Later film"]
    assert [urlsplit(film["url"]).path for film in data["films"]] == ["/films/2.grey16", "/films/3.grey16"]
    assert data["films"][1]["alternative"].startswith("Film of Rising, Bo taken ")
    assert data["films"][1]["alternative"].endswith("AP supine; geographic extent 6.0 of 8, opacity 4.5 of 6.")
    # Nothing lies over the films before somebody asks.
    assert data["wish"] == {"over": "", "aligned": False}
    assert data["maps"] == [[], []]
    assert data["alignment"] is None
    assert data["steps"] == [[1, 2], [3]]
    assert data["banner"][:2] == ["Rising, Bo", "77-1"]
    assert "24 h apart, no film on the trend in between" in data["banner"]


def test_a_wish_holds_for_the_films_it_was_made_over(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"wish": {"pair": "2-3", "over": DIFFERENCE, "aligned": True}}
    monkeypatch.setattr(comparison.st, "session_state", {"films-1": made})
    assert wish_of("films-1", [2, 3]) == Wish(DIFFERENCE, aligned=True)
    assert wish_of("films-1", [1, 3]) == wish_of("films-2", [2, 3]) == Wish()


def test_whose_films_they_are_and_what_changed_stands_above_them(patient_id: int, open_page: OpenPage) -> None:
    html = open_page("compare", id=str(patient_id), film="1", **{"with": "3"}).html
    assert "<h1><bdi>Rising, Bo</bdi></h1>" in html
    assert "<bdi>77-1</bdi>" in html
    assert "<span>48 h apart, 1 film on the trend in between</span>" in html
    assert 'Geographic extent: <span class="ll-chip ll-rise">▲▲ large rise</span> +3.6 (95 %: +2.6 to +4.6)' in html
    assert "Geographic extent: change as scored +4.0. Geographic extent rose by 4.0 of 8" in html
    assert NOISE_TAKEN_AS_KNOWN in html
    assert "against the film 48 h before (2.0 → 6.0)" in html


@pytest.mark.parametrize(
    ("measured", "views", "said"),
    [
        ((ViewPosition.PA,), (ViewPosition.PA, ViewPosition.PA), ""),
        (
            (ViewPosition.PA,),
            (ViewPosition.PA, ViewPosition.AP),
            "! The severity error stated for this model is of PA films, not of AP films.",
        ),
        (
            (ViewPosition.PA,),
            (ViewPosition.UNKNOWN, ViewPosition.UNKNOWN),
            "! The severity error stated for this model is of PA films, not of films of unstated projection.",
        ),
        ((), (ViewPosition.AP, ViewPosition.AP), ""),
    ],
)
def test_a_projection_without_measured_severity_error_is_said(
    ward: WardSite,
    patient_id: int,
    measured: tuple[ViewPosition, ...],
    views: tuple[ViewPosition, ViewPosition],
    said: str,
) -> None:
    trend = patient_trend(patient_id, site=ward.site)
    assert trend.card is not None
    pair = [replace(film, view_position=view) for film, view in zip(trend.timeline.films, views, strict=False)]
    assert severity_unmeasured(replace(trend.card, severity_views=measured), pair) == said


def test_cards_name_the_projections_of_their_severity_error() -> None:
    both = (ViewPosition.AP, ViewPosition.PA)
    for name, views in (("embedded", both), ("unet_resnet18", (ViewPosition.PA,))):
        folder = resources.files("core.scoring.models") / name
        assert read_card(Path(str(folder / "card.json"))).severity_views == views


@pytest.mark.parametrize(("film", "other"), [("1", "3"), ("3", "1")])
def test_any_two_films_stand_in_order_of_time(patient_id: int, open_page: OpenPage, film: str, other: str) -> None:
    data = viewer(open_page("compare", id=str(patient_id), film=film, **{"with": other}), 1, 3)
    assert [film["title"] for film in data["films"]] == ["Earlier film", "Later film"]


def test_choosing_films_goes_into_the_address(patient_id: int, open_page: OpenPage) -> None:
    screen = open_page("compare", id=str(patient_id))
    film, other = screen.app.selectbox
    assert (film.label, film.value, film.options[0][:2]) == ("Film", 3, "3:")
    assert (other.label, other.value, len(other.options)) == ("Compared with", 2, 2)
    other.select(other.options[1])
    screen.run()
    viewer(screen, 1, 3)
    assert screen.app.query_params["with"] == "1"
    # The address leads, as with the browser's Back.
    screen.app.query_params["with"] = "2"
    viewer(screen.run(), 2, 3)


def test_without_a_film_it_says_so(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("compare", id=str(ward.admit("Ann", "A-01")))
    assert "This patient has no film yet: there is nothing to compare." in screen.html
    assert "<h1><bdi>Ann</bdi></h1>" in screen.html


def test_with_one_film_it_says_so(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    film_id = ward.film(patient_id, 3, 2.0)
    for parameters in ({}, {"film": str(film_id)}, {"film": str(film_id), "with": str(film_id)}):
        screen = open_page("compare", id=str(patient_id), **parameters)
        assert "This patient has one film only: there is nothing to compare it with." in screen.html
        assert not screen.app.selectbox


@pytest.mark.parametrize("parameters", [{"film": "99"}, {"with": "99"}, {"film": "x"}, {"film": "3", "with": "-1"}])
def test_an_unknown_film_is_said(patient_id: int, open_page: OpenPage, parameters: dict[str, str]) -> None:
    screen = open_page("compare", id=str(patient_id), **parameters)
    assert NOT_OF_PATIENT in screen.html
    assert "grey16" not in screen.html
    assert not screen.app.selectbox


def test_a_film_of_another_patient_is_refused(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    foreign = ward.film(ward.admit("Foreign^Fay", "A-02"), 3, 2.0)
    for parameters in ({"film": str(foreign)}, {"film": "3", "with": str(foreign)}):
        screen = open_page("compare", id=str(patient_id), **parameters)
        assert NOT_OF_PATIENT in screen.html
        for pair in ((foreign, 3), (3, foreign), (2, foreign)):
            assert not screen.has(f"films-{pair[0]}-{pair[1]}")
    assert "Fay" not in screen.html


def test_an_unknown_patient_is_said(open_page: OpenPage) -> None:
    for parameters in ({}, {"id": "99"}, {"id": "x"}):
        screen = open_page("compare", **parameters)
        assert screen.app.header[0].value == "There is no such patient"


def test_a_retracted_film_is_marked_and_gets_no_verdict(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    ward.settle(3, FilmState.RETRACTED, "wrong patient")
    screen = open_page("compare", id=str(patient_id), film="3", **{"with": "1"})
    said = "No verdict: one of the two films is not on the trend, retracted: wrong patient."
    assert said in screen.html
    assert "ll-chip" not in screen.html
    lines = viewer(screen, 1, 3)["films"][1]["lines"]
    assert lines[-1] == "! not on the trend: retracted: wrong patient"
    # Where nobody chose, a film that is still on the trend comes first.
    viewer(open_page("compare", id=str(patient_id)), 1, 2)


def test_films_of_one_day_have_neither_order_nor_verdict(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    for hours in (30, 29.9):
        ward.film(patient_id, hours, 2.0, precision=TimePrecision.DAY)
    screen = open_page("compare", id=str(patient_id), film="2", **{"with": "1"})
    assert "No verdict: the order of films of one day, or of one instant, is not known." in screen.html
    assert [film["title"] for film in viewer(screen, 2, 1)["films"]] == ["First film", "Second film"]


def wish(monkeypatch: pytest.MonkeyPatch, over: str, *, aligned: bool) -> None:
    """Wish for something over the films, as the viewer does."""
    monkeypatch.setattr(compared_films, "wish_of", lambda _key, _films: Wish(over, aligned))


def count(ward: WardSite) -> int:
    with read_transaction(ward.engine) as session:
        return session.scalar(select(func.count()).select_from(FilmMap)) or 0


def make_masks(ward: WardSite, film_id: int, shift: int = 0) -> None:
    planes = np.zeros((3, 100, 100), np.float32)
    planes[0, 20 + shift : 70 + shift, 10:40] = planes[1, 20 + shift : 70 + shift, 60:90] = 1
    planes[2, 45 + shift : 70 + shift, 10:40] = 1
    drawn = DrawnMap(MapKind.MASKS, planes, "Opacity is marked in the right lung only.")
    with transaction(ward.engine) as session:
        content_hash = films.get(film_id, session=session).content_hash
        row = maps.request(content_hash, MODEL, VERSION, MapKind.MASKS, now=ward.now, session=session)
        assert row.id is not None
        maps.settle_made(row.id, stored_picture(drawn), drawn.summary, now=ward.now, session=session)


def test_a_wish_asks_for_the_map_of_both_films(
    ward: WardSite, patient_id: int, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(monkeypatch, MapKind.GRADIENT_OPACITY.value, aligned=False)
    data = viewer(open_page("compare", id=str(patient_id)).run(), 2, 3)
    assert [urlsplit(one["url"]).path for one in data["maps"][0]] == ["/maps/1.planes.png", "/maps/2.planes.png"]
    assert data["maps"][1] == []
    assert data["hindrance"] == NO_WORKER
    assert count(ward) == 2


def test_aligning_waits_for_the_masks_and_says_how_well_the_lungs_overlap(
    ward: WardSite, patient_id: int, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(monkeypatch, DIFFERENCE, aligned=True)
    screen = open_page("compare", id=str(patient_id))
    data = viewer(screen, 2, 3)
    assert (data["alignment"], data["not_aligned"]) == (None, MASKS_NEEDED)
    make_masks(ward, 2)
    make_masks(ward, 3, shift=15)
    data = viewer(screen.run(), 2, 3)
    np.testing.assert_allclose(data["alignment"]["matrix"], [[1, 0, 0], [0, 1, 0.15]], atol=1e-6)
    said = "The lungs of the two films are aligned; their outlines overlap by 100 % (Dice), before by 70 %."
    assert data["alignment"]["words"] == said
    assert data["alignment"]["difference"] == (
        "Of the lung fields, opaque on both films: 25 %; on the later film only: 0 %; on the earlier film only: 0 %."
    )
    assert data["hindrance"] == ""


def test_lungs_that_do_not_fit_are_said(
    ward: WardSite, patient_id: int, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared_films, "wish_of", lambda _key, _films: Wish("", aligned=True))
    st.cache_resource.clear()
    make_masks(ward, 2)
    with transaction(ward.engine) as session:
        content_hash = films.get(3, session=session).content_hash
        row = maps.request(content_hash, MODEL, VERSION, MapKind.MASKS, now=ward.now, session=session)
        assert row.id is not None
        empty = DrawnMap(MapKind.MASKS, np.zeros((3, 100, 100), np.float32), "Opacity is marked in neither lung.")
        maps.settle_made(row.id, stored_picture(empty), empty.summary, now=ward.now, session=session)
    data = viewer(open_page("compare", id=str(patient_id)), 2, 3)
    assert data["alignment"] is None
    assert data["not_aligned"].startswith("The right lung is not outlined on the second of the two films")


def test_a_film_without_a_score_has_no_map(
    ward: WardSite, patient_id: int, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.film(patient_id, 1, state=FilmState.REJECTED, reason="The film is a lateral view.")
    wish(monkeypatch, MapKind.MASKS.value, aligned=False)
    data = viewer(open_page("compare", id=str(patient_id), film="4", **{"with": "3"}), 3, 4)
    assert data["maps"][0][0]["map_id"] == 1
    assert data["maps"][0][1]["map_id"] == 0
    assert data["maps"][0][1]["reason"] == "not scored by the active model, so there is no map of it."
    assert count(ward) == 1


def test_in_the_past_the_films_of_then_are_compared_and_nothing_is_asked_for(
    ward: WardSite, patient_id: int, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(monkeypatch, MapKind.MASKS.value, aligned=True)
    screen = open_page("compare", id=str(patient_id), as_of=(ward.now + timedelta(seconds=1)).isoformat())
    data = viewer(screen, 2, 3)
    assert data["mappable"] is False
    assert [one["value"] for one in data["offered"]] == [""]
    assert "This is what stood at" in screen.html
    assert count(ward) == 0


def test_every_sign_of_the_difference_has_its_own_shape_colour_and_words() -> None:
    (difference,) = (one for one in compared_films.OFFERED if one.value == DIFFERENCE)
    for name in ("shape", "colour", "text"):
        assert len({getattr(entry, name) for entry in difference.legend}) == 3


def test_the_patients_page_leads_to_any_two_films(patient_id: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(patient_id), film="3")
    choice = next(one for one in screen.app.selectbox if one.label == "Compare this film with")
    assert choice.value == 2
    assert link(screen) == f"id={patient_id}&film=3&with=2"
    choice.select(choice.options[0])
    assert link(screen.run()) == f"id={patient_id}&film=3&with=1"


def link(screen: Screen) -> str:
    (found,) = (one.proto for one in screen.app.main if one.type == "page_link" and one.proto.page == "compare")
    return str(found.query_string)
