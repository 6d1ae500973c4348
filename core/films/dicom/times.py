"""When a DICOM film was taken, from the several dates and times it carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from pydicom.dataset import Dataset

from core.films.dicom.elements import element_text
from core.types import TimePrecision

_DATE = re.compile(r"(\d{4})[.\-/]?(\d{2})[.\-/]?(\d{2})")  # with separators: ACR-NEMA and careless senders
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?")
_DATE_TIME = re.compile(r"(\d{8})(\d{2,6}(?:\.\d{1,6})?)?([+-]\d{4})?")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})")
_LATEST_OFFSET = timedelta(hours=14)  # PS3.3 C.12.1.1.8: -1200 to +1400

# In order of trust: when the film was exposed, made, or at least when its series or study began.
_SOURCES = (
    ("AcquisitionDate", "AcquisitionTime"),
    ("ContentDate", "ContentTime"),
    ("SeriesDate", "SeriesTime"),
    ("StudyDate", "StudyTime"),
)


@dataclass(frozen=True)
class _Moment:
    day: date
    clock: time | None
    zone: tzinfo | None = None


def acquisition_time(dataset: Dataset, site_zone: tzinfo) -> tuple[datetime | None, TimePrecision]:
    """Return when the film was taken, with its zone, and how exactly that is known.

    The first date found counts. Where it has no time of its own, a later element of the same day may
    give it; else the precision is DAY and the time 12:00.

    Parameters
    ----------
    site_zone : tzinfo
        For films that carry no offset from UTC, and for those that state no time: their day is the hospital's. A time
        that occurs twice when the clocks go back is the first of the two; one that is skipped in spring is moved on by
        the hour.
    """
    moments = _moments(dataset)
    if not moments:
        return None, TimePrecision.SECOND
    day = moments[0].day
    timed = next((moment for moment in moments if moment.day == day and moment.clock is not None), None)
    zone = _offset(element_text(dataset, "TimezoneOffsetFromUTC")) or site_zone
    if timed is None or timed.clock is None:
        return _in_zone(day, time(12), site_zone), TimePrecision.DAY
    return _in_zone(day, timed.clock, timed.zone or zone), TimePrecision.SECOND


def parse_date(text: str) -> date | None:
    """Return a DICOM date (VR DA), None where it is none."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        found = date(*(int(part) for part in match.groups()))
    except ValueError:
        return None
    return found if found.year >= 1850 else None


def _moments(dataset: Dataset) -> list[_Moment]:
    moments = [_date_time(element_text(dataset, "AcquisitionDateTime"))]
    for date_keyword, time_keyword in _SOURCES:
        day = parse_date(element_text(dataset, date_keyword))
        if day is not None:
            moments.append(_Moment(day, _parse_time(element_text(dataset, time_keyword))))
    return [moment for moment in moments if moment is not None]


def _date_time(text: str) -> _Moment | None:
    """Return a DICOM date-time (VR DT) that is known at least to the day."""
    match = _DATE_TIME.fullmatch(text.strip())
    day = parse_date(match.group(1)) if match else None
    if match is None or day is None:
        return None
    return _Moment(day, _parse_time(match.group(2) or ""), _offset(match.group(3) or ""))


def _parse_time(text: str) -> time | None:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    microsecond = int((match.group(4) or "").ljust(6, "0"))
    try:
        return time(hour, minute, min(second, 59), microsecond)  # 60 is a leap second
    except ValueError:
        return None


def _offset(text: str) -> timezone | None:
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    size = timedelta(hours=int(match.group(2)), minutes=int(match.group(3)))
    return timezone(size if match.group(1) == "+" else -size) if size <= _LATEST_OFFSET else None


def _in_zone(day: date, clock: time, zone: tzinfo) -> datetime:
    # By way of UTC, so that a local time that never was becomes one that was; with a fixed offset, because
    # Python calls a time that occurs twice in its zone unequal to every time of another zone.
    local = datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()), fold=0)
