"""Keeping films that this process works on from other workers, for as long as it lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from dashboard.services.site.opening import Site
from db.engine import transaction
from db.errors import DatabaseError
from db.repositories import films

RENEWALS_PER_CLAIM = 4

log = logging.getLogger(__name__)


class KeptClaims:
    """Extends the claims of the films in hand by a thread of its own; those of a killed process run out.

    Without it a slow batch would look like a process that died, and its films like the reason.

    Parameters
    ----------
    claim_for : timedelta
        How long a claim lasts; 0 where the scoring lease keeps others away, and nothing is extended.
    """

    def __init__(self, claim_for: timedelta, *, site: Site) -> None:
        self._site = site
        self._claim_for = claim_for
        self._in_hand: set[int] = set()
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._claim_for:
            self._heart = threading.Thread(target=self._beat, name="film-claims", daemon=True)
            self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._heart is not None:
            self._heart.join()

    def hold(self, film_ids: Iterable[int]) -> None:
        """Extend the claims of these films from now on."""
        with self._changing:
            self._in_hand.update(film_ids)

    def let_go(self, film_id: int) -> None:
        """Extend a film's claim no longer: it is about to be settled."""
        with self._changing:
            self._in_hand.discard(film_id)

    def let_all_go(self) -> frozenset[int]:
        """Extend no claim any longer; return the films that were in hand."""
        with self._changing:
            in_hand = frozenset(self._in_hand)
            self._in_hand.clear()
        return in_hand

    def extend(self) -> None:
        """Extend the claims of all films in hand."""
        # Under the lock, so that a film is not settled (and given a time for its next attempt) in between.
        with self._changing:
            if not self._in_hand:
                return
            until = self._site.clock() + self._claim_for
            with transaction(self._site.engine) as session:
                films.extend_claims(self._in_hand, until, session=session)

    def _beat(self) -> None:
        while not self._ended.wait(self._claim_for.total_seconds() / RENEWALS_PER_CLAIM):
            try:
                self.extend()
            except (SQLAlchemyError, DatabaseError) as error:
                # The next beat comes well before the claims run out.
                log.warning("claims could not be extended (%s)", type(error).__name__)
