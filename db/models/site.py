"""What belongs to the site as a whole: the audit trail and the leases of its processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index
from sqlmodel import Field

from db.columns import Table, UtcDateTime


class AuditEntry(Table, table=True):
    """Who did what to which record. Carries ids, never names or other patient data."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"), Index("ix_audit_entry_subject", "subject", "subject_id"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(max_length=128)
    action: str = Field(max_length=64)
    subject: str = Field(max_length=32)
    subject_id: int | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SiteIdentity(Table, table=True):
    """The one row that says which site the database belongs to."""

    __tablename__ = "site_identity"
    __table_args__ = (CheckConstraint("id = 1", name="ck_site_identity_one"),)

    id: int = Field(default=1, primary_key=True)
    site_id: str = Field(max_length=32)


class Lease(Table, table=True):
    """A task that one process at a time may do, until `expires_at` unless renewed."""

    name: str = Field(primary_key=True, max_length=64)
    holder: str = Field(max_length=128)
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
