"""The ward round on screen: whose step it is, moving on, marking reviewed, the end, a stay that has ended."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import streamlit as st
from screen import OpenPage, Screen
from sqlalchemy import select
from sqlmodel import col
from ward_site import WardSite

from core.types import PatientPosition, ViewPosition
from dashboard import queries
from dashboard.components.page import acting, sight
from dashboard.components.round import notes, steps
from dashboard.services.patient.comparison import last_films
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.ward.round import RoundOrder, mark_reviewed
from db.engine import read_transaction, transaction
from db.models import Decision, EventKind, FilmState, RoundReview, Stay
from db.repositories import clinical, rounds, stays

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these tests look at each patient for no time at all."""
    monkeypatch.setattr(sight, "BREATH_SECONDS", 0.0)


@pytest.fixture
def three(ward: WardSite) -> list[int]:
    """Return the stays of three patients; the one in bed 2 has a large rise."""
    people = [ward.admit(f"{name}^X", bed, number=bed) for name, bed in (("Abe", "1"), ("Bea", "2"), ("Cid", "10"))]
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        ward.film(people[1], hours_ago, level)
    ward.film(people[0], 5, 2.0)
    return [stay_of(ward, patient_id) for patient_id in people]


def stay_of(ward: WardSite, patient_id: int) -> int:
    with read_transaction(ward.engine) as session:
        found = session.scalars(select(col(Stay.id)).where(col(Stay.patient_id) == patient_id)).one()
    assert found is not None
    return found


def reviews(ward: WardSite) -> list[tuple[int, str, str]]:
    with read_transaction(ward.engine) as session:
        rows = session.scalars(select(RoundReview).order_by(col(RoundReview.id)))
        return [(row.stay_id, row.actor, row.note) for row in rows]


def press(screen: Screen, label: str) -> Screen:
    next(button for button in screen.app.button if button.label == label).click()
    return screen.run()


def name(screen: Screen) -> str:
    return screen.html.partition("<h1><bdi>")[2].partition("</bdi>")[0]


def stops(screen: Screen) -> list[tuple[str, bool, bool]]:
    return [(stop["place"], stop["reviewed"], stop["current"]) for stop in screen.data("round-rail")["stops"]]


def sign(screen: Screen, stay_id: int, *, note: str = "", actor: str = "Dr Ito") -> None:
    screen.app.text_input(key=f"round-mark-{stay_id}-note").input(note)
    screen.app.text_input(key=f"round-mark-{stay_id}-actor").input(actor)


def test_nobody_is_admitted(open_page: OpenPage) -> None:
    screen = open_page("round")
    assert "The board shows every patient with an open stay." in screen.html
    assert not screen.has("round-rail")
    assert "Nobody is in ICU Z. Choose another unit" in open_page("round", unit="ICU Z").html


def test_one_patient_without_a_film(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit(HOSTILE, "<b>", number="**7**")
    screen = open_page("round")
    assert name(screen) == "&lt;img src=x onerror=alert(1)&gt;"
    assert "Patient 1 of 1 · 0 of 1 reviewed in the round begun" in screen.html
    assert "No film yet. Add one, or wait until one arrives." in screen.html
    assert "This stay was not reviewed on a round before." in screen.html
    assert "No open flag. That does not mean that nothing changed." in screen.html
    assert "<img" not in screen.html
    assert [button.disabled for button in screen.app.button if button.label in {"Back", "Next"}] == [True, True]


def test_the_step_of_the_address_says_all_the_round_asks(three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round", order="beds", stay=str(three[1]))
    assert name(screen) == "Bea, X"
    assert stops(screen) == [("1", False, False), ("2", False, True), ("10", False, False)]
    assert screen.data("round-rail")["stops"][2]["href"] == f"/round?order=beds&stay={three[2]}"
    assert "▲▲ large rise" in screen.html
    assert "Flag: ▲ large rise" in screen.html
    films = screen.data("round-films")["films"]
    assert [film["title"] for film in films] == ["The film before, taken alike", "The last film"]
    assert "geographic extent 7.0 of 8" in films[1]["alternative"]
    chart = screen.chart(f"round-course-{three[1]}")
    assert chart["layout"]["font"]["size"] == 18
    assert open_page("round", order="board").data("round-rail")["stops"][0]["place"] == "2"


def test_the_newest_film_is_shown_also_where_it_was_taken_differently(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Turned", "1")
    ward.film(patient_id, 50, 1.0)
    earlier = ward.film(patient_id, 26, 1.0)
    newest = ward.film(patient_id, 2, 6.0, view=ViewPosition.PA, position=PatientPosition.ERECT)
    screen = open_page("round")
    films = screen.data("round-films")["films"]
    assert [film["title"] for film in films] == ["The film before, taken differently", "The last film"]
    assert "geographic extent 6.0 of 8" in films[1]["alternative"]
    assert "! These two were taken differently: compare them yourself." in screen.html
    found = patient_trend(patient_id, site=ward.site)
    last = last_films(found)
    assert last is not None
    assert [film.film_id for film in last.shown] == [earlier, newest]


def test_an_old_verdict_does_not_read_as_how_the_patient_is(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Old", "1", hours_ago=300)
    for hours in (120, 100):
        ward.film(patient_id, hours, 3.0)
    screen = open_page("round")
    assert "! not up to date</span> before: no real change." in screen.html
    assert open_page("round", stay="end").texts("round-end")[0][3].startswith("! stale: last film 4 days ago")


def test_an_older_film_that_was_refused_leaves_the_verdict_up_to_date(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Fine", "1")
    for hours in (50, 26, 2):
        ward.film(patient_id, hours, 3.0)
    ward.film(patient_id, 30, state=FilmState.REJECTED, reason="The film is a lateral view.")
    screen = open_page("round")
    assert "! 1 film is not on the trend: rejected by a check (The film is a lateral view)." in screen.html
    assert "= no real change</span>" in screen.html
    assert "not up to date" not in screen.html
    ward.film(patient_id, 1, state=FilmState.REJECTED, reason="The picture is empty.")
    st.cache_resource.clear()
    assert "! not up to date</span> before: no real change." in open_page("patient", id=str(patient_id)).html


def test_a_note_stays_where_the_patient_is_marked_again(ward: WardSite, three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round", stay=str(three[0]))
    sign(screen, three[0], note="wean")
    press(screen, "Confirm, next")
    again = open_page("round", stay=str(three[0]))
    assert again.app.text_input(key=f"round-mark-{three[0]}-note").value == "wean"
    again.app.text_input(key=f"round-mark-{three[0]}-actor").input("Dr Ito")
    press(again, "Confirm, next")
    assert reviews(ward) == [(three[0], "Dr Ito", "wean"), (three[0], "Dr Ito", "wean")]


def test_a_press_that_comes_too_soon_to_be_meant_marks_nobody(
    ward: WardSite, three: list[int], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sight, "BREATH_SECONDS", 60.0)
    first, second = three[:2]
    screen = open_page("round", order="beds")
    field = next(one for one in screen.app.text_input if one.label == "Your name")
    field.set_value("Dr Ito")
    # Who was there when the page was opened has been looked at.
    assert name(press(screen, "Confirm, next")) == "Bea, X"
    assert name(press(screen, "Confirm, next")) == "Bea, X"
    assert [stay_id for stay_id, _, _ in reviews(ward)] == [first]
    monkeypatch.setattr(sight, "BREATH_SECONDS", 0.0)
    assert name(press(screen, "Confirm, next")) == "Cid, X"
    assert [stay_id for stay_id, _, _ in reviews(ward)] == [first, second]


def test_a_note_typed_and_not_stored_is_kept_and_said(ward: WardSite, three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round", stay=str(three[0]))
    sign(screen, three[0], note="wean tomorrow")
    press(screen, "Next")
    assert name(screen) == "Bea, X"
    assert [stop["unstored"] for stop in screen.data("round-rail")["stops"]] == ["note not stored yet", "", ""]
    assert "0 of 3 reviewed in the round begun" in screen.html
    assert "· 1 note not stored yet" in screen.html
    assert screen.app.text_input(key=f"round-mark-{three[1]}-note").value == ""
    # The name too is typed once.
    assert screen.app.text_input(key=f"round-mark-{three[1]}-actor").value == "Dr Ito"
    screen.app.text_input(key=f"round-mark-{three[1]}-note").input("CT?")
    press(screen, "Back")
    assert "· 2 notes not stored yet" in screen.html
    assert screen.app.text_input(key=f"round-mark-{three[0]}-note").value == "wean tomorrow"
    press(screen, "Confirm, next")
    assert reviews(ward) == [(three[0], "Dr Ito", "wean tomorrow")]
    assert name(screen) == "Bea, X"
    assert screen.app.text_input(key=f"round-mark-{three[1]}-note").value == "CT?"
    assert [stop["unstored"] for stop in screen.data("round-rail")["stops"]] == ["", "note not stored yet", ""]
    screen.app.query_params["stay"] = "end"
    end = screen.run().data("round-end")["rows"]
    assert [(row["cells"][6]["text"], row["cells"][6]["small"]) for row in end] == [
        ("wean tomorrow", []),
        ("-", ["note not stored yet"]),
        ("-", []),
    ]


def test_a_stored_note_that_is_emptied_is_not_stored_yet(three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round", stay=str(three[0]))
    sign(screen, three[0], note="wean")
    press(screen, "Confirm, next")
    press(screen, "Back")
    assert "not stored yet" not in screen.html
    screen.app.text_input(key=f"round-mark-{three[0]}-note").input("")
    press(screen, "Next")
    assert screen.data("round-rail")["stops"][0]["unstored"] == "note not stored yet"
    press(screen, "Back")
    assert screen.app.text_input(key=f"round-mark-{three[0]}-note").value == ""


def test_a_note_of_an_earlier_round_is_not_shown_again(
    ward: WardSite, three: list[int], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = open_page("round", stay=str(three[0]))
    sign(screen, three[0], note="wean")
    press(screen, "Next")
    later = queries.now() + timedelta(hours=13)
    site = queries.site().at(later)
    monkeypatch.setattr(queries, "site", lambda: site)
    press(screen, "Back")
    assert screen.app.text_input(key=f"round-mark-{three[0]}-note").value == ""
    assert "not stored yet" not in screen.html
    assert reviews(ward) == []


def test_oxygenation_ventilation_and_each_lung_are_stated_or_said_not_to_be(
    ward: WardSite, three: list[int], open_page: OpenPage
) -> None:
    html = open_page("round", stay=str(three[2])).html
    assert "<dt>PaO2/FiO2</dt><dd><bdi>not stated</bdi>" in html
    assert "<dt>Ventilation</dt><dd><bdi>not stated</bdi>" in html
    assert "<dt>Each lung</dt><dd><bdi>not stated: no film is on the trend</bdi>" in html
    with read_transaction(ward.engine) as session:
        patient_id = session.scalars(select(col(Stay.patient_id)).where(col(Stay.id) == three[0])).one()
    with transaction(ward.engine) as session:
        for hours, pao2 in ((9, 60.0), (4, 80.0)):
            at = ward.now - timedelta(hours=hours)
            clinical.add_observation(patient_id, "pao2", pao2, at=at, unit="mmHg", session=session)
            clinical.add_observation(patient_id, "fio2", 50.0, at=at, unit="%", session=session)
        # A gas whose share of oxygen nobody states is no ratio.
        at = ward.now - timedelta(hours=1)
        clinical.add_observation(patient_id, "pao2", 99.0, at=at, unit="mmHg", session=session)
        clinical.add_event(patient_id, EventKind.EXTUBATION, at=ward.now - timedelta(hours=7), session=session)
    st.cache_resource.clear()
    html = open_page("round", stay=str(three[0])).html
    assert "<dt>PaO2/FiO2</dt><dd><bdi>160 mmHg, 4 h ago</bdi>" in html
    assert "<dt>Ventilation</dt><dd><bdi>extubated 7 h ago</bdi>" in html
    assert "<dd><bdi>geographic extent right 1.0 of 4, left 1.0 of 4 (film of " in html


def test_moving_names_its_target_and_stores_nothing(ward: WardSite, three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round")
    assert name(screen) == "Abe, X"
    keys = [button.key for button in screen.app.button]
    assert f"round-next-{three[0]}-{three[1]}" in keys
    assert name(press(screen, "Next")) == "Bea, X"
    assert screen.app.query_params["stay"] == str(three[1])
    assert name(press(screen, "Next")) == "Cid, X"
    assert name(press(screen, "Back")) == "Bea, X"
    assert reviews(ward) == []


def test_a_round_from_the_first_to_the_end(ward: WardSite, three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round")
    sign(screen, three[0], note="<b>wean</b>")
    assert name(press(screen, "Confirm, next")) == "Bea, X"
    assert [reviewed for _, reviewed, _ in stops(screen)] == [True, False, False]
    assert screen.app.text_input(key=f"round-mark-{three[1]}-actor").value == "Dr Ito"
    # Another colleague picks up where this one left.
    assert name(open_page("round")) == "Bea, X"
    assert name(press(screen, "Confirm, next")) == "Cid, X"
    press(screen, "Confirm, next")
    assert [one.value for one in screen.app.header] == ["All patients are reviewed"]
    assert reviews(ward) == [(three[0], "Dr Ito", "<b>wean</b>"), (three[1], "Dr Ito", ""), (three[2], "Dr Ito", "")]
    end = screen.texts("round-end")
    assert [row[0] for row in end] == ["1", "2", "10"]
    assert [row[3] for row in end] == ["first film, nothing to compare with", "▲▲ large rise", "no film yet"]
    assert end[0][6] == "<b>wean</b>"
    again = open_page("round", stay=str(three[0]))
    assert "✓ In this round: reviewed, no decision recorded, " in again.html
    assert "Note: &lt;b&gt;wean&lt;/b&gt;" in again.html
    assert "No film, flag or event since then." in again.html
    assert any(button.label == "End" for button in open_page("round", stay=str(three[2])).app.button)
    press(screen, "Begin a new round")
    assert [reviewed for _, reviewed, _ in stops(screen)] == [False, False, False]
    assert name(screen) == "Abe, X"


def test_a_decision_is_confirmed_shown_and_undone(three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round")
    sign(screen, three[0], note="lasix")
    screen.app.button_group(key=f"round-decision-{three[0]}-None").set_value(Decision.DE_ESCALATE)
    assert name(press(screen, "Confirm, next")) == "Bea, X"
    assert "Stored for ICU A, bed 1, Abe, X: ▼ de-escalate." in screen.html
    assert "▼ de-escalate, " in open_page("round", stay=str(three[0])).html
    assert name(press(screen, "Undo")) == "Abe, X"
    assert [reviewed for _, reviewed, _ in stops(screen)] == [False, False, False]
    assert "Stored for" not in screen.html


def test_a_decision_on_what_was_not_all_that_is_known_is_refused_and_kept(
    ward: WardSite, three: list[int], open_page: OpenPage
) -> None:
    screen = open_page("round")
    sign(screen, three[0], note="lasix")
    screen.app.button_group(key=f"round-decision-{three[0]}-None").set_value(Decision.DE_ESCALATE)
    screen.run()
    with transaction(ward.engine) as session:
        rounds.add(
            three[0],
            round_began_at=ward.now,
            actor="Dr Lind",
            decision=Decision.ESCALATE,
            now=ward.now + timedelta(seconds=1),
            session=session,
        )
    assert name(press(screen, "Confirm, next")) == "Abe, X"
    assert "there is a decision by Dr Lind for this patient. It is shown now: look again, then decide." in screen.html
    assert "▲ escalate, " in screen.html
    assert screen.app.text_input(key=f"round-mark-{three[0]}-note").value == "lasix"


def test_before_the_round_everybody_is_counted(three: list[int], open_page: OpenPage) -> None:
    assert "Since the last round: 1 rose, 1 no recent film, 1 new on the round." in open_page("round").html
    screen = press(open_page("round"), "Before the round")
    assert screen.app.query_params["stay"] == "before"
    assert [(row[0], row[1], row[4]) for row in screen.texts("before")] == [
        ("▲ rose", "Bea, X", "never reviewed"),
        ("! no recent film", "Cid, X", "never reviewed"),
        ("● new on the round", "Abe, X", "never reviewed"),
    ]
    assert screen.data("before")["rows"][0]["href"] == f"/round?order=beds&stay={three[1]}"
    assert "Every patient of this round stands above." in screen.html


def test_a_press_for_a_patient_out_of_sight_stores_nothing(
    ward: WardSite, three: list[int], open_page: OpenPage
) -> None:
    # A browser tells a press together with older ones: the stay in its address says whom the person saw.
    screen = open_page("round", stay=str(three[0]))
    sign(screen, three[0], note="seen")
    screen.app.query_params["stay"] = str(three[2])
    press(screen, "Confirm, next")
    assert reviews(ward) == []
    assert name(screen) == "Cid, X"
    assert screen.app.query_params["stay"] == str(three[2])
    screen.app.query_params["stay"] = str(three[0])
    sign(screen.run(), three[0], note="seen")
    press(screen, "Confirm, next")
    assert reviews(ward) == [(three[0], "Dr Ito", "seen")]


def test_a_review_needs_a_name(ward: WardSite, three: list[int], open_page: OpenPage) -> None:
    screen = press(open_page("round"), "Confirm, next")
    assert name(screen) == "Abe, X"
    assert screen.app.error[0].value == "Nothing was stored."
    assert "Give your name." in screen.html
    sign(screen, three[0])
    press(screen, "Confirm, next")
    assert not screen.app.error
    assert [stay_id for stay_id, _, _ in reviews(ward)] == [three[0]]


def test_a_stay_that_ended_meanwhile_is_said_and_nobody_shown_instead(
    ward: WardSite, three: list[int], open_page: OpenPage
) -> None:
    screen = open_page("round")
    sign(screen, three[0])
    with transaction(ward.engine) as session:
        stays.discharge(three[0], at=ward.now, session=session)
    press(screen, "Confirm, next")
    assert "This stay has ended meanwhile." in screen.html
    assert [one.value for one in screen.app.error] == ["Nothing was stored."]
    assert reviews(ward) == []
    screen = open_page("round", stay=str(three[0]))
    assert "No other patient is shown in its place." in screen.html
    assert name(screen) == "Round"
    assert stops(screen) == [("2", False, False), ("10", False, False)]
    assert name(press(screen, "Go on with the next patient not reviewed")) == "Bea, X"


def test_what_changed_since_the_last_review_is_listed(ward: WardSite, three: list[int], open_page: OpenPage) -> None:
    before = ward.now - timedelta(hours=1)
    for stay_id in three[:1]:
        mark_reviewed(stay_id, began_at=before, seen=None, actor="Dr Ito", note="", site=ward.site.at(before))
    with read_transaction(ward.engine) as session:
        patient_id = session.scalars(select(col(Stay.patient_id)).where(col(Stay.id) == three[0])).one()
    with transaction(ward.engine) as session:
        at = ward.now - timedelta(minutes=5)
        clinical.add_event(patient_id, EventKind.INTUBATION, at=at, note=HOSTILE, session=session)
    screen = open_page("round", stay=str(three[0]))
    # Late in the course: the name stands before its line, or it would run out of the chart.
    assert screen.chart(f"round-course-{three[0]}")["layout"]["annotations"][0]["xanchor"] == "right"
    html = screen.html
    assert "by Dr Ito" in html
    assert "New film of " in html
    assert "extent 2.0 of 8" in html
    assert "Event intubation: &lt;img src=x onerror=alert(1)&gt;: " in html


def test_addresses_that_ask_for_nothing_known_are_said(three: list[int], open_page: OpenPage) -> None:
    screen = open_page("round", since="soon", order="moon")
    assert "so this is the round under way" in screen.html
    assert name(screen) == "Abe, X"
    assert "No other patient is shown in its place." in open_page("round", stay="x").html
    assert len(three) == 3


def test_a_press_that_finds_no_fields_keeps_the_name_and_the_note(
    ward: WardSite, three: list[int], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = open_page("round", stay=str(three[0]))
    sign(screen, three[0], note="wean")
    screen.run()
    kept = {of_screen: screen.app.session_state[of_screen] for of_screen in (acting.ACTOR, notes.NOTES)}
    monkeypatch.setattr(steps.st, "session_state", kept)
    monkeypatch.setattr(steps, "SIGHT", SimpleNamespace(was_looked_at=lambda _stay: True, move_on=lambda *_stays: None))
    found = queries.ward_round(None, RoundOrder.BEDS, None)
    steps._mark(found.steps[0], found, None, None)
    assert reviews(ward) == [(three[0], "Dr Ito", "wean")]
    assert kept[acting.ACTOR] == "Dr Ito"
