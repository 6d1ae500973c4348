"""Who scores: on SQLite the one process that holds the lease, on PostgreSQL every worker."""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from dashboard.services.site import Clock
from db.engine import transaction
from db.errors import DatabaseError
from db.repositories import site

SCORING_LEASE = "scoring"
LEASE_FOR = timedelta(seconds=30)
RENEW_AFTER_S = 10.0
FORGOTTEN_AFTER = timedelta(days=1)

log = logging.getLogger(__name__)


class ScoringLease:
    """The right to score, renewed by a thread of its own while the process lives.

    On PostgreSQL workers share the list by locking rows, so each has a lease of its own: nobody waits for it, and
    it tells the screens that somebody scores. Leaving it as a context manager gives it back.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        mark = uuid4().hex[:8]
        self._name = SCORING_LEASE if engine.dialect.name == "sqlite" else f"{SCORING_LEASE} {mark}"
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{mark}"
        self._held = threading.Event()
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None

    @property
    def held(self) -> bool:
        """Return whether this process may score now."""
        return self._held.is_set()

    def acquire(self) -> bool:
        """Take the lease if it is free, has expired, or its holder on this machine is dead."""
        if self.held:
            return True
        now = self._clock()
        with transaction(self._engine) as session:
            for lease in site.leases_of(SCORING_LEASE, session=session):
                if _is_dead(lease.holder) or lease.expires_at < now - FORGOTTEN_AFTER:
                    site.release_lease(lease.name, lease.holder, session=session)
                    session.expunge(lease)
            got = site.acquire_lease(self._name, self._holder, LEASE_FOR, now=now, session=session)
        if got:
            self._held.set()
            self._start_heart()
        return got

    def release(self) -> None:
        """Give the lease back, so that the next process need not wait for it to expire."""
        self._ended.set()
        if self._heart is not None:
            self._heart.join()
        if self._held.is_set():
            self._held.clear()
            with transaction(self._engine) as session:
                site.release_lease(self._name, self._holder, session=session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _start_heart(self) -> None:
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, name="scoring-lease", daemon=True)
            self._heart.start()

    def _beat(self) -> None:
        while not self._ended.wait(RENEW_AFTER_S):
            if self._held.is_set():
                self._renew()

    def _renew(self) -> None:
        try:
            with transaction(self._engine) as session:
                if site.acquire_lease(self._name, self._holder, LEASE_FOR, now=self._clock(), session=session):
                    return
        except (SQLAlchemyError, DatabaseError) as error:
            # Not lost yet: the next beat comes well before it expires.
            log.warning("the scoring lease could not be renewed (%s)", type(error).__name__)
            return
        self._held.clear()
        log.warning("another process has taken over the scoring lease")


def _is_dead(holder: str) -> bool:
    """Return whether a holder is a process of this machine that no longer runs; when in doubt, not."""
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if os.name != "posix" or host != socket.gethostname() or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
