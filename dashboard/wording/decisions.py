"""What was decided at a bed, in words: on screens and on paper."""

from __future__ import annotations

from dashboard.wording.times import TimeScale
from db.models import Decision
from db.read_models.rounds import ReviewFacts

DECISIONS_IN_WORDS = {
    Decision.ESCALATE: "▲ escalate",
    Decision.CONTINUE: "= continue",
    Decision.DE_ESCALATE: "▼ de-escalate",
    Decision.LOOK_FILM: "◆ look again: film",
    Decision.LOOK_PHYSIOLOGY: "◆ look again: physiology",
}
NO_DECISION = "reviewed, no decision recorded"


def decided_text(review: ReviewFacts) -> str:
    """Return for example "▼ de-escalate"; that none was recorded where none was made."""
    return NO_DECISION if review.decision is None else DECISIONS_IN_WORDS[review.decision]


def review_text(review: ReviewFacts, clock: TimeScale) -> str:
    """Return for example "▼ de-escalate, 1 Dec 2026, 08:05, by Dr Ito. Note: wean"."""
    note = f". Note: {review.note}" if review.note else ""
    return f"{decided_text(review)}, {clock.text(review.reviewed_at)}, by {review.actor}{note}"
