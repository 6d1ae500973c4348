"""The handover of a ward round on one page: each patient with bed, verdict, level, flags, note and whether reviewed."""

from __future__ import annotations

from datetime import tzinfo

from core.trend.reasons import joined
from core.trend.wording import never_measured
from core.types import Measure
from dashboard.reports.typeset import typeset
from dashboard.services.ward.board import Board, BoardRow
from dashboard.services.ward.round import Round, RoundStep
from dashboard.wording.decisions import decided_text
from dashboard.wording.facts import ALL_UNITS, doubts_text, place_text, shown_name
from dashboard.wording.flags import decision_text
from dashboard.wording.moved import mark_lines
from dashboard.wording.paper import model_text, moment_text, shortened
from dashboard.wording.row import beside_text, flags_text
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import last_verdict_text, last_verdict_tone, sustained_text
from db.read_models.rounds import ReviewFacts

LONGEST_NAME, LONGEST_NOTE, LONGEST_STATUS = 26, 100, 80
"""Characters; what is longer stands on the screen."""
MOST_FILMS = 20
"""On the small course; the last ones."""
MOST_PATIENTS = 24
"""On one page in letters that can be read."""


def handover(found: Round, board: Board, *, unit: str | None, zone: tzinfo) -> bytes:
    """Return the handover of a round as PDF of one page; patients beyond `MOST_PATIENTS` are counted on it."""
    clock = TimeScale(zone)
    content = {
        "unit": shortened(unit, LONGEST_NAME) if unit else ALL_UNITS,
        "made": f"Made {moment_text(board.moment, zone)}",
        "model": model_text(board.card),
        "progress": f"{found.n_reviewed} of {len(found.steps)} reviewed in the round begun "
        f"{clock.text(found.began_at)}",
        "limit": never_measured(found.unmeasured),
        "patients": [_patient(step, found, clock) for step in found.steps[:MOST_PATIENTS]],
        "more": max(len(found.steps) - MOST_PATIENTS, 0),
    }
    return typeset("handover.typ", content, {})


def _patient(step: RoundStep, found: Round, clock: TimeScale) -> dict[str, object]:
    row, last = step.row, step.last if step.reviewed else None
    stay, change, measure = row.stay, row.change, Measure.GEOGRAPHIC_EXTENT
    assessed = change is not None and change.change is not None
    return {
        "place": shortened(place_text(stay.unit, stay.bed), LONGEST_NAME),
        "name": shortened(shown_name(stay.name), LONGEST_NAME),
        "identifier": shortened(stay.identifier, LONGEST_NAME),
        "verdict": _verdict(row) if assessed else "",
        "tone": last_verdict_tone(change, behind=row.behind) if change is not None else "quiet",
        # The board's own sentence says what keeps the verdict from being the latest word.
        "status": shortened(_status(row, assessed=assessed), LONGEST_STATUS),
        "mark": "; ".join(mark_lines(row.of_other_persons, clock)),
        "level": "no level" if row.level is None else f"{row.level:.1f} of {measure.maximum:g}",
        "flags": joined(flags_text(step), *beside_text(step)),
        "reviewed": _reviewed(last, clock),
        "decision": decided_text(last) if last else "",
        "course": [round(point.value / measure.maximum, 3) for point in row.series[-MOST_FILMS:]],
        "decided": _decided(step, found, clock),
        "note": shortened(last.note, LONGEST_NOTE) if last else "",
    }


def _verdict(row: BoardRow) -> str:
    verdict = "" if row.change is None else last_verdict_text(row.change, behind=row.behind)
    return "; ".join(part for part in (verdict, "" if row.behind else sustained_text(row.sustained)) if part)


def _status(row: BoardRow, *, assessed: bool) -> str:
    said = [row.status] if row.behind or not assessed else []
    return "; ".join([*said, *(f"! {doubt}" for doubt in doubts_text(row.in_doubt))])


def _decided(step: RoundStep, found: Round, clock: TimeScale) -> str:
    """Return what was done with the flags that somebody deals with."""
    texts = (decision_text(found.flag_steps.get(flag.flag_id, ()), clock) for flag in step.row.seen_flags)
    return "; ".join(shortened(text, LONGEST_NOTE) for text in texts if text)


def _reviewed(last: ReviewFacts | None, clock: TimeScale) -> str:
    if last is None:
        return "not reviewed"
    return f"✓ {clock.text(last.reviewed_at)}, {shortened(last.actor, LONGEST_NAME)}"
