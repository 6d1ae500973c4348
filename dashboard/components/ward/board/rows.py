"""A row of the board as the browser draws it, for board and wall: texts, tones, and the course in shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from core.counting import counted, span_text
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import Comparability, Reference, Verdict
from core.trend.wording import DROPS, REFERENCES_IN_WORDS
from core.types import TimePrecision
from dashboard import queries
from dashboard.components.films.lung_parts import SIDES_IN_DOUBT
from dashboard.components.ward.board.choice import verdict_kind
from dashboard.services.flags.overdue import minutes_overdue
from dashboard.services.patient.standing import SETTLED_ELSEWHERE, OffTrend
from dashboard.services.people.typed_names import typed_name_key
from dashboard.services.ward.board import Board, BoardRow
from dashboard.services.ward.row_standing import DROP_ALONE
from dashboard.wording.chart import SATURATIONS
from dashboard.wording.events import VENTILATED
from dashboard.wording.facts import FLAG_STATES, counted_absence, doubts_text, share_text, shown_name
from dashboard.wording.moved import mark_lines
from dashboard.wording.palette import VERDICT_SHAPES, VERDICT_WORDS, flag_text
from dashboard.wording.row import overdue_text
from dashboard.wording.times import TimeScale, ago_text
from dashboard.wording.trend import change_text, sustained_text
from db.read_models.facts import EventFacts, FlagFacts

REASON_CHARACTERS = 90
SECONDS_PER_HOUR, SECONDS_PER_DAY, DAYS_PER_WEEK = 3600, 86_400, 7
MOST_DAYS = 14
"""More than these are marked week by week on the course."""


def board_row(row: BoardRow, board: Board, reviewer: str, own: TimeScale) -> dict[str, Any]:
    """Return a row as the browser draws it: texts, tones, and the sparkline in shares of width and height.

    `flags` and `apart` of its `course` are by place in the series; `own` is how the patient's times are said.
    """
    return {
        "stay_id": row.stay.stay_id,
        "patient_id": row.stay.patient_id,
        "kind": verdict_kind(row),
        "unseen": _unseen(row, reviewer),
        "bed": row.stay.bed or "no bed",
        "unit": row.stay.unit,
        "name": shown_name(row.stay.name),
        "identifier": row.stay.identifier,
        "tone": row.open_flags[-1].kind.value if row.open_flags else "",
        "course": course_data(row, board),
        "level": None if row.level is None else f"{row.level:.1f}",
        "of": f"of {board.measure.maximum:g}",
        "interval": _interval(row),
        "detail": _listed(_lungs(row), _share(row)),
        "saturation": SATURATIONS[row.saturation],
        "thumbnail": queries.thumbnail_url(row.series[-1].film_id) if row.series else "",
        "verdict": _verdict(row),
        "change": _change(row, board.reference),
        "flags": [_open_flag(flag, row, board, own) for flag in row.open_flags]
        + [
            {"tone": "seen", "text": flag_text(flag.kind), "note": FLAG_STATES[flag.state], "open": False}
            for flag in row.seen_flags
        ],
        "last_film": _last_film(row, own),
        "stale": row.stale,
        "ventilation": _ventilation(row.ventilation, board.moment, own),
        "marks": mark_lines(row.of_other_persons, own),
        "remarks": [f"! {SIDES_IN_DOUBT}"] * row.sides_in_doubt
        + [f"! {doubt}" for doubt in doubts_text(row.in_doubt)]
        + [
            _off_trend(off_trend, row.newest_reason)
            for off_trend in row.off_trend
            if off_trend.absence not in SETTLED_ELSEWHERE
        ],
    }


def _open_flag(flag: FlagFacts, row: BoardRow, board: Board, own: TimeScale) -> dict[str, Any]:
    age = _age(flag, row, board, own)
    said = {"tone": flag.kind.value, "text": flag_text(flag.kind), "note": age, "open": True}
    minutes = minutes_overdue(flag, after=row.settings.overdue_after, moment=board.moment)
    return said if minutes is None else said | {"note": _listed(overdue_text(minutes), age), "overdue": True}


def _age(flag: FlagFacts, row: BoardRow, board: Board, own: TimeScale) -> str:
    """Return how old the flagged film is, "" for the newest one: a later film may read otherwise."""
    film = next((point for point in row.series[:-1] if point.film_id == flag.film_id), None)
    if film is None or own.relative:
        return "" if film is None else f"film of {own.text(film.at, film.time_precision)}"
    return f"film {ago_text((board.moment - film.at).total_seconds() / 3600)}"


def _unseen(row: BoardRow, reviewer: str) -> str:
    """Return what the reviewer has not seen of a row; "" where nothing, or where nobody is named."""
    if not reviewer:
        return ""
    reviewed_at = row.reviews.get(typed_name_key(reviewer))
    if reviewed_at is None:
        return "unseen: never reviewed"
    news = row.news.since(reviewed_at)
    return f"unseen: {', '.join(news)}" if news else ""


def _lungs(row: BoardRow) -> str:
    if row.level is None:
        return ""
    if row.sides_in_doubt:
        return SIDES_IN_DOUBT
    right, left = ("not given" if part is None else f"{part:.1f}" for part in row.extents)
    return "not given per lung" if row.extents == (None, None) else f"right {right}, left {left}"


def _share(row: BoardRow) -> str:
    return "" if row.opacity_fraction is None else f"{share_text(row.opacity_fraction)} of lungs opaque"


def _ventilation(event: EventFacts | None, moment: datetime, own: TimeScale) -> dict[str, Any]:
    """Return the last known state with its age, and what was noted with it."""
    if event is None:
        return {"text": "not stated", "note": "", "stated": False}
    hours = (moment - event.at).total_seconds() / 3600
    ago = ago_text(hours, days_only=event.time_precision is TimePrecision.DAY)
    when = own.text(event.at, event.time_precision) if own.relative else ago
    return {"text": f"{VENTILATED[event.kind]} {when}", "note": _shortened(event.note), "stated": True}


def course_data(row: BoardRow, board: Board) -> dict[str, Any]:
    """Return the course of a stay in shares of width and height, from the first film to now, and in words."""
    if not row.series:
        return {"text": row.status, "at": [], "share": [], "flags": {}, "apart": [], "span": "", "days": []}
    # To the minute: a tick without news sends what was sent before.
    first, end = row.series[0].at, row.series[-1].at
    if row.stay.relative_day_zero is None:
        end = max(board.moment.replace(second=0, microsecond=0), end)
    span_s = max((end - first).total_seconds(), 1.0)
    flags = {flag.film_id: flag.kind.value for flag in (*row.seen_flags, *row.open_flags)}
    values = " ".join(f"{point.value:.1f}" for point in row.series)
    return {
        "text": f"{board.measure.label} of {counted(len(row.series), 'film')}, oldest first: {values}",
        "at": [round((point.at - first).total_seconds() / span_s, 3) for point in row.series],
        "share": [round(point.value / board.measure.maximum, 3) for point in row.series],
        "flags": {place: flags[point.film_id] for place, point in enumerate(row.series) if point.film_id in flags},
        "apart": [place for place, point in enumerate(row.series) if point.apart],
        "span": span_text(span_s / SECONDS_PER_HOUR),
        "days": _days(span_s),
    }


def _days(span_s: float) -> list[float]:
    """Return where the whole days before the end lie, in shares of the width: weeks where the days would crowd."""
    step = SECONDS_PER_DAY * (1 if span_s <= MOST_DAYS * SECONDS_PER_DAY else DAYS_PER_WEEK)
    return [round(1 - step * back / span_s, 3) for back in range(1, int(span_s // step) + 1)]


def _interval(row: BoardRow) -> str:
    if row.level is None:
        return ""
    if row.interval is None:
        return "interval not calibrated"
    return f"{row.interval.low:.1f} to {row.interval.high:.1f} ({row.interval.level * 100:.0f} %)"


def _verdict(row: BoardRow) -> dict[str, str]:
    """Return shape, words and tone; what keeps the row from being up to date comes before any verdict."""
    if row.change is None or not row.compared or row.behind:
        stale = row.stale and row.newest_absence is None
        text = f"STALE: last film {ago_text(row.hours_since_last_film or 0)}" if stale else row.status
        shape = "!" if row.behind else "○"
        return {"tone": "look" if shape == "!" else "quiet", "text": f"{shape} {_shortened(text)}"}
    shape, tone = VERDICT_SHAPES[row.change.verdict]
    # The board does not look at physiology, so a drop must not read as a reason to reduce care.
    falls = any(one is not None and one.verdict in DROPS for one in (row.change, row.sustained))
    beside = {"beside": DROP_ALONE} if falls else {}
    return {"tone": tone, "text": f"{shape} {VERDICT_WORDS[row.change.verdict]}", **beside}


def _change(row: BoardRow, reference: Reference) -> str:
    change = row.change
    if change is None or not row.compared:
        return ""
    sustained = f"; {sustained_text(row.sustained)}" if row.sustained is not None and not row.behind else ""
    if change.change is None or change.gap_hours is None:
        # The verdict stands beside it.
        return _shortened(replace(change.reasons, verdict="").text)
    against = "" if reference is ALERTING_REFERENCE else f", since {REFERENCES_IN_WORDS[reference]}"
    words = f"{change_text(change)}{against}"
    behind = f"before: {VERDICT_WORDS[change.verdict]}, " if row.behind else ""
    apart = change.verdict is Verdict.CANNOT_TELL and change.comparability is Comparability.MIXED
    differently = "; taken differently" if apart else ""
    alone = f"; {DROP_ALONE}" if row.behind and change.verdict in DROPS else ""
    return f"{behind}{words}{differently}{sustained}{alone}"


def _last_film(row: BoardRow, own: TimeScale) -> str:
    if not row.series:
        return "none on the trend"
    if row.hours_since_last_film is None:
        return own.text(row.series[-1].at, row.series[-1].time_precision)
    if row.days_only:
        return ago_text(row.hours_since_last_film, days_only=True)
    since = ago_text(row.hours_since_last_film)
    return f"STALE: {since}" if row.stale else since


def _off_trend(one: OffTrend, newest_reason: str) -> str:
    # The status says why the newest film is missing; once is enough.
    reason = f": {one.reasons[0]}" if one.reasons and one.reasons[0] != newest_reason else ""
    return _shortened(f"{counted_absence(one.count, one.absence)}{reason}")


def _listed(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _shortened(text: str) -> str:
    return text if len(text) <= REASON_CHARACTERS else text[: REASON_CHARACTERS - 1].rstrip() + "…"
