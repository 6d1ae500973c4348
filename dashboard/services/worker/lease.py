"""Who scores: on SQLite the one process that holds the lease, on PostgreSQL every worker."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from dashboard.services.site.opening import Site
from db.engine import transaction
from db.errors import DatabaseError
from db.models import Lease
from db.repositories import site as site_rows

SCORING_LEASE = "scoring"
LEASE_FOR = timedelta(seconds=30)
RENEW_AFTER_S = 10.0
UNRENEWED_S = 1.5 * RENEW_AFTER_S
"""A holder that lives has renewed its lease within this time, whatever the clocks say."""
FORGOTTEN_AFTER = timedelta(days=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """The lease of another process, and when (by this process's own clock) it was first seen as it stands."""

    holder: str
    expires_at: datetime
    since_s: float


class ScoringLease:
    """The right to score, renewed by a thread of its own while the process lives.

    On PostgreSQL workers share the list by locking rows, so each has a lease of its own: nobody waits for it, and
    it tells the screens that somebody scores. Leaving it as a context manager gives it back.

    The machine's clock may jump. So a lease that seems to have expired is taken over only after its holder was seen
    not to renew it, and one that is not renewed is taken over although it seems to last; both are measured by
    `monotonic`, which does not jump.

    Parameters
    ----------
    monotonic : callable
        Seconds since some moment, never set.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic, site: Site) -> None:
        self._engine, self._clock = site.engine, site.clock
        self._monotonic = monotonic
        mark = uuid4().hex[:8]
        self._name = SCORING_LEASE if site.engine.dialect.name == "sqlite" else f"{SCORING_LEASE} {mark}"
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{mark}"
        self._held = threading.Event()
        self._renewed_s = 0.0
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None
        self._seen: _Seen | None = None

    @property
    def held(self) -> bool:
        """Return whether this process may score now."""
        return self._held.is_set() and self._monotonic() - self._renewed_s < LEASE_FOR.total_seconds()

    def acquire(self) -> bool:
        """Take the lease if it is free, is not renewed any more, or its holder on this machine is dead."""
        if self.held:
            return True
        now, asked_s = self._clock(), self._monotonic()
        with transaction(self._engine) as session:
            others = site_rows.leases_of(SCORING_LEASE, session=session)
            in_the_way = [lease for lease in others if lease.name == self._name and lease.holder != self._holder]
            if in_the_way and not self._is_free(in_the_way[0], now):
                return False
            for lease in others:
                if lease in in_the_way or is_dead(lease.holder) or abs(lease.expires_at - now) > FORGOTTEN_AFTER:
                    site_rows.release_lease(lease.name, lease.holder, session=session)
                    session.expunge(lease)
            got = site_rows.acquire_lease(self._name, self._holder, LEASE_FOR, now=now, session=session)
        if got:
            self._seen, self._renewed_s = None, asked_s
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
                site_rows.release_lease(self._name, self._holder, session=session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _is_free(self, lease: Lease, now: datetime) -> bool:
        if is_dead(lease.holder):
            return True
        if self._seen is None or (self._seen.holder, self._seen.expires_at) != (lease.holder, lease.expires_at):
            if self._seen is None or self._seen.holder != lease.holder:
                log.warning("waiting for %s, which scores this database", holder_in_words(lease.holder))
            self._seen = _Seen(lease.holder, lease.expires_at, self._monotonic())
        waited_s = self._monotonic() - self._seen.since_s
        if site_rows.is_live(lease, LEASE_FOR, now=now):
            return waited_s >= site_rows.VOID_AFTER_TERMS * LEASE_FOR.total_seconds()
        return waited_s >= UNRENEWED_S

    def _start_heart(self) -> None:
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, name="scoring-lease", daemon=True)
            self._heart.start()

    def _beat(self) -> None:
        while not self._ended.wait(RENEW_AFTER_S):
            if self._held.is_set():
                self._renew()

    def _renew(self) -> None:
        asked_s = self._monotonic()
        try:
            with transaction(self._engine) as session:
                if site_rows.renew_lease(self._name, self._holder, LEASE_FOR, now=self._clock(), session=session):
                    self._renewed_s = asked_s
                    return
        except (SQLAlchemyError, DatabaseError) as error:
            # Not lost yet: the next beat comes well before it expires.
            log.warning("the scoring lease could not be renewed (%s)", type(error).__name__)
            return
        self._held.clear()
        log.warning("another process has taken over the scoring lease")


def live_holders(leases: Iterable[Lease], *, now: datetime) -> list[str]:
    """Return who holds a lease of scoring that holds now."""
    return sorted(lease.holder for lease in leases if site_rows.is_live(lease, LEASE_FOR, now=now))


def holder_in_words(holder: str) -> str:
    """Return who holds a lease, for people: "process 123 on HOST"."""
    host, _, rest = holder.partition(":")
    return f"process {rest.partition(':')[0]} on {host}"


def is_dead(holder: str) -> bool:
    """Return whether a holder is a process of this machine that no longer runs; when in doubt, not."""
    host, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    if os.name != "posix" or host != socket.gethostname() or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OverflowError:
        # No process has such a number.
        return True
    except OSError:
        return False
    return False
