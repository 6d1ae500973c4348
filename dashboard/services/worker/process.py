"""The worker's steps on one film, each in one transaction: claimed, checked, scored, or failed with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from sqlmodel import Session

from core.films.checks import CheckedFilm, check_film
from core.films.read import read_film
from core.types import CheckResult, Score, TimeDoubt, ViewPosition
from dashboard.services.flags.life import reevaluate_flags
from dashboard.services.patient.trends import lock_patients
from dashboard.services.receiving.film_place import impossible_reason
from dashboard.services.receiving.identity import apply_outcome, settle_identity
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import active_card
from db.engine import transaction
from db.models import Film, FilmState, FlagCause
from db.repositories import films, scores

LOOK_AHEAD = 64
MAX_ATTEMPTS = 5
MAX_DEATHS = 3
STOPPED = "It stopped the scoring process three times, so it is set aside. Look at the file before you try it again."
FIRST_RETRY = timedelta(minutes=1)

TO_CHECK = frozenset({FilmState.RECEIVED, FilmState.FAILED})
TO_SCORE = frozenset({FilmState.ACCEPTED})


@dataclass(frozen=True)
class Claimed:
    """A film that this process works on; its attempt is already counted and committed."""

    film_id: int
    content_hash: str
    view_position: ViewPosition = ViewPosition.UNKNOWN


@dataclass(frozen=True)
class Claim:
    """What a claim gave.

    Attributes
    ----------
    given_up : tuple of int
        Films set aside as failed because they stopped the process again and again.
    """

    films: tuple[Claimed, ...] = ()
    given_up: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there was anything on the list."""
        return bool(self.films or self.given_up)


@dataclass(frozen=True)
class Findings:
    """What reading and checking a film found, without its pixels: those of films in waiting would fill the memory."""

    sop_instance_uid: str | None
    pixel_hash: str
    results: tuple[CheckResult, ...]
    refused: bool
    reason: str
    sides_in_doubt: bool = False

    @classmethod
    def of(cls, checked: CheckedFilm) -> Self:
        """Return the findings on a checked film."""
        film = checked.film
        return cls(
            film.header.sop_instance_uid,
            film.pixel_hash,
            checked.results,
            checked.refused,
            checked.reason,
            film.sides_in_doubt,
        )


def claim_received(*, limit: int, claim_for: timedelta, actor: str, site: Site) -> Claim:
    """Take films off the list of those to be checked.

    Parameters
    ----------
    claim_for : timedelta
        How long other workers leave the films alone; 0 where the scoring lease keeps others away.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        found = films.claim_received(LOOK_AHEAD, now=now, session=session)
        return _take(_choose(found, limit), now=now, claim_for=claim_for, actor=actor, session=session)


def claim_unscored(model: str, version: str, *, limit: int, claim_for: timedelta, actor: str, site: Site) -> Claim:
    """Take films off the list of those that this model version has not scored."""
    now = site.clock()
    with transaction(site.engine) as session:
        found = films.claim_unscored(model, version, LOOK_AHEAD, now=now, session=session)
        return _take(_choose(found, limit), now=now, claim_for=claim_for, actor=actor, session=session)


def examine(claimed: Claimed, *, site: Site) -> CheckedFilm:
    """Read a stored film and run the checks; touches no database.

    Raises
    ------
    FilmUnreadableError
        For good: the bytes are no film that Lungline reads.
    StoredFilmDamagedError
        Worth another attempt.
    StorageFailedError
        The film folder is away.
    """
    film = read_film(site.store.get(claimed.content_hash), site_zone=site.zone)
    if film.header.view_position is ViewPosition.UNKNOWN:
        # A picture says nothing of itself, but its sender may have.
        film = replace(film, header=replace(film.header, view_position=claimed.view_position))
    return check_film(film)


def settle_checked(claimed: Claimed, found: Findings, *, actor: str, site: Site) -> FilmState | None:
    """Write down what the checks and the comparison with all other films gave.

    Returns
    -------
    FilmState or None
        None when the film left the list in the meantime (a person retracted it).
    """
    now = site.clock()
    with transaction(site.engine) as session:
        # Before the row: whoever compares two films takes their keys first.
        films.lock_identity([key for key in (found.sop_instance_uid, found.pixel_hash) if key], session=session)
        film = _locked(claimed, TO_CHECK, session=session)
        if film is None:
            return None
        film.pixel_hash, film.sides_in_doubt = found.pixel_hash, found.sides_in_doubt
        films.add_checks(claimed.film_id, found.results, now=now, session=session)
        # The attempt succeeded. What a failed film has behind it still counts; what ended the process while a
        # received one was looked at was not that film.
        film.attempts = film.attempts - 1 if film.state is FilmState.FAILED else 0
        if found.refused and not film.overruled:
            return films.set_state(film, FilmState.REJECTED, found.reason, actor=actor, now=now, session=session).state
        accept(film, actor=actor, now=now, site=site, session=session)
        if film.state is FilmState.ACCEPTED and scores.has_any(claimed.film_id, session=session):
            # It came back with the score it had, so no score of it will bring the flags in step.
            reevaluate({film.patient_id}, now=now, site=site, session=session)
        return film.state


def accept(film: Film, *, actor: str, now: datetime, site: Site, session: Session) -> None:
    """Accept a film that may be scored, unless it is one already stored or contradicts one; see to the trends.

    One whose time cannot be waits for a person, however it got here.
    """
    if film.time_doubt is TimeDoubt.IMPOSSIBLE:
        reason = impossible_reason(film, site=site)
        films.set_state(film, FilmState.QUARANTINED, reason, actor=actor, now=now, session=session)
        return
    outcome = settle_identity(film, actor=actor, now=now, session=session)
    apply_outcome(film, outcome, actor=actor, now=now, session=session)
    reevaluate({other.patient_id for other in outcome.quarantined}, now=now, site=site, session=session)


def settle_score(claimed: Claimed, score: Score, *, site: Site) -> bool:
    """Store a score and bring the patient's flags in step, in one transaction; False when the film left the list."""
    now = site.clock()
    with transaction(site.engine) as session:
        film = _locked(claimed, TO_SCORE, session=session)
        if film is None:
            return False
        scores.add(claimed.film_id, score, now=now, session=session)
        film.attempts, film.retry_at = 0, None
        reevaluate({film.patient_id}, now=now, site=site, session=session)
    return True


def settle_refusal(claimed: Claimed, reason: str, *, actor: str, site: Site) -> FilmState | None:
    """Write down that a scorer finds nothing to score on an accepted film."""
    now = site.clock()
    with transaction(site.engine) as session:
        film = _locked(claimed, TO_SCORE, session=session)
        if film is None:
            return None
        film.attempts = max(0, film.attempts - 1)
        # A person has already said that the film is to be scored: not to be refused once more.
        state = FilmState.FAILED if film.overruled else FilmState.REJECTED
        return films.set_state(film, state, reason, actor=actor, now=now, session=session).state


def settle_failure(claimed: Claimed, reason: str, *, retry: bool, actor: str, site: Site) -> None:
    """Write down that a film could not be read or scored, and when it is tried again."""
    now = site.clock()
    with transaction(site.engine) as session:
        film = _locked(claimed, TO_CHECK | TO_SCORE, session=session)
        if film is None:
            return
        retry_at = (
            now + FIRST_RETRY * 4 ** max(0, film.attempts - 1) if retry and film.attempts < MAX_ATTEMPTS else None
        )
        _fail(film, reason, retry_at, actor=actor, now=now, session=session)


def give_back(film_ids: Iterable[int], *, site: Site) -> None:
    """Put claimed films back on the list as if they had not been taken."""
    with transaction(site.engine) as session:
        for film_id in sorted(film_ids):
            film = session.get(Film, film_id, with_for_update=True, populate_existing=True)
            # Its claim may have run out and another worker have settled it.
            if film is not None and film.state in TO_CHECK | TO_SCORE and film.retry_at is not None:
                film.attempts, film.retry_at = max(0, film.attempts - 1), None


def reevaluate(
    patient_ids: set[int], *, now: datetime, site: Site, session: Session, because: FlagCause | None = None
) -> None:
    """Re-evaluate the flags of these patients by the active model.

    Parameters
    ----------
    because : FlagCause or None
        What happened, for the history of flags that only this explains.
    """
    card = active_card(session=session)
    if card is None or not patient_ids:
        return
    lock_patients(patient_ids, session=session)
    for patient_id in sorted(patient_ids):
        reevaluate_flags(patient_id, card=card, site=site, now=now, session=session, because=because)


def _choose(found: Sequence[Film], limit: int) -> Sequence[Film]:
    """Return the films to work on next.

    A film that was being worked on when a process ended may be why it ended, so it is taken alone. Once that
    has ended a process too, it comes after all others: it must not keep them waiting, nor be blamed for a
    process that is ended from outside again and again.
    """
    suspects = sorted((film for film in found if _was_in_flight(film)), key=lambda film: film.attempts)
    others = [film for film in found if not _was_in_flight(film)]
    if suspects and (suspects[0].attempts == 1 or not others):
        return suspects[:1]
    return others[:limit]


def _take(chosen: Sequence[Film], *, now: datetime, claim_for: timedelta, actor: str, session: Session) -> Claim:
    """Count and commit the attempt before anything is decoded: a film that kills the process must not do so forever."""
    taken, given_up = [], []
    for film in chosen:
        if film.attempts >= (MAX_DEATHS if _was_in_flight(film) else MAX_ATTEMPTS):
            _fail(film, STOPPED, None, actor=actor, now=now, session=session)
            given_up.append(film.id or 0)
            continue
        film.attempts += 1
        film.retry_at = now + claim_for
        session.add(film)
        taken.append(Claimed(film.id or 0, film.content_hash, film.view_position))
    return Claim(tuple(taken), tuple(given_up))


def _was_in_flight(film: Film) -> bool:
    # Every step that ends clears retry_at, but for a failed film, whose retry it is.
    return film.state is not FilmState.FAILED and film.retry_at is not None and film.attempts > 0


def _fail(film: Film, reason: str, retry_at: datetime | None, *, actor: str, now: datetime, session: Session) -> None:
    # The claim has counted this attempt, and set_state counts each failure.
    film.attempts = max(0, film.attempts - 1)
    films.set_state(film, FilmState.FAILED, reason, actor=actor, now=now, retry_at=retry_at, session=session)


def _locked(claimed: Claimed, states: frozenset[FilmState], *, session: Session) -> Film | None:
    """Return the film's row, locked, if it is still in one of these states."""
    film = session.get(Film, claimed.film_id, with_for_update={"key_share": True}, populate_existing=True)
    return film if film is not None and film.state in states else None
