"""Files that are chosen and not stored yet: what each is, whom it names, and how it looks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

import streamlit as st

from core.errors import FilmUnreadableError
from core.films.pictures.picture import is_picture
from core.films.read import is_dicom, read_header
from core.types import PatientIdentity, TimePrecision
from dashboard.pictures.films import film_thumbnail

NO_FILM = "It is neither DICOM nor a PNG or JPEG picture."
SECONDS_A_RUN = 1.0
"""Previews are made for so long, then the page is drawn; a large film takes half a second."""


class UploadedFile(Protocol):
    """What the form needs of an uploaded file."""

    name: str
    file_id: str

    def getvalue(self) -> bytes:
        """Return the bytes."""
        ...


@dataclass(frozen=True)
class Look:
    """What a file shows before it is stored.

    Attributes
    ----------
    problem : str
        Why it cannot be read, "" where it can.
    thumbnail : bytes
        JPEG, empty where there is none.
    identity : PatientIdentity or None
        Whom a DICOM film names.
    acquired_at : datetime or None
        When a DICOM film says that it was taken.
    """

    problem: str = ""
    thumbnail: bytes = b""
    identity: PatientIdentity | None = None
    acquired_at: datetime | None = None
    time_precision: TimePrecision = TimePrecision.SECOND


def is_film(source: bytes) -> bool:
    """Return whether the bytes call themselves DICOM, PNG or JPEG."""
    return is_dicom(source) or is_picture(source)


def look_at(source: bytes, *, zone: tzinfo) -> Look:
    """Read one file, within the limits that hold for every film."""
    if not is_film(source):
        return Look(NO_FILM)
    try:
        header = read_header(source, site_zone=zone)
    except FilmUnreadableError as error:
        return Look(str(error))
    problem, thumbnail = "", b""
    try:
        thumbnail = film_thumbnail(source, site_zone=zone)
    except FilmUnreadableError as error:
        problem = str(error)
    return Look(problem, thumbnail, header.identity, header.acquired_at, header.time_precision)


def looks_of(files: Sequence[UploadedFile], *, key: str, zone: tzinfo) -> dict[str, Look]:
    """Return what was read so far, by file; a run reads more for a second, so that many films do not hold up the page.

    Only the small pictures are kept, under `key` in the session.
    """
    known: dict[str, Look] = st.session_state.setdefault(f"{key}-looks", {})
    end = time.monotonic() + SECONDS_A_RUN
    for file in files:
        if file.file_id not in known:
            known[file.file_id] = look_at(file.getvalue(), zone=zone)
            if time.monotonic() > end:
                break
    return known


def go_on_looking(*, key: str) -> None:
    """Draw the page again, shortly, for further previews."""
    st.session_state[f"{key}-turn"] = False
    _next_run(key)


@st.fragment(run_every=0.5)
def _next_run(key: str) -> None:
    # Not in the run that has just read for a second: what it found is drawn first.
    if st.session_state[f"{key}-turn"]:
        st.rerun()
    st.session_state[f"{key}-turn"] = True
