"""Films of wrong clocks, from receipt to board, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from film_factory import dicom_bytes
from film_site import START, Bench, dicom, make_bench, picture, prepared
from sqlalchemy import text

from core.types import TimeDoubt, TimePrecision
from dashboard.errors import NotAllowedError
from dashboard.services.flags.decisions import acknowledge, resolve, snooze
from dashboard.services.flags.life import wake_all
from dashboard.services.patient import census, corrections
from dashboard.services.patient.standing import Absence, is_open
from dashboard.services.patient.trends import lock_patients
from dashboard.services.receiving import film_time
from dashboard.services.receiving.receive import receive_film
from dashboard.services.site.doctor import Finding, examine
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.board import BoardRow
from dashboard.wording.facts import doubt_text, doubts_text
from db.engine import create_engine, transaction
from db.models import Film, FilmState, FlagCause
from db.repositories import flags

DR = "Dr A"
WELL, SICK = 0.2, 1.0
"""Brightness: so far apart that the change is large beyond doubt, though the position is not stated."""


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Return a site where patient 4711 lies in ICU 1 with a clear film and then a white one, which is flagged."""
    return prepared(bench, _flag)


def _flag(bench: Bench) -> None:
    first = bench.film_id(dicom(WELL))
    bench.admit(bench.film(first).patient_id)
    bench.film_id(dicom(SICK, hours=24))
    bench.work()
    assert bench.flag_states() == [(2, "rise", "open")]


def arrive(
    bench: Bench, brightness: float, *, taken: float, came: float, since: float | None = None, **tags: str
) -> Film:
    """Let a film that says it was taken `taken` hours after START come `came` hours after it."""
    bench.now = START + timedelta(hours=came)
    source = dicom(brightness, hours=taken, seed=abs(round(came * 10)), **tags)
    began = None if since is None else START + timedelta(hours=since)
    film_id = receive_film(source, since=began, actor="tests", site=bench.site).film_id
    assert film_id is not None
    bench.work()
    return bench.film(film_id)


def row_of(bench: Bench) -> BoardRow:
    (row,) = ward_board(site=bench.site).rows
    return row


@pytest.mark.parametrize("ahead", [62 / 60, 12, 24])
def test_a_film_from_ahead_stands_at_its_receipt_and_leaves_the_flag_open(bench: Bench, ahead: float) -> None:
    film = arrive(bench, WELL, taken=36 + ahead, came=36)
    assert (film.state, film.time_doubt) == (FilmState.ACCEPTED, TimeDoubt.AHEAD)
    assert (film.acquired_at, film.stated_at) == (bench.now, bench.now + timedelta(hours=ahead))
    assert bench.flag_states() == [(2, "rise", "open")]
    row = row_of(bench)
    assert row.series[-1].film_id == film.id
    assert row.change is not None
    assert (row.change.verdict.value, row.open_flags[0].kind.value) == ("cannot_tell", "rise")
    assert [one.film_id for one in row.in_doubt] == [film.id]
    assert row.hours_since_last_film == 0
    after = arrive(bench, SICK, taken=37, came=37.1)
    assert row_of(bench).series[-1].film_id == after.id, "a film from ahead is not the newest one for ever"


def test_the_words_say_how_far_the_clock_is_ahead(bench: Bench) -> None:
    arrive(bench, WELL, taken=36 + 62 / 60, came=36)
    assert doubt_text(row_of(bench).in_doubt[0]) == "time in doubt: device clock 1 h 02 min ahead"
    arrive(bench, WELL, taken=40.5, came=40)
    assert doubt_text(row_of(bench).in_doubt[0]) == "time in doubt: device clock 30 min ahead"


def test_a_film_from_ahead_raises_a_rise(bench: Bench) -> None:
    arrive(bench, WELL, taken=36, came=36.1)
    assert bench.flag_states() == [(2, "rise", "resolved"), (3, "drop", "open")]
    film = arrive(bench, SICK, taken=50, came=48)
    assert film.time_doubt is TimeDoubt.AHEAD
    assert bench.flag_states()[-1] == (film.id, "rise", "open")


def test_within_the_tolerance_nothing_is_in_doubt(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=36 + 9 / 60, came=36)
    assert (film.time_doubt, film.stated_at, film.acquired_at) == (None, None, bench.now + timedelta(minutes=9))
    assert row_of(bench).hours_since_last_film == 0


@pytest.mark.parametrize("taken", [36 + 24.1, 36 + 365 * 24, -50 * 365 * 24])
def test_a_time_that_cannot_be_sets_the_film_aside_by_name(bench: Bench, taken: float) -> None:
    film = arrive(bench, WELL, taken=taken, came=36)
    assert (film.state, film.time_doubt, film.acquired_at) == (FilmState.QUARANTINED, TimeDoubt.IMPOSSIBLE, None)
    assert film.stated_at == START + timedelta(hours=taken)
    row = row_of(bench)
    assert (row.newest_absence, row.behind) == (Absence.IMPOSSIBLE_TIME, True)
    assert "correct the film's time" in row.status
    assert bench.flag_states() == [(2, "rise", "open")]
    with pytest.raises(NotAllowedError, match="cannot be overruled"):
        corrections.overrule(film.id or 0, actor=DR, site=bench.site)


def test_a_film_set_aside_before_the_admission_is_named_on_the_row(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=36 + 365 * 24, came=36, patient="9")
    assert film.stay_id is None
    stay_id = bench.admit(film.patient_id, bed="2", hours=30)
    rows = {row.stay.stay_id: row for row in ward_board(site=bench.site).rows}
    assert rows[stay_id].newest_absence is Absence.IMPOSSIBLE_TIME


def test_no_film_is_taken_before_the_patients_birth(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=36, came=36.1, PatientBirthDate="20260310", patient="new")
    assert film.time_doubt is TimeDoubt.IMPOSSIBLE
    assert "before the patient's birth" in film.reason


def test_a_person_corrects_the_time_and_the_film_takes_its_place_with_a_trace(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=36 + 365 * 24, came=36)
    at = START + timedelta(hours=35)
    film_time.correct_time(film.id or 0, acquired_at=at, reason="year", actor=DR, site=bench.site)
    bench.work()
    film = bench.film(film.id or 0)
    assert (film.state, film.acquired_at, film.time_doubt) == (FilmState.ACCEPTED, at, None)
    assert film.stated_at == START + timedelta(hours=36 + 365 * 24)
    # It is sure now, so the level has come back.
    assert bench.flag_states() == [(2, "rise", "resolved"), (film.id, "drop", "open")]
    assert bench.way(film.id or 0) == ["quarantined", "quarantined", "received", "accepted"]


def test_a_film_whose_time_cannot_be_waits_for_it_however_it_came_back(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=36 + 365 * 24, came=36)
    by = {"actor": DR, "site": bench.site}
    corrections.retract(film.id or 0, reason="wrong", **by)
    corrections.undo_retraction(film.id or 0, **by)
    bench.work()
    film = bench.film(film.id or 0)
    assert (film.state, film.time_doubt, film.acquired_at) == (FilmState.QUARANTINED, TimeDoubt.IMPOSSIBLE, None)
    assert row_of(bench).newest_absence is Absence.IMPOSSIBLE_TIME
    assert bench.flag_states() == [(2, "rise", "open")]


@pytest.mark.parametrize("at", [37.0, -60 * 365 * 24.0])
def test_a_corrected_time_must_be_possible_itself(bench: Bench, at: float) -> None:
    film = arrive(bench, WELL, taken=36 + 12, came=36)
    with pytest.raises(NotAllowedError, match="cannot have been taken"):
        film_time.correct_time(
            film.id or 0, acquired_at=START + timedelta(hours=at), reason="typed", actor=DR, site=bench.site
        )
    assert bench.film(film.id or 0).time_doubt is TimeDoubt.AHEAD


def test_correcting_a_time_needs_a_reason_and_a_film_that_takes_part(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=48, came=36)

    def correct(reason: str) -> None:
        film_time.correct_time(film.id or 0, acquired_at=START, reason=reason, actor=DR, site=bench.site)

    with pytest.raises(NotAllowedError, match="with a reason"):
        correct(" ")
    corrections.retract(film.id or 0, reason="wrong", actor=DR, site=bench.site)
    with pytest.raises(NotAllowedError, match=r"is retracted \(wrong\)\. Undo the retraction first"):
        correct("clock")
    bench.film_id(dicom(SICK, hours=24, StudyDescription="sent again"))
    bench.work()
    with pytest.raises(NotAllowedError, match=r"stored as film 2\. Correct the time of that one: this copy is not"):
        correct_time(bench, 4, hours=20)


def test_a_film_under_a_clock_that_is_behind_is_marked_and_its_rise_is_flagged(bench: Bench) -> None:
    arrive(bench, WELL, taken=36, came=36.1)
    arrive(bench, WELL, taken=48, came=48.1)
    late = arrive(bench, SICK, taken=42, came=50)
    assert (late.time_doubt, late.acquired_at) == (TimeDoubt.LATE, START + timedelta(hours=42))
    assert (late.id, "rise", "open") in bench.flag_states()
    row = row_of(bench)
    assert [doubt_text(one) for one in row.in_doubt] == ["late, or clock behind"]
    assert [flag.film_id for flag in row.open_flags] == [late.id]
    sure = arrive(bench, WELL, taken=60, came=60.1)
    assert (late.id, "rise", "resolved") in bench.flag_states()
    assert sure.time_doubt is None


def test_films_of_one_delivery_are_not_late_beside_each_other(bench: Bench) -> None:
    newer = arrive(bench, WELL, taken=40, came=48, since=48)
    older = arrive(bench, WELL, taken=30, came=48.1, since=48)
    alone = arrive(bench, WELL, taken=32, came=48.2)
    assert [film.time_doubt for film in (newer, older, alone)] == [None, None, TimeDoubt.LATE]


def test_the_future_is_no_time_of_an_admission_or_a_discharge(bench: Bench) -> None:
    ahead = bench.now + timedelta(minutes=11)
    stay = census.open_stay_of(1, site=bench.site)
    assert stay is not None
    with pytest.raises(NotAllowedError, match="The discharge lies ahead"):
        census.discharge(stay.id or 0, at=ahead, actor=DR, site=bench.site)
    census.discharge(stay.id or 0, at=bench.now, actor=DR, site=bench.site)
    with pytest.raises(NotAllowedError, match="The admission lies ahead"):
        census.admit(1, unit="ICU 1", admitted_at=ahead, actor=DR, site=bench.site)


def test_a_snooze_of_a_clock_that_was_a_year_ahead_is_void(bench: Bench) -> None:
    flag = bench.flags()[0]
    year = bench.now + timedelta(days=365)
    snooze(flag.id or 0, until=year + timedelta(hours=4), reason="x", actor=DR, site=bench.site.at(year))
    assert wake_all(site=bench.site) == 1
    assert bench.flag_states() == [(2, "rise", "open")]
    until = bench.now + timedelta(hours=4)
    snooze(flag.id or 0, until=until, reason="x", actor=DR, site=bench.site)
    assert wake_all(site=bench.site) == 0
    row = row_of(bench)
    assert (row.open_flags, len(row.seen_flags)) == ((), 1)
    assert is_open(dataclasses.replace(row.seen_flags[0], snoozed_until=year), bench.now)


def test_doctor_names_the_device_whose_clock_is_ahead(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(bench, WELL, taken=36 + 62 / 60, came=36, StationName="XR-3")
    arrive(bench, WELL, taken=40, came=40.1, StationName="XR-4")
    monkeypatch.setattr("dashboard.services.site.doctor.utc_now", lambda: bench.now)
    found = {one.subject: one for one in examine(bench.settings)}
    assert found["clock of XR-3"] == Finding(
        "clock of XR-3",
        sound=False,
        text="its clock is about 62 min ahead of this machine's (1 film in 30 days); farthest ahead 1 h: set the "
        "device's clock, or the site's zone",
    )
    assert found["clock of XR-4"].sound
    assert "6 min after the time they state" in found["clock of XR-4"].text
    for hours in range(41, 46):
        arrive(bench, WELL, taken=hours, came=hours + 0.1, StationName="XR-3")
    set_right = next(one for one in examine(bench.settings) if one.subject == "clock of XR-3")
    assert set_right == Finding(
        "clock of XR-3",
        sound=True,
        text="its films come about 6 min after the time they state (6 films in 30 days); was up to 1 h ahead before "
        "its last films",
    )
    monkeypatch.setattr("dashboard.services.site.doctor.utc_now", lambda: bench.now - timedelta(days=2))
    assert "which now says" in {one.subject: one for one in examine(bench.settings)}["clock of this machine"].text


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu"])
def test_a_film_of_the_day_of_an_evening_admission_is_on_the_row(bench: Bench, zone: str) -> None:
    site = dataclasses.replace(bench.site, settings=bench.settings.model_copy(update={"site_zone": zone}))
    evening = datetime(2026, 3, 4, 20, tzinfo=ZoneInfo(zone))
    bench.now = evening.astimezone(UTC) + timedelta(hours=3)

    def of_day(day: str, seed: int) -> int:
        source = dicom_bytes(
            picture(WELL, seed),
            SOPInstanceUID=f"1.2.{seed}",
            PatientID="9",
            AcquisitionDate=day,
            AcquisitionTime=None,
            ViewPosition="AP",
        )
        return receive_film(source, actor="tests", site=site).film_id or 0

    film_id = of_day("20260304", 9)
    film = bench.film(film_id)
    assert film.time_precision is TimePrecision.DAY
    stay = census.admit(film.patient_id, unit="ICU 2", admitted_at=evening, actor=DR, site=site)
    assert bench.film(film_id).stay_id == stay.id
    assert bench.film(of_day("20260304", 10)).stay_id == stay.id
    assert bench.film(of_day("20260303", 11)).stay_id is None


@pytest.mark.parametrize("behind_hours", [5 + 36, 1000 * 24])
def test_a_film_dated_before_the_stay_it_came_in_is_named_on_the_row(bench: Bench, behind_hours: float) -> None:
    film = arrive(bench, SICK, taken=36 - behind_hours, came=36)
    assert (film.time_doubt, film.stay_id) == (TimeDoubt.LATE, None)
    row = row_of(bench)
    assert [one.film_id for one in row.in_doubt] == [film.id]
    assert doubts_text(row.in_doubt) == ["1 film dated before the admission: late, or clock behind"]
    asked = {"actor": DR, "site": bench.site}
    corrections.retract(film.id or 0, reason="wrong patient", **asked)
    assert row_of(bench).in_doubt == ()
    corrections.undo_retraction(film.id or 0, **asked)
    film_time.correct_time(film.id or 0, acquired_at=bench.now, reason="clock", actor=DR, site=bench.site)
    assert (bench.film(film.id or 0).stay_id, row_of(bench).in_doubt) == (row.stay.stay_id, ())


def test_a_time_corrected_to_outside_every_stay_says_so(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=48, came=36)
    done = film_time.correct_time(
        film.id or 0, acquired_at=START - timedelta(days=3), reason="old film", actor=DR, site=bench.site
    )
    assert done.reason == "At this time the patient was in no stay, so the film is on no board."


def test_a_film_that_came_while_this_machines_clock_was_behind_can_be_mended(bench: Bench) -> None:
    film = arrive(bench, WELL, taken=36, came=36 - 24 * 30)
    assert film.time_doubt is TimeDoubt.IMPOSSIBLE
    bench.now = START + timedelta(hours=37)
    at = START + timedelta(hours=36)
    film_time.correct_time(film.id or 0, acquired_at=at, reason="server", actor=DR, site=bench.site)
    bench.work()
    film = bench.film(film.id or 0)
    assert (film.state, film.acquired_at, film.time_doubt) == (FilmState.ACCEPTED, at, None)


def test_moving_a_film_whose_time_cannot_be_skips_no_check(bench: Bench) -> None:
    other = bench.film(bench.film_id(dicom(WELL, patient="9", hours=30))).patient_id
    bench.work()
    film = arrive(bench, WELL, taken=36 + 365 * 24, came=36)
    corrections.move(film.id or 0, other, reason="his", actor=DR, confirmed=True, site=bench.site)
    film = bench.film(film.id or 0)
    assert (film.state, film.time_doubt, film.pixel_hash) == (FilmState.QUARANTINED, TimeDoubt.IMPOSSIBLE, None)
    film_time.correct_time(film.id or 0, acquired_at=bench.now, reason="year", actor=DR, site=bench.site)
    assert bench.film(film.id or 0).state is FilmState.RECEIVED
    bench.work()
    assert bench.film(film.id or 0).pixel_hash is not None


def correct_time(bench: Bench, film_id: int, *, hours: float) -> None:
    film_time.correct_time(
        film_id, acquired_at=START + timedelta(hours=hours), reason="clock", actor=DR, site=bench.site
    )


@pytest.mark.parametrize(
    ("decide", "state", "gone"), [(resolve, "resolved", "resolved"), (acknowledge, "acknowledged", "withdrawn")]
)
def test_another_time_leaves_what_a_person_decided_on_a_flag(
    bench: Bench, decide: Callable[..., object], state: str, gone: str
) -> None:
    flag = bench.flags()[0]
    decide(flag.id or 0, reason="seen", actor=DR, site=bench.site)
    steps = len(bench.history(flag))
    correct_time(bench, 2, hours=24 - 1 / 6)
    assert bench.flag_states() == [(2, "rise", state)]
    assert len(bench.history(flag)) == steps
    # Before the film that it rose from there is no rise any more; what is closed stays closed.
    correct_time(bench, 2, hours=-0.5)
    assert (2, "rise", gone) in bench.flag_states()
    expected = FlagCause.FILM_TIME_CORRECTED if gone == "withdrawn" else FlagCause.PERSON
    assert bench.history(flag)[-1].cause is expected


def test_a_corrected_time_keeps_the_mark_of_another_person(bench: Bench) -> None:
    film_id = bench.film_id(dicom(WELL, patient="9", hours=30, PatientSex="M"))
    of_eva = bench.film(bench.film_id(dicom(WELL, patient="8", hours=30, PatientSex="F"))).patient_id
    bench.work()
    corrections.move(film_id, of_eva, reason="hers", actor=DR, confirmed=True, site=bench.site)
    bench.work()
    correct_time(bench, film_id, hours=29)
    film = bench.film(film_id)
    assert (film.acquired_at, film.other_person_by) == (START + timedelta(hours=29), DR)


def test_a_worker_at_the_same_patient_and_a_correction_wait_for_each_other_in_turn(
    postgres_url: str,
    tmp_path: Path,
    mean_grey: None,  # noqa: ARG001 - registered before it is used
) -> None:
    engine = create_engine(postgres_url)
    bench = make_bench(engine, tmp_path / "data")
    patient_id = bench.film(bench.film_id(dicom(WELL))).patient_id
    bench.admit(patient_id)
    film_id = bench.film_id(dicom(SICK, hours=24))
    bench.work()
    corrected = threading.Thread(target=correct_time, args=(bench, film_id), kwargs={"hours": 23.5})
    waits = text("select count(*) from pg_locks where not granted and locktype = 'advisory'")
    with transaction(engine) as session:
        # As a worker does that has scored a film of this patient.
        lock_patients({patient_id}, session=session)
        corrected.start()
        for _ in range(2000):
            if session.scalar(waits):
                break
            time.sleep(0.005)
        session.execute(text("set local lock_timeout = '5s'"))
        found = flags.flags_of_patient(patient_id, for_update=True, session=session)
        assert [flag.film_id for flag in found] == [film_id]
        session.execute(text("select 1 from film for key share"))
    corrected.join(30)
    assert bench.film(film_id).acquired_at == START + timedelta(hours=23.5)
    assert bench.flag_states() == [(film_id, "rise", "open")]
    engine.dispose()
