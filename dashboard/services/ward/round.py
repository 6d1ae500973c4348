"""The ward round: whom to see in which order, who was seen, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from dashboard.errors import NotAllowedError
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from dashboard.services.ward.board import Board, BoardRow, unmeasured_in
from dashboard.services.ward.by_eye import ToCompare, to_compare
from dashboard.services.ward.improving import Improving, improving
from dashboard.services.ward.order import BoardSort, in_order
from db.engine import read_transaction, transaction
from db.errors import ConflictError
from db.models import Decision, RoundReview
from db.read_models.facts import ActionFacts, EventFacts, FilmFacts, FlagFacts
from db.read_models.flag_history import read_actions
from db.read_models.rounds import ReviewFacts, news_since, read_last_reviews
from db.repositories import key, rounds

CONTINUED = timedelta(hours=12)
"""A round goes on where somebody left it while the last review is no older than this."""


class RoundOrder(StrEnum):
    """The order in which patients are seen."""

    BEDS = "beds"
    BOARD = "board"


@dataclass(frozen=True)
class RoundStep:
    """One patient of a round.

    Attributes
    ----------
    row : BoardRow
        As on the ward board, against the level that alerts.
    last : ReviewFacts or None
        The last review of the stay, in whatever round; None where it was never reviewed.
    reviewed : bool
        In this round.
    by_eye : ToCompare or None
        Films that cannot be compared by their scores.
    improving : Improving or None
        A drop on the newest film, with what physiology says of it.
    """

    row: BoardRow
    last: ReviewFacts | None
    reviewed: bool
    by_eye: ToCompare | None
    improving: Improving | None

    @property
    def stay_id(self) -> int:
        """Return the stay's id: what every press of a key is meant for."""
        return self.row.stay.stay_id


@dataclass(frozen=True)
class Round:
    """The patients of a unit or of all, in order, and who of them was reviewed since `began_at`.

    Attributes
    ----------
    moment : datetime
        What is shown.
    flag_steps : mapping of flag id to tuple of ActionFacts
        What was done with the flags that somebody deals with.
    """

    steps: tuple[RoundStep, ...]
    began_at: datetime
    moment: datetime
    flag_steps: Mapping[int, tuple[ActionFacts, ...]]

    @property
    def n_reviewed(self) -> int:
        """Return how many were reviewed in this round."""
        return sum(step.reviewed for step in self.steps)

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Return how films of these patients were taken on whose pairs the noise of a change was never measured."""
        return unmeasured_in(step.row for step in self.steps)

    def step(self, stay_id: int | None) -> RoundStep | None:
        """Return the step of a stay; None where it is not part of the round, or has ended."""
        return next((step for step in self.steps if step.stay_id == stay_id), None)

    def first_open(self) -> RoundStep | None:
        """Return where to begin or to go on: the first patient not reviewed; None where all were."""
        return next((step for step in self.steps if not step.reviewed), None)

    def beside(self, stay_id: int, places: int) -> RoundStep | None:
        """Return the step so many places after a stay, None beyond either end."""
        place = self._place(stay_id) + places
        return self.steps[place] if 0 <= place < len(self.steps) else None

    def next_open(self, stay_id: int) -> RoundStep | None:
        """Return the next patient not reviewed after a stay, from the top again after the last; None where no other is.

        So that somebody who moved up the board meanwhile is not forgotten.
        """
        place = self._place(stay_id)
        others = (*self.steps[place + 1 :], *self.steps[:place])
        return next((step for step in others if not step.reviewed), None)

    def _place(self, stay_id: int) -> int:
        return [step.stay_id for step in self.steps].index(stay_id)


@dataclass(frozen=True)
class Changes:
    """What came after a review of a patient.

    Attributes
    ----------
    films : tuple of FilmFacts
        Received since.
    scored : int
        Films that were there before and got their score since.
    flags : tuple of (FlagFacts, ActionFacts)
        Steps of flags since, first step first.
    events : tuple of EventFacts
        By their own time: when they were entered is not stored.
    """

    films: tuple[FilmFacts, ...]
    scored: int
    flags: tuple[tuple[FlagFacts, ActionFacts], ...]
    events: tuple[EventFacts, ...]

    @property
    def nothing(self) -> bool:
        """Return True where nothing came."""
        return not (self.films or self.scored or self.flags or self.events)


def ward_round(board: Board, *, order: RoundOrder, began_at: datetime | None = None, site: Site) -> Round:
    """Return the round over a board's stays.

    Parameters
    ----------
    board : Board
        Of a unit or of all.
    began_at : datetime or None
        None goes on with the round of the newest review, where that is recent; else a round begins now.
    """
    with read_transaction(site.engine) as session:
        last = read_last_reviews([row.stay.stay_id for row in board.rows], session=session)
        seen = [flag.flag_id for row in board.rows for flag in row.seen_flags]
        steps = read_actions(seen, session=session)
    newest = max(last.values(), key=lambda one: (one.reviewed_at, one.review_id), default=None)
    if began_at is None:
        goes_on = newest is not None and board.moment - newest.reviewed_at <= CONTINUED
        began_at = newest.round_began_at if newest is not None and goes_on else board.moment
    rows = board.rows if order is RoundOrder.BOARD else in_order(board.rows, BoardSort.BED)
    open_questions = {question.row.stay.stay_id: question for question in to_compare(board, site=site)}
    drops = {drop.row.stay.stay_id: drop for drop in improving(board, site=site)}

    def step(row: BoardRow) -> RoundStep:
        stay_id = row.stay.stay_id
        newest = last.get(stay_id)
        reviewed = newest is not None and newest.reviewed_at >= began_at
        return RoundStep(row, newest, reviewed, open_questions.get(stay_id), drops.get(stay_id))

    return Round(tuple(step(row) for row in rows), began_at, board.moment, steps)


def mark_reviewed(
    stay_id: int,
    *,
    began_at: datetime,
    seen: int | None,
    shown_at: datetime | None = None,
    decision: Decision | None = None,
    actor: str,
    note: str,
    site: Site,
) -> int | None:
    """Store that a person reviewed a stay in the round that began at `began_at`, and what was decided.

    Parameters
    ----------
    shown_at : datetime or None
        The moment of what the person looked at: what came since stops the decision. None asks nothing.
    decision : Decision or None
        None where none was made.

    Returns
    -------
    int or None
        The review; None where this is the same press again: the same person stored the same after the review `seen`,
        the last one that the screen showed (None: there was none). It is then stored once.

    Raises
    ------
    NotAllowedError
        Nobody is named.
    ConflictError
        The stay has ended, or something came for the patient since `shown_at`.
    NotFoundError
    """
    now = site.clock()
    require_moment(began_at)
    require_moment(shown_at)
    actor, note = actor.strip(), note.strip()
    if not actor:
        raise NotAllowedError("A review is a person's. Give your name.")
    with transaction(site.engine) as session:
        last = rounds.newest(stay_id, session=session)
        if last is not None and last.id != seen and (last.actor, last.note, last.decision) == (actor, note, decision):
            return None
        if shown_at is not None:
            _require_nothing_new(stay_id, last, seen, shown_at, session=session)
        # A colleague's machine may be a moment ahead: a round never begins after its reviews.
        row = rounds.add(
            stay_id,
            round_began_at=min(began_at, now),
            actor=actor,
            note=note,
            decision=decision,
            now=now,
            session=session,
        )
        return key(row)


def _require_nothing_new(
    stay_id: int, last: RoundReview | None, seen: int | None, shown_at: datetime, *, session: Session
) -> None:
    """Refuse a decision on what was not all that is known."""
    news = list(news_since(stay_id, shown_at, session=session))
    if last is not None and last.id != seen:
        news.append(f"a decision by {last.actor}")
    if news:
        raise ConflictError(
            f"Since this page was drawn there is {' and '.join(news)} for this patient. It is shown now: look again, "
            "then decide."
        )


def take_back(review_id: int, *, actor: str, site: Site) -> None:
    """Take back the last review of a stay, with its decision; it stays stored and counts no more.

    Raises
    ------
    NotAllowedError
        Nobody is named.
    ConflictError
        It is not the last one any more.
    NotFoundError
    """
    if not actor.strip():
        raise NotAllowedError("A decision is taken back by a person. Give your name.")
    with transaction(site.engine) as session:
        rounds.take_back(review_id, actor=actor, now=site.clock(), session=session)


def changes_since(trend: PatientTrend, at: datetime) -> Changes:
    """Return what came for a patient after a time."""
    timeline = trend.timeline
    films = tuple(film for film in timeline.films if film.received_at > at)
    scored = [film for film in timeline.films if film.received_at <= at and film.scored_at and film.scored_at > at]
    steps = [
        (flag, action) for flag in timeline.flags for action in timeline.actions.get(flag.flag_id, ()) if action.at > at
    ]
    return Changes(
        films=films,
        scored=len(scored),
        flags=tuple(sorted(steps, key=lambda one: one[1].at)),
        events=tuple(event for event in timeline.events if event.at > at),
    )
