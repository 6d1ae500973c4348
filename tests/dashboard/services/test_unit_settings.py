"""Settings of units: checked, saved with who and when, used for the unit's films, and their effect shown before."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from film_site import START, Bench
from flag_scenes import OPEN, Scene

from core.trend.types import FlagKind, Reference, TrendPolicy
from dashboard.errors import ConfigurationError, NotAllowedError
from dashboard.services.flags import decisions as flags
from dashboard.services.flags.reasons import REASONS
from dashboard.services.flags.work_list import work_list
from dashboard.services.patient import census
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.units import saving as units
from dashboard.services.units.preview import preview
from dashboard.services.units.settings import AS_THE_SITE, UnitSettings, WallNames, unit_settings
from dashboard.services.ward.assembly import ward_board
from db.models import FlagCause
from db.repositories import key

DR = "Dr A"


@pytest.fixture
def scene(bench: Bench) -> Scene:
    """Return an empty site."""
    return Scene(bench)


def save(scene: Scene, settings: UnitSettings, unit: str = "ICU 1", reason: str = "trial") -> units.Saved:
    bench = scene.bench
    return units.save(unit, settings, actor=DR, reason=reason, site=bench.site)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"important_geographic_extent": 9},
            "important_geographic_extent is 9: input should be less than or equal to 8",
        ),
        ({"important_opacity": 0}, "important_opacity is 0: input should be greater than 0"),
        ({"p_rise": 1}, "p_rise is 1: input should be less than 1"),
        ({"p_large": 0.3}, "p_large is 0.3: input should be greater than or equal to 0.5"),
        ({"stale_after_hours": 721}, "stale_after_hours is 721: input should be less than or equal to 720"),
        ({"references_shown": ("last year",)}, "input should be 'recent'"),
        ({"quiet_from": time(22)}, "quiet hours need a start and an end, for example 22:00-06:00"),
        ({"quiet_from": time(6), "quiet_until": time(6)}, "Expected two different times|expected two different times"),
        ({"overdue_after_minutes": 0}, "overdue_after_minutes is 0: input should be greater than 0"),
        ({"wall_names": "all"}, "wall_names is all: input should be 'full', 'initials' or 'none'"),
        ({"loudness": 3}, "loudness is 3: extra inputs are not permitted"),
    ],
)
def test_what_cannot_hold_is_refused_with_what_was_expected(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        unit_settings(**values)


def test_a_unit_sets_some_things_and_leaves_the_rest_to_the_site() -> None:
    site = TrendPolicy(p_large=0.8, stale_after_hours=36)
    own = unit_settings(important_geographic_extent=2, references_shown=("72_h", "previous", "72_h"))
    assert own.policy(site) == TrendPolicy(important_geographic_extent=2.0, p_large=0.8, stale_after_hours=36)
    # The comparison that flags rest on is always shown.
    assert own.references == (Reference.RECENT, Reference.PREVIOUS, Reference.HOURS_72)
    assert own.in_words == (
        "Smallest important change, geographic extent: 2.0; References shown: recent level, previous film, 72 h"
    )
    assert AS_THE_SITE.policy(site) == site


def test_what_a_unit_sets_for_its_wall_comes_back_and_changes_no_verdict(scene: Scene) -> None:
    assert (AS_THE_SITE.overdue_after, AS_THE_SITE.names_on_wall) == (timedelta(minutes=30), WallNames.INITIALS)
    save(scene, unit_settings(overdue_after_minutes=15, wall_names="none"))
    stored = units.settings_of("ICU 1", site=scene.bench.site)
    assert (stored.overdue_after, stored.names_on_wall) == (timedelta(minutes=15), WallNames.NONE)
    assert stored.in_words == "Large rise stands out more after minutes: 15.0; Names on the wall screen: beds only"
    assert stored.policy(TrendPolicy()) == TrendPolicy()
    assert AS_THE_SITE.references == tuple(Reference)
    assert AS_THE_SITE.in_words == "nothing: all as the site"
    assert all(field.title and field.description for field in UnitSettings.model_fields.values())


def test_the_units_policy_decides_and_its_change_brings_the_flags_in_step(scene: Scene) -> None:
    anna, _ = scene.admit("1", unit="ICU 1")
    berta, _ = scene.admit("2", unit="ICU 2")
    ids = []
    for patient_id in (anna, berta):
        scene.film(patient_id, 0, 1.0)
        ids.append(scene.film(patient_id, 24, 4.0))
    assert scene.standing() == [(ids[0], "rise", OPEN), (ids[1], "rise", OPEN)]
    saved = save(scene, unit_settings(important_geographic_extent=4))
    assert (saved.unit, saved.patients) == ("ICU 1", 1)
    assert scene.standing() == [(ids[0], "rise", "withdrawn"), (ids[1], "rise", OPEN)]
    assert scene.life(ids[0])[-1] == ("withdrawn", REASONS[FlagCause.SETTINGS_CHANGED])
    # What the screens show follows the same policy, each unit its own.
    board = ward_board(site=scene.bench.site)
    assert {row.stay.unit: row.change and row.change.verdict.value for row in board.rows} == {
        "ICU 1": "rise",
        "ICU 2": "large_rise",
    }
    trend = patient_trend(anna, site=scene.bench.site)
    change = trend.trends[ids[0]].changes[0]
    assert (change.verdict.value, trend.policy.important_geographic_extent) == ("rise", 4.0)
    save(scene, AS_THE_SITE, reason="as the others")
    assert scene.standing()[0] == (ids[0], "rise", OPEN)
    history = units.settings_history("ICU 1", site=scene.bench.site)
    assert [(one.actor, one.reason, one.settings.important_geographic_extent) for one in history] == [
        (DR, "as the others", None),
        (DR, "trial", 4.0),
    ]


def test_references_by_their_former_names_are_known() -> None:
    own = unit_settings(references_shown=("lowest level of the stay", "Highest-level-of-the-stay", "ICU admission"))
    assert own.references == (Reference.RECENT, Reference.ADMISSION, Reference.LOWEST, Reference.HIGHEST)
    said = "recent level, ICU admission, lowest level of the stay, highest level of the stay"
    assert own.in_words == f"References shown: {said}"


def test_which_references_are_shown_changes_no_flag(scene: Scene) -> None:
    anna, _ = scene.admit()
    for day, level in enumerate((1.0, 4.0, 4.0)):
        scene.film(anna, 24 * day, level)
    before, steps = scene.standing(), scene.n_steps()
    save(scene, unit_settings(references_shown=("previous",)))
    assert (scene.standing(), scene.n_steps()) == (before, steps)
    trend = patient_trend(anna, site=scene.bench.site)
    assert trend.references == (Reference.RECENT, Reference.PREVIOUS)


def test_a_stay_that_moves_takes_the_settings_of_its_new_unit(scene: Scene) -> None:
    anna, stay_id = scene.admit(unit="ICU 1")
    save(scene, unit_settings(important_geographic_extent=4), unit="ICU 2")
    scene.film(anna, 0, 1.0)
    flagged = scene.film(anna, 24, 4.0)
    census.move(stay_id, unit="ICU 2", bed="1", actor=DR, site=scene.bench.site)
    assert scene.standing() == [(flagged, "rise", "withdrawn")]
    assert scene.life(flagged)[-1] == ("withdrawn", REASONS[FlagCause.STAY_MOVED])


def test_quiet_hours_mark_a_flag_and_hold_nothing_back(scene: Scene) -> None:
    save(scene, unit_settings(quiet_from=time(22), quiet_until=time(6)))
    anna, _ = scene.admit("1")
    berta, _ = scene.admit("2", bed="2")
    # START is 08:00 UTC, the site's clock too; 15 h later it is 23:00.
    scene.film(anna, 0, 5.0)
    scene.film(berta, 0, 1.0)
    dropped, rose = scene.film(anna, 15, 1.0), scene.film(berta, 15, 5.0)
    until = datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert (scene.flag(dropped).quiet_until, scene.flag(rose).quiet_until) == (until, None)
    entries = work_list(site=scene.bench.site)
    assert [(entry.row.flag.film_id, entry.state.value, entry.quiet_until) for entry in entries] == [
        (rose, OPEN, None),
        (dropped, OPEN, until),
    ]
    later = work_list(site=scene.bench.site.at(until))
    assert [one.quiet_until for one in later] == [None, None]


def test_a_flag_that_opens_again_in_quiet_hours_is_marked_too(scene: Scene) -> None:
    anna, _ = scene.admit()
    scene.film(anna, 0, 8.0)
    dropped = scene.film(anna, 10, 5.0)
    save(scene, unit_settings(quiet_from=time(22), quiet_until=time(6)))
    flag_id = key(scene.flag(dropped))
    flags.acknowledge(flag_id, reason="better", actor=DR, site=scene.bench.site)
    assert scene.flag(dropped).quiet_until is None
    scene.film(anna, 16, 2.0)
    flag = scene.flag(dropped)
    assert (flag.state.value, flag.quiet_until) == (OPEN, datetime(2026, 3, 2, 6, tzinfo=UTC))


def test_who_saves_says_why_and_changes_something(scene: Scene) -> None:
    with pytest.raises(NotAllowedError, match="by a person, with a reason"):
        save(scene, unit_settings(p_rise=0.9), reason=" ")
    with pytest.raises(NotAllowedError, match="has these settings already"):
        save(scene, AS_THE_SITE)
    with pytest.raises(NotAllowedError, match="belong to a unit"):
        save(scene, unit_settings(p_rise=0.9), unit=" ")
    save(scene, unit_settings(p_rise=0.9))
    assert units.known_units(site=scene.bench.site) == ("ICU 1",)
    assert units.settings_of("ICU 1", site=scene.bench.site).p_rise == 0.9
    assert units.settings_of("ICU 7", site=scene.bench.site) == AS_THE_SITE


def test_the_preview_counts_what_both_settings_would_have_raised(scene: Scene) -> None:
    anna, stay_id = scene.admit("1", hours=-24 * 40)
    berta, _ = scene.admit("2", bed="2", unit="ICU 2")
    # Ten days ago in the end: one rise before the window, then a climb of two steps, and back.
    for day, level in ((-35, 1.0), (-34, 5.0), (-33, 1.0), (-10, 3.0), (-9, 6.0), (-8, 1.0)):
        scene.film(anna, 24 * day, level, at=0)
    scene.film(berta, 0, 1.0, at=0)
    scene.film(berta, 1, 7.0, at=1)
    scene.bench.now = START
    steps = scene.n_steps()
    effect = preview("ICU 1", unit_settings(important_geographic_extent=2.85), site=scene.bench.site)
    assert (effect.n_stays, effect.n_films) == (1, 3)
    assert effect.present.by_kind == {FlagKind.RISE: 1, FlagKind.DROP: 1, FlagKind.LOOK: 0}
    # The climb of 3 is no longer large; the drop of 3.5 from the level before is (0.9 x 3.5 - 0.52 x 0.5 > 2.85).
    assert effect.proposed.by_kind == {FlagKind.RISE: 0, FlagKind.DROP: 1, FlagKind.LOOK: 0}
    assert effect.present.patient_days == pytest.approx(30.0)
    assert effect.proposed.per_100_patient_days == pytest.approx(100 / 30)
    assert effect.text == (
        "Over the last 30 days of ICU 1 (30.0 patient-days, 3 films): 2 flags (rise 1, drop 1), 6.7 per 100 "
        "patient-days with the present settings, 1 flag (drop 1), 3.3 per 100 patient-days with the proposed ones."
    )
    assert scene.n_steps() == steps
    empty = preview("ICU 9", AS_THE_SITE, site=scene.bench.site)
    assert empty.text == "No scored film in ICU 9 in the last 30 days: the effect is not known."
    assert empty.present.per_100_patient_days is None
    discharged_at = START - timedelta(days=20)
    census.discharge(stay_id, at=discharged_at, actor=DR, site=scene.bench.site)
    cut = preview("ICU 1", AS_THE_SITE, site=scene.bench.site)
    assert cut.present.patient_days == pytest.approx(10.0)
