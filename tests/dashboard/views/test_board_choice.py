"""A choice on the board: into the address at once, not undone by what was asked for before it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.trend.types import Reference
from dashboard.components.ward.board.choice import BoardChoice, read_choice


def _board() -> None:
    """Draw what is chosen, and a button that stands for the choice of the other reference in the browser."""
    from types import SimpleNamespace  # noqa: PLC0415 - AppTest runs the body by itself

    import streamlit as st  # noqa: PLC0415

    from dashboard.components.ward.board.choice import choice_in_address, choice_taker, follow_address  # noqa: PLC0415

    if st.session_state.get("is_whole_run"):
        follow_address()
    choice, problems = choice_in_address()
    st.header(choice.reference.value)
    st.text(" ".join(problems))
    data = {"unit": "ICU B", "verdict": "", "sort": "bed", "unseen": False, "reviewer": "", "serial": 1}
    st.session_state["board"] = SimpleNamespace(choice={**data, "since": "previous"})
    st.button("Since the previous film", on_click=choice_taker("board"))


@pytest.fixture
def app() -> AppTest:
    """Return a board on which a choice was made twice in one breath; the next request names the address it left."""
    app = AppTest.from_function(_board)
    app.query_params["as_of"] = "2026-03-01"
    app.query_params["since"] = "recent"
    app.run()
    for _ in range(2):
        app.button[0].click().run()
        assert (shown(app), address(app)) == ("previous", "previous")
    app.query_params.clear()
    app.query_params["since"] = "recent"
    return app


def shown(app: AppTest) -> str:
    return str(app.header[0].value)


def address(app: AppTest) -> str:
    return str(app.query_params["since"])


def test_a_refresh_asked_for_before_a_choice_was_heard_of_does_not_undo_it(app: AppTest) -> None:
    app.run()
    assert (shown(app), address(app), app.query_params["unit"]) == ("previous", "previous", "ICU B")
    assert app.text[0].value == ""


def test_an_address_that_somebody_goes_to_is_taken(app: AppTest) -> None:
    app.session_state["is_whole_run"] = True
    app.run()
    assert (shown(app), address(app)) == ("recent", "recent")
    assert "unit" not in app.query_params


def test_any_address_but_the_one_that_was_left_is_taken(app: AppTest) -> None:
    app.query_params["since"] = "previous-film"
    app.query_params["unit"] = "nowhere"
    app.run()
    assert (shown(app), app.query_params["unit"]) == ("previous", "nowhere")


@pytest.mark.parametrize(
    ("word", "reference"),
    [
        ("72-h", Reference.HOURS_72),
        ("previous-film", Reference.PREVIOUS),
        ("icu-admission", Reference.ADMISSION),
        ("lowest-level-of-the-stay", Reference.LOWEST),
    ],
)
def test_addresses_kept_from_earlier_versions_are_understood(word: str, reference: Reference) -> None:
    assert read_choice({"since": word}) == (BoardChoice(reference=reference), ())
