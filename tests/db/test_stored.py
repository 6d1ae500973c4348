"""Which stored bytes the database lists, and which of them a look at a part of them takes."""

from __future__ import annotations

from sqlalchemy import Engine
from timeline_rows import film, patient

from core.types import ViewPosition
from db.engine import transaction
from db.models import FilmState
from db.read_models.stored import count_films, newest_accepted, read_hashes, spread_hashes, stated_view
from db.repositories import key


def test_every_film_is_listed_and_the_newest_accepted_ones_come_first(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        first, second, refused = (
            film(session, anna, content, at, **fields)
            for content, at, fields in (
                ("a", 5, {}),
                ("b", 5, {}),
                ("c", 9, {"state": FilmState.REJECTED, "reason": "a lateral"}),
            )
        )
        assert count_films(session=session) == 3
        assert read_hashes(session=session) == [(key(first), "a"), (key(second), "b"), (key(refused), "c")]
        # Of those that came at one moment the one stored last.
        assert newest_accepted(5, session=session) == [(key(second), "b"), (key(first), "a")]
        assert newest_accepted(1, session=session) == [(key(second), "b")]


def test_films_of_the_whole_time_are_taken_the_first_and_the_last_among_them(engine: Engine) -> None:
    with transaction(engine) as session:
        anna = patient(session)
        for number in range(10):
            film(session, anna, f"h{number}", number)
        assert spread_hashes(2, session=session) == {"h0", "h9"}
        assert spread_hashes(4, session=session) == {"h0", "h3", "h6", "h9"}
        assert len(spread_hashes(100, session=session)) == 10


def test_bytes_that_two_patients_share_have_the_projection_they_were_first_sent_with(engine: Engine) -> None:
    with transaction(engine) as session:
        anna, berta = patient(session, "1"), patient(session, "2")
        film(session, anna, "same", view_position=ViewPosition.AP)
        film(session, berta, "same", view_position=ViewPosition.PA)
        assert stated_view("same", session=session) is ViewPosition.AP
        assert stated_view("other", session=session) is ViewPosition.UNKNOWN
