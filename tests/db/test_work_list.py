"""Workers share the work list; one process at a time holds a lease."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from datetime import timedelta
from multiprocessing.queues import Queue

import pytest
from sqlalchemy import Engine, func, select
from timeline_rows import DAY_0, MODEL, VERSION, film, hours, patient, score, score_value, stay

from db.engine import create_engine, read_transaction, transaction
from db.models import FilmScore, FilmState
from db.repositories import _work, films, key, scores, site

# A server that has imported the database once starts each worker quickly, and inherits none of our connections.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["db.engine", "db.repositories.films", "timeline_rows"])


def test_claim_received_gives_what_is_due_and_open_stays_first(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        here = stay(session, anna)
        received = {"state": FilmState.RECEIVED}
        archive = film(session, anna, "a", **received)
        in_stay = film(session, anna, "b", stay_id=here.id, **received)
        due = film(session, anna, "c", state=FilmState.FAILED, reason="disk full", retry_at=hours(1))
        later = film(session, anna, "d", state=FilmState.FAILED, reason="disk full", retry_at=hours(2))
        film(session, anna, "e", state=FilmState.FAILED, reason="given up")
        film(session, anna, "f")
        assert films.claim_received(10, now=hours(1), session=session) == [in_stay, archive, due]
        assert films.claim_received(2, now=hours(1), session=session) == [in_stay, archive]
        assert films.claim_received(10, now=hours(2), session=session) == [in_stay, archive, due, later]


def test_claim_unscored_gives_accepted_films_without_a_score_by_this_version(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        scored, waiting = film(session, anna, "a"), film(session, anna, "b")
        postponed = film(session, anna, "c", retry_at=hours(1.05))
        film(session, anna, "d", state=FilmState.REJECTED, reason="lateral")
        score(session, scored)
        assert films.claim_unscored(MODEL, VERSION, 9, now=hours(1), session=session) == [waiting]
        assert films.claim_unscored(MODEL, VERSION, 9, now=hours(2), session=session) == [waiting, postponed]
        assert films.claim_unscored(MODEL, "2", 9, now=hours(1), session=session) == [scored, waiting]


def test_waiting_count_agrees_with_the_claims(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        score(session, film(session, anna, "a"))
        film(session, anna, "b")
        film(session, anna, "c", state=FilmState.RECEIVED)
        film(session, anna, "d", state=FilmState.FAILED, reason="disk full", retry_at=hours(2))
        film(session, anna, "e", state=FilmState.FAILED, reason="given up")
        assert films.waiting_count(MODEL, VERSION, now=hours(1), session=session) == 2
        assert films.waiting_count(MODEL, VERSION, session=session) == 3
        assert films.waiting_count(MODEL, "2", session=session) == 4


def test_claim_skips_what_another_worker_holds(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with transaction(engine) as session:
        anna = patient(session)
        for name in "abc":
            film(session, anna, name)
    with transaction(engine) as one, transaction(engine) as two:
        first = films.claim_unscored(MODEL, VERSION, 2, now=DAY_0, session=one)
        second = films.claim_unscored(MODEL, VERSION, 2, now=DAY_0, session=two)
        assert [row.content_hash for row in first] == ["a", "b"]
        assert [row.content_hash for row in second] == ["c"]
        assert films.claim_received(2, now=DAY_0, session=two) == []
    with transaction(engine) as session:
        assert len(films.claim_unscored(MODEL, VERSION, 9, now=DAY_0, session=session)) == 3
    engine.dispose()


def score_all(url: str, claimed: Queue[int]) -> None:
    """Do what a worker does until nothing waits; report each film claimed."""
    engine = create_engine(url)
    while True:
        with transaction(engine) as session:
            found = films.claim_unscored(MODEL, VERSION, 3, now=DAY_0, session=session)
            for row in found:
                claimed.put(key(row))
                scores.add(key(row), score_value(), now=DAY_0, session=session)
        with read_transaction(engine) as session:
            if not films.waiting_count(MODEL, VERSION, now=DAY_0, session=session):
                break
    engine.dispose()


def test_workers_in_several_processes_never_score_one_film_twice(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with transaction(engine) as session:
        anna = patient(session)
        ids = [key(film(session, anna, f"{number}")) for number in range(60)]
    claimed: Queue[int] = CONTEXT.Queue()
    workers = [CONTEXT.Process(target=score_all, args=(postgres_url, claimed)) for _ in range(3)]
    for worker in workers:
        worker.start()
    counts = Counter(claimed.get(timeout=60) for _ in ids)
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert claimed.empty()
    assert counts == Counter(ids)
    with read_transaction(engine) as session:
        assert session.scalar(select(func.count()).select_from(FilmScore)) == 60
    engine.dispose()


def test_score_committed_between_snapshot_and_lock_is_not_claimed_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        scored, waiting = film(session, anna, "a"), film(session, anna, "b")
        score(session, scored)
    # What PostgreSQL gives when the score was not yet visible at the snapshot.
    monkeypatch.setattr(_work, "_claim", lambda *_, **__: [scored, waiting])
    with transaction(engine) as session:
        assert films.claim_unscored(MODEL, VERSION, 3, now=DAY_0, session=session) == [waiting]


def test_lock_identity_lets_one_decide_after_the_other(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    order: list[str] = []
    locked = threading.Event()

    def second() -> None:
        locked.wait(30)
        with transaction(engine) as session:
            films.lock_identity(["uid:1.2", "pixels:p"], session=session)
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with transaction(engine) as session:
        films.lock_identity(["pixels:p", "uid:9"], session=session)
        locked.set()
        thread.join(0.5)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    engine.dispose()


def test_lock_identity_is_nothing_on_sqlite(sqlite_url: str) -> None:
    with transaction(create_engine(sqlite_url)) as session:
        films.lock_identity(["uid:1.2"], session=session)
        assert films.count_by_state(session=session)[FilmState.RECEIVED] == 0


def take_lease(url: str, holder: str, took: Queue[tuple[str, bool]]) -> None:
    """Try to take the scoring lease once."""
    with transaction(create_engine(url)) as session:
        took.put((holder, site.acquire_lease("scoring", holder, timedelta(minutes=1), now=DAY_0, session=session)))


def test_of_several_processes_one_takes_the_lease(database_url: str) -> None:
    took: Queue[tuple[str, bool]] = CONTEXT.Queue()
    processes = [CONTEXT.Process(target=take_lease, args=(database_url, f"p{n}", took)) for n in range(3)]
    for process in processes:
        process.start()
    results = dict(took.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(60)
    (winner,) = [holder for holder, taken in results.items() if taken]
    engine = create_engine(database_url)
    with read_transaction(engine) as session:
        lease = site.lease_of("scoring", session=session)
        assert lease is not None
        assert lease.holder == winner
    engine.dispose()


@pytest.mark.parametrize(
    ("holder", "at", "taken"),
    [("a", 0.5, True), ("b", 0.5, False), ("b", 1.0, True), ("b", 2.0, True), ("b", -1.0, False), ("b", -1.1, True)],
    ids=["own lease renewed", "held by another", "just expired", "expired", "clock a little back", "ends too late"],
)
def test_lease_is_renewed_refused_or_taken_over(engine: Engine, holder: str, at: float, taken: bool) -> None:
    with transaction(engine) as session:
        assert site.acquire_lease("scoring", "a", timedelta(hours=1), now=DAY_0, session=session)
    with transaction(engine) as session:
        assert site.acquire_lease("scoring", holder, timedelta(hours=1), now=hours(at), session=session) is taken
        lease = site.lease_of("scoring", session=session)
        assert lease is not None
        assert (lease.holder, lease.expires_at) == ((holder, hours(at + 1)) if taken else ("a", hours(1)))


def test_lease_is_released_by_its_holder_only(engine: Engine) -> None:
    with transaction(engine) as session:
        site.acquire_lease("scoring", "a", timedelta(hours=1), now=DAY_0, session=session)
        assert site.release_lease("scoring", "b", session=session) is False
        assert site.release_lease("scoring", "a", session=session) is True
        assert site.lease_of("scoring", session=session) is None
        assert site.acquire_lease("scoring", "b", timedelta(hours=1), now=DAY_0, session=session)
