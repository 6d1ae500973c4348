"""The ward board: its rows for every state a stay can be in, its controls, its notices."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
import streamlit as st
from screen import OpenPage, Screen
from ward_site import WardSite

from core.types import PatientPosition, TimePrecision, ViewPosition
from dashboard import queries
from dashboard.services.flags.decisions import acknowledge
from db.engine import transaction
from db.models import EventKind, FilmState
from db.repositories import clinical, rounds, stays
from db.repositories import site as site_rows


def rows(screen: Screen) -> list[dict[str, Any]]:
    return sent(screen.data("board"))


def sent(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of what the board was given."""
    return list(json.loads(data["rows"]))


def test_an_empty_ward_says_what_to_do_next(open_page: OpenPage) -> None:
    screen = open_page()
    assert [title.value for title in screen.app.title] == ["Ward"]
    assert screen.app.header[0].value == "Nobody is admitted yet"
    assert "lungline import PATH" in screen.html
    assert rows(screen) == []


def test_an_imported_cohort_is_named_on_the_empty_board_with_the_way_to_it(ward: WardSite, open_page: OpenPage) -> None:
    people = [ward.patient(f"Cohort{number}^X") for number in range(3)]
    assert "no open stay, and so no row here" not in open_page().html
    for patient_id in people[:2]:
        ward.film(patient_id, 3, 2.0)
    ward.film(people[2], 3, state=FilmState.RETRACTED, reason="wrong film")
    queries.forget()
    assert "2 patients with films have no open stay, and so no row here." in open_page().html
    assert "2 patients with films have no open stay" in open_page("round").html
    screen = open_page("census", show="not-admitted")
    assert [row[0] for row in screen.texts("patient-list")] == ["Cohort0, X", "Cohort1, X"]
    ward.film(ward.admit("Here", "1"), 3, 2.0)
    queries.forget()
    assert "no open stay" not in open_page().html
    assert [row[0] for row in open_page("census", show="not-admitted").texts("patient-list")] == [
        "Cohort0, X",
        "Cohort1, X",
    ]


def test_a_large_rise_stands_on_top_with_its_flag(ward: WardSite, open_page: OpenPage) -> None:
    calm = ward.admit("Calm, Ann", "A-02")
    rising = ward.admit("Rising, Bo", "A-01", number="77-1")
    for hours, level in ((27, 2.0), (3, 2.1)):
        ward.film(calm, hours, level)
    for hours, level in ((27, 2.0), (3, 6.0)):
        ward.film(rising, hours, level)
    first, second = rows(open_page())
    assert (first["name"], first["identifier"], first["bed"], first["unit"]) == ("Rising, Bo", "77-1", "A-01", "ICU A")
    assert first["patient_id"] == rising
    assert (first["level"], first["of"], first["interval"]) == ("6.0", "of 8", "5.2 to 6.8 (90 %)")
    assert first["verdict"] == {"tone": "rise", "text": "▲▲ large rise"}
    assert first["change"] == "+3.6 in 24 h (95 %: +2.6 to +4.6)"
    assert first["flags"] == [{"tone": "rise", "text": "▲ large rise", "note": "", "open": True}]
    assert first["last_film"] == "3 h ago"
    assert first["course"]["flags"] == {"1": "rise"}
    assert first["course"]["text"] == "Geographic extent of 2 films, oldest first: 2.0 6.0"
    # From the first film to now, with a mark for each whole day before now.
    assert (first["course"]["span"], first["course"]["days"]) == ("27 h", [0.111])
    assert first["thumbnail"].startswith(f"/films/{4}.thumbnail.jpg?")
    assert second["verdict"] == {"tone": "quiet", "text": "= no real change"}
    assert second["change"] == "+0.1 in 24 h (95 %: -0.9 to +1.1; called from 0.5 on)"
    assert second["flags"] == []


def test_days_from_an_arbitrary_day_zero_have_no_age(ward: WardSite, open_page: OpenPage) -> None:
    zero = ward.now - timedelta(days=2000)
    patient_id = ward.patient("Cohort", day_zero=zero)
    with transaction(ward.engine) as session:
        stays.admit(patient_id, "ICU A", "1", admitted_at=zero, session=session)
        clinical.add_event(
            patient_id,
            EventKind.INTUBATION,
            at=zero + timedelta(days=9),
            time_precision=TimePrecision.DAY,
            session=session,
        )
    for day, level in ((2, 1.0), (10, 6.0), (11, 6.1)):
        ward.film(patient_id, (2000 - day) * 24.0, level, precision=TimePrecision.DAY)
    ward.film(ward.admit("None", "2"), 3, 2.0)
    screen = open_page()
    row = rows(screen)[0]
    assert (row["last_film"], row["stale"]) == ("day 11", False)
    assert row["ventilation"]["text"] == "intubated day 9"
    assert [flag["note"] for flag in row["flags"]] == ["film of day 10"]
    # The course ends with its last film, which is of no age: not on top of the oldest.
    assert row["course"]["at"] == [0, 0.889, 1]
    assert screen.data("board")["orders"]["staleness"] == [2, 1]


def test_a_drop_on_the_films_alone_supports_nothing(ward: WardSite, open_page: OpenPage) -> None:
    falling = ward.admit("Falling, Cy", "A-01")
    for hours, level in ((27, 6.0), (3, 2.0)):
        ward.film(falling, hours, level)
    (row,) = rows(open_page())
    assert row["verdict"] == {"tone": "drop", "text": "▼▼ large drop", "beside": "not enough to reduce care"}
    assert row["change"] == "-3.6 in 24 h (95 %: -4.6 to -2.6)"


def test_a_climb_over_several_films_stands_beside_the_verdict(ward: WardSite, open_page: OpenPage) -> None:
    climbing = ward.admit("Climbing, Di", "A-01")
    for day, level in enumerate((1.0, 1.5, 2.0, 2.5, 3.0)):
        ward.film(climbing, 24.0 * (4 - day) + 3, level)
    (row,) = rows(open_page())
    assert row["verdict"]["text"] == "▲ rise"
    assert "; over several films: large rise, +" in row["change"]
    assert row["change"].endswith(" in 4 days (95 %: +0.6 to +2.3), since the lowest level of the stay")
    assert [flag["text"] for flag in row["flags"]] == ["▲ large rise"]
    page = open_page("patient", id=str(climbing))
    assert "; over several films: large rise, +" in page.html


def test_what_is_not_on_the_trend_is_never_silent(ward: WardSite, open_page: OpenPage) -> None:
    stays = {
        "none": ward.admit("None", "A-01"),
        "one": ward.admit("One", "A-02"),
        "stale": ward.admit("Stale", "A-03", hours_ago=200),
        "rejected": ward.admit("Rejected", "A-04"),
        "waiting": ward.admit("Waiting", "A-05"),
        "failed": ward.admit("Failed", "A-06"),
        "quarantined": ward.admit("Quarantined", "A-07"),
    }
    ward.film(stays["one"], 2, 3.0)
    for hours in (96, 72):
        ward.film(stays["stale"], hours, 3.0)
    for name, state, reason in (
        ("rejected", FilmState.REJECTED, "The film is a lateral view."),
        ("waiting", FilmState.RECEIVED, ""),
        ("failed", FilmState.FAILED, "The bytes are damaged."),
        ("quarantined", FilmState.QUARANTINED, "The same pixels as a film of another patient."),
    ):
        for hours in (50, 26):
            ward.film(stays[name], hours, 3.0)
        ward.film(stays[name], 2, state=state, reason=reason)
    shown = {row["name"]: row for row in rows(open_page())}
    said = {name: (row["verdict"]["text"], row["last_film"], row["remarks"]) for name, row in shown.items()}
    assert said["None"] == ("○ no film yet", "none on the trend", [])
    assert said["One"] == ("○ first film, nothing to compare with", "2 h ago", [])
    assert said["Stale"] == ("! STALE: last film 3 days ago", "STALE: 3 days ago", [])
    assert shown["Stale"]["change"] == "before: no real change, +0.0 in 24 h (95 %: -1.0 to +1.0; called from 0.5 on)"
    assert said["Rejected"][0] == "! newest film rejected by a check: The film is a lateral view."
    assert said["Rejected"][2] == ["1 film rejected by a check"]
    assert said["Waiting"][0] == "! newest film waiting for its checks"
    assert said["Waiting"][2] == ["1 film waits for its checks"]
    assert said["Failed"][0] == "! newest film could not be read or scored: The bytes are damaged."
    assert said["Quarantined"][0].startswith("! newest film set aside until a person decides: The same pixels")
    assert (
        shown["Rejected"]["change"] == "before: no real change, +0.0 in 24 h (95 %: -1.0 to +1.0; called from 0.5 on)"
    )
    assert shown["Rejected"]["last_film"] == "26 h ago"


def test_films_taken_differently_give_cannot_tell(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Turned", "A-01")
    ward.film(patient_id, 26, 2.0, view=ViewPosition.PA, position=PatientPosition.ERECT)
    ward.film(patient_id, 2, 3.0)
    (row,) = rows(open_page())
    assert row["verdict"] == {"tone": "look", "text": "? cannot tell: compare the films"}
    assert row["change"] == "+1.0 as scored in 24 h; taken differently"
    assert row["course"]["apart"] == [1]


def test_unit_and_reference_are_chosen_by_the_address(ward: WardSite, open_page: OpenPage) -> None:
    first = ward.admit("First", "A-01", unit="ICU A")
    ward.admit("Second", "B-01", unit="ICU B")
    for hours, level in ((75, 6.0), (27, 3.0), (3, 3.2)):
        ward.film(first, hours, level)
    screen = open_page(unit="ICU B", since="72-h")
    shown = {row["name"]: row["change"] for row in rows(screen)}
    # All are sent: the browser filters, so that no choice waits for the server.
    assert shown == {
        "First": "-2.5 in 3 days (95 %: -3.5 to -1.5), since 72 h",
        "Second": "",
    }
    data = screen.data("board")
    assert (data["choice"]["unit"], data["choice"]["since"]) == ("ICU B", "72-h")
    assert data["options"]["unit"] == [["", "All units"], ["ICU A", "ICU A"], ["ICU B", "ICU B"]]
    assert data["orders"]["bed"] == [1, 2]


def test_ventilation_and_saturation_are_said(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("White", "A-01")
    ward.film(patient_id, 3, 8.0)
    with transaction(ward.engine) as session:
        clinical.add_event(patient_id, EventKind.INTUBATION, at=ward.now - timedelta(hours=5), session=session)
    (row,) = rows(open_page())
    assert row["saturation"] == "at the top of the scale"
    assert row["ventilation"] == {"text": "intubated 5 h ago", "note": "", "stated": True}
    assert row["detail"] == "right 4.0, left 4.0"
    assert row["remarks"] == []


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "![x](http://example.com/x.png) **bold**",
    "\u202eesrever\u2066 \u200fname",
    "N" * 300,
    "",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text(ward: WardSite, open_page: OpenPage, name: str) -> None:
    patient_id = ward.admit(name, "A-01", number="4711")
    ward.film(patient_id, 3, 2.0)
    (row,) = rows(open_page())
    shown = row["name"]
    assert 0 < len(shown) <= 80
    assert not any(mark in shown for mark in "\u202e\u2066\u200f")
    if name.startswith(("<", "!")):
        # Sent as data; the browser sets it as text.
        assert shown == name
    page = open_page("patient", id=str(patient_id))
    assert "<img src=x" not in page.html
    assert not page.app.markdown
    if name.startswith("<"):
        assert "&lt;img src=x onerror=alert(1)&gt;" in page.html
    if not name:
        assert "(no name)" in page.html


def test_films_of_no_stay_are_named_below_the_board(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Here", "A-01")
    stranger = ward.patient("Stranger")
    ward.film(stranger, 3, state=FilmState.REJECTED, reason="The film is blank.")
    assert "Films of patients without a stay are in no row: 1 rejected." in open_page().html


def test_the_past_is_shown_with_a_clear_notice(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Early", "A-01")
    ward.film(patient_id, 27, 2.0)
    before = (ward.now - timedelta(hours=1)).isoformat()
    screen = open_page(as_of=before)
    assert "This is what stood at" in screen.html
    assert "not what stands now" in screen.html
    # The film was received after that time.
    (row,) = rows(screen)
    assert (row["level"], row["verdict"]["text"]) == (None, "○ no film yet")
    screen.app.button(key="present").click()
    screen.run()
    assert "This is what stood at" not in screen.html
    assert rows(screen)[0]["level"] == "2.0"


def test_a_time_that_is_none_is_said_to_be_none(open_page: OpenPage) -> None:
    screen = open_page(as_of="yesterday")
    assert "not understood" in screen.app.warning[0].value


def test_the_notice_names_model_and_limits(open_page: OpenPage) -> None:
    html = open_page().html
    assert "Research use only, not a medical device: clinicians decide." in html
    assert "Scored by <strong>mean-grey 1</strong>" in html
    assert "Not assessed: pneumothorax, tubes, lines" in html
    assert "SD 0.50 (40 pairs of films, 20 patients). Invented for tests." in html


def test_scoring_that_does_not_run_is_said(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Waits", "A-01")
    ward.film(patient_id, 1, state=FilmState.RECEIVED)
    assert "Scoring is not running: 1 film has waited for" in open_page().html


def test_scoring_that_runs_is_not_complained_of(ward: WardSite, open_page: OpenPage) -> None:
    with transaction(ward.engine) as session:
        site_rows.acquire_lease("scoring", "worker", timedelta(seconds=50), now=ward.now, session=session)
    html = open_page().html
    assert "Scored by" in html
    assert "not running" not in html


def test_a_film_that_waits_long_is_said_although_the_worker_runs(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Waits", "A-01")
    present, ward.now = ward.now, ward.now - timedelta(hours=2)
    ward.film(patient_id, 1, state=FilmState.RECEIVED)
    ward.now = present
    with transaction(ward.engine) as session:
        site_rows.acquire_lease("scoring", "worker", timedelta(seconds=50), now=ward.now, session=session)
    assert (
        "1 film has waited for a score for 2 h; no film was scored yet. What is shown may be out of date. Tell whoever "
        "runs Lungline: process  on worker does not keep up." in open_page().html
    )


def test_a_database_that_cannot_be_opened_is_said_in_a_sentence(
    ward: WardSite, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ward.settings.port
    monkeypatch.setenv("LUNGLINE_DATABASE_URL", "sqlite:////nowhere/at/all/lungline.db")
    screen = open_page()
    assert screen.app.error[0].value.startswith("Lungline cannot show this now.")
    assert "The database is lost or another one" in screen.html
    assert "nowhere" not in screen.html


def test_a_tick_without_news_sends_the_same_data(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Steady", "A-01")
    ward.film(patient_id, 3, 2.0)
    screen = open_page()
    before = screen.data("board")
    time.sleep(3.1)
    assert screen.run().data("board") == before


def test_a_flag_that_somebody_deals_with_stays_on_the_board(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Rising", "1")
    for hours, level in ((27, 2.0), (15, 6.0), (3, 6.1)):
        ward.film(patient_id, hours, level)
    (row,) = rows(open_page())
    assert row["flags"] == [{"tone": "rise", "text": "▲ large rise", "note": "film 15 h ago", "open": True}]
    acknowledge(1, actor="Dr Ito", reason="bronchoscopy", site=ward.site)
    st.cache_resource.clear()
    (row,) = rows(open_page())
    assert row["flags"] == [{"tone": "seen", "text": "▲ large rise", "note": "acknowledged", "open": False}]
    assert (row["tone"], row["course"]["flags"]) == ("", {"1": "rise"})


def test_a_drop_with_an_open_flag_stands_below_what_cannot_be_told(ward: WardSite, open_page: OpenPage) -> None:
    for name, levels, last in (("Dropped", (7.0, 1.0), {}), ("Turned", (2.0, 6.0), {"view": ViewPosition.PA})):
        patient_id = ward.admit(name, name[0])
        ward.film(patient_id, 27, levels[0])
        ward.film(patient_id, 3, levels[1], **last)
    found = rows(open_page())
    assert [row["name"] for row in found] == ["Turned", "Dropped"]
    assert [flag["tone"] for flag in found[1]["flags"]] == ["drop"]


def test_a_stale_row_stands_above_those_without_a_change(ward: WardSite, open_page: OpenPage) -> None:
    calm = ward.admit("Calm, Ann", "A-01")
    stale = ward.admit("Stale, Bo", "A-02", hours_ago=200)
    for hours in (27, 3):
        ward.film(calm, hours, 5.0)
    for hours in (96, 72):
        ward.film(stale, hours, 2.0)
    assert [row["name"] for row in rows(open_page())] == ["Stale, Bo", "Calm, Ann"]


def test_each_row_says_under_which_verdict_it_is_found(ward: WardSite, open_page: OpenPage) -> None:
    stays = {
        name: ward.admit(name, str(bed), hours_ago=200) for bed, name in enumerate(("Rising", "One", "Old", "None"))
    }
    for hours, level in ((27, 2.0), (3, 6.0)):
        ward.film(stays["Rising"], hours, level)
    ward.film(stays["One"], 3, 2.0)
    for hours in (96, 72):
        ward.film(stays["Old"], hours, 3.0)
    data = open_page().data("board")
    kinds = {row["name"]: row["kind"] for row in sent(data)}
    assert kinds == {
        "Rising": "large-rise",
        "One": "nothing-to-compare",
        # An old verdict is not the latest word, so it is not found under "no real change".
        "Old": "not-up-to-date",
        "None": "nothing-to-compare",
    }
    assert set(kinds.values()) < {word for word, _ in data["options"]["verdict"]}
    of_stay = {row["stay_id"]: row["name"] for row in sent(data)}
    orders = {sort: [of_stay[stay_id] for stay_id in stay_ids] for sort, stay_ids in data["orders"].items()}
    assert orders["bed"] == ["Rising", "One", "Old", "None"]
    assert orders["staleness"] == ["None", "Old", "Rising", "One"]
    assert orders["concern"][0] == "Rising"


def test_what_is_not_on_the_trend_is_counted_by_reason_and_unit(ward: WardSite, open_page: OpenPage) -> None:
    stays = [ward.admit("A", "1"), ward.admit("B", "2"), ward.admit("C", "3", unit="ICU B", hours_ago=200)]
    ward.film(stays[0], 3, state=FilmState.RECEIVED)
    ward.film(stays[0], 2, state=FilmState.REJECTED, reason="The film is a lateral view.")
    ward.film(stays[1], 2, state=FilmState.FAILED, reason="The bytes are damaged.")
    ward.film(stays[2], 90, 3.0)
    said = open_page().data("board")["off_trend"]
    assert said[""] == (
        "Without a current verdict: 1 film waits for its checks; 1 film rejected by a check; 1 film could not be read "
        "or scored; 1 patient whose last film is stale; 2 patients without any film on the trend."
    )
    assert said["ICU B"] == "Without a current verdict: 1 patient whose last film is stale."
    assert {word: text for word, text in said.items() if "No film" in text} == {}


def test_unseen_is_what_is_newer_than_the_persons_own_review(ward: WardSite, open_page: OpenPage) -> None:
    for bed, name in enumerate(("Seen", "New film", "Not mine")):
        ward.film(ward.admit(name, str(bed)), 27, 2.0)
    began_at = ward.now - timedelta(hours=5)
    with transaction(ward.engine) as session:
        for stay_id, actor in ((1, "Dr  Ito"), (2, "dr ito"), (3, "Dr Momm")):
            rounds.add(stay_id, round_began_at=began_at, actor=actor, now=ward.now, session=session)
    ward.now += timedelta(hours=1)
    ward.film(2, 0, 6.5)
    data = open_page(unseen="true", reviewer="Dr Ito").data("board")
    said = {row["name"]: row["unseen"] for row in sent(data)}
    assert said == {"Seen": "", "New film": "unseen: film, verdict, flag", "Not mine": "unseen: never reviewed"}
    assert data["choice"]["unseen"] is True
    assert data["reviews"].startswith("Unseen by Dr Ito: a film, flag or verdict newer than Dr Ito's review")
    nobody = open_page(unseen="true").data("board")
    assert {row["unseen"] for row in sent(nobody)} == {""}
    assert nobody["reviews"] == "Enter your name as on the round. Until then all patients are shown."
    stranger = open_page(unseen="true", reviewer="Dr X").data("board")
    assert stranger["reviews"] == "Dr X has marked no patient here as reviewed on a round, so all count as unseen."


def test_an_address_that_asks_for_what_there_is_not_says_so_and_shows_all(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Here", "A-01")
    screen = open_page(sort="<b>size</b>", verdict="worse", since="yesterday", unit="ICU Z")
    assert "The order in the address (&lt;b&gt;size&lt;/b&gt;) is not known: most concern stands on top." in screen.html
    assert "The verdict in the address (worse) is not known: every verdict is shown." in screen.html
    assert "What the change is measured from in the address (yesterday) is not known" in screen.html
    data = screen.data("board")
    assert data["choice"] == {
        "unit": "ICU Z",
        "verdict": "",
        "sort": "concern",
        "since": "recent",
        "unseen": False,
        "reviewer": "",
    }
    assert ["ICU Z", "ICU Z"] in data["options"]["unit"]


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59", "0001-01-01", "9999-12-31T23:59:59+14:00", "99999-01-01", "\u0662"]
)
def test_an_absurd_time_in_the_address_is_said_and_the_present_shown(open_page: OpenPage, time: str) -> None:
    for page, parameters in (("ward", {"as_of": time}), ("round", {"since": time})):
        screen = open_page(page, **parameters)
        said = [one.value for one in screen.app.warning] + [screen.html]
        assert any("The time in the address is not understood" in one for one in said)


def test_a_drop_is_listed_with_what_physiology_says(ward: WardSite, open_page: OpenPage) -> None:
    falling = ward.admit("Falling, Fay", "A-01")
    ward.film(ward.admit("Calm, Ann", "A-02"), 3, 2.0)
    assert "Improving" not in open_page().html
    for hours, level in ((27, 6.0), (3, 2.0)):
        ward.film(falling, hours, level)
    queries.forget()
    screen = open_page()
    assert [header.value for header in screen.app.header] == ["Improving on film (1)"]
    assert "A drop on the films alone is not enough to reduce care" in screen.html
    ((who, drop, beside, follows),) = screen.texts("improving")
    assert (who, drop) == ("Falling, Fay", "▼▼ large drop, -3.6 in 24 h (95 %: -4.6 to -2.6)")
    assert beside.startswith("Oxygenation is missing within 12 h of at least one film")
    assert follows == "? physiology is not known here: look at the patient before reducing care"
    assert "Improving" not in open_page(unit="ICU B").html
