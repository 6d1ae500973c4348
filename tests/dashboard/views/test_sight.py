"""Which step of a list is in sight: requests told late, and addresses that somebody goes to."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def _steps() -> None:
    """Draw the step in sight and a button to the next."""
    import streamlit as st  # noqa: PLC0415 - AppTest runs the body by itself

    from dashboard.components.page.sight import Sight  # noqa: PLC0415

    steps = Sight("step")
    steps.arrive(1)
    if st.session_state.get("is_whole_run"):
        steps.follow_address()
    steps.make_move()
    step = int(st.query_params.get("step", "1"))
    st.header(str(step))
    st.button("Next", on_click=steps.move_on, args=(step, step + 1))


@pytest.fixture
def app() -> AppTest:
    """Return the steps at the second one, just come from the first, to which the next request's address leads."""
    app = AppTest.from_function(_steps).run()
    app.button[0].click().run()
    assert (shown(app), app.query_params["step"]) == ("2", "2")
    app.query_params["step"] = "1"
    return app


def shown(app: AppTest) -> str:
    return str(app.header[0].value)


def test_a_request_sent_before_a_move_was_heard_of_does_not_lead_back(app: AppTest) -> None:
    app.run()
    assert (shown(app), app.query_params["step"]) == ("2", "2")


def test_an_address_that_somebody_goes_to_is_taken_at_once(app: AppTest) -> None:
    app.session_state["is_whole_run"] = True
    app.run()
    assert (shown(app), app.query_params["step"]) == ("1", "1")
