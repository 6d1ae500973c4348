"""The worker: lease, versions, and stopping."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from film_site import CLEAR, Bench, dicom, make_bench
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from core.errors import ScorerUnknownError
from dashboard.errors import ScorerMismatchError
from dashboard.services.site.opening import Site, open_site
from dashboard.services.site.scorers import card_of
from dashboard.services.worker import loop as worker
from dashboard.services.worker import process
from dashboard.services.worker.claims import KeptClaims
from dashboard.services.worker.lease import LEASE_FOR, RENEW_AFTER_S, SCORING_LEASE, UNRENEWED_S, ScoringLease
from dashboard.services.worker.loop import run_worker
from dashboard.services.worker.status import scoring_status
from dashboard.settings import load_settings
from db.engine import create_engine, read_transaction, transaction
from db.models import FilmState
from db.repositories import films, scores, site
from db.repositories.films import CLAIM_FOR


@pytest.fixture
def sqlite_bench(sqlite_url: str, tmp_path: Path, mean_grey: None) -> Bench:  # noqa: ARG001 - registered before
    """Return an empty site on SQLite."""
    return make_bench(create_engine(sqlite_url), tmp_path / "data")


def holder_of(engine: Engine) -> str | None:
    with read_transaction(engine) as session:
        lease = site.lease_of(SCORING_LEASE, session=session)
    return lease.holder if lease else None


def test_a_worker_scores_what_waits_and_gives_the_lease_back(bench: Bench) -> None:
    for hours in range(3):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))
    told = []
    done = run_worker(once=True, on_progress=told.append, site=bench.site)

    assert (done.checked, done.scored, done.failed) == (3, 3, 0)
    assert told[-1] == done
    assert holder_of(bench.engine) is None
    assert run_worker(once=True, site=bench.site).scored == 0


def test_a_worker_runs_until_it_is_told_to_stop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    stop = threading.Event()
    bench.film_id(dicom(CLEAR))

    def progress(done: object) -> None:
        if len(bench.scores()) == 1:
            bench.film_id(dicom(CLEAR, hours=1, seed=1))
        elif len(bench.scores()) == 2:
            stop.set()
        assert done

    done = run_worker(stop_event=stop, on_progress=progress, site=bench.site)
    assert done.scored == 2


def test_a_worker_refuses_another_version_and_scores_nothing(bench: Bench) -> None:
    bench.film_id(dicom(CLEAR))
    with transaction(bench.engine) as session:
        scores.activate("mean-grey", "0.9", actor="tests", now=bench.now + timedelta(minutes=1), session=session)
    with pytest.raises(ScorerMismatchError, match=r"mean-grey 0\.9; this machine has version 1.*models activate"):
        run_worker(once=True, site=bench.site)
    assert bench.scores() == []
    with transaction(bench.engine) as session:
        cards = [
            card_of(*which, session=session) for which in (("mean-grey", "0.9"), ("unknown", "1"), ("mean-grey", "1"))
        ]
    assert [len(card.noise) for card in cards] == [0, 0, 2]


class Stopwatch:
    """Seconds that pass when a test says so, whatever the clock says."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds that have passed."""
        return self.seconds


def test_one_process_scores_a_sqlite_database(sqlite_bench: Bench) -> None:
    engine, watch = sqlite_bench.engine, Stopwatch()

    def lease() -> ScoringLease:
        return ScoringLease(monotonic=watch, site=sqlite_bench.site)

    with lease() as first, lease() as second:
        assert (first.acquire(), first.acquire(), second.acquire()) == (True, True, False)
        assert (first.held, second.held) == (True, False)
        first.release()
        assert second.acquire()
        third = lease()
        assert not third.acquire()
        sqlite_bench.now += LEASE_FOR
        watch.seconds += LEASE_FOR.total_seconds()
        assert not second.held
        assert third.acquire()
        # The second one learns at its next beat that it was taken over.
        second._renew()
        assert not second.held
        assert holder_of(engine) == third._holder
        third.release()


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=400), -timedelta(hours=1), -timedelta(days=400)])
def test_a_jump_of_the_clock_gives_the_lease_to_nobody_else(sqlite_bench: Bench, jump: timedelta) -> None:
    watch = Stopwatch()
    with (
        ScoringLease(monotonic=watch, site=sqlite_bench.site) as first,
        ScoringLease(monotonic=watch, site=sqlite_bench.site) as second,
    ):
        assert (first.acquire(), second.acquire()) == (True, False)
        sqlite_bench.now += jump
        for _beat in range(3):
            assert (first.held, second.acquire()) == (True, False)
            watch.seconds += RENEW_AFTER_S
            sqlite_bench.wait(seconds=RENEW_AFTER_S)
            first._renew()
        assert (first.held, second.acquire()) == (True, False)
        # The first one stops without a word: the second waits for no more than two terms, whatever the clock does.
        sqlite_bench.now += jump
        assert not second.acquire()
        watch.seconds += 2 * LEASE_FOR.total_seconds()
        assert second.acquire()
        assert (first.held, second.held) == (False, True)


def test_a_lease_that_ends_too_late_is_void(sqlite_bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    engine, watch = sqlite_bench.engine, Stopwatch()
    with transaction(engine) as session:
        site.acquire_lease(SCORING_LEASE, "gone:12:x", timedelta(days=3650), now=sqlite_bench.now, session=session)
    status = scoring_status(site=sqlite_bench.site)
    assert (status.running, status.scoring) == (False, ())
    with ScoringLease(monotonic=watch, site=sqlite_bench.site) as lease:
        assert not lease.acquire()
        assert "waiting for process 12 on gone" in caplog.text
        # It may be of one that lives and whose clock was put back: that one renews it.
        watch.seconds += UNRENEWED_S
        assert lease.acquire()
        assert scoring_status(site=sqlite_bench.site).running


def test_the_lease_of_a_dead_process_is_taken_over_at_once(sqlite_bench: Bench) -> None:
    lease = ScoringLease(site=sqlite_bench.site)
    host = lease._holder.partition(":")[0]
    for holder, free in ((f"{host}:999999999:x", True), ("elsewhere:999999999:x", False), (f"{host}:1:x", False)):
        with transaction(sqlite_bench.engine) as session:
            now = sqlite_bench.now
            assert site.acquire_lease(SCORING_LEASE, holder, timedelta(days=1), now=now, session=session)
        assert lease.acquire() is free
        lease.release()
        lease = ScoringLease(site=sqlite_bench.site)
        with transaction(sqlite_bench.engine) as session:
            site.release_lease(SCORING_LEASE, holder, session=session)


def test_a_worker_waits_for_the_one_that_scores(sqlite_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    sqlite_bench.film_id(dicom(CLEAR))
    other = ScoringLease(site=sqlite_bench.site)
    assert other.acquire()
    done = []
    thread = threading.Thread(target=lambda: done.append(run_worker(once=True, site=sqlite_bench.site)))
    thread.start()
    thread.join(0.3)
    assert thread.is_alive()
    assert sqlite_bench.scores() == []
    other.release()
    thread.join(30)
    assert done[0].scored == 1


def test_postgresql_workers_wait_for_nobody(postgres_url: str, tmp_path: Path, mean_grey: None) -> None:  # noqa: ARG001 - registered before
    bench = make_bench(create_engine(postgres_url), tmp_path / "data")
    with ScoringLease(site=bench.site) as first, ScoringLease(site=bench.site) as second:
        assert (first.acquire(), second.acquire()) == (True, True)
    assert holder_of(bench.engine) is None


def test_a_worker_outlives_a_database_that_is_away_for_a_while(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    stop = threading.Event()
    bench.film_id(dicom(CLEAR))
    real, calls = worker.active_model, []

    def flaky(*, site: Site) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("select", {}, Exception("gone"))
        return real(site=site)

    monkeypatch.setattr(worker, "active_model", flaky)
    done = run_worker(stop_event=stop, on_progress=lambda _: bench.scores() and stop.set(), site=bench.site)
    assert done.scored == 1
    calls.clear()
    with pytest.raises(OperationalError):
        run_worker(once=True, site=bench.site)


def test_a_new_site_is_made_on_opening(tmp_path: Path, mean_grey: None) -> None:  # noqa: ARG001 - registered before
    settings = load_settings(data_dir=tmp_path / "new" / "site", scorer="mean-grey")
    engine = open_site(settings).engine
    with read_transaction(engine) as session:
        active = scores.active_model(session=session)
    assert active is not None
    assert (active.model, active.model_version) == ("mean-grey", "1")
    assert (tmp_path / "new" / "site").stat().st_mode & 0o777 == 0o700
    open_site(settings)
    with pytest.raises(ScorerUnknownError):
        open_site(load_settings(data_dir=tmp_path / "other", scorer="nothing"))


def test_a_slow_worker_keeps_its_films_and_a_dead_one_loses_them(bench: Bench) -> None:
    film_id, other = bench.film_id(dicom(CLEAR)), bench.film_id(dicom(CLEAR, hours=1, seed=1))
    two_minutes = timedelta(minutes=2)

    def claim() -> list[int]:
        found = process.claim_received(limit=8, claim_for=two_minutes, actor="worker", site=bench.site)
        return [film.film_id for film in found.films]

    assert claim() == [film_id, other]
    slow = KeptClaims(two_minutes, site=bench.site)
    slow.hold([film_id, other])
    slow.let_go(other)
    bench.wait(minutes=1.5)
    slow.extend()
    bench.wait(minutes=1)
    assert claim() == [other]
    bench.wait(minutes=1)
    assert claim() == [film_id]


def test_a_clock_put_back_keeps_no_film_waiting_for_longer_than_two_claims(bench: Bench) -> None:
    film_id, failed = bench.film_id(dicom(CLEAR)), bench.film_id(dicom(CLEAR, hours=1, seed=1))
    (claimed, _) = process.claim_received(limit=8, claim_for=CLAIM_FOR, actor="worker", site=bench.site).films
    with transaction(bench.engine) as session:
        films.set_state(
            films.get(failed, session=session),
            FilmState.FAILED,
            "The disk did not answer.",
            actor="worker",
            now=bench.now,
            retry_at=bench.now + timedelta(minutes=1),
            session=session,
        )

    def claim() -> list[int]:
        found = process.claim_received(limit=8, claim_for=CLAIM_FOR, actor="worker", site=bench.site)
        return [film.film_id for film in found.films]

    bench.wait(minutes=-1.5)
    assert claim() == []
    bench.wait(days=-1)
    # It was being worked on, so it is taken alone.
    assert [claim(), claim()] == [[film_id], [failed]]
    # Its first owner ends its work all the same; nothing is written twice.
    found = process.Findings.of(process.examine(claimed, site=bench.site))
    settled = [process.settle_checked(claimed, found, actor="worker", site=bench.site) for _ in range(2)]
    assert settled == [FilmState.ACCEPTED, None]


def test_claims_are_extended_by_themselves(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    extended = threading.Event()
    monkeypatch.setattr(KeptClaims, "extend", lambda _self: extended.set())
    with KeptClaims(timedelta(seconds=0.04), site=bench.site):
        assert extended.wait(30)
    extended.clear()
    with KeptClaims(timedelta(0), site=bench.site) as alone:
        assert alone._heart is None
