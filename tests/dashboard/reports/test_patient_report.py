"""The report on one patient: what it says, always on one page, whatever the names are."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from ward_site import WardSite, open_ward_site

from core.types import PatientPosition, TimePrecision, ViewPosition
from dashboard.reports import patient_report
from dashboard.reports.patient import LONGEST_EVENT, MOST_EVENTS
from dashboard.services.flags import decisions as flags
from dashboard.services.patient.comparison import last_films
from dashboard.services.patient.timeline import patient_trend
from db.engine import transaction
from db.errors import NotFoundError
from db.models import EventKind, FilmState
from db.repositories import clinical

BOTTOM_MARGIN = 36.0
"""Points; text below it has run out of its room."""
NOW = datetime(2026, 11, 29, 14, 5, tzinfo=UTC)


@pytest.fixture
def ward(tmp_path: Path) -> WardSite:
    return open_ward_site(tmp_path, now=NOW)


def report_of(ward: WardSite, patient_id: int, *, as_of: datetime | None = None) -> PdfReader:
    return PdfReader(io.BytesIO(patient_report(patient_id, as_of=as_of, site=ward.site)))


def text_of(ward: WardSite, patient_id: int, *, as_of: datetime | None = None) -> str:
    """Return the text of a report of exactly one page, on one line."""
    pages = report_of(ward, patient_id, as_of=as_of).pages
    assert len(pages) == 1
    return one_line(pages[0])


def one_line(page: PageObject) -> str:
    return " ".join(page.extract_text().replace("\u200b", "").split())


def add_event(ward: WardSite, patient_id: int, kind: EventKind, hours_ago: float, note: str = "") -> None:
    with transaction(ward.engine) as session:
        clinical.add_event(patient_id, kind, at=NOW - timedelta(hours=hours_ago), note=note, session=session)


def test_it_says_who_how_and_on_what_it_rests(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01", number="4711")
    for hours_ago, level in ((26, 1.0), (2, 6.0)):
        ward.film(patient_id, hours_ago, level)
    add_event(ward, patient_id, EventKind.INTUBATION, 20)
    reader = report_of(ward, patient_id)
    (page,) = reader.pages
    text = one_line(page)
    assert "Research use; not a medical device. Clinicians decide." in text
    assert (
        "Okafor, Ada 4711 · birth date not stated · sex not stated · ICU A, bed A-01, since 25 Nov 2026, 10:05" in text
    )
    assert "Made 29 Nov 2026, 14:05 UTC (UTC+00:00). Scored by mean-grey, version 1." in text
    assert "▲▲ large rise, +4.5 in 24 h (95 %: +3.5 to +5.5)" in text
    assert "Geographic extent 6.0 of 8 (90 % interval 5.2 to 6.8), film of 29 Nov 2026, 12:05." in text
    assert "Last two films" in text
    assert "28 Nov 2026, 12:05, AP supine. Geographic extent 1.0 of 8, opacity 0.8 of 6." in text
    assert "29 Nov 2026, 12:05, AP supine. Geographic extent 6.0 of 8, opacity 4.5 of 6." in text
    assert "Geographic extent rose by 5.0 of 8 against the film 24 h before (1.0 → 6.0), both AP supine." in text
    assert "▲ large rise, open; film of 29 Nov 2026, 12:05. It rests on what is said above." in text
    assert "28 Nov 2026, 18:05 intubation" in text
    assert "the verdict says what the films show, not why." in text
    assert [image.image.mode for image in page.images] == ["L", "L"]
    assert reader.metadata is not None
    assert "Okafor" not in str(reader.metadata)


def test_films_and_chart_have_a_text_in_their_place(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    for hours_ago, level in ((26, 1.0), (2, 6.0)):
        ward.film(patient_id, hours_ago, level)
    reader = report_of(ward, patient_id)
    objects = [reader.get_object(number) for number in range(1, len(reader.xref[0]))]
    alternatives = [str(one["/Alt"]) for one in objects if isinstance(one, dict) and "/Alt" in one]
    assert any(
        alternative.startswith("Trajectory of 2 films: geographic extent, and opacity below")
        for alternative in alternatives
    )
    assert "Chest film of 29 Nov 2026, 12:05, AP supine. Geographic extent 6.0 of 8, opacity 4.5 of 6" in alternatives


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        '#typst-code #read("/etc/passwd") #{ 1 + 1 }',
        "**bold** _it_ [a](https://x.example) ![b](https://x.example/i.png)",
        "$x^2$ @ref <label> // comment /* c */ \\ ~ -- ...",
        '"quoted" {{ json }} \\u0041',
    ],
)
def test_nothing_in_a_name_is_markup(ward: WardSite, name: str) -> None:
    patient_id = ward.admit(name.replace("^", ""), "A-01")
    ward.film(patient_id, 2, 1.0)
    reader = report_of(ward, patient_id)
    (page,) = reader.pages
    expected = name.replace("^", "")
    assert expected.replace(" ", "") in one_line(page).replace(" ", "")
    assert "/Annots" not in page


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "(no name)"),
        ("\u202eevil", "evil"),
        ("N" * 300, "N" * 79 + "…"),
        ("W" * 300, "W" * 79 + "…"),
    ],
)
def test_empty_turned_and_endless_names_stay_on_the_page(ward: WardSite, name: str, shown: str) -> None:
    patient_id = ward.admit(name, "A-01", number="1")
    reader = report_of(ward, patient_id)
    (page,) = reader.pages
    assert shown in one_line(page).replace(" ", "") or shown in one_line(page)
    assert max(across for across, _up in _places(page)) <= float(page.mediabox.right)


def test_a_right_to_left_name_is_there(ward: WardSite) -> None:
    patient_id = ward.admit("כהן^דוד", "A-01")
    text = text_of(ward, patient_id)
    assert {*"כהן"} <= {*text}


def _places(page: PageObject) -> list[tuple[float, float]]:
    """Return where each piece of text begins: points from the left, points from below."""
    found: list[tuple[float, float]] = []

    def visit(text: str, user: list[float], matrix: list[float], _font: object, _size: float) -> None:
        if text.strip():
            found.append((matrix[4] * user[0] + user[4], matrix[5] * user[3] + user[5]))

    page.extract_text(visitor_text=visit)
    return found


def test_a_patient_without_films(ward: WardSite) -> None:
    text = text_of(ward, ward.admit("Okafor^Ada", "A-01"))
    assert "No film yet. Add one, or wait until one arrives." in text
    assert "No flag. That does not mean that nothing changed." in text
    assert "No event is recorded." in text
    assert "Trajectory" not in text
    assert "Last two films" not in text


def test_a_patient_with_one_film(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    ward.film(patient_id, 2, 3.0)
    text = text_of(ward, patient_id)
    assert "Last film; none before it" in text
    assert "Geographic extent 3.0 of 8" in text


def test_the_newest_film_is_shown_also_where_it_was_taken_differently(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    _, second = ward.film(patient_id, 50, 1.0), ward.film(patient_id, 26, 1.2)
    newest = ward.film(patient_id, 2, 3.5, view=ViewPosition.PA, position=PatientPosition.ERECT)
    found = patient_trend(patient_id, site=ward.site)
    last = last_films(found)
    assert last is not None
    assert ([film.film_id for film in last.shown], last.alike) == ([second, newest], False)
    text = text_of(ward, patient_id)
    assert "? cannot tell: compare the films" in text
    assert "These two were taken differently: their scores cannot be compared, the films can." in text


def test_a_picture_that_is_gone_is_said(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    ward.film(patient_id, 2, 3.0)
    for path in ward.settings.film_dir.rglob("*"):
        if path.is_file():
            path.unlink()
    assert "This film cannot be shown." in text_of(ward, patient_id)


def test_as_it_stood(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    ward.film(patient_id, 26, 1.0)
    text = text_of(ward, patient_id, as_of=NOW - timedelta(hours=3))
    assert "As it stood on 29 Nov 2026, 11:05 UTC (UTC+00:00)" in text


def test_times_of_a_patient_known_by_days_only(ward: WardSite) -> None:
    patient_id = ward.patient("", "P-9", day_zero=NOW - timedelta(days=10))
    for hours_ago, level in ((100, 1.0), (4, 4.0)):
        ward.film(patient_id, hours_ago, level, precision=TimePrecision.DAY)
    text = text_of(ward, patient_id)
    assert "times are days from an arbitrary day 0" in text
    assert "film of day 10" in text


def test_the_worst_still_fits_on_one_page(ward: WardSite) -> None:
    patient_id = ward.admit("W" * 300, "B" * 30, unit="U" * 30, number="9" * 60)
    for number in range(24):
        ward.film(patient_id, 24.0 * (24 - number), 7.5 if number % 2 else 0.5)
        add_event(ward, patient_id, EventKind.PRONING, 24.0 * number + 1, "wide " * 40)
    for state in (FilmState.REJECTED, FilmState.FAILED, FilmState.QUARANTINED, FilmState.RETRACTED):
        ward.film(patient_id, 1, state=state, reason="because of " + "something " * 40)
    (page,) = report_of(ward, patient_id).pages
    text = one_line(page)
    assert min(up for _across, up in _places(page)) > BOTTOM_MARGIN
    assert f"and {24 - MOST_EVENTS} earlier ones on the screen" in text
    assert "More such lines stand on the screen: 3." in text
    assert "more on the screen" in text
    assert "the verdict says what the films show, not why." in text
    assert "…" in text
    assert LONGEST_EVENT < 200


def test_a_resolved_flag_is_told_with_its_state(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    for hours_ago, level in ((50, 1.0), (26, 6.0)):
        ward.film(patient_id, hours_ago, level)
    flags.resolve(1, reason="seen", actor="Dr Ito", site=ward.site)
    assert "▲ large rise, resolved; film of 28 Nov 2026, 12:05" in text_of(ward, patient_id)


def test_a_flag_that_somebody_deals_with_comes_before_newer_closed_ones(ward: WardSite) -> None:
    patient_id = ward.admit("Okafor^Ada", "A-01")
    for hours_ago, level in ((98, 1.0), (74, 7.0), (2, 4.0)):
        ward.film(patient_id, hours_ago, level)
    flags.acknowledge(1, reason="seen", actor="Dr Ito", site=ward.site)
    flags.resolve(2, reason="done", actor="Dr Ito", site=ward.site)
    text = text_of(ward, patient_id)
    assert text.index("▲ large rise, acknowledged; film of 26 Nov") < text.index("large drop, resolved; film of 29 Nov")


def test_an_unknown_patient(ward: WardSite) -> None:
    with pytest.raises(NotFoundError):
        patient_report(99, site=ward.site)
