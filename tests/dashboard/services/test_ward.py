"""The board: sickest change on top, and five reasons why a film says nothing, each its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import CLEAR, MEDIUM, START, WHITE, Bench, dicom, png

from core.trend import Saturation
from core.trend.types import Reference, Verdict
from core.types import Measure, PatientIdentity
from dashboard.services.patient import corrections
from dashboard.services.patient.standing import Absence
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.board import Board, BoardRow
from db.models import FilmState


def board(bench: Bench, **given: object) -> Board:
    return ward_board(site=bench.site, **given)  # type: ignore[arg-type]


def rows(bench: Bench, **given: object) -> dict[str, BoardRow]:
    return {row.stay.identifier: row for row in board(bench, **given).rows}


def admitted(bench: Bench, name: str, bed: str, *films: bytes) -> list[int]:
    """Admit a patient and receive the films."""
    ids = [bench.film_id(film) for film in films]
    patient_id = bench.film(ids[0]).patient_id
    bench.admit(patient_id, bed=bed)
    assert bench.film(ids[0]).stated_identifier == name
    return ids


def test_the_sickest_change_is_on_top_and_each_silence_has_its_reason(bench: Bench) -> None:
    plan = {"A": (MEDIUM, MEDIUM), "B": (CLEAR, WHITE), "C": (CLEAR,), "D": (WHITE, CLEAR)}
    for bed, (name, levels) in enumerate(plan.items()):
        films = [
            dicom(level, patient=name, hours=24 * number, seed=10 * bed + number) for number, level in enumerate(levels)
        ]
        admitted(bench, name, str(bed), *films)
    bench.now = START + timedelta(hours=30)
    bench.work()
    shown = board(bench)

    assert [row.stay.identifier for row in shown.rows] == ["B", "D", "C", "A"]
    by_name = {row.stay.identifier: row for row in shown.rows}
    assert by_name["B"].status == "large rise"
    assert [flag.kind.value for flag in by_name["B"].open_flags] == ["rise"]
    assert by_name["B"].level == pytest.approx(4.15, abs=0.01)
    assert by_name["B"].hours_since_last_film == 6
    assert [round(point.value, 1) for point in by_name["B"].series] == [1.7, 4.2]
    # A large drop has its flag, which asks for somebody too.
    assert (by_name["D"].status, by_name["D"].open_flags[0].kind.value) == (
        "large drop; not enough to reduce care",
        "drop",
    )
    assert by_name["C"].status == "first film, nothing to compare with"
    assert by_name["A"].status == "no real change"
    assert shown.card is not None
    assert (shown.card.model, shown.units, shown.unplaced) == ("mean-grey", ("ICU 1",), {})
    assert by_name["A"].saturation is Saturation.NONE


def test_not_assessable_is_never_unchanged(bench: Bench) -> None:
    first = bench.receive(dicom(CLEAR, patient="A"))
    bench.admit(first.patient_id or 0)
    assert rows(bench)["A"].status == "only film waiting for its checks"
    bench.work()
    assert rows(bench)["A"].status == "first film, nothing to compare with"

    bench.film_id(dicom(CLEAR, patient="A", hours=12, seed=1))
    row = rows(bench)["A"]
    assert (row.status, row.rank) == ("newest film waiting for its checks", 3)
    bench.work()
    assert rows(bench)["A"].status == "no real change"

    lateral = bench.film_id(dicom(CLEAR, patient="A", hours=14, seed=2, ViewPosition="LL"))
    broken = bench.receive(dicom(CLEAR, patient="A", hours=13, seed=3))
    bench.site.store.path(broken.content_hash).write_bytes(b"rotten")
    bench.work()
    row = rows(bench)["A"]
    assert row.status.startswith("newest film rejected by a check: ")
    assert [(one.absence, one.count, one.film_ids) for one in row.off_trend] == [
        (Absence.REJECTED, 1, (lateral,)),
        (Absence.FAILED, 1, (broken.film_id,)),
    ]
    assert "damaged" in row.off_trend[1].reasons[0]

    corrections.retract(lateral, reason="a lateral", actor="Dr A", site=bench.site)
    assert rows(bench)["A"].status.startswith("newest film could not be read or scored: ")
    corrections.retract(broken.film_id or 0, reason="damaged", actor="Dr A", site=bench.site)
    assert rows(bench)["A"].status == "no real change"
    bench.now = START + timedelta(days=5, hours=12)
    row = rows(bench)["A"]
    assert (row.status, row.stale, row.hours_since_last_film) == (
        "stale: last film 5 days ago (no real change then)",
        True,
        120,
    )


def test_a_stay_without_films_says_so(bench: Bench) -> None:
    film = bench.receive(dicom(CLEAR, hours=-50))
    bench.admit(film.patient_id or 0)
    bench.work()
    shown = board(bench)

    assert (shown.rows[0].status, shown.rows[0].series, shown.rows[0].change) == ("no film yet", (), None)
    assert shown.unplaced == {FilmState.ACCEPTED: 1}


def test_quarantine_and_a_film_without_time_are_shown_as_such(bench: Bench) -> None:
    first, second = bench.receive(dicom(CLEAR, uid="1.1")), bench.receive(dicom(CLEAR, uid="1.1", patient="B"))
    bench.admit(first.patient_id or 0)
    undated = bench.film_id(png(WHITE, seed=4), identity=PatientIdentity("4711"))
    bench.work()

    assert rows(bench)["4711"].status.startswith("only film set aside until a person decides: The same film (UID)")
    trend = patient_trend(first.patient_id or 0, site=bench.site)
    assert trend.not_on_trend[undated] == "without a time"
    assert trend.not_on_trend[first.film_id or 0].startswith("set aside until a person decides")
    assert trend.trends == {}
    assert second.film_id not in trend.not_on_trend


def test_the_board_as_it_stood(bench: Bench) -> None:
    clear, white = admitted(bench, "A", "1", dicom(CLEAR, patient="A"), dicom(CLEAR, patient="A", hours=5, seed=1))
    bench.work()
    noon = bench.now
    bench.wait(hours=24)
    late = bench.film_id(dicom(WHITE, patient="A", hours=20, seed=2))
    bench.work()

    assert rows(bench)["A"].status == "large rise"
    then = rows(bench, as_of=noon)["A"]
    assert (then.status, then.open_flags, [p.film_id for p in then.series]) == ("no real change", (), [clear, white])
    trend = patient_trend(bench.film(late).patient_id, as_of=noon, site=bench.site)
    assert set(trend.trends) == {clear, white}


def test_another_reference_and_measure(bench: Bench) -> None:
    admitted(
        bench,
        "A",
        "1",
        dicom(CLEAR, patient="A"),
        dicom(WHITE, patient="A", hours=72, seed=1),
        dicom(WHITE, patient="A", hours=80, seed=2),
    )
    bench.now = START + timedelta(hours=81)
    bench.work()

    recent = rows(bench)["A"].change
    previous = rows(bench, reference=Reference.PREVIOUS)["A"].change
    three_days = rows(bench, reference=Reference.HOURS_72, measure=Measure.OPACITY)["A"].change
    assert recent is not None
    assert previous is not None
    assert three_days is not None
    # The second white film confirms the first, and is like it.
    assert recent.verdict is Verdict.LARGE_RISE
    assert previous.verdict is Verdict.NO_REAL_CHANGE
    assert (three_days.verdict, three_days.measure, three_days.gap_hours) == (
        Verdict.LARGE_RISE,
        Measure.OPACITY,
        80,
    )


def test_before_any_model_there_is_no_verdict(bench: Bench) -> None:
    admitted(bench, "A", "1", dicom(CLEAR, patient="A"))
    before = START - timedelta(minutes=1)
    assert board(bench, as_of=before).card is None
    assert board(bench, as_of=before).rows == () or rows(bench, as_of=before)["A"].change is None
