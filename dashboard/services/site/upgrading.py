"""The database brought to this program's schema, while nothing of an earlier version works on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from dashboard.errors import ConfigurationError
from dashboard.services.site.belonging import require_known_store
from dashboard.services.site.opening import make_folder
from dashboard.services.worker.lease import LEASE_FOR, SCORING_LEASE, holder_in_words, is_dead, live_holders
from dashboard.settings import Settings
from db.engine import closing_engine, create_engine, current_revision, is_older, read_transaction, upgrade
from db.repositories import site as site_rows


@dataclass(frozen=True)
class Upgrade:
    """The schema version before, None for a new database, and after."""

    before: str | None
    after: str | None


def upgrade_database(settings: Settings) -> Upgrade:
    """Bring the database to the schema of this program; a current one stays as it is.

    Raises
    ------
    ConfigurationError
        A worker scores this database: one of an earlier version would take films that it can no longer store.
    """
    require_known_store(settings)
    make_folder(settings)
    with closing_engine(create_engine(settings.database_url)) as engine:
        before = current_revision(engine)
        if is_older(engine):
            _require_no_worker(engine)
        upgrade(engine)
        return Upgrade(before, current_revision(engine))


def _require_no_worker(engine: Engine) -> None:
    now = datetime.now(UTC)
    with read_transaction(engine) as session:
        leases = site_rows.leases_of(SCORING_LEASE, session=session)
    workers = [holder_in_words(holder) for holder in live_holders(leases, now=now) if not is_dead(holder)]
    if workers:
        seconds = f"{LEASE_FOR.total_seconds():g} s"
        raise ConfigurationError(
            f"Nothing was changed: a worker of an earlier version scores this database ({', '.join(workers)}). Stop "
            f"`lungline serve` and `lungline worker` everywhere, then run this again. After a crash, wait {seconds}."
        )
