"""Adding films by hand: the files, and what pictures cannot say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import streamlit as st

from core.counting import counted
from core.errors import CoreError
from core.films.picture import is_picture
from core.films.read import is_dicom
from core.types import PatientIdentity, PatientPosition, ViewPosition
from dashboard import commands, queries
from dashboard.components.acting import actor_field
from dashboard.components.census_forms import entered_identity, moment_fields, new_identity_fields
from dashboard.components.text import plain
from dashboard.components.words import identity_text
from dashboard.errors import DashboardError
from dashboard.services.receive import ReceiptOutcome, StatedFacts
from db.errors import DatabaseError
from db.read_models.facts import PatientFacts

RECEIVED = "upload-outcomes"
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


def draw_upload_form() -> None:
    """Draw the form; what became of the files stands in the session under `RECEIVED`."""
    files = st.file_uploader(
        "DICOM films, or pictures (PNG, JPEG) of films", accept_multiple_files=True, key="upload-files"
    )
    if not files:
        plain("DICOM films carry their patient and time. For pictures you say whose they are and when they were taken.")
        return
    foreign = [file for file in files if not is_dicom(file.getvalue()) and not is_picture(file.getvalue())]
    if foreign:
        st.error("Not a film: take these files out, then go on.")
        for file in foreign:
            plain(f"{file.name}: neither DICOM nor a PNG or JPEG picture.")
        return
    pictures = [file for file in files if not is_dicom(file.getvalue())]
    if pictures:
        count = "1 file is a picture" if len(pictures) == 1 else f"{len(pictures)} files are pictures"
        st.header("Whose films are the pictures?")
        plain(f"{count}, not DICOM. All of them are filed under this patient and time.")
        kind = st.segmented_control("Patient", [KNOWN, NEW], key="upload-kind")
        known = _known_patient() if kind == KNOWN else None
        _draw_submit(files, pictures, kind, known)
    else:
        _draw_submit(files, [], None, None)


def _known_patient() -> PatientFacts | None:
    text = st.text_input("Find the patient, by name or number", key="upload-search", max_chars=200)
    people = [row.patient for row in queries.find_patients(text)]
    if not people:
        plain("Nobody is found." if text else "Discharged patients are found too.")
        return None
    chosen: PatientFacts = st.selectbox("Patient", people, format_func=identity_text, key="upload-person")
    return chosen


def _draw_submit(
    files: Sequence[UploadedFile], pictures: Sequence[UploadedFile], kind: str | None, known: PatientFacts | None
) -> None:
    with st.form("upload", border=False):
        fields = new_identity_fields("upload") if pictures and kind == NEW else None
        at = moment_fields("Film taken", key="upload", zone=queries.zone(), prefilled=False) if pictures else None
        view, position = _taking_fields() if pictures else (ViewPosition.UNKNOWN, PatientPosition.UNKNOWN)
        actor = actor_field("upload")
        if not st.form_submit_button(f"Add {counted(len(files), 'file')}", type="primary"):
            return
    try:
        stated = _stated(_identity(known, fields), at, view, position) if pictures else None
    except ValueError as error:
        st.error("Nothing was stored.")
        plain(str(error))
        return
    store_files(files, pictures, stated, actor or ANONYMOUS)


def _stated(
    identity: PatientIdentity, at: datetime | None, view: ViewPosition, position: PatientPosition
) -> StatedFacts:
    if at is None:
        raise ValueError("Enter date and time of the films: without them they stand on no trend.")
    return StatedFacts(identity, at, view_position=view, patient_position=position)


def _taking_fields() -> tuple[ViewPosition, PatientPosition]:
    left, right = st.columns(2)
    view = left.selectbox("Projection", list(VIEWS), format_func=VIEWS.__getitem__, key="upload-view")
    position = right.selectbox("Position", list(POSITIONS), format_func=POSITIONS.__getitem__, key="upload-position")
    return view, position


def _identity(known: PatientFacts | None, fields: dict[str, object] | None) -> PatientIdentity:
    if fields is not None:
        return entered_identity(fields)
    if known is None:
        raise ValueError("Say whose films the pictures are: find the patient, or enter a new one.")
    return PatientIdentity(known.identifier, known.issuer, known.name, known.birth_date, known.sex)


def store_files(
    files: Sequence[UploadedFile], pictures: Sequence[UploadedFile], stated: StatedFacts | None, actor: str
) -> None:
    """Store the files one by one; one that cannot be stored does not keep the others away."""
    bar = st.progress(0.0, text="Storing …")
    found: list[FileOutcome] = []
    for number, file in enumerate(files, start=1):
        found.append(_store(file, stated if file in pictures else None, actor))
        bar.progress(number / len(files), text=f"Stored {number} of {len(files)}")
    bar.empty()
    queries.forget()
    st.session_state[RECEIVED] = [*found, *st.session_state.get(RECEIVED, [])]


def _store(file: UploadedFile, stated: StatedFacts | None, actor: str) -> FileOutcome:
    try:
        receipt = commands.receive(file.getvalue(), stated=stated, original_name=file.name, actor=actor)
    except (CoreError, DashboardError, DatabaseError, ValueError) as error:
        return FileOutcome(file.name, REFUSED, f"{error} Nothing was stored.", None)
    return FileOutcome(file.name, WORDS[receipt.outcome], receipt.reason, receipt.film_id)
