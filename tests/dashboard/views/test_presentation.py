"""Presentation mode: on no view stands a name, a patient's number, a birth date or the name of a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from film_factory import chest_values, dicom_bytes
from screen import OpenPage, Screen
from ward_site import WardSite

from core.types import PatientIdentity
from dashboard.components.receiving.storing import UPLOADS, FileOutcome, Upload
from dashboard.services.people.pseudonyms import NUMBER_HIDDEN, pseudonym, without_names
from dashboard.services.receiving.receive import receive_film
from dashboard.wording.facts import identity_text
from db.engine import read_transaction, transaction
from db.models import FilmState
from db.read_models.lists import find_patients
from db.repositories import patients, stays

SECRETS = ("okafor", "adaeze", "7712345", "1958", "14 mar", "issuer-9", "scan-of")
VIEWS = ("ward", "round", "flags", "census", "films", "upload", "units", "evidence", "patient", "compare")


@pytest.fixture
def known(ward: WardSite) -> int:
    """Return a patient with a rise, a flag, and a quarantined film; what must not be seen is in every field."""
    person = PatientIdentity("7712345", "issuer-9", "Okafor^Adaeze", date(1958, 3, 14), "F")
    with transaction(ward.engine) as session:
        row = patients.find_or_create(person, now=ward.now, session=session)
        assert row.id is not None
        patient_id = row.id
        admitted = ward.now - timedelta(hours=100)
        stays.admit(patient_id, "ICU A", "A-01", admitted_at=admitted, session=session)
    for number, (hours, level) in enumerate(((50, 1.0), (26, 1.2), (2, 7.0), (1, None))):
        source = dicom_bytes(
            chest_values(seed=number),
            SOPInstanceUID=f"1.2.826.0.1.3680043.10.98.{number}",
            PatientID=person.identifier,
            IssuerOfPatientID=person.issuer,
            PatientName=person.name,
            PatientBirthDate="19580314",
            PatientSex="F",
            AcquisitionDateTime=(ward.now - timedelta(hours=hours)).strftime("%Y%m%d%H%M%S+0000"),
        )
        film = receive_film(source, stated=None, original_name="scan-of-okafor.dcm", actor="test", site=ward.site)
        assert film.film_id is not None
        ward.settle(film.film_id, FilmState.ACCEPTED if level else FilmState.REJECTED, "" if level else "Refused.")
        if level is not None:
            ward.score(film.film_id, patient_id, level, level * 0.75)
    return patient_id


def all_that_is_sent(screen: Screen) -> str:
    """Return everything the page sends to the browser, in small letters."""
    sent = [str(one.proto) for one in screen.app.main if hasattr(one, "proto")]
    return "\n".join([*sent, *(str(value) for value in screen.app.query_params.values())]).lower()


def leaks(screen: Screen) -> list[str]:
    return [secret for secret in SECRETS if secret in all_that_is_sent(screen)]


def pages(open_page: OpenPage, patient_id: int, **mode: str) -> Iterator[tuple[str, Screen]]:
    for view in VIEWS:
        parameters = {"id": str(patient_id)} if view in {"patient", "compare"} else {}
        parameters |= {"show": "Rejected", "film": "4"} if view == "films" else {}
        yield view, open_page(view, **parameters, **mode)


def test_without_it_the_names_are_there(known: int, open_page: OpenPage) -> None:
    assert known
    found = {view: leaks(screen) for view, screen in pages(open_page, known)}
    assert {view for view, said in found.items() if "okafor" in said} >= {
        "ward",
        "round",
        "flags",
        "films",
        "patient",
        "compare",
    }


def test_no_view_shows_a_name_and_each_says_that_they_are_hidden(known: int, open_page: OpenPage) -> None:
    for view, screen in pages(open_page, known, names="hidden"):
        assert (view, leaks(screen)) == (view, [])
        assert "Presentation: names are hidden." in screen.html
        if view in {"ward", "round", "flags", "films", "patient", "compare"}:
            assert f"patient #{known}" in all_that_is_sent(screen)
        # A link that opens in a new tab must not show them either.
        if view == "ward":
            assert screen.data("board")["patient_page"] == "/patient?names=hidden"
        if view == "flags":
            assert f"/patient?id={known}&amp;film=3&amp;names=hidden" in screen.html


def test_the_switch_goes_on_and_off_and_stays_in_the_address(known: int, open_page: OpenPage) -> None:
    screen = open_page()
    assert "okafor" in all_that_is_sent(screen)
    screen.app.button(key="hide-names").click()
    screen.run()
    assert leaks(screen) == []
    assert screen.app.query_params["names"] == "hidden"
    screen.app.switch_page("views/flags.py")
    screen.run()
    assert leaks(screen) == []
    screen.app.button(key="show-names").click()
    screen.run()
    assert "names" not in screen.app.query_params
    assert "Okafor, Adaeze" in screen.html
    assert known


def test_what_needs_names_is_not_done_without_them(known: int, open_page: OpenPage) -> None:
    assert known
    census = open_page("census", names="hidden", q="okafor")
    assert "Finding, admitting, moving and discharging patients needs names, and they are hidden" in census.html
    assert not census.app.text_input
    assert "Adding films needs names, and they are hidden" in open_page("upload", names="hidden").html
    patient = open_page("patient", id=str(known), names="hidden").html
    assert "The report needs names, and they are hidden" in patient
    assert "Correcting a film needs names, and they are hidden" in patient
    assert "The handover needs names, and they are hidden" in open_page("round", stay="end", names="hidden").html


def test_files_added_before_keep_their_names_to_themselves(known: int, open_page: OpenPage) -> None:
    assert known
    screen = open_page("upload", names="hidden")
    stored = FileOutcome("scan-of-okafor.dcm", "stored", "", 1)
    screen.app.session_state[UPLOADS] = [Upload(datetime.now(UTC), "Dr A", [], [stored])]
    screen.run()
    assert leaks(screen) == []
    assert screen.texts("upload-list")[0][0] == "file name hidden"


def test_a_pseudonym_is_stable_and_the_facts_say_that_they_are_hidden(ward: WardSite, known: int) -> None:
    with read_transaction(ward.engine) as session:
        found = tuple(find_patients("okafor", session=session))
    (row,) = without_names(found)
    assert row.patient.name == pseudonym(known) == f"Patient #{known}"
    assert row.stay is not None
    assert (row.stay.name, row.stay.identifier, row.stay.bed) == (f"Patient #{known}", NUMBER_HIDDEN, "A-01")
    assert identity_text(row.patient) == f"Patient #{known} · number hidden · birth date hidden · female"
    assert without_names(row) == row
    assert without_names("a text") == "a text"
