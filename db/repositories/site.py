"""The audit trail, and the leases by which processes agree who does what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from db.models import AuditEntry, Lease, SiteIdentity
from db.repositories._rows import exact, plain

VOID_AFTER_TERMS = 2
"""A lease that ends further ahead than this many of its terms was set before the clock was set back."""


def write_audit(
    actor: str,
    action: str,
    subject: str,
    subject_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    *,
    now: datetime,
    session: Session,
) -> AuditEntry:
    """Record who did what to which record. `detail` holds ids and JSON values, never a name or number of a patient."""
    entry = AuditEntry(
        at=now,
        actor=plain(actor, AuditEntry, "actor"),
        action=exact(action, AuditEntry, "action"),
        subject=exact(subject, AuditEntry, "subject"),
        subject_id=subject_id,
        detail=dict(detail or {}),
    )
    session.add(entry)
    session.flush()
    return entry


def is_written_of(subject: str, subject_id: int, *, session: Session) -> bool:
    """Return whether the audit trail holds anything done to a record."""
    same = col(AuditEntry.subject) == subject, col(AuditEntry.subject_id) == subject_id
    return session.scalars(select(col(AuditEntry.id)).where(*same).limit(1)).first() is not None


def site_id(*, session: Session) -> str | None:
    """Return which site the database belongs to, None where nobody has said so yet."""
    return session.scalar(select(col(SiteIdentity.site_id)))


def name_site(proposed: str, *, session: Session) -> str:
    """Say which site the database belongs to, unless that was said; return which it is."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SiteIdentity).values(id=1, site_id=proposed).on_conflict_do_nothing())
    return site_id(session=session) or proposed


def acquire_lease(name: str, holder: str, ttl: timedelta, *, now: datetime, session: Session) -> bool:
    """Take a lease until `now` + `ttl`, or renew one's own; one that has expired or is void is taken over.

    A lease is void if it ends later than a correct clock could have set it: see `is_live`. One
    statement, so of two processes exactly one gets it. It counts once the transaction is committed.

    Returns
    -------
    bool
        Whether `holder` holds it now.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"holder": exact(holder, Lease, "holder"), "expires_at": now + ttl}
    statement = (
        insert(Lease)
        .values(name=exact(name, Lease, "name"), **values)
        .on_conflict_do_update(
            index_elements=["name"],
            set_=values,
            where=or_(
                col(Lease.holder) == values["holder"],
                col(Lease.expires_at) <= now,
                col(Lease.expires_at) > now + VOID_AFTER_TERMS * ttl,
            ),
        )
        .returning(col(Lease.name))
    )
    return session.execute(statement).first() is not None


def renew_lease(name: str, holder: str, ttl: timedelta, *, now: datetime, session: Session) -> bool:
    """Extend one's own lease to `now` + `ttl`; False where another has taken it over since."""
    own = (col(Lease.name) == name, col(Lease.holder) == holder)
    return (
        session.execute(update(Lease).where(*own).values(expires_at=now + ttl).returning(col(Lease.name))).first()
        is not None
    )


def is_live(lease: Lease, ttl: timedelta, *, now: datetime) -> bool:
    """Return whether a lease of this term holds now: it has not expired, nor was it set by a clock gone wrong."""
    return now < lease.expires_at <= now + VOID_AFTER_TERMS * ttl


def release_lease(name: str, holder: str, *, session: Session) -> bool:
    """Give a lease back; False where `holder` did not hold it."""
    statement = delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder).returning(col(Lease.name))
    return session.execute(statement).first() is not None


def lease_of(name: str, *, session: Session) -> Lease | None:
    """Return who holds or last held a lease, and until when; it may have expired."""
    return session.get(Lease, name, populate_existing=True)


def leases_of(name: str, *, session: Session) -> list[Lease]:
    """Return the lease of a task and those of its single workers ("NAME …"); any may have expired."""
    own = or_(col(Lease.name) == name, col(Lease.name).startswith(f"{name} ", autoescape=True))
    return list(session.scalars(select(Lease).where(own).execution_options(populate_existing=True)))
