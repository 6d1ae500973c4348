"""Every service that takes a time from a caller asks for its zone, and changes nothing without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from film_site import START, Bench, dicom, png

from core.types import PatientIdentity
from dashboard.errors import NotAllowedError
from dashboard.services.flags import decisions as flags
from dashboard.services.flags.work_list import work_list
from dashboard.services.patient import census, charting
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.receiving import film_time
from dashboard.services.receiving.moments import require_moment
from dashboard.services.receiving.receive import StatedFacts, receive_film
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.round import mark_reviewed
from db.models import EventKind

NAIVE = datetime(2026, 3, 2, 6, 10)  # noqa: DTZ001 - what is refused
ZONELESS = (
    "The time 2026-03-02 06:10 has no time zone, so it may be meant anywhere. Give it with one, for example "
    "2026-03-02T06:10+01:00."
)
DR = {"actor": "Dr A"}

ACTS: dict[str, Callable[[Bench], object]] = {
    "time of a film": lambda at: film_time.correct_time(1, acquired_at=NAIVE, reason="clock", **DR, site=at.site),
    "admission": lambda at: census.admit(1, unit="ICU 2", admitted_at=NAIVE, **DR, site=at.site),
    "discharge": lambda at: census.discharge(1, at=NAIVE, **DR, site=at.site),
    "event": lambda at: charting.add_event(1, EventKind.INTUBATION, at=NAIVE, note="", **DR, site=at.site),
    "value": lambda at: charting.add_observation(1, "peep", 8.0, comparator="", at=NAIVE, **DR, site=at.site),
    "snooze": lambda at: flags.snooze(1, until=NAIVE, reason="later", **DR, site=at.site),
    "review": lambda at: mark_reviewed(1, began_at=NAIVE, seen=None, note="", **DR, site=at.site),
    "ward": lambda at: ward_board(as_of=NAIVE, site=at.site),
    "patient": lambda at: patient_trend(1, as_of=NAIVE, site=at.site),
    "flags": lambda at: work_list(as_of=NAIVE, site=at.site),
    "picture": lambda at: receive_film(
        png(0.5), stated=StatedFacts(PatientIdentity("4711"), NAIVE), site=at.site, **DR
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_a_time_without_a_zone_is_refused(bench: Bench, act: Callable[[Bench], object]) -> None:
    film_id = bench.film_id(dicom(0.2))
    bench.admit(bench.film(film_id).patient_id)
    with pytest.raises(NotAllowedError) as refused:
        act(bench)
    assert str(refused.value) == ZONELESS
    assert (bench.film(film_id).acquired_at, bench.states(film_id)) == (START, ["received"])


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_no_time(at: datetime) -> None:
    with pytest.raises(NotAllowedError, match=r"cannot be\. Give the year"):
        require_moment(at)
    require_moment(None, START, START + timedelta(days=1))
