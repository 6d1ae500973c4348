"""Reading: a person scores films on the model's scale, blind to the model or after it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from core.human_reading import MAXIMA, LungScores
from core.types import Score
from dashboard.errors import NotAllowedError
from dashboard.services.site.opening import Site
from db.engine import read_transaction, transaction
from db.models import FilmState, Reading
from db.read_models.readings import (
    SessionFacts,
    SessionFilm,
    SessionReading,
    read_session,
    read_session_films,
    read_sessions,
)
from db.repositories import key, reading_sessions, readings, scores
from db.repositories.site import write_audit

NO_MODEL = "No model is active, so there is nothing to agree with. Run: lungline models activate"
CLOSED = "This session is finished, so its readings stay as they are. Make another one."
UNDO_SECONDS = 60
"""How long finishing can be taken back."""


@dataclass(frozen=True)
class ReadingStep:
    """One film of a session.

    Attributes
    ----------
    said : Score or None
        What the model says of the film; None in a blind session until it is finished.
    """

    film: SessionFilm
    said: Score | None = None

    @property
    def place(self) -> int:
        """Return the place in the order: what every press of a key is meant for."""
        return self.film.place

    @property
    def is_here(self) -> bool:
        """Return whether the film may be read; not one that was retracted or set aside since."""
        return self.film.state is FilmState.ACCEPTED

    @property
    def is_open(self) -> bool:
        """Return whether the film waits to be read."""
        return self.is_here and self.film.reading is None


@dataclass(frozen=True)
class ReadingList:
    """The films of a session, in their order."""

    facts: SessionFacts
    steps: tuple[ReadingStep, ...]

    @property
    def n_read(self) -> int:
        """Return how many have a reading, readable or not."""
        return sum(step.film.reading is not None for step in self.steps)

    @property
    def n_open(self) -> int:
        """Return how many wait to be read."""
        return sum(step.is_open for step in self.steps)

    def step(self, place: int | None) -> ReadingStep | None:
        """Return the step at a place, None beyond either end."""
        return self.steps[place - 1] if place is not None and 1 <= place <= len(self.steps) else None

    def first_open(self) -> int | None:
        """Return where to begin or to go on, None where no film waits."""
        return next((step.place for step in self.steps if step.is_open), None)

    def next_open(self, place: int) -> int | None:
        """Return the next film that waits after a place, from the first again after the last; None where none does."""
        others = (*self.steps[place:], *self.steps[: place - 1])
        return next((step.place for step in others if step.is_open), None)


def all_sessions(*, site: Site) -> tuple[SessionFacts, ...]:
    """Return all reading sessions, the newest first."""
    with read_transaction(site.engine) as session:
        return read_sessions(session=session)


def reading_list(session_id: int, *, site: Site) -> ReadingList:
    """Return a session's films as they stand now.

    Raises
    ------
    NotFoundError
    """
    with read_transaction(site.engine) as session:
        facts = read_session(session_id, session=session)
        films = read_session_films(session_id, session=session)
        said = _said(facts, films, session=session)
    return ReadingList(facts, tuple(ReadingStep(film, said.get(film.film_id)) for film in films))


def read_film(session_id: int, place: int, result: LungScores | str, *, site: Site) -> bool:
    """Store what a session's reader read on the film at a place.

    Parameters
    ----------
    result : LungScores or str
        Scores, or why the film could not be read.

    Returns
    -------
    bool
        False where the film's newest reading says the same already: it is stored once.

    Raises
    ------
    NotAllowedError
        The session is finished, the film was retracted or set aside since, or the scores contradict each other.
    NotFoundError
        No such session or place.
    ValueError
        No reason.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        held = reading_sessions.get(session_id, lock=True, session=session)
        film = reading_sessions.film_at(session_id, place, session=session)
        if held.finished_at is not None:
            raise NotAllowedError(CLOSED)
        if film.state is not FilmState.ACCEPTED:
            raise NotAllowedError(f"This film is {film.state.value} since. Go on with the next one.")
        if isinstance(result, LungScores) and result.contradiction:
            raise NotAllowedError(result.contradiction)
        values = {"not_readable": result} if isinstance(result, str) else asdict(result)
        row = Reading(
            film_id=key(film),
            session_id=session_id,
            reader=held.reader,
            blind=held.blind,
            read_at=now,
            **values,
        )
        last = readings.newest_of(session_id, row.film_id, session=session)
        if last is not None and _alike(last, row):
            return False
        readings.add(row, session=session)
    return True


def finish(session_id: int, *, actor: str, show_results: bool = True, site: Site) -> None:
    """Close a session, so that its agreement may be shown; unless it is shown now, `reopen` takes that back.

    Raises
    ------
    NotAllowedError
        Nothing was read.
    NotFoundError
    """
    now = site.clock()
    with transaction(site.engine) as session:
        row = reading_sessions.get(session_id, lock=True, session=session)
        if not read_session(session_id, session=session).n_read:
            raise NotAllowedError("No film of this session was read, so there is nothing to finish. Read one first.")
        reading_sessions.finish(row, now=now, session=session)
        if show_results:
            reading_sessions.open_results(row, now=now, session=session)
        write_audit(actor, "finish", "reading session", session_id, now=now, session=session)


def open_results(session_id: int, *, actor: str, site: Site) -> None:
    """Mark that the results of a finished session are shown: it then stays finished.

    Raises
    ------
    NotAllowedError
        The session is not finished.
    NotFoundError
    """
    now = site.clock()
    with transaction(site.engine) as session:
        row = reading_sessions.get(session_id, lock=True, session=session)
        if row.finished_at is None:
            raise NotAllowedError("This session is not finished, so it has no results yet. Finish it first.")
        if row.results_opened_at is None:
            reading_sessions.open_results(row, now=now, session=session)
            write_audit(actor, "open results", "reading session", session_id, now=now, session=session)


def reopen(session_id: int, *, actor: str, site: Site) -> None:
    """Take back that a session was finished, within `UNDO_SECONDS` and while nobody has seen its results.

    Raises
    ------
    NotAllowedError
        The session is open, its results were shown, or too much time has passed.
    NotFoundError
    """
    now = site.clock()
    with transaction(site.engine) as session:
        row = reading_sessions.get(session_id, lock=True, session=session)
        if row.finished_at is None:
            raise NotAllowedError("This session is open already. Go on reading.")
        if row.results_opened_at is not None:
            raise NotAllowedError(
                "The results of this session were shown, and nobody can unsee them. It stays finished."
            )
        if not may_be_reopened(row.finished_at, row.results_opened_at, now):
            raise NotAllowedError("This session was finished more than a minute ago. It stays finished.")
        row.finished_at = None
        write_audit(actor, "reopen", "reading session", session_id, now=now, session=session)


def may_be_reopened(finished_at: datetime | None, results_opened_at: datetime | None, now: datetime) -> bool:
    """Return whether finishing can be taken back now."""
    if finished_at is None or results_opened_at is not None:
        return False
    return now - finished_at <= timedelta(seconds=UNDO_SECONDS)


def _alike(one: Reading, other: Reading) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in (*MAXIMA, "not_readable"))


def _said(facts: SessionFacts, films: tuple[SessionFilm, ...], *, session: Session) -> dict[int, Score]:
    if facts.hides_results:
        return {}
    model, version = compared_model(facts, session=session)
    rows = scores.scores_of([film.film_id for film in films], model, version, session=session)
    return {film_id: scores.to_score(row) for film_id, row in rows.items()}


def compared_model(facts: SessionFacts, *, session: Session) -> tuple[str, str]:
    """Return the model and version that a session's readings are compared with.

    The one that the reader saw; for a blind session the active one.

    Raises
    ------
    NotAllowedError
        No model is active.
    """
    if facts.model is not None and facts.model_version is not None:
        return facts.model, facts.model_version
    active = scores.active_model(session=session)
    if active is None:
        raise NotAllowedError(NO_MODEL)
    return active.model, active.model_version


def lung_scores(one: SessionReading) -> LungScores | None:
    """Return the scores of a reading, None of a film that could not be read."""
    if one.not_readable is not None:
        return None
    return LungScores(**{name: getattr(one, name) for name in MAXIMA})
