"""One process's work on the list: films are read and prepared in threads while the network scores the last ones."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import OperationalError

from core.errors import FilmNotScorableError, FilmUnreadableError
from core.films.checks import check_film
from core.scoring.base import Scorer
from core.types import Film, FilmHeader, Score
from dashboard.errors import StorageFailedError, StoredFilmDamagedError
from dashboard.services.site.opening import Site
from dashboard.services.worker import process
from dashboard.services.worker.claims import KeptClaims
from dashboard.services.worker.process import Claimed, Findings
from db.errors import DatabaseFailedError
from db.models import FilmState
from db.repositories.films import CLAIM_FOR

BATCH = 8
PREPARING_THREADS = max(1, min(2, (os.cpu_count() or 1) // 2))
"""Two of them beside the network's own thread make two processors slower: 11.7 films a second instead of 13.0."""
SHARED_CLAIM = CLAIM_FOR

log = logging.getLogger(__name__)

Prepared = NDArray[np.float32]


@dataclass(frozen=True)
class Done:
    """What one round did, or several: counts of films."""

    checked: int = 0
    scored: int = 0
    failed: int = 0

    def __add__(self, other: Done) -> Done:
        return Done(self.checked + other.checked, self.scored + other.scored, self.failed + other.failed)


@dataclass(frozen=True, eq=False)
class Ready:
    """A film read and, unless it was refused, prepared for the network."""

    found: Findings
    prepared: Prepared | None


@contextmanager
def _processors_left_free(count: int) -> Iterator[None]:
    """Let torch use so many threads fewer: those that prepare films and its own would keep each other waiting."""
    torch = sys.modules.get("torch")  # a scorer that does without it has not loaded it
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads - count))
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class ScoringRun:
    """Checks and scores what is on the list, round by round.

    Each round settles the scores of the films checked in the round before. Every step is written down by
    itself, so that the process may be killed at any moment.

    Parameters
    ----------
    claim_for : timedelta or None
        How long other workers leave a film alone that this process has taken; None: as the database needs it.
    """

    def __init__(self, scorer: Scorer, *, actor: str, claim_for: timedelta | None = None, site: Site) -> None:
        alone = site.engine.dialect.name == "sqlite"
        self._claim_for = claim_for if claim_for is not None else timedelta(0) if alone else SHARED_CLAIM
        self._site = site
        self._scorer = scorer
        self._actor = actor
        self._claims = KeptClaims(self._claim_for, site=site)
        self._pool = ThreadPoolExecutor(PREPARING_THREADS, thread_name_prefix="prepare")
        self._open = ExitStack()
        # Prepared by the checks of the last round, so that no film is decoded twice.
        self._prepared: dict[int, Prepared] = {}

    def __enter__(self) -> Self:
        self._open.enter_context(_processors_left_free(PREPARING_THREADS))
        self._warm_up()
        self._open.enter_context(self._claims)
        self._open.callback(self._pool.shutdown, cancel_futures=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def round(self) -> Done | None:
        """Work once through the list's head; None when nothing waits.

        Raises
        ------
        StorageFailedError
            The film folder is away: the films stay on the list, and no attempt of theirs is counted.
        """
        self._site.store.require_in_place()
        try:
            return self._round()
        except StorageFailedError:
            process.give_back(self._claims.let_all_go(), site=self._site)
            raise

    def _round(self) -> Done | None:
        claim = process.claim_received(limit=BATCH, claim_for=self._claim_for, actor=self._actor, site=self._site)
        self._claims.hold(film.film_id for film in claim.films)
        reading = [(film, self._pool.submit(self._read, film)) for film in claim.films]
        scored = self._score_waiting()
        # What was not used by now has left the list in the meantime.
        self._prepared.clear()
        checked = sum((self._finish_check(film, future) for film, future in reading), Done(failed=len(claim.given_up)))
        return None if scored is None and not claim else checked + (scored or Done())

    def _warm_up(self) -> None:
        """Run a grey picture through everything once, before a film is claimed.

        The first film takes seconds (libraries and weights are loaded), the next ones a fraction: a process
        that is ended from outside shall not hit the same innocent film each time.

        What was loaded stays, so garbage collection need not go through it again: that takes half a second.
        """
        header = FilmHeader(rows=256, columns=256, bits_stored=8)
        film = Film(np.full((256, 256), 0.5, np.float32), header, "")
        with suppress(Exception):  # only for its side effects: it is no film, and may be refused at any step
            self._scorer.score([self._scorer.prepare(check_film(film).film)])
        gc.collect()
        gc.freeze()

    def _read(self, film: Claimed) -> Ready:
        checked = process.examine(film, site=self._site)
        # Also a refused film may have been overruled by a person; that one is prepared when it is scored.
        return Ready(Findings.of(checked), None if checked.refused else self._scorer.prepare(checked.film))

    def _finish_check(self, film: Claimed, future: Future[Ready]) -> Done:
        try:
            ready = future.result()
            self._claims.let_go(film.film_id)
            state = process.settle_checked(film, ready.found, actor=self._actor, site=self._site)
        except Exception as error:  # noqa: BLE001 - one film's fault must not end the work on the others
            return self._failed(film, error)
        if state is FilmState.ACCEPTED and ready.prepared is not None:
            self._prepared[film.film_id] = ready.prepared
        return Done(checked=1)

    def _score_waiting(self) -> Done | None:
        claim = process.claim_unscored(
            self._scorer.name,
            self._scorer.version,
            limit=BATCH,
            claim_for=self._claim_for,
            actor=self._actor,
            site=self._site,
        )
        if not claim:
            return None
        self._claims.hold(film.film_id for film in claim.films)
        preparing = [(film, self._prepare(film)) for film in claim.films]
        done = Done(failed=len(claim.given_up))
        batch: list[tuple[Claimed, Prepared]] = []
        for film, future in preparing:
            try:
                batch.append((film, future.result()))
            except Exception as error:  # noqa: BLE001 - as above
                done += self._failed(film, error)
        return done + self._score(batch)

    def _prepare(self, film: Claimed) -> Future[Prepared]:
        known = self._prepared.pop(film.film_id, None)
        if known is None:
            return self._pool.submit(lambda: self._scorer.prepare(process.examine(film, site=self._site).film))
        future: Future[Prepared] = Future()
        future.set_result(known)
        return future

    def _score(self, batch: Sequence[tuple[Claimed, Prepared]]) -> Done:
        """Score a batch; where it fails, each film by itself, so that one film's fault is not the others'."""
        if not batch:
            return Done()
        try:
            scores = self._scorer.score([prepared for _, prepared in batch])
            # Paired before any is stored: a scorer that loses a film would shift the scores of those after it.
            paired = list(zip([film for film, _ in batch], scores, strict=True))
        except Exception as error:  # noqa: BLE001 - a plug-in: whatever it raises concerns its films only
            if len(batch) > 1:
                return sum((self._score([one]) for one in batch), Done())
            return self._failed(batch[0][0], error)
        return sum((self._store(film, score) for film, score in paired), Done())

    def _store(self, film: Claimed, score: Score) -> Done:
        self._claims.let_go(film.film_id)
        try:
            return Done(scored=int(process.settle_score(film, score, site=self._site)))
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(film, error)

    def _failed(self, film: Claimed, error: Exception) -> Done:
        if isinstance(error, StorageFailedError):
            raise error
        self._claims.let_go(film.film_id)
        if isinstance(error, OperationalError | DatabaseFailedError):
            # Not the film's fault.
            raise error
        # The text of an unforeseen error may hold what a film says of its patient: its kind is enough here.
        log.warning("film %s failed: %s", film.film_id, type(error).__name__)
        log.debug("film %s failed", film.film_id, exc_info=error)
        if isinstance(error, FilmNotScorableError):
            process.settle_refusal(film, str(error), actor=self._actor, site=self._site)
            return Done(failed=1)
        known = isinstance(error, FilmUnreadableError | StoredFilmDamagedError)
        reason = str(error) if known else f"The film could not be read or scored ({type(error).__name__})."
        # Damaged bytes stay damaged; anything else may be mended by time or by a person.
        retry = not isinstance(error, FilmUnreadableError)
        process.settle_failure(film, reason, retry=retry, actor=self._actor, site=self._site)
        return Done(failed=1)
