"""The handover of a round: what it says, always on one page, whatever names and notes are."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from ward_site import WardSite, open_ward_site

from core.trend.flags.proposed import ALERTING_REFERENCE
from dashboard.reports import handover
from dashboard.reports.handover import MOST_PATIENTS
from dashboard.services.flags import decisions as flags
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.round import RoundOrder, mark_reviewed, ward_round
from db.models import Decision

NOW = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)
BOTTOM_MARGIN = 31.0
"""Points; text below it has run out of its room."""


@pytest.fixture
def ward(tmp_path: Path) -> WardSite:
    return open_ward_site(tmp_path, now=NOW)


def text_of(ward: WardSite, unit: str | None = None) -> str:
    """Return the text of a handover of exactly one page, on one line."""
    board = ward_board(unit=unit, reference=ALERTING_REFERENCE, site=ward.site)
    found = ward_round(board, order=RoundOrder.BEDS, site=ward.site)
    (page,) = PdfReader(io.BytesIO(handover(found, board, unit=unit, zone=UTC))).pages
    lowest: list[float] = []

    def visit(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        if text.strip():
            # The place of a text is that of its own matrix within the page's.
            lowest.append(inner[4] * outer[1] + inner[5] * outer[3] + outer[5])

    page.extract_text(visitor_text=visit)
    assert min(lowest) >= BOTTOM_MARGIN, sorted(lowest)[:5]
    return " ".join(page.extract_text().replace("\u200b", "").split())


def mark(ward: WardSite, stay_id: int, note: str, decision: Decision | None = None) -> None:
    mark_reviewed(stay_id, began_at=NOW, seen=None, decision=decision, actor="Dr Ito", note=note, site=ward.site)


def test_each_patient_with_verdict_level_flags_and_note(ward: WardSite) -> None:
    rising = ward.admit("#strong[Bea]^*X*", "2", number="$4711$")
    for hours_ago, level in ((26, 1.0), (2, 6.0)):
        ward.film(rising, hours_ago, level)
    ward.admit("Cid", "10")
    ward.admit("Dee", "1", unit="ICU B")
    mark(ward, 1, "#pagebreak() wean", Decision.ESCALATE)
    mark(ward, 3, "")
    flags.acknowledge(1, reason="#CT", actor="Dr Ito", site=ward.site)
    text = text_of(ward, "ICU A")
    assert "1 of 2 reviewed in the round begun 29 Nov 2026, 14:05. Made 29 Nov 2026, 14:05 UTC (UTC+00:00)." in text
    assert "Research use; not a medical device. Clinicians decide." in text
    assert (
        "ICU A, bed 2 #strong[Bea], *X* $4711$ ▲▲ large rise, +4.5 in 24 h (95 %: +3.5 to +5.5) 6.0 of 8 ▲ large rise "
        "(acknowledged) 29 Nov 2026, 14:05, acknowledged by Dr Ito: #CT ▲ escalate ✓ 29 Nov 2026, 14:05, Dr Ito "
        "#pagebreak() wean" in text
    )
    assert "ICU A, bed 10 Cid" in text
    assert "no film yet no level none open not reviewed" in text
    assert "Dee" not in text
    assert "reviewed, no decision recorded" in text_of(ward, "ICU B")
    assert "All units" in text_of(ward)


def test_the_longest_names_and_notes_of_a_full_unit_stay_on_the_page(ward: WardSite) -> None:
    for number in range(MOST_PATIENTS + 2):
        ward.admit(f"{number:02}" + "N" * 250, str(number), number=f"{number:02}" + "9" * 60)
        mark(ward, number + 1, "W" * 500)
    text = text_of(ward, "ICU A")
    assert f"{MOST_PATIENTS + 2} of {MOST_PATIENTS + 2} reviewed" in text
    assert "Not on this page: 2 more patients." in text


def test_an_empty_unit(ward: WardSite) -> None:
    assert "0 of 0 reviewed" in text_of(ward)
