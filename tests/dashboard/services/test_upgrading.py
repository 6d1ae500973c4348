"""The upgrade of a database that somebody works on, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta

import pytest
from film_site import Bench

from dashboard.errors import ConfigurationError
from dashboard.services.site.upgrading import Upgrade, upgrade_database
from dashboard.services.worker.lease import LEASE_FOR, SCORING_LEASE
from db.engine import current_revision, downgrade, head_revision, transaction
from db.repositories import site as site_rows


def hold(bench: Bench, holder: str, *, ago: timedelta = timedelta(0)) -> None:
    with transaction(bench.engine) as session:
        now = datetime.now(UTC) - ago
        assert site_rows.acquire_lease(f"{SCORING_LEASE} 1", holder, LEASE_FOR, now=now, session=session)


def test_a_live_worker_of_an_earlier_version_is_stopped_first(bench: Bench) -> None:
    downgrade(bench.engine, "0014")
    hold(bench, "elsewhere:17:a")
    with pytest.raises(
        ConfigurationError, match=r"Nothing was changed: a worker .* \(process 17 on elsewhere\)\. Stop"
    ):
        upgrade_database(bench.settings)
    assert current_revision(bench.engine) == "0014"


@pytest.mark.parametrize("gone", ["expired", "dead on this machine"])
def test_a_worker_that_is_gone_keeps_nobody_waiting(bench: Bench, gone: str) -> None:
    downgrade(bench.engine, "0014")
    if gone == "expired":
        hold(bench, "elsewhere:17:a", ago=LEASE_FOR)
    else:
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        hold(bench, f"{socket.gethostname()}:{child}:a")
    assert upgrade_database(bench.settings) == Upgrade("0014", head_revision())
    assert current_revision(bench.engine) == head_revision()


def test_a_current_database_stays_with_a_worker_on_it(bench: Bench) -> None:
    hold(bench, "elsewhere:17:a")
    assert upgrade_database(bench.settings) == Upgrade(head_revision(), head_revision())
