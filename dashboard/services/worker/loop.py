"""The process that checks and scores what waits, and draws the maps that are asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from core.scoring.base import Scorer
from dashboard.errors import DashboardError, StorageFailedError
from dashboard.services.flags.life import wake_all
from dashboard.services.site.opening import Site, ensure_active_model
from dashboard.services.site.scorers import load_active_scorer
from dashboard.services.worker import maps
from dashboard.services.worker.lease import SCORING_LEASE, ScoringLease
from dashboard.services.worker.process import reevaluate
from dashboard.services.worker.scoring import Done, ScoringRun
from db.engine import read_transaction, transaction
from db.errors import DatabaseError
from db.models import FlagCause, ModelActivation
from db.repositories import films, flags, scores

__all__ = ["SCORING_LEASE", "run_worker"]

ACTOR = "worker"
POLL_S = 1.0
LEFTOVERS_AFTER = timedelta(hours=1)

log = logging.getLogger(__name__)

OnProgress = Callable[[Done], None]


def run_worker(
    *,
    once: bool = False,
    stop_event: threading.Event | None = None,
    on_progress: OnProgress | None = None,
    claim_for: timedelta | None = None,
    site: Site,
) -> Done:
    """Check and score the films that wait, and draw maps, until `stop_event`; with `once` until nothing waits.

    On SQLite it waits until it holds the scoring lease. Once it runs, a database or film folder that is
    away for a while is waited for.

    Parameters
    ----------
    on_progress : callable
        Called after each round with what was done since the start.

    Raises
    ------
    ScorerMismatchError
        This machine has another version of the active scorer. Films stay on the list.
    CoreError
        The scorer is unknown or lacks its weights.
    """
    stop = stop_event or threading.Event()
    ensure_active_model(site=site)
    site.store.remove_unfinished((site.clock() - LEFTOVERS_AFTER).timestamp())
    total = Done()
    with ScoringLease(site=site) as lease:
        while not stop.is_set():
            try:
                if not lease.acquire():
                    if once and not _waiting(site=site):
                        break
                    stop.wait(POLL_S)
                    continue
                site.store.require_in_place()
                total = _score_with_active(
                    lease, total, once=once, stop=stop, on_progress=on_progress, claim_for=claim_for, site=site
                )
                if once and lease.held:
                    break
            except (SQLAlchemyError, DatabaseError, StorageFailedError) as error:
                if once:
                    raise
                log.warning("the database or the film folder failed (%s); trying again", type(error).__name__)
                stop.wait(10 * POLL_S)
    return total


def _score_with_active(
    lease: ScoringLease,
    total: Done,
    *,
    once: bool,
    stop: threading.Event,
    on_progress: OnProgress | None,
    claim_for: timedelta | None,
    site: Site,
) -> Done:
    """Work with the active model until it changes, the lease is lost, or (`once`) nothing waits."""
    active = active_model(site=site)
    scorer = load_active_scorer(active, site=site)
    log.info("scoring with %s %s", scorer.name, scorer.version)
    revise_flags(site=site)
    with ScoringRun(scorer, actor=ACTOR, claim_for=claim_for, site=site) as run:
        while lease.held and not stop.is_set() and is_of(scorer, active_model(site=site)):
            done = run.round()
            # One map a round: somebody waits for it at a screen, but no import may wait for many.
            drew = maps.make_next(scorer, site=site)
            wake_all(site=site)
            if done is not None:
                total += done
                if on_progress is not None:
                    on_progress(total)
            elif not drew:
                if once:
                    break
                stop.wait(POLL_S)
    return total


def revise_flags(*, site: Site) -> int:
    """Bring the flags of patients whose films an upgrade placed anew in step; return how many patients.

    Each patient is one transaction: ended at any time, the next start goes on.
    """
    with read_transaction(site.engine) as session:
        waiting = flags.patients_to_revise(session=session)
    for patient_id in waiting:
        with transaction(site.engine) as session:
            now, because = site.clock(), FlagCause.FILM_TIME_CORRECTED
            reevaluate({patient_id}, now=now, site=site, session=session, because=because)
            flags.settle_revision(patient_id, session=session)
    return len(waiting)


def active_model(*, site: Site) -> ModelActivation:
    """Return the active model of an opened site."""
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
    if active is None:
        raise DashboardError("No model is active. Run `lungline models activate`.")
    return active


def is_of(scorer: Scorer, active: ModelActivation) -> bool:
    """Return whether a scorer is the active one."""
    return (scorer.name, scorer.version) == (active.model, active.model_version)


def _waiting(*, site: Site) -> bool:
    with suppress(DashboardError):
        active = active_model(site=site)
        with read_transaction(site.engine) as session:
            return films.waiting_count(active.model, active.model_version, now=site.clock(), session=session) > 0
    return False
