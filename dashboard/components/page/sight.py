"""Which step of a list the browser shows, so that a late click acts on the step that was seen."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

END = "end"
"""In place of a step: the list as a whole."""
BREATH_SECONDS = 0.5
"""The shortest look at a step: a press before this time was meant for the step before."""


@dataclass(frozen=True)
class _Move:
    left: str
    step: int | None
    at: float


@dataclass(frozen=True)
class Sight:
    """The step in the address, under `parameter`, by an absolute number.

    The address is the browser's own. It is changed by `make_move` alone, after every press of a request was judged.
    """

    parameter: str

    def follow_address(self) -> None:
        """Take the address as it is, whatever step was just left: a whole run is one of Back, a link or a reload."""
        st.session_state.pop(f"{self.parameter}-moved", None)

    def go_to(self, step: int | None) -> None:
        """Put a step into the address, or the end of the list."""
        left, newest = self._in_sight(), self._newest_move()
        if newest is None or (newest.left, newest.step) != (left, step):  # a press may be told twice: one move
            st.session_state[f"{self.parameter}-moved"] = _Move(left, step, time.monotonic())
        st.query_params[self.parameter] = END if step is None else str(step)

    def arrive(self, step: int | None) -> None:
        """Keep which step is shown while the address names none."""
        st.session_state[f"{self.parameter}-arrived"] = step

    def is_in_sight(self, step: int) -> bool:
        """Return whether the browser showed this step when it sent the request.

        A press that comes while a step is being drawn is told together with older ones, and a button that is about to
        go hears a key too: neither is meant for the step in sight.
        """
        return self._in_sight() == str(step)

    def was_looked_at(self, step: int) -> bool:
        """Return whether this step is in sight, and long enough that a press which settles it can be meant."""
        newest = self._newest_move()
        if newest is not None and newest.step == step and time.monotonic() - newest.at < BREATH_SECONDS:
            return False
        return self.is_in_sight(step)

    def move_on(self, shown: int, target: int | None) -> None:
        """Go from a step in sight to another, or to the end, once `make_move` is called."""
        if self.is_in_sight(shown):
            st.session_state[f"{self.parameter}-move"] = target

    def make_move(self) -> None:
        """Go where the presses of this request lead.

        A request that was sent before the browser knew of a move names the step that was left, and its press is
        forgotten with that step's buttons: it must not lead back.
        """
        newest = self._newest_move()
        if f"{self.parameter}-move" in st.session_state:
            self.go_to(st.session_state.pop(f"{self.parameter}-move"))
        elif newest is not None and newest.left == self._in_sight():
            self.go_to(newest.step)

    def _newest_move(self) -> _Move | None:
        move: _Move | None = st.session_state.get(f"{self.parameter}-moved")
        return move

    def _in_sight(self) -> str:
        return str(st.query_params.get(self.parameter) or st.session_state.get(f"{self.parameter}-arrived"))
