"""A map over the film: off at first, asked for by choosing it, with what hinders it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from screen import OpenPage, Screen
from sqlalchemy import func, select
from streamlit.testing.v1.element_tree import Selectbox
from ward_site import WardSite

from core.scoring.saliency import MapKind
from dashboard import queries
from dashboard.components.films.film_maps import NOT_A_READER, NOT_DISEASE, OFF, TITLES
from dashboard.services.worker.lease import SCORING_LEASE
from db.engine import read_transaction, transaction
from db.models import FilmMap, FilmState, MapState
from db.repositories import films, maps, site

KIND = MapKind.ATTRIBUTION_OPACITY


@pytest.fixture
def patient_id(ward: WardSite) -> int:
    """Return a patient with one scored film."""
    patient_id = ward.admit("Ann", "A-01")
    ward.film(patient_id, 3, 2.0)
    return patient_id


def map_choice(screen: Screen) -> Selectbox:
    """Return the field that chooses a map."""
    return next(one for one in screen.app.selectbox if str(one.key).startswith("map-"))


def choose(screen: Screen, kind: MapKind | None) -> Screen:
    map_choice(screen).select(OFF if kind is None else TITLES[kind])
    return screen.run()


def overlay(screen: Screen) -> dict | None:
    before, this = screen.data("film-viewer")["films"]
    assert before["overlay"] is None
    return this["overlay"]


def count(ward: WardSite) -> int:
    with read_transaction(ward.engine) as session:
        return session.scalar(select(func.count()).select_from(FilmMap)) or 0


def settle(ward: WardSite, state: MapState) -> None:
    with transaction(ward.engine) as session:
        row = session.scalars(select(FilmMap)).one()
        assert row.id is not None
        if state is MapState.FAILED:
            maps.settle_failed(row.id, "No lungs were found.", now=ward.now, session=session)
        else:
            maps.settle_made(row.id, b"picture", "", now=ward.now, session=session)


def test_no_map_is_shown_or_made_at_first(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(patient_id))
    assert map_choice(screen).options == [OFF, *TITLES.values()]
    assert map_choice(screen).value == OFF
    assert overlay(screen) is None
    assert count(ward) == 0


def test_choosing_a_map_asks_for_it_once(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    screen = choose(open_page("patient", id=str(patient_id)), KIND).run()
    with read_transaction(ward.engine) as session:
        row = session.scalars(select(FilmMap)).one()
        content_hash = films.get(1, session=session).content_hash
    assert (row.content_hash, row.model, row.model_version) == (content_hash, "mean-grey", "1")
    assert (row.kind, row.state) == (KIND, MapState.WAITING)
    shown = overlay(screen)
    assert shown is not None
    assert shown["title"] == "Places that raised the score: opacity"
    assert shown["lines"][-1] == NOT_DISEASE == "A map shows what moved the score, not where disease is."
    assert [entry["shape"] for entry in shown["legend"]] == ["scale"]
    assert urlsplit(shown["url"]).path == f"/maps/{row.id}.png"
    assert overlay(choose(screen, None)) is None


def test_masks_have_their_own_legend_and_caution(patient_id: int, open_page: OpenPage) -> None:
    shown = overlay(choose(open_page("patient", id=str(patient_id)), MapKind.MASKS))
    assert shown is not None
    assert [entry["text"] for entry in shown["legend"]] == ["filled: opacity", "outline: lungs"]
    assert shown["lines"] == [NOT_A_READER]


def test_without_a_worker_it_says_that_nothing_makes_maps(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    said = "! No worker runs, so this map is not made now. `lungline worker` or `lungline serve` starts one."
    screen = open_page("patient", id=str(patient_id))
    assert said not in screen.html
    assert said in choose(screen, KIND).html
    settle(ward, MapState.MADE)
    assert said not in screen.run().html


def test_with_a_worker_it_says_nothing_of_the_kind(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    with transaction(ward.engine) as session:
        site.acquire_lease(SCORING_LEASE, "elsewhere:1:x", timedelta(seconds=20), now=ward.now, session=session)
    assert "No worker runs" not in choose(open_page("patient", id=str(patient_id)), KIND).html


def test_a_map_that_failed_can_be_asked_for_again(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    screen = choose(open_page("patient", id=str(patient_id)), KIND)
    settle(ward, MapState.FAILED)
    screen.run()
    # Looking at it does not ask again.
    with read_transaction(ward.engine) as session:
        assert session.scalars(select(FilmMap)).one().state is MapState.FAILED
    next(button for button in screen.app.button if button.label == "Make this map again").click()
    screen.run()
    with read_transaction(ward.engine) as session:
        assert session.scalars(select(FilmMap)).one().state is MapState.WAITING
    assert "Make this map again" not in [button.label for button in screen.app.button]


def test_another_film_starts_without_a_map(ward: WardSite, patient_id: int, open_page: OpenPage) -> None:
    newest = ward.film(patient_id, 1, 3.0)
    queries.forget()
    screen = choose(open_page("patient", id=str(patient_id), film="1"), KIND)
    assert overlay(screen) is not None
    screen.app.query_params["film"] = str(newest)
    assert overlay(screen.run()) is None


def test_a_film_without_a_score_and_the_past_are_offered_none(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ben", "A-02")
    film_id = ward.film(patient_id, 3, state=FilmState.REJECTED, reason="The film is a lateral view.")
    assert not open_page("patient", id=str(patient_id)).app.selectbox
    ward.settle(film_id, FilmState.ACCEPTED)
    ward.score(film_id, patient_id, 2.0, 1.0)
    queries.forget()
    assert open_page("patient", id=str(patient_id)).app.selectbox
    past = (ward.now + timedelta(seconds=1)).isoformat()
    assert not open_page("patient", id=str(patient_id), as_of=past).app.selectbox
