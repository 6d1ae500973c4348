"""The orders of the board, and what a choice is in an address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import START, Bench
from flag_scenes import Scene

from core.trend.types import Reference
from dashboard.components.ward.board.choice import BoardChoice, read_choice
from dashboard.services.people.typed_names import typed_name_key
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.board import Board, News
from dashboard.services.ward.order import BoardSort, in_order
from db.engine import transaction
from db.repositories import rounds


def beds(board: Board, sort: BoardSort) -> list[str]:
    return [row.stay.bed for row in in_order(board.rows, sort)]


def test_the_three_orders(bench: Bench) -> None:
    scene = Scene(bench)
    people = {bed: scene.admit(f"N-{bed}", bed)[0] for bed in ("10", "2", "7")}
    for hours, level in ((0, 1.0), (24, 7.0)):
        scene.film(people["7"], hours, level)
    for hours in (0, 12):
        scene.film(people["10"], hours, 3.0)
    bench.now = START + timedelta(hours=30)
    board = ward_board(site=bench.site)
    assert beds(board, BoardSort.CONCERN) == ["7", "2", "10"]
    assert beds(board, BoardSort.BED) == ["2", "7", "10"]
    # Nobody has a film of bed 2; the last film of bed 10 is the oldest.
    assert beds(board, BoardSort.STALENESS) == ["2", "10", "7"]


def test_a_board_of_one_unit_has_that_units_rows_and_all_units(bench: Bench) -> None:
    scene = Scene(bench)
    scene.admit("A", "1", "ICU 1")
    scene.admit("B", "2", "ICU 2")
    board = ward_board(site=bench.site)
    assert [row.stay.bed for row in board.of_unit("ICU 2").rows] == ["2"]
    assert board.of_unit("ICU 2").units == ("ICU 1", "ICU 2")
    assert board.of_unit("ICU 3").rows == ()
    assert board.of_unit(None) is board


def test_reviews_are_known_by_person_now_and_in_the_past(bench: Bench) -> None:
    scene = Scene(bench)
    _, stay_id = scene.admit()
    for hours, actor in ((1, "Dr Ito"), (3, " dr  ITO "), (5, "Dr Momm")):
        at = START + timedelta(hours=hours)
        with transaction(bench.engine) as session:
            rounds.add(stay_id, round_began_at=START, actor=actor, now=at, session=session)
    (row,) = ward_board(site=bench.site.at(START + timedelta(hours=9))).rows
    assert row.reviews == {"dr ito": START + timedelta(hours=3), "dr momm": START + timedelta(hours=5)}
    as_of = START + timedelta(hours=2)
    (row,) = ward_board(as_of=as_of, site=bench.site.at(START + timedelta(hours=9))).rows
    assert row.reviews == {"dr ito": START + timedelta(hours=1)}


def test_news_are_what_came_after_a_time() -> None:
    news = News(film_at=START + timedelta(hours=2), verdict_at=START + timedelta(hours=3), flag_at=None)
    assert news.since(START) == ("film", "verdict")
    assert news.since(START + timedelta(hours=2)) == ("verdict",)
    assert news.since(START + timedelta(hours=3)) == ()


def test_a_reviewer_is_known_however_the_name_was_typed() -> None:
    assert typed_name_key("  Dr   ITO ") == typed_name_key("dr ito")


@pytest.mark.parametrize(
    "choice",
    [
        BoardChoice(),
        BoardChoice("ICU A", "large-rise", BoardSort.BED, Reference.HOURS_24, unseen=True, reviewer="Dr Ito"),
        BoardChoice("ICU B", "not-up-to-date", BoardSort.STALENESS, Reference.ADMISSION),
    ],
)
def test_a_choice_survives_its_address(choice: BoardChoice) -> None:
    assert read_choice(choice.as_parameters()) == (choice, ())


def test_what_is_usual_is_not_in_the_address_and_the_actor_stands_in_for_a_name() -> None:
    assert BoardChoice().as_parameters() == {}
    choice, _ = read_choice({"unseen": "true"}, actor="Dr Ito")
    assert (choice.unseen, choice.reviewer) == (True, "Dr Ito")
    assert read_choice({"reviewer": "Dr Momm"}, actor="Dr Ito")[0].reviewer == "Dr Momm"
