"""Files that a person has added: stored a few at a time, each with its own outcome, and taken back."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.errors import CoreError
from dashboard import commands, queries
from dashboard.components.receiving.chosen_files import NO_FILM, UploadedFile, is_film
from dashboard.errors import DashboardError
from dashboard.services.receiving.receive import ReceiptOutcome, StatedFacts
from db.errors import DatabaseError

UPLOADS = "uploads"
NOT_STORED = "Nothing was stored."
WAITING, STORED, DUPLICATE, REFUSED = "waiting", "stored", "duplicate", "rejected"
TAKEN_BACK, KEPT = "taken back", "not taken back"
WORDS = {
    ReceiptOutcome.RECEIVED: STORED,
    ReceiptOutcome.DUPLICATE: DUPLICATE,
    ReceiptOutcome.FAILED: "failed",
}
SECONDS_A_RUN = 1.5
"""Files are stored for so long, then the list is drawn: many files do not hold up the page."""


@dataclass(frozen=True)
class Added:
    """A file to be stored, with what was said of it."""

    file: UploadedFile
    stated: StatedFacts | None


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file; `film_id` is None where nothing was filed under a patient."""

    name: str
    outcome: str
    reason: str = ""
    film_id: int | None = None


@dataclass
class Upload:
    """Files added together.

    Attributes
    ----------
    since : datetime
        When this upload began: of one upload, the order in which films come says nothing.
    waiting : list of Added
        Not stored yet; a file's bytes are let go as soon as it is stored.
    outcomes : list of FileOutcome
        Of the files before those that wait.
    """

    since: datetime
    actor: str
    waiting: list[Added]
    outcomes: list[FileOutcome] = field(default_factory=list)

    @property
    def files(self) -> list[FileOutcome]:
        """Return all files in the order they were added."""
        return [*self.outcomes, *(FileOutcome(one.file.name, WAITING) for one in self.waiting)]


def uploads() -> list[Upload]:
    """Return the uploads of this session, latest first."""
    found: list[Upload] = st.session_state.setdefault(UPLOADS, [])
    return found


def add_upload(files: Sequence[Added], *, since: datetime, actor: str) -> None:
    """Put files on the list; `store_some` stores them."""
    uploads().insert(0, Upload(since, actor, list(files)))


def store_some() -> None:
    """Store files that wait, oldest upload first, for a moment; one that cannot be stored keeps no other away."""
    end = time.monotonic() + SECONDS_A_RUN
    stored = False
    for upload in reversed(uploads()):
        while upload.waiting and time.monotonic() < end:
            # In the list with what became of it at once: a person may leave the page at any moment.
            upload.outcomes.append(_store(upload.waiting[0], upload.since, upload.actor))
            _let_go(upload.waiting.pop(0).file)
            stored = True
    if stored:
        queries.forget()


def _let_go(file: UploadedFile) -> None:
    """Free a file's bytes: Streamlit would hold them for as long as the session lives."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def _store(one: Added, since: datetime, actor: str) -> FileOutcome:
    name, source = one.file.name, one.file.getvalue()
    if not is_film(source):
        return FileOutcome(name, REFUSED, f"{NO_FILM} {NOT_STORED}")
    try:
        receipt = commands.receive(source, stated=one.stated, original_name=name, since=since, actor=actor)
    except (CoreError, DashboardError, DatabaseError, ValueError) as error:
        return FileOutcome(name, REFUSED, f"{error} {NOT_STORED}")
    return FileOutcome(name, WORDS[receipt.outcome], receipt.reason, receipt.film_id)


def take_back(upload: Upload, film_ids: Collection[int]) -> None:
    """Take films of an upload back, and note at each what became of it.

    Raises
    ------
    DashboardError, DatabaseError
        Nothing was changed.
    """
    results = {one.film_id: one.refused for one in commands.take_back_upload(film_ids, actor=upload.actor)}
    upload.outcomes = [_after(one, results.get(one.film_id)) if one.film_id else one for one in upload.outcomes]


def _after(one: FileOutcome, refused: str | None) -> FileOutcome:
    if refused is None or one.outcome != STORED:
        return one
    return FileOutcome(one.name, KEPT if refused else TAKEN_BACK, refused, one.film_id)
