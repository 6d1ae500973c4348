"""Flags in step with the films: opened, withdrawn, opened again; late films, corrections, discharge, another model."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
from film_site import CLEAR, START, WHITE, Bench, dicom
from sqlmodel import select

from core.scoring import cards, registry
from core.types import PatientIdentity
from dashboard.errors import NotAllowedError
from dashboard.services.flags import decisions as flags
from dashboard.services.flags.reasons import REASONS
from dashboard.services.flags.work_list import open_count, work_list
from dashboard.services.patient import census, corrections
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.site import models
from db.engine import read_transaction
from db.errors import ConflictError
from db.models import AuditEntry, FlagCause, FlagState
from db.read_models.lists import list_flags


@pytest.fixture
def stay_id(bench: Bench) -> int:
    """Return an open stay of patient 4711, whose only film so far is clear."""
    film_id = bench.film_id(dicom(CLEAR))
    return bench.admit(bench.film(film_id).patient_id)


def test_a_large_rise_in_an_open_stay_opens_a_flag_with_its_basis(bench: Bench, stay_id: int) -> None:
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.work()

    assert bench.flag_states() == [(white, "rise", "open")]
    flag = bench.flags()[0]
    assert (flag.reference_film_id, flag.model, flag.model_version) == (1, "mean-grey", "1")
    assert flag.change == pytest.approx(2.5, abs=0.02)
    assert flag.basis_data["gap_hours"] == 24
    assert flag.basis_data["reference"] == "recent"
    assert flag.basis_data["p_large_rise"] > 0.9
    assert bench.film(white).stay_id == stay_id


def test_a_late_film_takes_its_place_and_the_flag_after_it_a_new_basis(bench: Bench, stay_id: int) -> None:
    assert stay_id
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.work()
    late = bench.film_id(dicom(CLEAR, hours=12, seed=1))
    bench.work()

    flag = bench.flags()[0]
    assert bench.flag_states() == [(white, "rise", "open")]
    assert (flag.reference_film_id, flag.basis_data["gap_hours"]) == (late, 12)


def test_a_late_film_can_take_a_flag_back_and_its_retraction_brings_it_again(bench: Bench, stay_id: int) -> None:
    assert stay_id
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.work()
    late = bench.film_id(dicom(WHITE, hours=12, seed=1))
    bench.work()

    assert bench.flag_states() == [(white, "rise", "withdrawn"), (late, "rise", "open")]
    withdrawn = bench.flags()[0]
    assert [(step.state.value, step.reason) for step in bench.history(withdrawn)] == [
        ("open", REASONS[FlagCause.SUPPORTED]),
        ("withdrawn", REASONS[FlagCause.MERGED]),
    ]
    corrections.retract(late, reason="wrong patient", actor="Dr A", site=bench.site)
    assert bench.flag_states() == [(white, "rise", "open"), (late, "rise", "withdrawn")]
    assert bench.history(withdrawn)[-1].reason == "supported by the films again"


def test_a_film_of_another_patient_makes_no_lasting_step(bench: Bench, stay_id: int) -> None:
    assert stay_id
    foreign = bench.film_id(dicom(WHITE, hours=24, uid="1.7"))
    bench.work()
    assert bench.flag_states() == [(foreign, "rise", "open")]
    right = bench.film_id(dicom(WHITE, hours=24, uid="1.7", patient="B"))
    bench.work()
    assert bench.states(foreign, right) == ["quarantined", "quarantined"]
    assert bench.flag_states() == [(foreign, "rise", "withdrawn")]

    corrections.retract(foreign, reason="patient B", actor="Dr A", site=bench.site)
    bench.work()
    assert bench.states(right) == ["accepted"]
    assert bench.flag_states() == [(foreign, "rise", "withdrawn")]


def test_a_moved_film_takes_its_flag_off_one_trend_and_onto_the_other(bench: Bench, stay_id: int) -> None:
    assert stay_id
    foreign = bench.film_id(dicom(WHITE, hours=24))
    of_b = bench.film_id(dicom(CLEAR, hours=0, patient="B", seed=2))
    bench.work()
    target = bench.film(of_b).patient_id
    other_stay = bench.admit(target, bed="2")
    corrections.move(foreign, target, reason="wrong worklist", actor="Dr A", site=bench.site)

    assert bench.film(foreign).stay_id == other_stay
    assert bench.flag_states() == [(foreign, "rise", "open")]
    assert bench.flags()[0].reference_film_id == of_b


def test_flags_of_closed_stays_are_resolved_at_once(bench: Bench, stay_id: int) -> None:
    bench.now = START + timedelta(days=3)
    census.discharge(stay_id, at=bench.now, actor="Dr A", site=bench.site)
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.work()

    assert bench.flag_states() == [(white, "rise", "resolved")]
    assert [step.reason for step in bench.history(bench.flags()[0])] == [
        REASONS[FlagCause.SUPPORTED],
        REASONS[FlagCause.STAY_CLOSED],
    ]


def test_discharge_resolves_what_still_asks_for_somebody(bench: Bench, stay_id: int) -> None:
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.work()
    bench.now = START + timedelta(days=2)
    stay = census.discharge(stay_id, at=bench.now, actor="Dr A", site=bench.site)

    assert stay.discharged_at == START + timedelta(days=2)
    assert bench.flag_states() == [(white, "rise", "resolved")]
    last = bench.history(bench.flags()[0])[-1]
    assert (last.actor, last.reason) == ("Dr A", "discharged")


def test_a_film_that_comes_before_the_admission_is_entered_alerts(bench: Bench) -> None:
    clear = bench.film_id(dicom(CLEAR))
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.now = START + timedelta(hours=30)
    bench.work()
    assert bench.flag_states() == [(white, "rise", "open")]

    # Read from an archive it alerts nobody, until the patient turns out to be there.
    bench.now = START + timedelta(days=9)
    old = [bench.film_id(dicom(level, hours=hours, patient="B", seed=3)) for level, hours in ((CLEAR, 0), (WHITE, 24))]
    bench.work()
    assert bench.flag_states()[1] == (old[1], "rise", "resolved")
    assert bench.history(bench.flags()[1])[-1].reason == REASONS[FlagCause.NO_STAY]
    bench.admit(bench.film(old[0]).patient_id)
    assert bench.flag_states() == [(white, "rise", "open"), (old[1], "rise", "open")]
    assert bench.film(clear).stay_id is None


def test_people_acknowledge_snooze_and_resolve(bench: Bench, stay_id: int) -> None:
    bench.film_id(dicom(WHITE, hours=24))
    bench.work()
    flag_id = bench.flags()[0].id or 0
    given = {"actor": "Dr A", "site": bench.site}
    with pytest.raises(NotAllowedError, match="with a reason"):
        flags.acknowledge(flag_id, reason=" ", **given)
    assert flags.acknowledge(flag_id, reason="known effusion", **given).state is FlagState.ACKNOWLEDGED
    with pytest.raises(NotAllowedError, match="later time"):
        flags.snooze(flag_id, until=bench.now, reason="later", **given)
    until = bench.now + timedelta(hours=6)
    assert flags.snooze(flag_id, until=until, reason="after the bronchoscopy", **given).snoozed_until == until

    patient_id = bench.film(1).patient_id
    trend = patient_trend(patient_id, site=bench.site.at(until - timedelta(minutes=1)))
    assert trend.open_flags == ()
    assert len(patient_trend(patient_id, site=bench.site.at(until)).open_flags) == 1
    # A late film that leaves the flag supported leaves the person's decision too.
    bench.film_id(dicom(CLEAR, hours=12, seed=1))
    bench.work()
    assert [flag.state.value for flag in bench.flags()] == ["snoozed"]
    assert flags.resolve(flag_id, reason="drained", **given).state is FlagState.RESOLVED
    with pytest.raises(NotAllowedError, match="resolved already"):
        flags.resolve(flag_id, reason="drained", **given)
    assert stay_id


def test_another_model_withdraws_the_flags_and_scores_anew(
    bench: Bench, stay_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stay_id
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.work()
    bench.wait(minutes=1)
    _next_version(monkeypatch)
    preview = models.preview_activation("mean-grey", site=bench.site)
    done = models.activate("mean-grey", actor="Dr A", site=bench.site)

    assert (preview.version, preview.active_version, preview.n_films) == ("2", "1", 2)
    assert {measure.value: shift.mean for measure, shift in preview.shifts.items()} == {
        "geographic_extent": pytest.approx(0.0),
        "opacity": pytest.approx(0.0),
    }
    assert (done.version, done.films_to_score, done.flags_withdrawn) == ("2", 2, 1)
    assert bench.flag_states() == [(white, "rise", "withdrawn")]
    assert bench.history(bench.flags()[0])[-1].reason == REASONS[FlagCause.OTHER_MODEL]

    bench.work()
    assert [(score.film_id, score.model_version) for score in bench.scores()] == [
        (1, "1"),
        (1, "2"),
        (2, "1"),
        (2, "2"),
    ]
    assert bench.flag_states() == [(white, "rise", "withdrawn"), (white, "rise", "open")]
    trend = patient_trend(bench.film(white).patient_id, site=bench.site)
    assert {one.film.score.model_version for one in trend.trends.values()} == {"2"}


def _next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    import mean_grey  # noqa: PLC0415 - on the import path only while a test runs

    def newer(path: object) -> object:
        return dataclasses.replace(cards.read_card(path), version="2")  # type: ignore[arg-type]

    monkeypatch.setattr(registry, "read_card", newer)
    monkeypatch.setattr(mean_grey, "read_card", newer)


def test_the_census_refuses_what_cannot_be(bench: Bench, stay_id: int) -> None:
    with pytest.raises(ConflictError, match="already in ICU 1, bed 1"):
        bench.admit(bench.film(1).patient_id, bed="2")
    other = census.admit(
        PatientIdentity("B", name="Roe^Ann"), unit="ICU 2", admitted_at=START, actor="Dr A", site=bench.site
    )
    with pytest.raises(ConflictError, match="ICU 1, bed 1 is taken"):
        census.move(other.id or 0, unit="ICU 1", bed="1", actor="Dr A", site=bench.site)
    moved = census.move(other.id or 0, unit="ICU 1", bed="2", actor="Dr A", site=bench.site)
    assert (moved.unit, moved.bed) == ("ICU 1", "2")
    found = census.find("roe", site=bench.site)
    assert [row.patient.name for row in found] == ["Roe^Ann"]
    assert census.open_stay_of(moved.patient_id, site=bench.site) is not None
    bench.wait(hours=1)
    census.discharge(moved.id or 0, at=bench.now, actor="Dr A", site=bench.site)
    assert census.open_stay_of(moved.patient_id, site=bench.site) is None
    assert [row.present for row in census.find("roe", site=bench.site)] == [False]
    with read_transaction(bench.engine) as session:
        actions = [entry.action for entry in session.exec(select(AuditEntry).order_by("id"))]
    assert actions == ["admit", "admit", "move", "discharge"]
    assert stay_id


def test_a_flag_whose_snooze_has_ended_is_listed_as_the_ward_shows_it(bench: Bench, stay_id: int) -> None:
    assert stay_id
    white = bench.film_id(dicom(WHITE, hours=24))
    bench.wait(hours=25)
    bench.work()
    until = bench.now + timedelta(hours=2)
    flags.snooze(bench.flags()[0].id or 0, until=until, reason="later", actor="Dr A", site=bench.site)
    later = until + timedelta(minutes=1)

    def listed(**moment: datetime) -> list[int]:
        with read_transaction(bench.engine) as session:
            return [row.flag.film_id for row in list_flags(**moment, session=session)]

    assert listed(now=bench.now) == listed(as_of=bench.now) == []
    assert listed(now=later) == listed(as_of=later) == [white]
    # By a clock put back since, the snooze ends later than any may: it is void on every list.
    early = until - timedelta(days=8)
    assert listed(now=early) == [white]
    assert open_count(site=bench.site.at(early)) == len(work_list(site=bench.site.at(early))) == 1
    assert open_count(site=bench.site) == len(work_list(site=bench.site)) == 0
