"""Whether films are being scored, as the screens say it, on both databases."""

from __future__ import annotations

import os
import socket

from film_site import CLEAR, Bench, dicom

from dashboard.services.site.doctor import examine
from dashboard.services.worker.lease import LEASE_FOR, ScoringLease
from dashboard.services.worker.status import SLOW_AFTER_MINUTES, last_scored_text, scoring_status


def test_nobody_scores_until_a_worker_runs(bench: Bench) -> None:
    assert scoring_status(site=bench.site).running is False
    with ScoringLease(site=bench.site) as lease:
        assert lease.acquire()
        status = scoring_status(site=bench.site)
        assert status.running is True
        assert status.scoring == (f"process {os.getpid()} on {socket.gethostname()}",)
    assert scoring_status(site=bench.site).running is False


def test_a_worker_that_stopped_without_a_word_counts_as_gone(bench: Bench) -> None:
    lease = ScoringLease(site=bench.site)
    assert lease.acquire()
    bench.wait(seconds=LEASE_FOR.total_seconds() + 1)
    assert scoring_status(site=bench.site).running is False
    lease.release()


def test_waiting_films_are_counted_from_the_oldest(bench: Bench) -> None:
    bench.receive(dicom(CLEAR))
    received_at = bench.clock()
    bench.wait(minutes=SLOW_AFTER_MINUTES + 1)
    bench.receive(dicom(CLEAR, hours=1, seed=1))
    status = scoring_status(site=bench.site)
    assert (status.waiting, status.waiting_since) == (2, received_at)
    assert status.is_slow(bench.clock())
    assert last_scored_text(status, bench.clock()) == "no film was scored yet"
    bench.work()
    bench.wait(hours=5)
    status = scoring_status(site=bench.site)
    assert status.waiting == 0
    assert last_scored_text(status, bench.clock()) == "last film scored 5 h ago"


def test_a_score_from_a_time_to_come_is_not_called_recent(bench: Bench) -> None:
    bench.receive(dicom(CLEAR))
    bench.work()
    bench.wait(hours=-5)
    said = last_scored_text(scoring_status(site=bench.site), bench.clock())
    assert said == "last film scored at a time that is still to come: this machine's clock was changed"


def test_doctor_finds_that_films_wait_while_nothing_scores(bench: Bench) -> None:
    assert {one.subject: one for one in examine(bench.settings)}["worker"].sound
    bench.receive(dicom(CLEAR))
    found = {one.subject: one for one in examine(bench.settings)}["worker"]
    assert not found.sound
    assert found.text.endswith("no film was scored yet; 1 film to score now")
