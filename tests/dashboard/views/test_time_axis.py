"""One time axis for all charts of a patient, and what is added to the timeline from the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from screen import OpenPage, Screen
from ward_site import WardSite

from dashboard import queries
from db.engine import read_transaction, transaction
from db.models import EventKind
from db.read_models.patient import PatientTimeline, read_patient
from db.repositories import clinical


@pytest.fixture
def charted(ward: WardSite) -> int:
    """Return a patient admitted 100 h ago, with two films, PEEP and an intubation."""
    patient_id = ward.admit("Charted", "A-01", hours_ago=100)
    for hours, level in ((76, 2.0), (4, 3.0)):
        ward.film(patient_id, hours, level)
    with transaction(ward.engine) as session:
        at = ward.now - timedelta(hours=52)
        clinical.add_event(patient_id, EventKind.INTUBATION, at=at, session=session)
        clinical.add_observation(patient_id, "peep", 8.0, at=at, unit="cmH2O", session=session)
    return patient_id


def timeline(ward: WardSite, patient_id: int) -> PatientTimeline:
    with read_transaction(ward.engine) as session:
        return read_patient(patient_id, session=session)


def film_times(screen: Screen) -> list[object]:
    traces = [one for one in screen.chart("trajectory")["data"] if "film" in one.get("name", "")]
    return list(traces[0]["x"])


def test_all_charts_count_the_days_since_icu_admission(charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted), axis="admission")
    assert film_times(screen) == pytest.approx([1.0, 4.0])
    trajectory = screen.chart("trajectory")
    (peep,) = [one for one in trajectory["data"] if one.get("text", [""])[0] == "PEEP 8 cmH2O"]
    assert peep["x"] == pytest.approx([2.0])
    # Through both measures, PEEP and the phase of ventilation.
    assert [shape["x0"] for shape in trajectory["layout"]["shapes"]] == pytest.approx([2.0] * 4)
    assert trajectory["layout"]["xaxis4"]["title"]["text"] == "days since ICU admission"
    hover = next(one for one in trajectory["data"] if "film" in one.get("name", ""))["text"][0]
    assert "day 1.0 since ICU admission" in hover
    # The list of films still says date and time.
    assert ":" in screen.texts("film-list")[0][0]


def test_the_choice_goes_into_the_address_and_back(charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted))
    assert isinstance(film_times(screen)[0], str)
    assert "tickformatstops" in screen.chart("trajectory")["layout"]["xaxis"]
    screen.app.radio(key="time-axis").set_value("admission")
    screen.run()
    assert screen.app.query_params["axis"] == "admission"
    assert film_times(screen) == pytest.approx([1.0, 4.0])
    screen.app.radio(key="time-axis").set_value("clock")
    screen.run()
    assert "axis" not in screen.app.query_params


def test_a_range_of_hours_is_chosen_in_the_address_and_left_again(charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted))
    whole = screen.chart("trajectory")["layout"]
    screen.app.button(key="range-24h").click()
    screen.run()
    assert screen.app.query_params["range"] == "24h"
    near = screen.chart("trajectory")["layout"]
    assert near["xaxis4"]["range"][0] > whole["xaxis4"]["range"][0]
    assert near["xaxis4"]["range"][1] <= whole["xaxis4"]["range"][1]
    screen.app.button(key="range-whole").click()
    screen.run()
    assert "range" not in screen.app.query_params
    back = screen.chart("trajectory")["layout"]
    assert back["xaxis4"]["range"] == whole["xaxis4"]["range"]
    # The axis begins anew, also where a range was drawn by hand.
    assert back["uirevision"] != whole["uirevision"]


def test_an_axis_that_there_is_not_is_said(charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted), axis="moon<b>")
    assert "The time axis in the address (moon&lt;b&gt;) is not known" in screen.html
    assert isinstance(film_times(screen)[0], str)


def test_without_an_icu_admission_the_page_says_so(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.patient("Nowhere")
    ward.film(patient_id, 3, 2.0)
    screen = open_page("patient", id=str(patient_id), axis="admission")
    assert "No ICU admission is known for this patient, so days since then cannot be shown." in screen.html
    assert isinstance(film_times(screen)[0], str)
    with transaction(ward.engine) as session:
        at = ward.now - timedelta(hours=27)
        clinical.add_event(patient_id, EventKind.ICU_ADMISSION, at=at, session=session)
    queries.forget()
    assert film_times(open_page("patient", id=str(patient_id), axis="admission")) == pytest.approx([1.0])


def test_an_event_is_added_from_the_page(ward: WardSite, charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted))
    screen.app.segmented_control(key="charting-what").set_value("Event")
    screen.run()
    submit(screen, "Add this event")
    assert "Nothing was changed. Enter your name first" in screen.html
    screen.app.text_input(key=f"patient-{charted}-0-event-actor").set_value("Nurse Kim")
    submit(screen, "Add this event")
    assert "Choose what happened." in screen.html
    assert [event.kind for event in timeline(ward, charted).events] == [EventKind.INTUBATION]
    screen.app.selectbox(key=f"patient-{charted}-0-event-kind").select(EventKind.PRONING)
    submit(screen, "Add this event")
    assert timeline(ward, charted).events[-1].added_by == "Nurse Kim"
    assert [event.kind for event in timeline(ward, charted).events] == [EventKind.INTUBATION, EventKind.PRONING]
    assert any("proning" in one["text"] for one in screen.chart("trajectory")["layout"]["annotations"])


def test_a_value_and_a_comment_are_added_from_the_page(ward: WardSite, charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted))
    screen.app.segmented_control(key="charting-what").set_value("Measured value")
    screen.run()
    screen.app.selectbox(key=f"patient-{charted}-0-value-name").select("fio2")
    screen.app.text_input(key=f"patient-{charted}-0-value-actor").set_value("Nurse Kim")
    submit(screen, "Add this value")
    assert "Enter the value." in screen.html
    screen.app.number_input(key=f"patient-{charted}-0-value-number").set_value(0.5)
    submit(screen, "Add this value")
    assert "0.5 % cannot be. Expected at least 21 and at most 100 %: see the unit." in screen.html
    screen.app.number_input(key=f"patient-{charted}-0-value-number").set_value(50)
    submit(screen, "Add this value")
    assert [(observation.name, observation.value) for observation in timeline(ward, charted).observations] == [
        ("peep", 8.0),
        ("fio2", 50.0),
    ]

    screen.app.segmented_control(key="charting-what").set_value("Comment")
    screen.run()
    screen.app.text_area(key=f"patient-{charted}-1-comment-text").set_value("Coughs <b>more</b>")
    screen.app.text_input(key=f"patient-{charted}-1-comment-actor").set_value("")
    submit(screen, "Add this comment")
    assert "Nothing was changed. Enter your name first" in screen.html
    screen.app.text_input(key=f"patient-{charted}-1-comment-actor").set_value("Dr Ito")
    submit(screen, "Add this comment")
    assert (timeline(ward, charted).events[-1].note, timeline(ward, charted).events[-1].added_by) == (
        "Coughs <b>more</b>",
        "Dr Ito",
    )
    rows = [(*row[:2], row[3]) for row in screen.texts("values")]
    assert ("Coughs <b>more</b>", "event", "Dr Ito") in rows
    assert ("FiO2", "50 %", "Nurse Kim") in rows
    assert ("PEEP", "8 cmH2O", "-") in rows


def test_the_form_is_empty_after_it_was_stored_and_full_after_it_was_not(charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted))
    screen.app.segmented_control(key="charting-what").set_value("Event")
    screen.run()
    key = f"patient-{charted}-0-event"
    screen.app.selectbox(key=f"{key}-kind").select(EventKind.PRONING)
    screen.app.text_input(key=f"{key}-note").set_value("left first")
    submit(screen, "Add this event")
    assert screen.app.text_input(key=f"{key}-note").value == "left first"
    screen.app.text_input(key=f"{key}-actor").set_value("Nurse Kim")
    submit(screen, "Add this event")
    assert "Nothing was changed" not in screen.html
    key = f"patient-{charted}-1-event"
    assert screen.app.selectbox(key=f"{key}-kind").value is None
    assert screen.app.text_input(key=f"{key}-note").value == ""
    assert screen.app.text_input(key=f"{key}-actor").value == "Nurse Kim"


def test_what_was_added_is_taken_back_with_a_reason(ward: WardSite, charted: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(charted))
    what = screen.app.segmented_control(key="charting-what")
    what.set_value("Take back")
    screen.run()
    assert "Nobody has added anything to this timeline by hand" in screen.html
    at = ward.now - timedelta(hours=2)
    with transaction(ward.engine) as session:
        clinical.add_event(charted, EventKind.PRONING, at=at, note="<b>", added_by="Dr A", session=session)
        clinical.add_observation(charted, "crp", 90, at=at, unit="mg/l", added_by="Dr A", session=session)
    queries.forget()
    screen.run()
    entry = screen.app.selectbox(key=f"patient-{charted}-0-back-entry")
    assert [option.partition(" · ")[0] for option in entry.options] == ["proning: <b>", "CRP 90 mg/l"]
    assert entry.options[0].endswith(", by Dr A")
    screen.app.text_input(key=f"patient-{charted}-0-back-actor").set_value("Dr B")
    submit(screen, "Take this back")
    assert "Choose what is to be taken back." in screen.html
    screen.app.selectbox(key=f"patient-{charted}-0-back-entry").select_index(1)
    submit(screen, "Take this back")
    assert "Taking an entry back needs a name and a reason" in screen.html
    screen.app.text_input(key=f"patient-{charted}-0-back-reason").set_value("mistyped")
    submit(screen, "Take this back")
    found = timeline(ward, charted)
    assert [observation.name for observation in found.observations] == ["peep"]
    assert [event.kind for event in found.events] == [EventKind.INTUBATION, EventKind.PRONING]
    assert "CRP" not in [row[0] for row in screen.texts("values")]
    past = open_page("patient", id=str(charted), as_of=(ward.now - timedelta(minutes=30)).isoformat())
    assert "CRP" in [row[0] for row in past.texts("values")]


def test_nothing_is_added_where_times_are_no_times(ward: WardSite, charted: int, open_page: OpenPage) -> None:
    relative = ward.patient("Relative", day_zero=datetime(2020, 1, 1, tzinfo=UTC))
    ward.film(relative, 3, 2.0)
    assert "nothing can be added by the clock" in open_page("patient", id=str(relative)).html
    assert "Adding to a timeline needs names" in open_page("patient", id=str(charted), names="hidden").html
    past = open_page("patient", id=str(charted), as_of=ward.now.isoformat())
    assert not [one for one in past.app.expander if one.label.startswith("Add an event, a measured value")]


def submit(screen: Screen, label: str) -> None:
    next(button for button in screen.app.button if button.label == label).click()
    screen.run()
