"""What units set, and what they had set before."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from timeline_rows import hours

from db.engine import transaction
from db.repositories import unit_settings


def test_the_newest_row_holds_and_the_others_are_the_history(engine: Engine) -> None:
    with transaction(engine) as session:
        unit_settings.add(" ICU 1 ", actor="dr", reason="trial", now=hours(1), session=session, p_large=0.8)
        unit_settings.add(
            "ICU 1",
            actor="head",
            now=hours(3),
            session=session,
            important_opacity=0.5,
            references_shown=["previous", "24_h"],
            quiet_from=time(22),
            quiet_until=time(6, 30),
        )
        unit_settings.add("ICU 2", actor="dr", now=hours(2), session=session, stale_after_hours=24.0)
    with transaction(engine) as session:
        now = unit_settings.newest(session=session)
        assert (now["ICU 1"].p_large, now["ICU 1"].important_opacity) == (None, 0.5)
        assert (now["ICU 1"].quiet_from, now["ICU 1"].quiet_until) == (time(22), time(6, 30))
        assert now["ICU 1"].references_shown == ["previous", "24_h"]
        assert now["ICU 2"].stale_after_hours == 24.0
        assert now["ICU 2"].references_shown is None
        then = unit_settings.newest(as_of=hours(1), session=session)
        assert {unit: row.p_large for unit, row in then.items()} == {"ICU 1": 0.8}
        steps = unit_settings.history("ICU 1", session=session)
        assert [(row.changed_at, row.actor, row.reason) for row in steps] == [
            (hours(1), "dr", "trial"),
            (hours(3), "head", ""),
        ]


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"important_geographic_extent": 0.0}, "ck_unit_extent"),
        ({"important_opacity": 6.5}, "ck_unit_opacity"),
        ({"p_rise": 1.0}, "ck_unit_p_rise"),
        ({"p_large": 0.4}, "ck_unit_p_large"),
        ({"stale_after_hours": 0.0}, "ck_unit_stale"),
        ({"quiet_from": time(22)}, "ck_unit_quiet"),
        ({"overdue_after_minutes": 0.0}, "ck_unit_overdue"),
        ({"wall_names": "whole"}, "ck_unit_wall_names"),
    ],
)
def test_values_out_of_range_are_refused_by_the_database_too(
    engine: Engine, values: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction(engine) as session:
        unit_settings.add("ICU 1", actor="dr", now=hours(1), session=session, **values)  # type: ignore[arg-type]


def test_a_unit_without_a_name_is_refused(engine: Engine) -> None:
    with transaction(engine) as session, pytest.raises(ValueError, match="belong to a unit"):
        unit_settings.add(" ", actor="dr", now=hours(1), session=session)
