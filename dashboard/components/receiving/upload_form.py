"""Adding films by hand: the files, and what pictures cannot say of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import streamlit as st

from core.counting import counted
from core.errors import CoreError
from core.films.limits import too_many_at_once
from core.films.pictures.picture import is_picture
from core.films.read import is_dicom
from core.patient_number import no_number
from core.types import PatientIdentity, PatientPosition, ViewPosition
from dashboard import commands, queries
from dashboard.components.browser.into_sight import bring_into_sight
from dashboard.components.census.forms import chosen_person, entered_identity, moment_fields, new_identity_fields
from dashboard.components.page.acting import actor_field
from dashboard.components.page.text import plain
from dashboard.errors import DashboardError
from dashboard.services.receiving.receive import ReceiptOutcome, StatedFacts
from db.errors import DatabaseError
from db.read_models.facts import PatientFacts

RECEIVED, FORM = "upload-outcomes", "upload-form-key"
NOT_STORED = "Nothing was stored."
NO_FILM = "It is neither DICOM nor a PNG or JPEG picture."
KNOWN, NEW = "A patient who is known here", "A new patient"
VIEWS = {ViewPosition.UNKNOWN: "not known", ViewPosition.AP: "AP", ViewPosition.PA: "PA"}
WORDS = {
    ReceiptOutcome.RECEIVED: "stored",
    ReceiptOutcome.DUPLICATE: "duplicate",
    ReceiptOutcome.FAILED: "failed",
}
POSITIONS = {position: position.value for position in reversed(PatientPosition)}
REFUSED = "rejected"
ANONYMOUS = "dashboard"


class UploadedFile(Protocol):
    """What the form needs of an uploaded file."""

    name: str
    file_id: str

    def getvalue(self) -> bytes:
        """Return the bytes."""
        ...


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file; `film_id` is None where nothing was filed under a patient."""

    name: str
    outcome: str
    reason: str
    film_id: int | None


@dataclass(frozen=True)
class Refusal:
    """Why the pictures of a batch wait; `tried` counts the tries, `others` the other files of the last one."""

    tried: int
    reason: str
    pictures: int
    others: int


def draw_upload_form() -> None:
    """Draw the form; what became of the files stands in the session under `RECEIVED`."""
    # Another key is an empty form: what was added is not offered again.
    key = st.session_state.setdefault(FORM, "upload")
    added = st.file_uploader(
        "DICOM films, or pictures (PNG, JPEG) of films", accept_multiple_files=True, key=f"{key}-files"
    )
    # Streamlit's field keeps every file that was added: those of a batch whose pictures wait are done with.
    files = [file for file in added if file.file_id not in st.session_state.get(f"{key}-done", ())]
    if not files:
        plain("DICOM films carry their patient and time. For pictures you say whose they are and when they were taken.")
        return
    if refused := too_many_at_once(len(files)):
        st.error(refused)
        return
    # What is neither is refused by itself when the others are added.
    pictures = [file for file in files if is_picture(file.getvalue())]
    if pictures:
        _draw_refusal(key)
        count = "1 file is a picture" if len(pictures) == 1 else f"{len(pictures)} files are pictures"
        st.header("Whose films are the pictures?")
        plain(f"{count}, not DICOM. All are filed under this patient, each with the time when it was taken.")
        kind = st.segmented_control("Patient", [KNOWN, NEW], key=f"{key}-kind")
        known = _known_patient(key) if kind == KNOWN else None
        _draw_submit(files, pictures, kind, known, key)
    else:
        _draw_submit(files, [], None, None, key)


def _known_patient(key: str) -> PatientFacts | None:
    text = st.text_input("Find the patient, by name or number", key=f"{key}-search", max_chars=200)
    found = (row.patient for row in queries.find_patients(text))
    people = [patient for patient in found if not no_number(patient.identifier)]
    if not people:
        plain("Nobody is found." if text else "Discharged patients are found too.")
        return None
    return chosen_person(people, key=f"{key}-person")


def _draw_submit(
    files: Sequence[UploadedFile],
    pictures: Sequence[UploadedFile],
    kind: str | None,
    known: PatientFacts | None,
    key: str,
) -> None:
    with st.form(f"{key}-form", border=False):
        fields = new_identity_fields(key) if pictures and kind == NEW else None
        takings = [_taking_fields(file, f"{key}-{number}") for number, file in enumerate(pictures)]
        actor = actor_field(key)
        if not st.form_submit_button(f"Add {counted(len(files), 'file')}", type="primary"):
            return
    try:
        taken = zip(pictures, takings, strict=True)
        identity = _identity(known, fields) if pictures else None
        stated = {id(file): _stated(file.name, identity, *taking) for file, taking in taken if identity}
    except ValueError as error:
        _keep_pictures(files, pictures, str(error), actor or ANONYMOUS, key)
        st.rerun()
    _store_files(files, stated, actor or ANONYMOUS, key)
    st.session_state[FORM] = f"upload-{len(st.session_state[RECEIVED])}"
    st.rerun()


def _keep_pictures(
    files: Sequence[UploadedFile], pictures: Sequence[UploadedFile], reason: str, actor: str, key: str
) -> None:
    """Store what needs no patient; the pictures wait in the form."""
    waiting = {file.file_id for file in pictures}
    others = [file for file in files if file.file_id not in waiting]
    if others:
        _store_files(others, {}, actor, key)
        done: frozenset[str] = st.session_state.get(f"{key}-done", frozenset())
        st.session_state[f"{key}-done"] = done | {file.file_id for file in others}
    before: Refusal | None = st.session_state.get(f"{key}-refused")
    tried = before.tried + 1 if before else 1
    st.session_state[f"{key}-refused"] = Refusal(tried, reason, len(pictures), len(others))


def _draw_refusal(key: str) -> None:
    refusal: Refusal | None = st.session_state.get(f"{key}-refused")
    if refusal is None:
        return
    with st.container(key=f"{key}-refused-said"):
        waits = "The picture is" if refusal.pictures == 1 else f"The {refusal.pictures} pictures are"
        others = {0: "", 1: " The other file is in the list above."}.get(
            refusal.others, f" The {refusal.others} other files are in the list above."
        )
        st.error(f"{waits} not stored yet.{others}")
        plain(refusal.reason)
    bring_into_sight(f"{key}-refused-said", asked=refusal.tried)


def _stated(
    name: str, identity: PatientIdentity, at: datetime | None, view: ViewPosition, position: PatientPosition
) -> StatedFacts:
    if at is None:
        raise ValueError(f"Enter date and time of {name}: without them it stands on no trend.")
    return StatedFacts(identity, at, view_position=view, patient_position=position)


def _taking_fields(file: UploadedFile, key: str) -> tuple[datetime | None, ViewPosition, PatientPosition]:
    """Draw when and how a picture was taken: films of one patient are of several times."""
    plain(file.name)
    at = moment_fields("Film taken", key=key, zone=queries.zone(), prefilled=False)
    left, right = st.columns(2)
    view = left.selectbox("Projection", list(VIEWS), format_func=VIEWS.__getitem__, key=f"{key}-view")
    position = right.selectbox("Position", list(POSITIONS), format_func=POSITIONS.__getitem__, key=f"{key}-position")
    return at, view, position


def _identity(known: PatientFacts | None, fields: dict[str, object] | None) -> PatientIdentity:
    if fields is not None:
        return entered_identity(fields)
    if known is None:
        raise ValueError("Say whose films the pictures are: find the patient, or enter a new one.")
    return PatientIdentity(known.identifier, known.issuer, known.name, known.birth_date, known.sex)


def _store_files(files: Sequence[UploadedFile], stated: Mapping[int, StatedFacts], actor: str, key: str) -> None:
    """Store the files one by one; one that cannot be stored does not keep the others away.

    Parameters
    ----------
    stated : mapping of int to StatedFacts
        Of the pictures, by the identity of the file's object.
    """
    # Pictures that waited came with the files before them: of one upload, the order says nothing.
    since: datetime = st.session_state.setdefault(f"{key}-since", queries.now())
    bar = st.progress(0.0, text="Storing …")
    found: list[FileOutcome] = []
    for number, file in enumerate(files, start=1):
        found.append(_store(file, stated, since, actor))
        bar.progress(number / len(files), text=f"Stored {number} of {len(files)}")
    bar.empty()
    queries.forget()
    st.session_state[RECEIVED] = [*found, *st.session_state.get(RECEIVED, [])]


def _store(file: UploadedFile, stated: Mapping[int, StatedFacts], since: datetime, actor: str) -> FileOutcome:
    data = file.getvalue()
    if not is_dicom(data) and not is_picture(data):
        return FileOutcome(file.name, REFUSED, f"{NO_FILM} {NOT_STORED}", None)
    try:
        receipt = commands.receive(data, stated=stated.get(id(file)), original_name=file.name, since=since, actor=actor)
    except (CoreError, DashboardError, DatabaseError, ValueError) as error:
        return FileOutcome(file.name, REFUSED, f"{error} {NOT_STORED}", None)
    return FileOutcome(file.name, WORDS[receipt.outcome], receipt.reason, receipt.film_id)
