"""A large rise that nobody acknowledges stands out more after the unit's time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from film_site import Bench
from flag_scenes import Scene
from timeline_rows import hours

from core.trend.types import FlagKind, Verdict
from dashboard.services.flags.overdue import minutes_overdue, overdue_count
from dashboard.services.flags.work_list import work_list
from dashboard.services.units import saving as units
from dashboard.services.units.settings import unit_settings
from db.models import FlagState
from db.read_models.facts import FlagFacts

AFTER = timedelta(minutes=30)
RISE = FlagFacts(
    flag_id=1,
    film_id=2,
    reference_film_id=1,
    kind=FlagKind.RISE,
    verdict=Verdict.LARGE_RISE,
    change=3.0,
    basis="",
    state=FlagState.OPEN,
    opened_at=hours(0),
    snoozed_until=None,
    model="m",
    model_version="1",
)


def test_it_is_overdue_from_the_units_time_on() -> None:
    assert [minutes_overdue(RISE, after=AFTER, moment=hours(at)) for at in (0.49, 0.5, 1.2)] == [None, 0, 42]


def test_a_snooze_gives_the_time_once_more() -> None:
    snoozed = replace(RISE, state=FlagState.SNOOZED, snoozed_until=hours(4))
    assert [minutes_overdue(snoozed, after=AFTER, moment=hours(at)) for at in (3.9, 4.2, 4.5)] == [None, None, 0]


@pytest.mark.parametrize(
    "flag",
    [
        replace(RISE, state=FlagState.ACKNOWLEDGED),
        replace(RISE, state=FlagState.RESOLVED),
        replace(RISE, kind=FlagKind.DROP, verdict=Verdict.LARGE_DROP),
        replace(RISE, kind=FlagKind.LOOK, verdict=Verdict.CANNOT_TELL),
    ],
)
def test_what_was_dealt_with_or_is_no_large_rise_never_is(flag: FlagFacts) -> None:
    assert minutes_overdue(flag, after=AFTER, moment=hours(99)) is None


def test_overdue_rises_are_counted_by_the_time_of_their_unit_and_come_first(bench: Bench) -> None:
    scene = Scene(bench)
    (rising, _), (other, _), (falling, _) = (
        scene.admit(number, bed, unit) for number, bed, unit in (("1", "1", "A"), ("2", "1", "B"), ("3", "2", "A"))
    )
    for patient_id, levels in ((falling, (7.0, 1.0)), (other, (1.0, 7.0)), (rising, (1.0, 7.0))):
        for at, level in zip((0, 24), levels, strict=True):
            scene.film(patient_id, at, level)
    bench.wait(minutes=42)
    assert overdue_count(site=bench.site) == 2
    assert [entry.overdue_minutes for entry in work_list(site=bench.site)] == [12, 12, None]
    units.save("B", unit_settings(overdue_after_minutes=60), actor="Dr A", reason="trial", site=bench.site)
    assert overdue_count(site=bench.site) == 1
    first = work_list(site=bench.site)[0]
    assert (first.row.patient.patient_id, first.overdue_minutes) == (rising, 12)
