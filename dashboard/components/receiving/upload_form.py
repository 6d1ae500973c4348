"""Adding films by hand: the files, whose they are, and what pictures cannot say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from core.counting import counted
from core.films.limits import too_many_at_once
from core.films.pictures.picture import is_picture
from core.patient_number import no_number
from core.types import PatientIdentity, PatientPosition, ViewPosition
from dashboard import queries
from dashboard.components.browser.into_sight import bring_into_sight
from dashboard.components.census.forms import chosen_person, entered_identity, moment_fields, new_identity_fields
from dashboard.components.page.acting import actor_field
from dashboard.components.page.text import plain
from dashboard.components.receiving.chosen_files import Look, UploadedFile, go_on_looking, looks_of
from dashboard.components.receiving.previews import draw_file, draw_named, draw_whose
from dashboard.components.receiving.series import draw_moves, draw_series, in_order, picture_key
from dashboard.components.receiving.storing import Added, add_upload, uploads
from dashboard.services.receiving.receive import StatedFacts
from dashboard.wording.facts import place_text
from db.read_models.lists import PatientRow

FORM = "upload-form-key"
KNOWN, NEW = "A patient who is known here", "A new patient"
VIEWS = {ViewPosition.UNKNOWN: "not known", ViewPosition.AP: "AP", ViewPosition.PA: "PA"}
POSITIONS = {position: position.value for position in reversed(PatientPosition)}
ANONYMOUS = "dashboard"


@dataclass(frozen=True)
class Whose:
    """For whom the files are: the identity, or why there is none yet; `place` is where the patient lies."""

    identity: PatientIdentity | None = None
    place: str = ""
    missing: str = "Say whose films the pictures are: find the patient, or enter a new one."


@dataclass(frozen=True)
class Refusal:
    """Why the pictures of a batch wait; `tried` counts the tries, `others` the other files of the last one."""

    tried: int
    reason: str
    pictures: int
    others: int


def draw_upload_form() -> None:
    """Draw the form; what becomes of the files stands in the uploads of the session."""
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
    _draw_files(files, key)


def _draw_files(files: Sequence[UploadedFile], key: str) -> None:
    pictures = in_order([file for file in files if is_picture(file.getvalue())], key)
    looks = looks_of(files, key=key, zone=queries.zone())
    whose = _draw_patient(len(pictures), key) if pictures else Whose()
    others = sorted((file for file in files if file not in pictures), key=lambda file: _stated_time(looks, file))
    for file in others:
        draw_file(file.name, looks.get(file.file_id), whose.identity, key=f"{key}-file-{file.file_id}")
    if len(pictures) > 1:
        draw_series(pictures, key)
    takings = [_draw_picture(place, pictures, looks, whose, key) for place in range(len(pictures))]
    if pictures:
        draw_whose(whose.identity, whose.place)
    draw_named(looks[file.file_id] for file in files if file.file_id in looks)
    _draw_button(files, pictures, takings, whose, key)
    if len(looks) < len(files):
        go_on_looking(key=key)


def _stated_time(looks: dict[str, Look], file: UploadedFile) -> tuple[bool, float]:
    """Return what sorts films by the time they state; those without come last."""
    look = looks.get(file.file_id)
    at = look.acquired_at if look else None
    return (True, 0.0) if at is None else (False, at.timestamp())


def _draw_patient(n_pictures: int, key: str) -> Whose:
    """Draw the choice of the patient, once for all files."""
    _draw_refusal(key)
    count = "1 file is a picture" if n_pictures == 1 else f"{n_pictures} files are pictures"
    st.header("Whose films are the pictures?")
    plain(f"{count}, not DICOM. All are filed under this patient, each with the time when it was taken.")
    kind = st.segmented_control("Patient", [KNOWN, NEW], key=f"{key}-kind")
    if kind == KNOWN:
        return _known_patient(key)
    return _new_patient(key) if kind == NEW else Whose()


def _known_patient(key: str) -> Whose:
    text = st.text_input("Find the patient, by name or number", key=f"{key}-search", max_chars=200)
    rows = [row for row in queries.find_patients(text) if not no_number(row.patient.identifier)]
    if not rows:
        plain("Nobody is found." if text else "Discharged patients are found too.")
        return Whose()
    person = chosen_person([row.patient for row in rows], key=f"{key}-person")
    if person is None:
        return Whose()
    identity = PatientIdentity(person.identifier, person.issuer, person.name, person.birth_date, person.sex)
    return Whose(identity, next(_place(row) for row in rows if row.patient == person))


def _place(row: PatientRow) -> str:
    if row.stay is None or not row.present:
        return "not admitted"
    return place_text(row.stay.unit, row.stay.bed)


def _new_patient(key: str) -> Whose:
    try:
        return Whose(entered_identity(new_identity_fields(key)), "a new patient")
    except ValueError as error:
        return Whose(missing=str(error))


Taking = tuple[datetime | None, ViewPosition, PatientPosition]


def _draw_picture(
    place: int, pictures: Sequence[UploadedFile], looks: dict[str, Look], whose: Whose, key: str
) -> Taking:
    """Draw one picture, whose it becomes, and when and how it was taken: films of one patient are of several times."""
    file = pictures[place]
    own = picture_key(file, key)
    beside = draw_file(file.name, looks.get(file.file_id), whose.identity, key=f"{own}-file", is_picture=True)
    with beside:
        at = moment_fields("Film taken", key=own, zone=queries.zone(), prefilled=False)
        left, right = st.columns(2)
        view = left.selectbox("Projection", list(VIEWS), format_func=VIEWS.__getitem__, key=f"{own}-view")
        position = right.selectbox(
            "Position", list(POSITIONS), format_func=POSITIONS.__getitem__, key=f"{own}-position"
        )
        if len(pictures) > 1:
            draw_moves(place, pictures, key)
    return at, view, position


def _draw_button(
    files: Sequence[UploadedFile],
    pictures: Sequence[UploadedFile],
    takings: Sequence[Taking],
    whose: Whose,
    key: str,
) -> None:
    with st.container(key=f"{key}-store"):
        actor = actor_field(key) or ANONYMOUS
        if not st.button(f"Add {counted(len(files), 'file')}", type="primary", key=f"{key}-add"):
            return
    # A DICOM film that names another patient than the one chosen is refused by itself.
    for_all: StatedFacts | None = StatedFacts(whose.identity) if whose.identity else None
    stated: dict[str, StatedFacts | None] = dict.fromkeys((file.file_id for file in files), for_all)
    try:
        for file, taking in zip(pictures, takings, strict=True):
            stated[file.file_id] = _stated(file.name, whose, *taking)
    except ValueError as error:
        others = [file for file in files if file not in pictures]
        _keep_pictures(pictures, others, str(error), key)
        _add(others, stated, actor, key)
        st.rerun()
    _add(files, stated, actor, key)
    st.session_state[FORM] = f"upload-{len(uploads())}"
    st.rerun()


def _stated(name: str, whose: Whose, at: datetime | None, view: ViewPosition, position: PatientPosition) -> StatedFacts:
    if whose.identity is None:
        raise ValueError(whose.missing)
    if at is None:
        raise ValueError(f"Enter date and time of {name}: without them it stands on no trend.")
    return StatedFacts(whose.identity, at, view_position=view, patient_position=position)


def _add(files: Sequence[UploadedFile], stated: dict[str, StatedFacts | None], actor: str, key: str) -> None:
    # Pictures that waited came with the files before them: of one upload, the order says nothing.
    since: datetime = st.session_state.setdefault(f"{key}-since", queries.now())
    if files:
        add_upload([Added(file, stated[file.file_id]) for file in files], since=since, actor=actor)


def _keep_pictures(pictures: Sequence[UploadedFile], others: Sequence[UploadedFile], reason: str, key: str) -> None:
    """Let the pictures wait in the form; the others, which need no patient, are done with."""
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
