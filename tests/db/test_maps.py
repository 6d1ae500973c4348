"""Maps of films: one per film, model version and kind; asked for, claimed, made or failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from timeline_rows import hours

from core.scoring.saliency import MapKind
from db.engine import create_engine, read_transaction, transaction
from db.models import FilmMap, MapState
from db.repositories import maps

HASH = "a" * 64
MASKS, GRADIENT = MapKind.MASKS, MapKind.GRADIENT_OPACITY
HELD = timedelta(minutes=2)


def ask(engine: Engine, *, at: float = 0, content: str = HASH, version: str = "1", kind: MapKind = MASKS) -> int:
    with transaction(engine) as session:
        row = maps.request(content, "embedded", version, kind, now=hours(at), session=session)
        assert row.id is not None
        return row.id


def claim(engine: Engine, *, at: float, version: str = "1") -> int | None:
    with transaction(engine) as session:
        row = maps.claim("embedded", version, HELD, now=hours(at), session=session)
        return row.id if row else None


def stored(engine: Engine, map_id: int) -> FilmMap:
    with read_transaction(engine) as session:
        row = maps.get(map_id, session=session)
    assert row is not None
    return row


def test_a_map_is_asked_for_once(engine: Engine) -> None:
    first = ask(engine)
    assert ask(engine, at=1) == first
    assert len({first, ask(engine, kind=GRADIENT), ask(engine, version="2"), ask(engine, content="b" * 64)}) == 4
    row = stored(engine, first)
    assert (row.state, row.requested_at, row.attempts, row.picture) == (MapState.WAITING, hours(0), 0, None)


def test_requests_are_claimed_in_order_and_by_their_model_version(engine: Engine) -> None:
    later, earlier, other = ask(engine, at=2), ask(engine, at=1, kind=GRADIENT), ask(engine, at=0, version="2")
    assert [claim(engine, at=3) for _again in range(3)] == [earlier, later, None]
    assert claim(engine, at=3, version="2") == other


def test_a_claim_runs_out_and_each_attempt_counts(engine: Engine) -> None:
    map_id = ask(engine)
    assert claim(engine, at=1) == map_id
    assert claim(engine, at=1.01) is None
    assert claim(engine, at=2) == map_id
    assert stored(engine, map_id).attempts == 2


def test_a_made_map_stays(engine: Engine) -> None:
    map_id = ask(engine)
    with transaction(engine) as session:
        maps.settle_made(map_id, b"picture", "Strongest above.", now=hours(1), session=session)
    with transaction(engine) as session:
        maps.settle_made(map_id, b"another", "", now=hours(2), session=session)
        maps.settle_failed(map_id, "too late", now=hours(2), session=session)
    row = stored(engine, map_id)
    assert (row.state, row.picture, row.summary, row.finished_at) == (
        MapState.MADE,
        b"picture",
        "Strongest above.",
        hours(1),
    )
    assert ask(engine, at=3) == map_id
    assert claim(engine, at=4) is None


def test_a_failed_map_says_why_until_it_is_asked_for_again(engine: Engine) -> None:
    map_id = ask(engine)
    claim(engine, at=1)
    with transaction(engine) as session:
        maps.settle_failed(map_id, "No lungs were found.", now=hours(1), session=session)
    assert (stored(engine, map_id).state, stored(engine, map_id).reason) == (MapState.FAILED, "No lungs were found.")
    assert claim(engine, at=2) is None
    assert ask(engine, at=3) == map_id
    row = stored(engine, map_id)
    assert (row.state, row.reason, row.attempts, row.requested_at) == (MapState.WAITING, "", 0, hours(3))
    assert claim(engine, at=3) == map_id


def test_what_is_not_there(engine: Engine) -> None:
    with transaction(engine) as session:
        assert maps.get(99, session=session) is None
        assert maps.find(HASH, "embedded", "1", MASKS, session=session) is None
        maps.settle_made(99, b"picture", "", now=hours(0), session=session)
        maps.settle_failed(99, "no", now=hours(0), session=session)


def test_looking_up_a_request_leaves_its_picture_where_it_is(engine: Engine) -> None:
    map_id = ask(engine)
    with transaction(engine) as session:
        maps.settle_made(map_id, b"picture", "", now=hours(1), session=session)
    with read_transaction(engine) as session:
        row = maps.find(HASH, "embedded", "1", MASKS, session=session)
        assert row is not None
        assert "picture" not in row.__dict__


@pytest.mark.parametrize(
    "change",
    [
        "state = 'failed'",
        "state = 'made'",
        "picture = requested_at",
        "state = 'lost'",
        "kind = 'dream'",
        "attempts = -1",
    ],
)
def test_the_database_refuses_half_a_map(sqlite_url: str, change: str) -> None:
    engine = create_engine(sqlite_url)
    ask(engine)
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.execute(text(f"update film_map set {change}"))  # noqa: S608 - from the list above
