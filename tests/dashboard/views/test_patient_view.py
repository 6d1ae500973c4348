"""The patient's page: identity, trajectory, films, flags, corrections, relative times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from film_factory import chest_values, dicom_bytes
from screen import OpenPage, Screen
from ward_site import WardSite

from core.films.checks import check_film
from core.films.read import read_film
from core.types import PatientPosition, TimePrecision, ViewPosition
from dashboard import queries
from dashboard.services.flags import decisions as flag_service
from dashboard.wording.times import TimeScale
from db.engine import read_transaction, transaction
from db.models import EventKind, FilmState, FlagState
from db.read_models.patient import PatientTimeline, read_patient
from db.repositories import clinical, films, stays


@pytest.fixture
def rising(ward: WardSite) -> int:
    """Return a patient with a large rise in the newest of three films."""
    patient_id = ward.admit("Rising^Bo", "A-01", number="77-1")
    for hours, level in ((51, 2.0), (27, 2.2), (3, 6.0)):
        ward.film(patient_id, hours, level)
    return patient_id


def timeline(ward: WardSite, patient_id: int) -> PatientTimeline:
    with read_transaction(ward.engine) as session:
        return read_patient(patient_id, session=session)


def test_identity_and_place_stand_on_top(rising: int, open_page: OpenPage) -> None:
    html = open_page("patient", id=str(rising)).html
    assert "<h1><bdi>Rising, Bo</bdi></h1>" in html
    assert "<bdi>77-1</bdi>" in html
    assert "birth date not stated" in html
    assert "ICU A, bed A-01, since" in html


def test_the_trajectory_has_both_measures_bands_flags_and_events(
    ward: WardSite, rising: int, open_page: OpenPage
) -> None:
    with transaction(ward.engine) as session:
        clinical.add_event(rising, EventKind.INTUBATION, at=ward.now - timedelta(hours=5), session=session)
        clinical.add_event(
            rising, EventKind.COMMENT, at=ward.now - timedelta(hours=6), note="<b>said</b>", session=session
        )
    figure = open_page("patient", id=str(rising)).chart("trajectory")
    points = [trace for trace in figure["data"] if trace.get("name") == "film, AP"]
    assert points[0]["y"] == pytest.approx([2.0, 2.2, 6.0])
    assert points[1]["y"] == pytest.approx([1.5, 1.65, 4.5])
    bands = [trace for trace in figure["data"] if trace.get("name") == "90 % interval"]
    assert bands[0]["error_y"]["array"] == pytest.approx([0.8, 0.8, 0.8])
    flag = next(trace for trace in figure["data"] if trace.get("name", "").startswith("flag"))
    assert flag["name"] == "flag: ▲ large rise"
    assert flag["customdata"] == [points[0]["customdata"][2]]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["intubation"]
    assert figure["layout"]["yaxis"]["title"]["text"] == "Geographic extent (0-8)"


def test_the_newest_film_is_chosen_and_stands_beside_the_one_before(rising: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(rising))
    before, this = screen.data("film-viewer")["films"]
    assert (before["title"], before["lines"][1]) == ("The film before", "geographic extent 2.2 of 8, opacity 1.7 of 6")
    assert (this["title"], this["lines"][1]) == ("This film", "geographic extent 6.0 of 8, opacity 4.5 of 6")
    assert this["alternative"].startswith("Chest film of ")
    address = urlsplit(this["url"])
    assert address.path.startswith("/films/")
    assert set(parse_qs(address.query)) == {"expires", "signature"}
    assert "6.0 of 8, 90 % interval 5.2 to 6.8" in screen.html


def test_the_film_list_has_everything_the_chart_shows(rising: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(rising))
    rows = screen.texts("film-list")
    assert [row[2:] for row in rows] == [
        ["6.0 of 8", "4.5 of 6", "▲▲ large rise", "scored"],
        ["2.2 of 8", "1.7 of 6", "= no real change", "scored"],
        ["2.0 of 8", "1.5 of 6", "○ not assessed", "scored"],
    ]
    first = screen.data("film-list")["rows"][0]
    assert first["current"] is True
    assert first["cells"][4]["small"] == ["+3.5 in 24 h (95 %: +2.5 to +4.5)"]
    assert first["cells"][5]["small"] == ["flag ▲ large rise: open"]
    assert first["href"].startswith(f"/patient?id={rising}&film=")


def test_a_film_of_the_address_is_chosen(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    oldest = timeline(ward, rising).films[0].film_id
    screen = open_page("patient", id=str(rising), film=str(oldest))
    before, this = screen.data("film-viewer")["films"]
    assert this["title"] == "This film"
    assert before["alternative"] == "There is no earlier film to show."
    assert [row["current"] for row in screen.data("film-list")["rows"]] == [False, False, True]


@pytest.mark.parametrize("film", ["999999", "x", "-1", "9" * 40])
def test_a_film_that_is_none_falls_back_to_the_newest(rising: int, open_page: OpenPage, film: str) -> None:
    screen = open_page("patient", id=str(rising), film=film)
    assert [row["current"] for row in screen.data("film-list")["rows"]] == [True, False, False]


@pytest.mark.parametrize("patient_id", ["", "999999", "x", "1; drop table film", "9" * 40, "٣"])
def test_an_unknown_patient_is_said_with_the_way_back(open_page: OpenPage, patient_id: str) -> None:
    screen = open_page("patient", id=patient_id)
    assert screen.app.header[0].value == "There is no such patient"


def test_the_basis_is_one_click_away_in_plain_words(rising: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(rising))
    labels = [one.label for one in screen.app.expander]
    assert (
        "Geographic extent against the recent level: ▲▲ large rise, +3.5 in 24 h (95 %: +2.5 to +4.5). Why?" in labels
    )
    assert (
        "Geographic extent rose by 3.9 of 8 against the recent level, the mean of 2 films up to 24 h before"
        in screen.html
    )
    rows = screen.texts("verdict-verdicts")
    assert [row[:2] for row in rows][:5] == [
        ["Geographic extent", "recent level"],
        ["Geographic extent", "previous film"],
        ["Geographic extent", "24 h"],
        ["Geographic extent", "72 h"],
        ["Geographic extent", "ICU admission"],
    ]
    assert rows[3][2:] == ["○ not assessed", "Not assessed: no film of this stay from 48 to 96 h before."]


def test_a_newest_film_that_is_rejected_comes_before_any_verdict(
    ward: WardSite, rising: int, open_page: OpenPage
) -> None:
    ward.film(rising, 1, state=FilmState.REJECTED, reason="The film is a lateral view.")
    screen = open_page("patient", id=str(rising))
    assert "! 1 film is not on the trend: rejected by a check (The film is a lateral view)." in screen.html
    assert screen.texts("film-list")[0][2:] == [
        "no score",
        "no score",
        "not on the trend",
        "! rejected by a check: The film is a lateral view.",
    ]
    before, this = screen.data("film-viewer")["films"]
    assert before["lines"][1].startswith("geographic extent 6.0")
    assert this["lines"][1] == "not scored"


def test_films_that_are_not_on_the_trend_stand_on_the_chart(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    before = ward.film(rising, 60, state=FilmState.FAILED, reason="<b>no pixels</b>")
    waiting = ward.film(rising, 1, state=FilmState.ACCEPTED)
    # Another film, or a person, has settled these.
    ward.film(rising, 5, state=FilmState.RETRACTED, reason="another patient's")
    ward.film(rising, 6, state=FilmState.DUPLICATE, reason="the same film")
    screen = open_page("patient", id=str(rising), film=str(before))
    figure = screen.chart("trajectory")
    (trace,) = [one for one in figure["data"] if one["name"] == "film not on the trend"]
    assert (trace["customdata"], trace["y"], trace["marker"]["symbol"]) == ([before, waiting], [-0.4, -0.4], "x")
    assert trace["marker"]["size"] == [15, 10]
    assert trace["text"][0].endswith(": not on the trend, could not be read or scored: &lt;b&gt;no pixels&lt;/b&gt;")
    assert trace["text"][1].endswith(": not on the trend, waiting for its score")
    # All panels share the lowest one's axis, so that one cursor runs through them.
    assert {one["xaxis"] for one in figure["data"]} == {"x2"}
    assert (figure["layout"]["xaxis2"]["spikemode"], figure["layout"]["xaxis"]["visible"]) == ("across", False)
    # The first film of all is within what the chart covers.
    assert figure["layout"]["xaxis2"]["range"][0] < trace["x"][0]
    assert screen.data("film-viewer")["films"][1]["lines"][1] == "not scored"


def test_a_chart_without_gaps_names_none(rising: int, open_page: OpenPage) -> None:
    figure = open_page("patient", id=str(rising)).chart("trajectory")
    assert "film not on the trend" not in {one["name"] for one in figure["data"]}


def test_stale_is_said(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Old", "A-01", hours_ago=200)
    ward.film(patient_id, 61, 2.0)
    assert "! STALE: the last film on the trend was taken 61 h ago." in open_page("patient", id=str(patient_id)).html


def test_a_patient_without_a_film(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("New", "A-01")
    screen = open_page("patient", id=str(patient_id))
    assert "No film yet." in screen.html
    assert not screen.has("film-list")


def test_a_flag_is_acknowledged_with_a_reason_and_a_name(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    (flag,) = timeline(ward, rising).flags
    screen = open_page("patient", id=str(rising))
    key = f"flag-{flag.flag_id}"

    def submit() -> None:
        next(button for button in screen.app.button if button.label == "Acknowledge this flag").click()
        screen.run()

    submit()
    assert 'role="alert"><bdi>Nothing was changed. Enter your name first' in screen.html
    screen.app.text_input(key=f"{key}-actor").input("Dr Okafor")
    submit()
    assert 'role="alert"><bdi>Nothing was changed. ' in screen.html
    assert timeline(ward, rising).flags[0].state is FlagState.OPEN
    screen.app.text_input(key=f"{key}-reason").input("seen, bronchoscopy ordered")
    submit()
    after = timeline(ward, rising)
    assert after.flags[0].state is FlagState.ACKNOWLEDGED
    assert (after.actions[flag.flag_id][-1].actor, after.actions[flag.flag_id][-1].reason) == (
        "Dr Okafor",
        "seen, bronchoscopy ordered",
    )
    assert "acknowledged by Dr Okafor: seen, bronchoscopy ordered" in screen.html


def test_a_flag_that_still_stands_is_no_earlier_one(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    (flag,) = timeline(ward, rising).flags
    flag_service.acknowledge(flag.flag_id, reason="bronchoscopy", actor="Dr Ito", site=ward.site)
    until = queries.now() + timedelta(hours=4)
    # A note on a further film must not take the place of who decided and why.
    ward.film(rising, 1, 6.1)
    screen = open_page("patient", id=str(rising))
    assert "acknowledged by Dr Ito: bronchoscopy" in screen.html
    assert not [one for one in screen.app.expander if one.label.startswith("Earlier flags")]
    assert [one for one in screen.app.button if one.label == "Acknowledge this flag"]
    flag_service.snooze(flag.flag_id, until=until, reason="after it", actor="Dr Ito", site=ward.site)
    queries.forget()
    said = TimeScale(queries.zone()).text(until)
    assert f"snoozed until {said} by Dr Ito: after it" in screen.run().html
    flag_service.resolve(flag.flag_id, reason="drained", actor="Dr Ito", site=ward.site)
    queries.forget()
    screen.run()
    assert [one.label for one in screen.app.expander if one.label.startswith("Earlier")] == ["Earlier flags (1)"]


def test_a_flag_that_was_closed_meanwhile_is_said(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    (flag,) = timeline(ward, rising).flags
    screen = open_page("patient", id=str(rising))
    screen.app.text_input(key=f"flag-{flag.flag_id}-actor").input("A")
    screen.app.text_input(key=f"flag-{flag.flag_id}-reason").input("seen")
    flag_service.resolve(flag.flag_id, reason="done", actor="B", site=ward.site)
    next(button for button in screen.app.button if button.label == "Acknowledge this flag").click()
    screen.run()
    assert timeline(ward, rising).flags[0].state is FlagState.RESOLVED


def correct(
    screen: Screen, film_id: int, what: str, button: str, *, actor: str = "Dr A", reason: str = "wrong"
) -> None:
    screen.app.segmented_control(key=f"film-{film_id}-choice").select(what)
    screen.run()
    fill(screen, f"film-{film_id}-{what}", button, actor=actor, reason=reason)


def fill(screen: Screen, key: str, button: str, *, actor: str, reason: str) -> None:
    screen.app.text_input(key=f"{key}-reason").input(reason)
    screen.app.text_input(key=f"{key}-actor").input(actor)
    next(one for one in screen.app.button if one.label == button).click()
    screen.run()


def test_a_film_is_retracted_with_a_reason(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    newest = timeline(ward, rising).films[-1].film_id
    screen = open_page("patient", id=str(rising))
    correct(screen, newest, "Retract", "Retract this film", reason="another patient's film")
    after = timeline(ward, rising)
    assert (after.films[-1].state, after.films[-1].reason) == (FilmState.RETRACTED, "another patient's film")
    assert after.flags[0].state is FlagState.WITHDRAWN
    assert "1 film is not on the trend: retracted (another patient's film)." in screen.html.replace("&#x27;", "'")
    # The same film is still the one that is talked about, and what can be done to it now is said.
    assert screen.app.query_params["film"] == str(newest)
    assert screen.app.segmented_control(key=f"film-{newest}-choice").options == [
        "Undo the retraction",
        "Move to another patient",
    ]


def test_a_form_stays_with_its_film_when_another_one_comes(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    newest = timeline(ward, rising).films[-1].film_id
    screen = open_page("patient", id=str(rising))
    screen.app.segmented_control(key=f"film-{newest}-choice").select("Retract")
    screen.run()
    assert f"<dt>This film</dt><dd><bdi>film {newest}, taken " in screen.html
    ward.film(rising, 0.1, 4.0)
    fill(screen, f"film-{newest}-Retract", "Retract this film", actor="Dr A", reason="wrong")
    assert [film.film_id for film in timeline(ward, rising).films if film.state is FilmState.RETRACTED] == [newest]


def test_a_retraction_is_undone(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    newest = timeline(ward, rising).films[-1].film_id
    screen = open_page("patient", id=str(rising))
    correct(screen, newest, "Retract", "Retract this film")
    correct(screen, newest, "Undo the retraction", "Undo the retraction", reason="was right")
    assert timeline(ward, rising).films[-1].state is FilmState.RECEIVED


def test_a_retraction_without_a_reason_changes_nothing(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    newest = timeline(ward, rising).films[-1].film_id
    screen = open_page("patient", id=str(rising))
    correct(screen, newest, "Retract", "Retract this film", reason=" ")
    assert 'role="alert"><bdi>Nothing was changed. ' in screen.html
    assert "A film is retracted with a reason." in screen.html
    assert timeline(ward, rising).films[-1].state is FilmState.ACCEPTED


def test_a_rejected_film_is_overruled(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    film_id = ward.film(rising, 1, state=FilmState.REJECTED, reason="The film is a lateral view.")
    screen = open_page("patient", id=str(rising))
    correct(screen, film_id, "Overrule", "Overrule", reason="it is frontal")
    film = timeline(ward, rising).films[-1]
    assert (film.state, film.overruled) == (FilmState.ACCEPTED, True)


def test_a_film_is_moved_after_both_identities_were_shown(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    other = ward.patient("Other, Zoe", "99-9")
    newest = timeline(ward, rising).films[-1].film_id
    screen = open_page("patient", id=str(rising))
    what = "Move to another patient"
    screen.app.segmented_control(key=f"film-{newest}-choice").select(what)
    screen.run()
    screen.app.text_input(key=f"film-{newest}-{what}-search").input("zoe")
    screen.run()
    choice = screen.app.selectbox(key=f"film-{newest}-{what}-target")
    assert (choice.value, "Move this film" in [one.label for one in screen.app.button]) == (None, False)
    choice.select_index(0)
    screen.run()
    table = screen.data(f"film-{newest}-{what}-side-by-side")
    assert table["columns"] == ["", "The film itself says", "It is filed under", "It is moved to"]
    assert screen.texts(f"film-{newest}-{what}-side-by-side")[:2] == [
        ["Name", "(no name)", "Rising, Bo", "Other, Zoe"],
        ["Number", "77-1", "77-1", "99-9"],
    ]
    assert table["rows"][0]["cells"][0]["small"] == ["! differs"]
    key = f"film-{newest}-{what}-99-9-"
    fill(screen, key, "Move this film", actor="Dr A", reason="names were swapped")
    assert "Nothing was changed. " in screen.html
    assert timeline(ward, other).films == ()
    screen.app.checkbox(key=f"{key}-confirmed").check()
    fill(screen, key, "Move this film", actor="Dr A", reason="names were swapped")
    (moved,) = timeline(ward, other).films
    mark = moved.other_person
    assert mark is not None
    assert (moved.film_id, mark.actor, mark.reason) == (newest, "Dr A", "names were swapped")
    assert len(timeline(ward, rising).films) == 2
    # The film before does not stand under the form that was open.
    assert "The film named in the address is not this patient" in screen.html
    assert screen.app.segmented_control(key=f"film-{timeline(ward, rising).films[-1].film_id}-choice").value is None
    there = open_page("patient", id=str(other)).html
    assert "was moved here although it names another person: Dr A, " in there
    assert "(names were swapped)." in there


def test_times_known_to_the_day_are_days_from_an_origin(ward: WardSite, open_page: OpenPage) -> None:
    zero = datetime(2000, 1, 1, 12, tzinfo=UTC)
    patient_id = ward.patient("", "12", day_zero=zero, issuer="COHEN")
    with transaction(ward.engine) as session:
        stays.import_stay(patient_id, zero, zero + timedelta(days=9), session=session)
    for day, level in ((0, 2.0), (5, 4.0), (5, 4.4)):
        hours_ago = (ward.now - zero - timedelta(days=day)).total_seconds() / 3600
        ward.film(patient_id, hours_ago, level, precision=TimePrecision.DAY)
    screen = open_page("patient", id=str(patient_id))
    assert "Times are relative: days from an arbitrary day 0" in screen.html
    assert "stay of an imported data set, until day 9" in screen.html
    assert "STALE" not in screen.html
    assert [row[0] for row in screen.texts("film-list")] == ["day 5", "day 5", "day 0"]
    figure = screen.chart("trajectory")
    points = next(trace for trace in figure["data"] if trace["name"] == "film, AP")
    assert points["x"] == pytest.approx([0.0, 5.0, 5.0])
    assert "day 5" in points["text"][1]
    assert ":" not in screen.texts("film-list")[0][0]


def test_films_taken_differently_are_joined_by_a_dotted_line(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Turned", "A-01")
    ward.film(patient_id, 26, 2.0, view=ViewPosition.PA, position=PatientPosition.ERECT)
    ward.film(patient_id, 2, 3.0)
    figure = open_page("patient", id=str(patient_id)).chart("trajectory")
    lines = [trace for trace in figure["data"] if trace.get("mode") == "lines" and "level" not in trace["name"]]
    assert [(line["name"], line["line"]["dash"]) for line in lines][:1] == [("not comparable", "dot")]
    shapes = {trace["name"]: trace["marker"]["symbol"] for trace in figure["data"] if trace["name"].startswith("film")}
    assert shapes == {"film, AP": "circle", "film, PA, upright": "square-open"}


def test_measured_values_have_charts_and_a_table(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    at = ward.now - timedelta(hours=4)
    with transaction(ward.engine) as session:
        for name, value, unit in (("pao2", 80.0, "mmHg"), ("fio2", 50.0, "%"), ("peep", 10.0, "cmH2O")):
            clinical.add_observation(rising, name, value, at=at, unit=unit, session=session)
        clinical.add_observation(rising, "crp", 5.0, at=at, unit="mg/l", comparator="<", session=session)
    screen = open_page("patient", id=str(rising))
    figure = screen.chart("trajectory")
    observed = {trace["text"][0]: trace["yaxis"] for trace in figure["data"] if "name" not in trace}
    assert observed == {"PaO2/FiO2 160 mmHg": "y3", "PEEP 10 cmH2O": "y4", "CRP &lt; 5 mg/l": "y5"}
    assert ["CRP", "< 5 mg/l"] in [row[:2] for row in screen.texts("values")]


def test_values_of_a_patient_without_films_have_their_chart(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Filmless", "A-02")
    with transaction(ward.engine) as session:
        at = ward.now - timedelta(hours=4)
        clinical.add_observation(patient_id, "peep", 10.0, at=at, unit="cmH2O", session=session)
    screen = open_page("patient", id=str(patient_id))
    drawn = [trace["text"][0] for trace in screen.chart("trajectory")["data"] if "name" not in trace]
    assert drawn == ["PEEP 10 cmH2O"]
    assert not screen.has("film-strip")


def test_without_measured_values_no_support_is_said(rising: int, open_page: OpenPage) -> None:
    said = "None are known: a drop on the films alone is not enough to reduce care."
    assert said in open_page("patient", id=str(rising)).html


def test_checks_and_way_are_listed(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    newest = timeline(ward, rising).films[-1].film_id
    checked = check_film(read_film(dicom_bytes(chest_values(256, 220)), site_zone=UTC))
    with transaction(ward.engine) as session:
        films.add_checks(newest, checked.results, now=ward.now, session=session)
    screen = open_page("patient", id=str(rising))
    rows = screen.texts("checks")
    assert [row[0] for row in rows] == [result.name for result in checked.results]
    assert all(row[1][0] in "✓!✕" for row in rows)
    assert [row[1] for row in screen.texts("way")] == ["received", "accepted"]
    assert screen.texts("way")[0][3] == "test"


def test_the_past_of_a_patient_can_be_read_and_not_changed(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    screen = open_page("patient", id=str(rising), as_of=(ward.now + timedelta(hours=1)).isoformat())
    assert "This is what stood at" in screen.html
    assert len(screen.texts("film-list")) == 3
    labels = [one.label for one in screen.app.expander]
    assert not [label for label in labels if label.startswith("Correct the film of")]
    assert not [button for button in screen.app.button if button.label == "Acknowledge this flag"]


def test_the_report_is_one_click_away(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    ward.film(patient_id, 2, 3.0)
    buttons = [one for one in open_page("patient", id=str(patient_id)).app.main if one.type == "download_button"]
    assert [button.proto.label for button in buttons] == ["Report (PDF)", "Download (CSV)"]
    assert queries.patient_report(patient_id, None).startswith(b"%PDF-")
