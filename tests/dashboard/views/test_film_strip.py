"""The film strip: every film of a patient as a thumbnail on the chart's axis, the chosen one large beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from screen import OpenPage
from ward_site import ACTOR, WardSite

from core.types import TimePrecision
from dashboard.components.films.lung_parts import extent_text
from dashboard.components.patient.phases import Phase, phase_text, phases
from dashboard.services.patient import census
from dashboard.wording.times import TimeScale
from db.engine import transaction
from db.models import EventKind, FilmState
from db.read_models.facts import EventFacts
from db.repositories import stays

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def rising(ward: WardSite) -> int:
    """Return a patient with a large rise in the newest of three films, and one that was refused."""
    patient_id = ward.admit("Rising^Bo", "A-01")
    for hours, level in ((51, 2.0), (27, 2.2), (3, 6.0)):
        ward.film(patient_id, hours, level)
    ward.film(patient_id, 40, state=FilmState.REJECTED, reason="The film is a lateral view.")
    return patient_id


def test_every_film_has_its_place_score_projection_and_flag(rising: int, open_page: OpenPage) -> None:
    sent = open_page("patient", id=str(rising)).data("film-strip")
    assert [(film["score"], film["view"], film["flag"]) for film in sent["films"]] == [
        ("2.0", "AP", ""),
        ("no score", "AP", ""),
        ("2.2", "AP", ""),
        ("6.0", "AP", "▲"),
    ]
    assert [film["at"] for film in sent["films"]] == sorted(film["at"] for film in sent["films"])
    assert sent["films"][1]["dimmed"].startswith("not on the trend, ")
    assert sent["films"][0]["url"].startswith("/films/1.thumbnail.jpg?expires=")
    assert (sent["selected"], sent["chart"]) == (3, "trajectory")


def test_the_large_film_says_when_it_was_taken_its_scores_and_its_verdict(rising: int, open_page: OpenPage) -> None:
    sent = open_page("patient", id=str(rising), film="4").data("shown-film")
    by_id = {film["id"]: film for film in sent["films"]}
    assert sent["selected"] == 4
    assert by_id[3]["title"].endswith("AP supine")
    assert by_id[3]["lines"] == [
        "geographic extent 6.0 of 8, opacity 4.5 of 6",
        "▲▲ large rise, +3.5 in 24 h (95 %: +2.5 to +4.5)",
    ]
    assert by_id[4]["lines"][1].startswith("! not on the trend, ")


def test_films_of_an_earlier_stay_are_dimmed(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    census.discharge(1, at=ward.now - timedelta(hours=1), actor=ACTOR, site=ward.site)
    with transaction(ward.engine) as session:
        stays.admit(rising, "ICU A", "A-02", admitted_at=ward.now - timedelta(minutes=30), session=session)
    ward.film(rising, 0, 5.0)
    films = open_page("patient", id=str(rising)).data("film-strip")["films"]
    assert [film["dimmed"] for film in films if film["score"] != "no score"] == ["of an earlier stay"] * 3 + [""]


def event(kind: EventKind, hours: float) -> EventFacts:
    return EventFacts(1, kind, START + timedelta(hours=hours), TimePrecision.SECOND, "", "")


def test_phases_begin_and_end_with_events_and_say_what_is_not_stated() -> None:
    found = phases(
        [
            event(EventKind.EXTUBATION, 5),
            event(EventKind.INTUBATION, 10),
            event(EventKind.INTUBATION, 12),
            event(EventKind.PRONING, 11),
            event(EventKind.SUPINATION, 20),
            event(EventKind.ICU_RELEASE, 40),
        ]
    )
    hours = [
        (one.name, *(at and (at - START).total_seconds() / 3600 for at in (one.began, one.ended))) for one in found
    ]
    assert hours == [("ventilated", None, 5.0), ("ventilated", 10.0, 40.0), ("prone", 11.0, 20.0)]
    open_end = phase_text(Phase("ventilated", START, None), TimeScale(UTC))
    assert open_end == "ventilated: since 1 Mar 2026, 00:00; end not stated"
    assert phase_text(Phase("prone", None, START), TimeScale(UTC)) == (
        "prone: beginning not stated to 1 Mar 2026, 00:00"
    )


@pytest.mark.parametrize(
    ("extent", "words"),
    [
        (0.0, "nothing"),
        (0.4, "less than a quarter"),
        (0.6, "less than a quarter"),
        (3.4, "half to three quarters"),
        (3.8, "more than three quarters"),
    ],
)
def test_an_extent_of_one_lung_is_said_in_quarters(extent: float, words: str) -> None:
    assert extent_text(extent) == words
