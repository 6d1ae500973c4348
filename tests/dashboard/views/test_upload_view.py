"""Adding films by hand: one outcome for each file, followed until it is scored or refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_factory import chest_values, dicom_bytes, png_bytes
from screen import OpenPage, Screen
from sqlalchemy import select
from ward_site import WardSite

from core.types import TimeDoubt, ViewPosition
from dashboard.services.patient import census
from db.engine import read_transaction
from db.models import Film, FilmState
from db.read_models.films import read_film
from db.read_models.patient import PatientTimeline, read_patient


def upload(screen: Screen, *files: tuple[str, bytes]) -> None:
    screen.app.file_uploader(key="upload-files").set_value(
        [(name, data, "application/octet-stream") for name, data in files]
    )
    screen.run()


def say_when(screen: Screen, ward: WardSite, *, picture: int = 0, hours_ago: int = 0) -> None:
    taken = ward.now - timedelta(hours=hours_ago)
    screen.app.date_input(key=f"upload-{picture}-date").set_value(taken.date())
    screen.app.time_input(key=f"upload-{picture}-time").set_value(taken.time())


def add(screen: Screen) -> None:
    next(button for button in screen.app.button if button.label.startswith("Add ")).click()
    screen.run()


def found(ward: WardSite, number: str) -> PatientTimeline:
    (row,) = census.find(number, site=ward.site)
    with read_transaction(ward.engine) as session:
        return read_patient(row.patient.patient_id, session=session)


def test_what_may_be_added_is_said(open_page: OpenPage) -> None:
    assert "DICOM films carry their patient and time." in open_page("upload").html


def test_each_file_has_its_outcome(ward: WardSite, open_page: OpenPage) -> None:
    good = dicom_bytes(chest_values(), PatientID="4711", PatientName="Doe^Jane")
    nameless = dicom_bytes(chest_values(seed=2), PatientID="", SOPInstanceUID="1.2.3")
    screen = open_page("upload")
    upload(screen, ("good.dcm", good), ("again.dcm", good), ("nobody.dcm", nameless), ("cut.dcm", good[:200]))
    add(screen)
    rows = screen.data("upload-list")["rows"]
    said = {row["cells"][0]["text"]: [cell["text"] for cell in row["cells"][1:]] for row in rows}
    reasons = {row["cells"][0]["text"]: " ".join(row["cells"][1]["small"]) for row in rows}
    assert said["good.dcm"][0] == "✓ stored"
    assert said["good.dcm"][1].startswith("Doe, Jane · 4711")
    assert said["good.dcm"][2] == "received, waits to be checked"
    assert said["again.dcm"][0] == "= duplicate"
    assert "already stored" in reasons["again.dcm"]
    # Kept, and set aside by the checks: it may be nobody's film, but it is somebody's.
    assert said["nobody.dcm"][0] == "✓ stored"
    assert said["nobody.dcm"][1].startswith("(no name) · (no number)")
    assert said["cut.dcm"][0] == "✕ failed"
    assert len(found(ward, "4711").films) == 1


def test_a_film_is_followed_until_it_is_scored(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("upload")
    upload(screen, ("good.dcm", dicom_bytes(chest_values(), PatientID="4711")))
    add(screen)
    film = found(ward, "4711").films[0]
    ward.settle(film.film_id, FilmState.ACCEPTED)
    ward.score(film.film_id, film.patient_id, 3.0, 2.0)
    screen.run()
    cell = screen.data("upload-list")["rows"][0]["cells"][3]
    assert (cell["text"], cell["small"]) == ("scored", ["Geographic extent 3.0 of 8", "Opacity 2.0 of 6"])


def test_a_picture_needs_a_patient_and_a_time(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("upload")
    upload(screen, ("film.png", png_bytes(chest_values())))
    assert "1 file is a picture, not DICOM." in screen.html
    add(screen)
    assert screen.app.error[0].value == "The picture is not stored yet."
    assert "Say whose films the pictures are" in screen.html
    assert not screen.has("upload-list")
    assert census.find("film", site=ward.site) == ()


def test_films_do_not_wait_for_the_patient_of_pictures(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("upload")
    film = dicom_bytes(chest_values(), PatientID="4711")
    pictures = [(f"{number}.png", png_bytes(chest_values(seed=number))) for number in (1, 2)]
    upload(screen, ("film.dcm", film), *pictures, ("letter.txt", b"Dear colleague"))
    add(screen)
    assert screen.app.error[0].value == "The 2 pictures are not stored yet. The 2 other files are in the list above."
    assert "Say whose films the pictures are" in screen.html
    said = {row["cells"][0]["text"]: row["cells"][1]["text"] for row in screen.data("upload-list")["rows"]}
    assert said == {"film.dcm": "✓ stored", "letter.txt": "✕ rejected"}
    # Above the form, and scrolled to again at the next try.
    order = [one.type for one in screen.app.main if one.type in {"file_uploader", "error", "header"}]
    assert order == ["header", "file_uploader", "error", "header"]
    assert screen.data("upload-refused-said-in-sight") == {"key": "upload-refused-said", "asked": 1}
    add(screen)
    assert screen.data("upload-refused-said-in-sight")["asked"] == 2
    assert screen.app.error[0].value == "The 2 pictures are not stored yet."
    screen.app.segmented_control(key="upload-kind").select("A new patient")
    screen.run()
    screen.app.text_input(key="upload-number").input("4712")
    for number in (0, 1):
        say_when(screen, ward, picture=number, hours_ago=number)
    assert any(button.label == "Add 2 files" for button in screen.app.button)
    add(screen)
    assert not screen.app.error
    assert (len(found(ward, "4711").films), len(found(ward, "4712").films)) == (1, 2)
    assert len(screen.data("upload-list")["rows"]) == 4


def test_a_picture_is_filed_under_a_new_patient(ward: WardSite, open_page: OpenPage) -> None:
    screen = open_page("upload")
    upload(screen, ("film.png", png_bytes(chest_values())))
    app = screen.app
    app.segmented_control(key="upload-kind").select("A new patient")
    screen.run()
    app.text_input(key="upload-number").input("4711")
    app.text_input(key="upload-name").input("Doe, Jane")
    app.selectbox(key="upload-0-view").select(ViewPosition.AP)
    add(screen)
    assert "Enter date and time of film.png" in screen.html
    assert census.find("4711", site=ward.site) == ()
    say_when(screen, ward)
    add(screen)
    timeline = found(ward, "4711")
    assert timeline.patient.name == "Doe, Jane"
    assert timeline.films[0].view_position is ViewPosition.AP
    assert timeline.films[0].acquired_at == ward.now.replace(second=0)
    with read_transaction(ward.engine) as session:
        assert read_film(timeline.films[0].film_id, session=session).original_name == "film.png"


def test_a_picture_is_filed_under_a_known_patient(ward: WardSite, open_page: OpenPage) -> None:
    ward.patient("Known^Kim", "55-5")
    screen = open_page("upload")
    upload(screen, ("film.png", png_bytes(chest_values())))
    screen.app.segmented_control(key="upload-kind").select("A patient who is known here")
    screen.run()
    screen.app.text_input(key="upload-search").input("kim")
    screen.run()
    assert screen.app.selectbox(key="upload-person").value is None
    screen.app.selectbox(key="upload-person").select_index(0)
    screen.run()
    say_when(screen, ward)
    add(screen)
    assert len(found(ward, "55-5").films) == 1


def test_a_file_that_is_no_film_holds_up_no_other_and_the_form_is_empty_afterwards(
    ward: WardSite, open_page: OpenPage
) -> None:
    screen = open_page("upload")
    good = dicom_bytes(chest_values(), PatientID="4711")
    upload(screen, ("<i>film</i>.dcm", b"no film"), ("good.dcm", good))
    add(screen)
    said = {row["cells"][0]["text"]: row["cells"][1] for row in screen.data("upload-list")["rows"]}
    assert (said["<i>film</i>.dcm"]["text"], said["<i>film</i>.dcm"]["small"]) == (
        "✕ rejected",
        ["It is neither DICOM nor a PNG or JPEG picture. Nothing was stored."],
    )
    assert said["good.dcm"]["text"] == "✓ stored"
    with read_transaction(ward.engine) as session:
        assert [film.original_name for film in session.scalars(select(Film))] == ["good.dcm"]
    assert not any(button.label.startswith("Add ") for button in screen.app.button)
    assert [one.value for one in screen.app.file_uploader] == [[]]
    # Above the form: in sight whatever stands in it.
    order = [one.type for one in screen.app.main if one.type in {"file_uploader", "header"}]
    assert order == ["header", "file_uploader"]


def test_each_picture_has_its_own_time(ward: WardSite, open_page: OpenPage) -> None:
    ward.patient("Known^Kim", "55-5")
    screen = open_page("upload")
    pictures = (("old.png", png_bytes(chest_values(seed=1))), ("new.png", png_bytes(chest_values(seed=2))))
    upload(screen, *pictures)
    screen.app.segmented_control(key="upload-kind").select("A patient who is known here")
    screen.run()
    screen.app.text_input(key="upload-search").input("kim")
    screen.run()
    screen.app.selectbox(key="upload-person").select_index(0)
    screen.run()
    say_when(screen, ward, picture=0, hours_ago=30)
    add(screen)
    assert "Enter date and time of new.png" in screen.html
    assert found(ward, "55-5").films == ()
    say_when(screen, ward, picture=1, hours_ago=2)
    screen.app.selectbox(key="upload-1-view").select(ViewPosition.AP)
    add(screen)
    times = [(film.acquired_at, film.view_position) for film in found(ward, "55-5").films]
    minute = ward.now.replace(second=0)
    assert times == [
        (minute - timedelta(hours=30), ViewPosition.UNKNOWN),
        (minute - timedelta(hours=2), ViewPosition.AP),
    ]


@pytest.mark.parametrize("name", ["![x](http://example.com/x.png)", "<b>x</b>.dcm"])
def test_a_hostile_file_name_is_text(ward: WardSite, open_page: OpenPage, name: str) -> None:
    assert ward.settings.port
    screen = open_page("upload")
    upload(screen, (name, b"\x89PNG\r\n\x1a\nno film"))
    screen.app.segmented_control(key="upload-kind").select("A new patient")
    screen.run()
    screen.app.text_input(key="upload-number").input("4711")
    say_when(screen, ward)
    add(screen)
    assert screen.texts("upload-list")[0][0] == name
    assert not screen.app.markdown


def test_films_of_one_upload_are_not_late_beside_each_other(ward: WardSite, open_page: OpenPage) -> None:
    ward.admit("Known^Kim", "1", number="4711")

    def film(hours_ago: int) -> tuple[str, bytes]:
        taken = ward.now - timedelta(hours=hours_ago)
        source = dicom_bytes(
            chest_values(seed=hours_ago),
            PatientID="4711",
            PatientName="Known^Kim",
            SOPInstanceUID=f"1.2.{hours_ago}",
            AcquisitionDate=taken.strftime("%Y%m%d"),
            AcquisitionTime=taken.strftime("%H%M%S"),
            TimezoneOffsetFromUTC="+0000",
        )
        return f"{hours_ago}.dcm", source

    screen = open_page("upload")
    upload(screen, *map(film, (20, 30, 40)), ("picture.png", png_bytes(chest_values(seed=3))))
    add(screen)
    # The picture waits for its patient; what came with it is no earlier delivery.
    screen.app.segmented_control(key="upload-kind").select("A patient who is known here")
    screen.run()
    screen.app.text_input(key="upload-search").input("kim")
    screen.run()
    screen.app.selectbox(key="upload-person").select_index(0)
    screen.run()
    say_when(screen, ward, hours_ago=25)
    add(screen)
    assert [film.time_doubt for film in found(ward, "4711").films] == [None] * 4
    next_one = open_page("upload")
    upload(next_one, film(35))
    add(next_one)
    assert sorted(film.time_doubt is TimeDoubt.LATE for film in found(ward, "4711").films) == [False] * 4 + [True]
