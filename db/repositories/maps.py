"""Maps of films: asked for, claimed by a worker, made or failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import or_, select
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import Session, col

from core.scoring.saliency import MapKind
from db.errors import ConflictError
from db.models import FilmMap, MapState
from db.repositories._rows import insert, plain
from db.repositories._work import CLAIM_FOR
from db.repositories.site import VOID_AFTER_TERMS


def find(content_hash: str, model: str, version: str, kind: MapKind, *, session: Session) -> FilmMap | None:
    """Return a film's map or the request for it, its picture not loaded; None where nobody has asked."""
    statement = select(FilmMap).where(
        col(FilmMap.content_hash) == content_hash,
        col(FilmMap.model) == model,
        col(FilmMap.model_version) == version,
        col(FilmMap.kind) == kind,
    )
    picture = cast("QueryableAttribute[bytes | None]", FilmMap.picture)
    return session.scalars(statement.options(defer(picture))).one_or_none()


def request(content_hash: str, model: str, version: str, kind: MapKind, *, now: datetime, session: Session) -> FilmMap:
    """Ask for a map; one that is there or waits stays as it is, one that failed is tried again.

    Raises
    ------
    ConflictError
        Another process asks for it at this moment.
    """
    found = find(content_hash, model, version, kind, session=session)
    if found is None:
        row = FilmMap(
            content_hash=content_hash,
            model=model,
            model_version=version,
            kind=kind,
            state=MapState.WAITING,
            requested_at=now,
        )
        if insert(row, session=session):
            return row
        # Another screen asked for it at the same moment.
        found = find(content_hash, model, version, kind, session=session)
    if found is None:
        raise ConflictError("The map was asked for by another process that is not finished. Try again.")
    if found.state is MapState.FAILED:
        found.state, found.reason, found.attempts = MapState.WAITING, "", 0
        found.requested_at, found.claimed_until, found.finished_at = now, None, None
        session.add(found)
        session.flush()
    return found


def claim(model: str, version: str, claim_for: timedelta, *, now: datetime, session: Session) -> FilmMap | None:
    """Take the oldest request to this model version off the list for a while; its attempt is counted.

    On PostgreSQL requests that another worker has locked are skipped, as with films.
    """
    statement = (
        select(FilmMap)
        .where(
            col(FilmMap.state) == MapState.WAITING,
            col(FilmMap.model) == model,
            col(FilmMap.model_version) == version,
            or_(
                col(FilmMap.claimed_until).is_(None),
                col(FilmMap.claimed_until) <= now,
                # Set before the clock was set back.
                col(FilmMap.claimed_until) > now + VOID_AFTER_TERMS * max(claim_for, CLAIM_FOR),
            ),
        )
        .order_by(col(FilmMap.requested_at), col(FilmMap.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(statement).one_or_none()
    if found is not None:
        found.attempts += 1
        found.claimed_until = now + claim_for
        session.add(found)
        session.flush()
    return found


def settle_made(map_id: int, picture: bytes, summary: str, *, now: datetime, session: Session) -> None:
    """Store a map that was made; one that is there already stays."""
    row = _waiting(map_id, session=session)
    if row is not None:
        row.state, row.picture, row.summary = MapState.MADE, picture, plain(summary, FilmMap, "summary")
        row.finished_at, row.claimed_until = now, None
        session.add(row)


def settle_failed(map_id: int, reason: str, *, now: datetime, session: Session) -> None:
    """Write down why a map cannot be made; one that is there already stays."""
    row = _waiting(map_id, session=session)
    if row is not None:
        row.state, row.reason = MapState.FAILED, plain(reason, FilmMap, "reason")
        row.finished_at, row.claimed_until = now, None
        session.add(row)


def get(map_id: int, *, session: Session) -> FilmMap | None:
    """Return a map with its picture, or the request for it; None where there is none of that id."""
    return session.get(FilmMap, map_id, populate_existing=True)


def _waiting(map_id: int, *, session: Session) -> FilmMap | None:
    row = session.get(FilmMap, map_id, with_for_update=True, populate_existing=True)
    return row if row is not None and row.state is MapState.WAITING else None
