"""A unit's settings: what holds now, what is proposed, and what that would have done last month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.trend.types import Reference, TrendPolicy
from core.trend.wording import REFERENCES_IN_WORDS
from dashboard import commands, queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.acting import act, actor_field, draw_refusal
from dashboard.components.page.text import alert, plain
from dashboard.errors import ConfigurationError
from dashboard.services.units.saving import SettingsChange
from dashboard.services.units.settings import (
    POLICY_FIELDS,
    WALL_NAMES_IN_WORDS,
    UnitSettings,
    WallNames,
    site_value,
    unit_settings,
)
from dashboard.wording.times import TimeScale

SHOW, SAVE = "Show the effect", "Save"
STEPS = {"p_rise": 0.005, "p_large": 0.01, "stale_after_hours": 6.0}


def draw_unit_form(unit: str, present: UnitSettings, site: TrendPolicy) -> None:
    """Draw a field for each setting; an empty one leaves it to the site. The effect is shown before it is saved."""
    key = f"unit-{unit}"
    with st.form(key, border=True):
        plain("An empty field leaves the setting to the site. The effect on the last 30 days can be shown first.")
        entered = _fields(key, present, site)
        reason = st.text_input("Why", key=f"{key}-reason", max_chars=500)
        actor = actor_field(key)
        with st.container(horizontal=True):
            effect = st.form_submit_button(SHOW)
            save = st.form_submit_button(SAVE, type="primary")
    if not effect and not save:
        return
    try:
        proposed = unit_settings(**entered)
    except ConfigurationError as error:
        alert(f"Nothing was changed. {error}")
        return
    if effect:
        plain(queries.unit_preview(unit, proposed).text, tone="warning")
    if save:
        act(
            lambda: commands.save_unit(unit, proposed, reason=reason, actor=actor),
            key=key,
            done="The settings are saved.",
            actor=actor,
        )
        draw_refusal(key)


def _fields(key: str, present: UnitSettings, site: TrendPolicy) -> Mapping[str, Any]:
    entered: dict[str, Any] = {}
    names = list(UnitSettings.model_fields)
    # Row by row, so that on a telephone the fields keep their order.
    for first in range(0, len(names), 2):
        for column, name in zip(st.columns(2, gap="medium"), names[first : first + 2], strict=False):
            with column:
                entered[name] = _field(name, f"{key}-{name}", getattr(present, name), site_value(name, site))
    return entered


def _field(name: str, key: str, own: Any, as_site: str) -> Any:  # noqa: ANN401 - a setting of any type
    field = UnitSettings.model_fields[name]
    label, told, placeholder = field.title or name, field.description, f"as the site: {as_site}"
    if name in POLICY_FIELDS:
        step, form = STEPS.get(name, 0.25), "%.3f" if name.startswith("p_") else "%.2f"
        return st.number_input(label, value=own, step=step, format=form, placeholder=placeholder, help=told, key=key)
    if name == "overdue_after_minutes":
        return st.number_input(label, value=own, step=5.0, format="%.0f", placeholder=placeholder, help=told, key=key)
    if name == "wall_names":
        return st.selectbox(
            label,
            list(WallNames),
            index=None if own is None else list(WallNames).index(own),
            format_func=WALL_NAMES_IN_WORDS.__getitem__,
            placeholder=placeholder,
            help=told,
            key=key,
        )
    if name == "references_shown":
        chosen = st.multiselect(
            label,
            list(Reference),
            default=own or (),
            format_func=REFERENCES_IN_WORDS.__getitem__,
            placeholder=placeholder,
            help=told,
            key=key,
        )
        return tuple(chosen) or None
    return st.time_input(label, value=own, help=told, key=key, step=900)


def draw_unit_history(changes: Sequence[SettingsChange], *, scale: TimeScale, dark: bool) -> None:
    """Draw who set what when."""
    records = [
        Record(
            str(number),
            (Cell(scale.text(one.changed_at)), Cell(one.actor), Cell(one.reason), Cell(one.settings.in_words)),
        )
        for number, one in enumerate(changes)
    ]
    record_table("Changes of the settings", ("When", "By", "Why", "Set by the unit"), records, key="units", dark=dark)
