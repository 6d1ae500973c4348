"""What a person decides about a flag: acknowledge, snooze, resolve; each with a name and a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from dashboard import commands, queries
from dashboard.components.page.acting import actor_field, submit
from dashboard.components.page.text import plain

ACKNOWLEDGE, SNOOZE, RESOLVE = "Acknowledge", "Snooze", "Resolve"
HELP = {
    ACKNOWLEDGE: "You have seen the change and take care of it. A further large change that way opens the flag again.",
    SNOOZE: "The flag rests until then, and opens again by itself.",
    RESOLVE: "The flag is closed. Only a further large change, on a film that it does not list, raises a new flag.",
}
SNOOZE_HOURS = (2, 4, 8, 12, 24, 48)


def draw_decisions(flag_id: int) -> None:
    """Draw the three decisions, one click away."""
    key = f"flag-{flag_id}"
    with st.popover(f"Decide on flag {flag_id}", key=f"{key}-popover"):
        choice = st.segmented_control("Decision", list(HELP), default=ACKNOWLEDGE, required=True, key=f"{key}-choice")
        plain(HELP[choice])
        with st.form(f"{key}-form", border=False):
            hours = (
                st.selectbox("For how long", SNOOZE_HOURS, format_func="{} h".format, key=f"{key}-hours")
                if choice == SNOOZE
                else None
            )
            reason = st.text_input("What is known, or done about it", key=f"{key}-reason", max_chars=500)
            actor = actor_field(key)
            work, done = _work(choice, flag_id, reason, actor, hours)
            submit(f"{choice} this flag", key=key, work=work, done=done, actor=actor)


def _work(choice: str, flag_id: int, reason: str, actor: str, hours: int | None) -> tuple[Callable[[], object], str]:
    if hours is not None:
        until = queries.now() + timedelta(hours=hours)
        return (
            lambda: commands.snooze(flag_id, until=until, reason=reason, actor=actor),
            f"The flag rests for {hours} h.",
        )
    if choice == RESOLVE:
        return lambda: commands.resolve(flag_id, reason=reason, actor=actor), "The flag is resolved."
    return lambda: commands.acknowledge(flag_id, reason=reason, actor=actor), "The flag is acknowledged."
