"""What is seen and chosen before films are stored, and taken back afterwards: no film on the wrong patient."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from film_factory import chest_values, dicom_bytes, png_bytes
from screen import OpenPage, Screen
from ward_site import WardSite

from dashboard.components.receiving import chosen_files, storing
from dashboard.services.patient import census
from db.engine import read_transaction
from db.models import FilmState
from db.read_models.films import read_film
from db.read_models.patient import PatientTimeline, read_patient


def upload(screen: Screen, *files: tuple[str, bytes]) -> None:
    screen.app.file_uploader(key="upload-files").set_value(
        [(name, data, "application/octet-stream") for name, data in files]
    )
    screen.run()


def pictures(count: int) -> list[tuple[str, bytes]]:
    return [(f"{number}.png", png_bytes(chest_values(seed=number))) for number in range(1, count + 1)]


def choose(screen: Screen, name: str) -> None:
    screen.app.segmented_control(key="upload-kind").select("A patient who is known here")
    screen.run()
    screen.app.text_input(key="upload-search").input(name)
    screen.run()
    screen.app.selectbox(key="upload-person").select_index(0)
    screen.run()


def press(screen: Screen, label: str) -> None:
    next(button for button in screen.app.button if button.label.startswith(label)).click()
    screen.run()


def times(screen: Screen, *numbers: int) -> list[datetime | None]:
    def entered(number: int) -> datetime | None:
        day = screen.app.date_input(key=f"upload-{number}-date").value
        clock = screen.app.time_input(key=f"upload-{number}-time").value
        return None if day is None or clock is None else datetime.combine(day, clock)

    return [entered(number) for number in numbers]


def say_when(screen: Screen, key: str, at: datetime) -> None:
    screen.app.date_input(key=f"upload-{key}-date").set_value(at.date())
    screen.app.time_input(key=f"upload-{key}-time").set_value(at.time())


def films_of(ward: WardSite, number: str) -> PatientTimeline:
    (row,) = census.find(number, site=ward.site)
    with read_transaction(ward.engine) as session:
        return read_patient(row.patient.patient_id, session=session)


def test_a_film_is_seen_and_says_whose_it_is_before_it_is_stored(ward: WardSite, open_page: OpenPage) -> None:
    ahead = ward.now + timedelta(hours=3)
    film = dicom_bytes(
        chest_values(),
        PatientID="4711",
        PatientName="Doe^Jane",
        AcquisitionDate=f"{ahead:%Y%m%d}",
        AcquisitionTime=f"{ahead:%H%M%S}",
        TimezoneOffsetFromUTC="+0000",
    )
    screen = open_page("upload")
    upload(screen, ("film.dcm", film))
    assert screen.html.count('src="data:image/jpeg;base64,') == 1
    assert 'alt="Preview of film.dcm"' in screen.html
    assert "The film says: Doe, Jane · 4711" in screen.html
    # Beside the button too.
    assert "1 DICOM film of: <strong><bdi>Doe, Jane · 4711" in screen.html
    assert "That lies ahead: the film will stand at the time when it is stored." in screen.html
    assert census.find("4711", site=ward.site) == ()


def test_why_a_file_cannot_be_read_is_said_before_anything_is_stored(ward: WardSite, open_page: OpenPage) -> None:
    assert ward.settings.port
    film = dicom_bytes(chest_values(), PatientID="4711")
    screen = open_page("upload")
    upload(screen, ("cut.dcm", film[:-3000]), ("<b>letter</b>.txt", b"Dear colleague"))
    assert "It would be kept, but be on no trend." in screen.html
    assert "✕ It is neither DICOM nor a PNG or JPEG picture." in screen.html
    assert "&lt;b&gt;letter&lt;/b&gt;.txt" in screen.html
    assert "data:image" not in screen.html
    assert not screen.has("upload-list")


def test_the_patient_stands_on_every_preview_and_beside_the_button(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Known^Kim", "A-07", number="55-5")
    screen = open_page("upload")
    upload(screen, *pictures(2))
    assert screen.html.count("Will be filed under: Nobody is chosen yet.") == 2
    choose(screen, "kim")
    assert screen.html.count("Will be filed under: Known, Kim · 55-5") == 2
    beside = "become films of: <strong><bdi>Known, Kim · 55-5 · birth date not stated · sex not stated, ICU A, bed A-07"
    assert beside in screen.html


@pytest.mark.parametrize("is_dated", [True, False])
def test_a_dicom_film_of_another_patient_stays_out_and_the_others_are_stored(
    ward: WardSite, open_page: OpenPage, *, is_dated: bool
) -> None:
    ward.admit("Known^Kim", "A-07", number="55-5")
    screen = open_page("upload")
    own = dicom_bytes(chest_values(seed=5), PatientID="55-5", PatientName="Known^Kim", SOPInstanceUID="1.2.5")
    foreign = dicom_bytes(chest_values(seed=6), PatientID="4711", PatientName="Doe^Jane", SOPInstanceUID="1.2.6")
    upload(screen, ("own.dcm", own), ("foreign.dcm", foreign), *pictures(1))
    choose(screen, "kim")
    assert screen.html.count("The film itself names another patient than the one given.") == 1
    if is_dated:
        say_when(screen, "0", ward.now - timedelta(hours=2))
    press(screen, "Add 3 files")
    rows = {row["cells"][0]["text"]: row["cells"][1] for row in screen.data("upload-list")["rows"]}
    assert {name: cell["text"] for name, cell in rows.items()} == {
        "own.dcm": "✓ stored",
        "foreign.dcm": "✕ rejected",
    } | ({"1.png": "✓ stored"} if is_dated else {})
    assert "Nothing was stored." in rows["foreign.dcm"]["small"][0]
    assert len(films_of(ward, "55-5").films) == 1 + is_dated
    assert census.find("4711", site=ward.site) == ()


def test_pictures_are_put_in_order_and_given_times(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Known^Kim", "A-07", number="55-5")
    screen = open_page("upload")
    upload(screen, *pictures(3))
    press(screen, "Give these times")
    assert "Enter date and time of the first film." in screen.html
    # The third becomes the first.
    press(screen, "Move film 3 earlier")
    press(screen, "Move film 2 earlier")
    assert screen.app.button(key="upload-2-earlier").disabled
    first = (ward.now - timedelta(days=2)).replace(hour=8, minute=0, second=0, microsecond=0, tzinfo=None)
    say_when(screen, "first", first)
    screen.app.number_input(key="upload-hours-between").set_value(12.0)
    press(screen, "Give these times")
    assert times(screen, 2, 0, 1) == [first, first + timedelta(hours=12), first + timedelta(hours=24)]
    # What was entered stays with its film, and sorts it.
    say_when(screen, "2", first + timedelta(hours=30))
    press(screen, "Sort by time")
    assert screen.app.button(key="upload-0-earlier").disabled
    assert screen.app.button(key="upload-2-later").disabled
    assert times(screen, 2) == [first + timedelta(hours=30)]


def test_a_film_taken_out_leaves_the_times_of_the_others(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("upload")
    files = pictures(2)
    upload(screen, *files)
    at = (ward.now - timedelta(hours=5)).replace(second=0, microsecond=0, tzinfo=None)
    say_when(screen, "1", at)
    screen.run()
    kept = screen.app.session_state["upload-numbers"]
    assert sorted(kept.values()) == [0, 1]
    assert times(screen, 0, 1) == [None, at]


def test_an_upload_is_taken_back_by_one_button_that_names_patient_and_count(
    ward: WardSite, open_page: OpenPage
) -> None:
    film = dicom_bytes(chest_values(), PatientID="47*11", PatientName="Doe[x]^Jane")
    other = dicom_bytes(chest_values(seed=3), PatientID="4712", PatientName="Roe^Rick", SOPInstanceUID="1.2.3")
    screen = open_page("upload")
    upload(screen, ("film.dcm", film), ("other.dcm", other))
    press(screen, "Add 2 files")
    labels = [button.label for button in screen.app.button if button.label.startswith("Take back")]
    assert labels == [
        "Take back 1 film of Doe\\[x\\]\\, Jane \\(47\\*11\\)",
        "Take back 1 film of Roe\\, Rick \\(4712\\)",
    ]
    press(screen, labels[0])
    rows = {row["cells"][0]["text"]: row["cells"] for row in screen.data("upload-list")["rows"]}
    assert rows["film.dcm"][1]["text"] == "↶ taken back"
    assert rows["film.dcm"][3]["text"] == "retracted: The upload was taken back."
    assert rows["other.dcm"][1]["text"] == "✓ stored"
    assert [button.label for button in screen.app.button if button.label.startswith("Take back")] == labels[1:]
    (film_facts,) = films_of(ward, "47*11").films
    with read_transaction(ward.engine) as session:
        assert read_film(film_facts.film_id, session=session).film.state is FilmState.RETRACTED


def test_files_that_wait_are_listed_and_stored_by_the_next_refreshes(
    ward: WardSite, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = open_page("upload")
    films = [
        (f"{number}.dcm", dicom_bytes(chest_values(seed=number), PatientID="4711", SOPInstanceUID=f"1.2.{number}"))
        for number in (1, 2, 3)
    ]
    monkeypatch.setattr(chosen_files, "SECONDS_A_RUN", 60.0)
    upload(screen, *films)
    # No time at all: nothing is stored in this run.
    monkeypatch.setattr(storing, "SECONDS_A_RUN", -1.0)
    press(screen, "Add 3 files")
    assert [row[1] for row in screen.texts("upload-list")] == ["… waiting"] * 3
    assert "0 of 3 files done. Stay on this page until every file is stored." in screen.html
    monkeypatch.setattr(storing, "SECONDS_A_RUN", 60.0)
    screen.run()
    assert [row[1] for row in screen.texts("upload-list")] == ["✓ stored"] * 3
    assert "3 of 3 files done." in screen.html
    assert len(films_of(ward, "4711").films) == 3
