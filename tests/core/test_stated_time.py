"""Times that people write: a day alone is a day in whichever way it is written, and what is no time is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.stated_time import StatedTime, stated_time
from core.types import TimePrecision

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("text", ["2026-03-02", "20260302", " 2026-03-02 "])
def test_a_day_is_known_to_the_day_however_it_is_written(text: str) -> None:
    found = stated_time(text, BERLIN)
    assert found == StatedTime(datetime(2026, 3, 2, 12, tzinfo=BERLIN), TimePrecision.DAY)
    assert found.begins == datetime(2026, 3, 2, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-02T06:10", datetime(2026, 3, 2, 6, 10, tzinfo=BERLIN)),
        ("2026-03-02 06:10:30", datetime(2026, 3, 2, 6, 10, 30, tzinfo=BERLIN)),
        ("20260302T0610", datetime(2026, 3, 2, 6, 10, tzinfo=BERLIN)),
        ("2026-03-02T06:10Z", datetime(2026, 3, 2, 6, 10, tzinfo=UTC)),
        ("2026-03-02T00:00", datetime(2026, 3, 2, tzinfo=BERLIN)),
    ],
)
def test_a_moment_is_known_to_the_second(text: str, at: datetime) -> None:
    found = stated_time(text, BERLIN)
    assert found == StatedTime(at, TimePrecision.SECOND)
    assert found.begins == found.at


NO_TIMES = (
    *("", "2026", "2026-03", "2026-W10", "2026-W10-1", "46000", "yesterday"),
    *("2026-03-02106:10", "2026030200610", "20260302061000", "2026-03-02T", "2026-03-02T25:00"),
    *("2026-02-30", "0001-01-01", "9999-12-31T23:00"),
)


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_may_mean_another_time_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words for some
        stated_time(text, BERLIN)
