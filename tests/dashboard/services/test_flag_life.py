"""The life of flags through what happens on a ward, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from film_site import START, Bench
from flag_scenes import OPEN, STANDING, Scene

from core.scoring import cards, registry
from core.scoring.registry import read_scorer_card
from core.types import Measure, ViewPosition
from dashboard.errors import NotAllowedError
from dashboard.services.flags import decisions as flags
from dashboard.services.flags.life import wake_all
from dashboard.services.flags.reasons import REASONS
from dashboard.services.flags.work_list import work_list
from dashboard.services.patient import census, corrections, merging
from dashboard.services.site import models
from dashboard.services.ward.assembly import ward_board
from dashboard.services.worker import process
from dashboard.services.worker.loop import run_worker
from db.models import FilmState, FlagCause
from db.repositories import key

DR = "Dr A"


@pytest.fixture
def scene(bench: Bench) -> Scene:
    """Return an empty site."""
    return Scene(bench)


def acknowledge(scene: Scene, film_id: int, reason: str = "known effusion") -> None:
    flags.acknowledge(key(scene.flag(film_id)), reason=reason, actor=DR, site=scene.bench.site)


def test_a_retracted_film_takes_its_flag_with_it_and_the_later_film_is_judged_anew(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    wrong = scene.film(anna, 24, 5.0)
    later = scene.film(anna, 48, 5.2)
    assert scene.standing() == [(wrong, "rise", OPEN)]
    scene.bench.wait(hours=1)
    corrections.retract(wrong, reason="another patient", actor=DR, site=scene.bench.site)
    assert scene.standing() == [(wrong, "rise", "withdrawn"), (later, "rise", OPEN)]
    assert scene.life(wrong) == [
        (OPEN, REASONS[FlagCause.SUPPORTED]),
        ("withdrawn", "the film was retracted: another patient"),
    ]
    step = scene.bench.history(scene.flag(wrong))[-1]
    assert (step.at, step.actor) == (START + timedelta(hours=49), "lungline")


def test_a_retracted_reference_takes_the_flag_that_rested_on_it(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 4.8)
    low = scene.film(anna, 24, 1.0)
    high = scene.film(anna, 48, 5.0)
    assert scene.standing() == [(low, "drop", "resolved"), (high, "rise", OPEN)]
    assert scene.life(low)[-1] == ("resolved", "A later film rose: the drop no longer stands.")
    corrections.retract(low, reason="a child's film", actor=DR, site=scene.bench.site)
    assert scene.flag(high).state.value == "withdrawn"
    assert scene.life(high)[-1] == ("withdrawn", REASONS[FlagCause.REFERENCE_GONE])
    # A resolved flag is history; what happened to its film stands in the film's own.
    assert scene.flag(low).state.value == "resolved"


def test_a_late_film_takes_its_place_and_the_changed_flag_is_withdrawn_with_that_reason(scene: Scene) -> None:
    anna, _ = scene.admit()
    first = scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    after = scene.film(anna, 48, 2.9)
    assert scene.standing() == [(flagged, "rise", OPEN), (after, "drop", OPEN)]
    late = scene.film(anna, 12, 5.1, at=50)
    assert scene.standing() == [
        (flagged, "rise", "withdrawn"),
        (after, "drop", OPEN),
        (late, "rise", OPEN),
    ]
    assert scene.life(flagged)[-1] == ("withdrawn", REASONS[FlagCause.LATE_FILM])
    assert scene.flag(late).reference_film_id == first


def test_a_late_film_that_leaves_the_flag_supported_gives_it_a_new_basis_and_leaves_the_decision(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    acknowledge(scene, flagged)
    late = scene.film(anna, 12, 1.2, at=26)
    flag = scene.flag(flagged)
    assert (flag.state.value, flag.reference_film_id) == ("acknowledged", late)
    assert flag.change == pytest.approx(5.0 - (1.0 + 1.2) / 2)
    assert scene.life(flagged)[-1] == ("acknowledged", f"new basis: large rise against film {late}")


def test_a_climb_is_one_flag_with_its_films_and_a_further_step_wakes_what_was_acknowledged(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    first = scene.film(anna, 24, 3.0)
    second = scene.film(anna, 48, 5.0)
    assert (scene.standing(), scene.listed(first)) == ([(first, "rise", OPEN)], [first, second])
    acknowledge(scene, first)
    third = scene.film(anna, 72, 7.0)
    fourth = scene.film(anna, 96, 7.1)
    assert scene.standing() == [(first, "rise", OPEN)]
    assert scene.listed(first) == [first, second, third, fourth]
    assert scene.life(first) == [
        (OPEN, REASONS[FlagCause.SUPPORTED]),
        (OPEN, f"also supported by film {second}"),
        ("acknowledged", "known effusion"),
        ("acknowledged", f"also supported by film {third}"),
        (OPEN, f"{REASONS[FlagCause.FURTHER_STEP]}: film {third}"),
        (OPEN, f"also supported by film {fourth}"),
    ]
    # A film that only confirms the level wakes nobody.
    acknowledge(scene, first)
    fifth = scene.film(anna, 120, 7.2)
    assert scene.standing() == [(first, "rise", "acknowledged")]
    assert fifth not in scene.listed(first)


def test_a_late_film_that_shows_an_earlier_beginning_merges_the_flag_that_was_there(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.5)
    late = scene.film(anna, 12, 3.2, at=26)
    assert scene.standing() == [(flagged, "rise", "withdrawn"), (late, "rise", OPEN)]
    assert scene.life(flagged)[-1] == ("withdrawn", REASONS[FlagCause.MERGED])
    assert scene.listed(late) == [flagged, late]


def test_later_films_resolve_a_flag_and_its_end_goes_with_the_film_that_showed_it(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    scene.film(anna, 36, 4.4)
    assert scene.standing() == [(flagged, "rise", OPEN)]
    back = scene.film(anna, 48, 1.3)
    flag = scene.flag(flagged)
    assert (flag.state.value, flag.resolved_by_film_id) == ("resolved", back)
    assert scene.life(flagged)[-1][1].startswith("Geographic extent has come back to 1.3 of 8")
    assert scene.bench.history(flag)[-1].actor == "lungline"
    scene.set_film(back, FilmState.RETRACTED, "wrong patient")
    flag = scene.flag(flagged)
    assert (flag.state.value, flag.resolved_by_film_id) == (OPEN, None)
    assert scene.life(flagged)[-1] == (OPEN, REASONS[FlagCause.NOT_BACK_AFTER_ALL])


def test_after_the_end_another_rise_is_another_flag(scene: Scene) -> None:
    anna, _ = scene.admit()
    levels = (1.0, 5.0, 1.0, 5.0)
    ids = [scene.film(anna, 24 * day, level) for day, level in enumerate(levels)]
    assert scene.standing() == [
        (ids[1], "rise", "resolved"),
        (ids[2], "drop", "resolved"),
        (ids[3], "rise", OPEN),
    ]


def test_what_a_person_has_resolved_comes_back_as_a_new_flag_with_a_further_step_only(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 3.5)
    flags.resolve(key(scene.flag(flagged)), reason="drained", actor=DR, site=scene.bench.site)
    scene.film(anna, 48, 3.6)
    scene.film(anna, 36, 3.4, at=49)
    assert scene.standing() == [(flagged, "rise", "resolved")]
    further = scene.film(anna, 72, 6.0)
    assert scene.standing() == [(flagged, "rise", "resolved"), (further, "rise", OPEN)]
    assert scene.listed(flagged) == [flagged]
    scene.reevaluate(anna)
    assert scene.standing() == [(flagged, "rise", "resolved"), (further, "rise", OPEN)]


def test_a_look_is_answered_by_a_film_taken_like_the_earlier_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    card = read_scorer_card("mean-grey")
    wide = dataclasses.replace(card.noise[Measure.GEOGRAPHIC_EXTENT], sd=2.0)
    mixed = dataclasses.replace(card, mixed_noise={Measure.GEOGRAPHIC_EXTENT: wide})
    monkeypatch.setattr(process, "active_card", lambda *, session: mixed)  # noqa: ARG005 - the name is given
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0, taken=STANDING)
    asked = scene.film(anna, 24, 3.5)
    assert scene.standing() == [(asked, "look", OPEN)]
    assert scene.flag(asked).verdict.value == "cannot_tell"
    answer = scene.film(anna, 48, 1.4, taken=STANDING)
    assert scene.standing() == [(asked, "look", "resolved")]
    assert scene.flag(asked).resolved_by_film_id == answer
    assert scene.life(asked)[-1][1] == ("Answered by a film taken like the earlier one: no real change against it.")


def test_a_snooze_runs_out_by_itself_and_that_is_written_down_as_of_its_end(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    flag_id, until = key(scene.flag(flagged)), scene.bench.now + timedelta(hours=6)
    given = {"actor": DR, "site": scene.bench.site}
    with pytest.raises(NotAllowedError, match="snoozed with a reason"):
        flags.snooze(flag_id, until=until, reason=" ", **given)
    late = scene.bench.now + timedelta(days=7, minutes=1)
    with pytest.raises(NotAllowedError, match="rests for 7 days at most; 2026-03-09 08:01 is later"):
        flags.snooze(flag_id, until=late, reason="never", **given)
    flags.snooze(flag_id, until=until, reason="after the bronchoscopy", **given)
    scene.bench.wait(hours=5, minutes=59)
    assert wake_all(site=scene.bench.site) == 0
    assert scene.standing() == [(flagged, "rise", "snoozed")]
    scene.bench.wait(hours=2)
    assert wake_all(site=scene.bench.site) == 1
    assert wake_all(site=scene.bench.site) == 0
    step = scene.bench.history(scene.flag(flagged))[-1]
    assert (step.state.value, step.at, step.actor, step.reason) == (
        OPEN,
        until,
        "lungline",
        REASONS[FlagCause.SNOOZE_ENDED],
    )


def test_the_worker_opens_what_has_rested_long_enough(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    flags.snooze(
        key(scene.flag(flagged)),
        until=scene.bench.now + timedelta(hours=1),
        reason="later",
        actor=DR,
        site=scene.bench.site,
    )
    scene.bench.wait(hours=2)
    run_worker(once=True, site=scene.bench.site)
    assert scene.life(flagged)[-1] == (OPEN, REASONS[FlagCause.SNOOZE_ENDED])


def test_a_person_who_acts_after_the_snooze_ended_finds_the_flag_open(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    flags.snooze(
        key(scene.flag(flagged)),
        until=scene.bench.now + timedelta(hours=1),
        reason="later",
        actor=DR,
        site=scene.bench.site,
    )
    scene.bench.wait(hours=2)
    acknowledge(scene, flagged, "seen now")
    assert [state for state, _ in scene.life(flagged)] == [OPEN, "snoozed", OPEN, "acknowledged"]


def test_the_program_takes_no_persons_steps(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flag_id = key(scene.flag(scene.film(anna, 24, 5.0)))
    for nobody in (" ", "Lungline"):
        with pytest.raises(NotAllowedError, match="changed by a person"):
            flags.resolve(flag_id, reason="done", actor=nobody, site=scene.bench.site)


def test_another_model_withdraws_the_flags_of_the_old_one_and_opens_its_own(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = scene.admit()
    calm = scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    last = scene.film(anna, 48, 5.0)
    acknowledge(scene, flagged)
    scene.bench.wait(minutes=1)
    _next_version(monkeypatch)
    models.activate("mean-grey", actor=DR, site=scene.bench.site)
    assert scene.standing() == [(flagged, "rise", "withdrawn")]
    assert scene.life(flagged)[-1] == ("withdrawn", REASONS[FlagCause.OTHER_MODEL])
    # The new model sees the rise a day later.
    for film_id, level in ((calm, 1.0), (flagged, 1.2), (last, 5.0)):
        scene.score(film_id, level, version="2")
    assert scene.standing() == [(flagged, "rise", "withdrawn"), (last, "rise", OPEN)]
    assert scene.life(last, version="2") == [(OPEN, REASONS[FlagCause.SUPPORTED])]


def _next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def newer(path: object) -> object:
        return dataclasses.replace(cards.read_card(path), version="2")  # type: ignore[arg-type]

    monkeypatch.setattr(registry, "read_card", newer)


def test_merging_two_records_judges_their_films_together_and_says_so(scene: Scene) -> None:
    anna, berta = scene.patient("1"), scene.patient("2")
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    strayed = scene.film(berta, 12, 4.9)
    assert scene.standing() == [(flagged, "rise", OPEN)]
    merging.merge(berta, anna, actor=DR, site=scene.bench.site)
    assert scene.standing() == [(flagged, "rise", "withdrawn"), (strayed, "rise", OPEN)]
    assert scene.life(flagged)[-1] == ("withdrawn", REASONS[FlagCause.PATIENTS_MERGED])


def test_a_merge_that_brings_stay_and_films_along_leaves_the_decision(scene: Scene) -> None:
    other, stay_id = scene.admit("2")
    scene.film(other, 0, 1.0)
    kept = scene.film(other, 24, 5.0)
    acknowledge(scene, kept)
    anna = scene.bench.film(kept).patient_id
    target, target_stay = scene.admit("1", bed="2", hours=200)
    census.discharge(
        target_stay, at=START + timedelta(hours=201), actor=DR, site=scene.bench.site.at(START + timedelta(hours=201))
    )
    merging.merge(anna, target, actor=DR, site=scene.bench.site)
    # The stay and its films came along together: the decision stands.
    assert (scene.bench.film(kept).patient_id, scene.bench.film(kept).stay_id) == (target, stay_id)
    assert scene.standing() == [(kept, "rise", "acknowledged")]


def test_a_moved_film_begins_anew_with_the_patient_it_shows(scene: Scene) -> None:
    anna, _ = scene.admit("1")
    berta, _ = scene.admit("2", bed="2")
    scene.film(anna, 0, 1.0)
    scene.film(berta, 0, 1.5)
    foreign = scene.film(anna, 24, 5.0)
    after = scene.film(anna, 48, 5.0)
    flags.resolve(key(scene.flag(foreign)), reason="known", actor=DR, site=scene.bench.site)
    corrections.move(foreign, berta, reason="wrong worklist", actor="Dr B", site=scene.bench.site)
    assert scene.standing() == [(foreign, "rise", OPEN), (after, "rise", OPEN)]
    assert scene.life(foreign)[1:] == [
        ("resolved", "known"),
        ("withdrawn", REASONS[FlagCause.FILM_MOVED]),
        (OPEN, "supported by the films again"),
    ]


def test_a_recent_film_without_a_stay_alerts_although_the_event_began_long_ago(scene: Scene) -> None:
    anna = scene.patient("1")
    scene.film(anna, 0, 1.0, at=900)
    begun = scene.film(anna, 24, 3.5, at=900)
    assert scene.standing() == [(begun, "rise", "resolved")]
    assert scene.life(begun)[-1] == ("resolved", REASONS[FlagCause.NO_STAY])
    recent = scene.film(anna, 899, 6.5, at=900)
    assert (scene.standing(), scene.listed(begun)) == ([(begun, "rise", OPEN)], [begun, recent])
    assert scene.life(begun)[-1] == (OPEN, REASONS[FlagCause.RECENT_FILM])


def test_doing_it_twice_changes_nothing(scene: Scene) -> None:
    anna, _ = scene.admit()
    for day, level in enumerate((1.0, 3.5, 6.0, 1.0, 4.0, 4.1)):
        scene.film(anna, 24 * day, level)
    before, steps = scene.standing(), scene.n_steps()
    scene.bench.wait(hours=1)
    scene.reevaluate(anna)
    scene.reevaluate(anna)
    assert (scene.standing(), scene.n_steps()) == (before, steps)


def at_once(*work: Callable[[], object]) -> None:
    """Do things in threads that begin together; raise what any raised."""
    barrier, failures = threading.Barrier(len(work)), []

    def run(one: Callable[[], object]) -> None:
        try:
            barrier.wait(30)
            one()
        except Exception as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_two_workers_at_once_write_each_step_once(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 5.0)
    flag_id = key(scene.flag(flagged))
    flags.snooze(flag_id, until=scene.bench.now + timedelta(hours=1), reason="later", actor=DR, site=scene.bench.site)
    scene.bench.wait(hours=2)
    at_once(*[lambda: wake_all(site=scene.bench.site)] * 3, *[lambda: scene.reevaluate(anna)] * 2)
    assert [state for state, _ in scene.life(flagged)] == [OPEN, "snoozed", OPEN]
    back = scene.film(anna, 48, 1.0)
    # As if the film had just been scored, by two workers at once.
    at_once(*[lambda: scene.reevaluate(anna)] * 3)
    assert [state for state, _ in scene.life(flagged)] == [OPEN, "snoozed", OPEN, "resolved"]
    assert scene.flag(flagged).resolved_by_film_id == back


@pytest.mark.parametrize("reason", sorted({*REASONS.values(), "level came back"}))
def test_whatever_words_a_person_resolves_with_a_later_rise_is_flagged(scene: Scene, reason: str) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    first = scene.film(anna, 24, 3.5)
    flags.resolve(key(scene.flag(first)), reason=reason, actor=DR, site=scene.bench.site)
    scene.film(anna, 36, 3.6)
    assert scene.standing() == [(first, "rise", "resolved")]
    worse = scene.film(anna, 48, 6.5)
    assert scene.standing() == [(first, "rise", "resolved"), (worse, "rise", OPEN)]
    assert [step.cause for step in scene.bench.history(scene.flag(first))][-1] is FlagCause.PERSON


def test_a_person_who_signs_with_the_programs_name_is_refused_and_a_discharge_judges_nothing(scene: Scene) -> None:
    anna, stay_id = scene.admit()
    scene.film(anna, 0, 1.0)
    first = scene.film(anna, 24, 5.0)
    with pytest.raises(NotAllowedError, match="Give your name"):
        flags.resolve(key(scene.flag(first)), reason="seen", actor=" LungLine ", site=scene.bench.site)
    census.discharge(stay_id, at=scene.bench.now, actor=DR, site=scene.bench.site)
    step = scene.bench.history(scene.flag(first))[-1]
    assert (step.state.value, step.actor, step.cause) == ("resolved", DR, FlagCause.DISCHARGED)


def test_a_clock_set_back_does_not_make_an_earlier_step_the_last_one(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    first = scene.film(anna, 24, 3.5)
    behind = scene.bench.now - timedelta(days=30)
    flags.resolve(key(scene.flag(first)), reason="seen", actor=DR, site=scene.bench.site.at(behind))
    worse = scene.film(anna, 48, 6.5)
    assert scene.standing() == [(first, "rise", "resolved"), (worse, "rise", OPEN)]


def test_a_flag_on_films_whose_change_was_never_measured_says_so_first_and_states_no_probability(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = dataclasses.replace(read_scorer_card("mean-grey"), change_views=(ViewPosition.PA,))
    monkeypatch.setattr("dashboard.services.site.scorers.read_scorer_card", lambda _model: card)
    anna, _ = scene.admit()
    scene.film(anna, 0, 1.0)
    first = scene.film(anna, 24, 5.0)
    assert scene.standing() == [(first, "rise", OPEN)]
    (entry,) = work_list(site=scene.bench.site)
    flag = entry.row.flag
    assert flag.basis.startswith("The error that this verdict uses was not measured on films like these (AP supine).")
    assert flag.basis.startswith(flag.reasons.beforehand)
    assert "robability of" not in flag.basis
    stored = scene.flag(first).basis_data
    assert (stored["unmeasured"], stored["p_large_rise"], stored["interval"]) == (["AP supine"], None, None)
    board = ward_board(site=scene.bench.site)
    assert board.unmeasured == ("AP supine",)
