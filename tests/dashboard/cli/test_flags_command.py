"""`lungline flags` and `lungline unit`: the list, the history, decisions, settings and their effect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lungline_command import Lungline
from ward_site import WardSite

from core.types import PatientPosition, TimePrecision, ViewPosition
from dashboard.cli import flags
from dashboard.services.site.opening import Site
from db.engine import transaction
from db.models import FilmState
from db.repositories import stays

BY = ("--by", "Dr Ito")


@pytest.fixture
def rising(ward: WardSite) -> int:
    """Return the film with which a climb over two films begins."""
    patient_id = ward.admit("Rising^Rita", "A-01", number="11-1")
    films = [ward.film(patient_id, hours_ago, level) for hours_ago, level in ((50, 1.0), (26, 4.0), (2, 7.0))]
    return films[1]


def test_the_list_the_decisions_and_the_history(lungline: Lungline, rising: int) -> None:
    (entry,) = lungline("flags", "list", "--json").document["flags"]
    flag_id = entry["row"]["flag"]["flag_id"]
    assert (entry["row"]["flag"]["film_id"], entry["state"]) == (rising, "open")
    assert [film["film_id"] for film in entry["films"]] == [rising, rising + 1]
    table = lungline("flags", "list").out
    assert "A rise on film: look at the patient" in table
    assert "Rising^Rita (11-1)" in table

    done = lungline("flags", "acknowledge", flag_id, *BY, "--reason", "known effusion")
    assert (done.code, done.out) == (0, f"Flag {flag_id} is acknowledged.\n")
    assert lungline("flags", "list", "--json").document == {"flags": [], "films_to_compare_by_eye": []}
    assert "No flag in this state" in lungline("flags", "list", "--state", "snoozed").out
    until = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    snoozed = lungline("flags", "snooze", flag_id, "--until", until, *BY, "--reason", "later", "--json").document
    assert snoozed["state"] == "snoozed"
    listed = lungline("flags", "list", "--state", "snoozed", "--json").document["flags"]
    assert [one["state"] for one in listed] == ["snoozed"]
    assert lungline("flags", "resolve", flag_id, *BY, "--reason", "drained").out == f"Flag {flag_id} is resolved.\n"
    document = lungline("flags", "history", flag_id, "--json").document
    assert [(step["state"], step["actor"], step["reason"]) for step in document["history"]] == [
        ("open", "lungline", "supported by the films"),
        ("open", "lungline", f"also supported by film {rising + 1}"),
        ("acknowledged", "Dr Ito", "known effusion"),
        ("snoozed", "Dr Ito", "later"),
        ("resolved", "Dr Ito", "drained"),
    ]
    history = lungline("flags", "history", flag_id).out
    assert f"Flag {flag_id}, large rise, Rising^Rita (11-1): resolved" in history
    assert "snoozed until 20" in history


def test_the_list_is_of_one_moment_although_time_goes_on(
    lungline: Lungline, ward: WardSite, rising: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    eye = ward.admit("Eye^Eva", "A-02")
    ward.film(eye, 26, 1.0, view=ViewPosition.PA, position=PatientPosition.ERECT)
    by_eye = ward.film(eye, 2, 5.2)
    asked: list[datetime] = []

    def clock() -> datetime:
        asked.append(ward.now + timedelta(hours=len(asked)))
        return asked[-1]

    monkeypatch.setattr(flags, "open_site", lambda _settings: Site.of(ward.settings, ward.engine, clock))
    document = lungline("flags", "list", "--json").document
    assert [entry["row"]["flag"]["film_id"] for entry in document["flags"]] == [rising]
    assert [one["film_id"] for one in document["films_to_compare_by_eye"]] == [by_eye]
    assert asked == [ward.now]


def test_films_of_relative_days_are_listed_by_day_and_steps_by_the_clock(lungline: Lungline, ward: WardSite) -> None:
    zero = ward.now - timedelta(days=2000)
    patient_id = ward.patient("Cohort", "7", day_zero=zero)
    with transaction(ward.engine) as session:
        stays.admit(patient_id, "ICU A", "1", admitted_at=zero, session=session)
    for day, level in ((2, 1.0), (10, 6.0)):
        ward.film(patient_id, (2000 - day) * 24.0, level, precision=TimePrecision.DAY)
    (entry,) = lungline("flags", "list", "--json").document["flags"]
    assert [film["acquired_at"] for film in entry["films"]] == ["day 10"]
    assert entry["history"][0]["at"] == ward.now.isoformat()


def test_what_cannot_be_decided_is_one_sentence(lungline: Lungline, rising: int) -> None:
    assert rising
    refused = lungline("flags", "acknowledge", 1, *BY, "--reason", " ")
    assert (refused.code, "acknowledged with a reason" in refused.err) == (2, True)
    past = lungline("flags", "snooze", 1, "--until", "2020-01-01T00:00", *BY, "--reason", "x")
    assert (past.code, "snoozed until a later time" in past.err) == (2, True)
    assert "no flag with the id 99" in lungline("flags", "history", 99).err
    assert "is not understood" in lungline("flags", "snooze", 1, "--until", "soon", *BY, "--reason", "x").err


def test_unit_settings_are_shown_previewed_saved_and_listed(lungline: Lungline, rising: int) -> None:
    assert rising
    shown = lungline("unit", "settings", "ICU A").out
    assert "important_geographic_extent" in shown
    assert "the site" in shown
    effect = lungline("unit", "settings", "ICU A", "--important-change", 4, "--preview").out
    assert "1 flag (rise 1)" in effect
    assert "0 flags, 0.0 per 100 patient-days with the proposed ones." in effect
    document = lungline("unit", "settings", "ICU A", "--important-change", 4, "--preview", "--json").document
    assert document["effect"]["present"]["by_kind"] == {"rise": 1, "drop": 0, "look": 0}
    assert document["effect"]["proposed_per_100_patient_days"] == 0.0
    assert lungline("unit", "settings", "ICU A", "--history", "--json").document == []

    given = ("--important-change", 4, "--quiet", "22:00-06:00", "--reference", "previous")
    assert "with a reason" in lungline("unit", "settings", "ICU A", *given).err
    saved = lungline("unit", "settings", "ICU A", *given, *BY, "--reason", "trial")
    assert (saved.code, "re-evaluated: 1." in saved.out) == (0, True)
    assert lungline("flags", "list", "--json").document == {"flags": [], "films_to_compare_by_eye": []}
    assert lungline("flags", "list", "--all", "--json").document["flags"][0]["state"] == "withdrawn"
    again = ("--as-site", "important_geographic_extent", "--quiet", "none", *BY, "--reason", "over", "--json")
    settings = lungline("unit", "settings", "ICU A", *again).document
    assert (settings["important_geographic_extent"], settings["quiet_from"]) == (None, None)
    assert settings["references_shown"] == ["recent", "previous"]
    history = lungline("unit", "settings", "ICU A", "--history").out
    own = "Smallest important change, geographic extent: 4.0; References shown: recent level, previous film; Quiet"
    assert own in history
    assert "has never set anything" in lungline("unit", "settings", "ICU 9", "--history").out


@pytest.mark.usefixtures("rising")
def test_a_reference_goes_by_its_code_or_by_its_former_label(lungline: Lungline) -> None:
    for given in ("previous", "previous film", "Previous-Film"):
        document = lungline("ward", "--since", given, "--json").document
        assert (document["since"], [row["change"]["change"] for row in document["rows"]]) == ("previous", [3.0])
    assert lungline("ward", "--json").document["since"] == "recent"
    highest = ("--reference", "highest level of the stay")
    assert lungline("unit", "settings", "ICU A", *highest, *BY, "--reason", "x").code == 0
    assert lungline("unit", "settings", "ICU A", "--json").document["references_shown"] == ["recent", "highest"]
    known = "recent, previous, 24_h, 72_h, admission, lowest, highest"
    for command in (("ward", "--since"), ("unit", "settings", "ICU A", "--reference")):
        refused = lungline(*command, "yesterday")
        said = " ".join(refused.err.replace("│", " ").split())
        assert refused.code == 2
        assert f"'yesterday' is not one of {known}." in said


def test_settings_that_cannot_hold_say_what_was_expected(lungline: Lungline) -> None:
    def refused(*options: object) -> str:
        answer = lungline("unit", "settings", "ICU A", *options, *BY, "--reason", "x")
        assert answer.code == 2
        return answer.err

    assert "Expected two times such as 22:00-06:00" in refused("--quiet", "night")
    assert "less than or equal to 8" in refused("--important-change", 9)
    assert "'volume' is no setting of a unit. Expected one of: important_geographic_extent" in refused(
        "--as-site", "volume"
    )


def test_films_to_compare_by_eye_are_a_list_of_their_own(lungline: Lungline, ward: WardSite) -> None:
    patient_id = ward.admit("Eye^Eva", "A-02", number="12-1")
    standing = {"view": ViewPosition.PA, "position": PatientPosition.ERECT}
    films = [ward.film(patient_id, 26, 1.0, **standing), ward.film(patient_id, 2, 5.2)]
    document = lungline("flags", "list", "--json").document
    (one,) = document["films_to_compare_by_eye"]
    assert (one["reference_film_id"], one["film_id"], round(one["change"], 1)) == (*films, 4.2)
    assert (one["stay"]["patient_id"], one["stay"]["identifier"], one["gap_hours"]) == (patient_id, "12-1", 24.0)
    assert one["basis"].startswith("Cannot tell: compare the films. Geographic extent 1.0 → 5.2 of 8")
    assert one["beside"] == ["Oxygenation is missing within 12 h of at least one film."]
    said = lungline("flags", "list").out
    listed = "Eye^Eva (12-1), ICU A A-02: ? compare films by eye, +4.2 as scored in 24 h."
    assert f"Films to compare by eye (1):\n{listed}" in said
    snoozed = lungline("flags", "list", "--state", "snoozed", "--json").document
    assert snoozed == {"flags": [], "films_to_compare_by_eye": []}


def test_films_without_a_score_are_listed_in_the_sites_zone(lungline: Lungline, ward: WardSite) -> None:
    at = (ward.now - timedelta(days=1)).replace(hour=23, minute=30, second=0)
    hours_ago = (ward.now - at) / timedelta(hours=1)
    patient_id = ward.admit("Late^Lea", "1", hours_ago=hours_ago + 1)
    ward.film(patient_id, hours_ago, state=FilmState.REJECTED, reason="No chest film.")
    local = at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{local.day} {local:%b %Y, %H:%M}" in lungline("film", "list").out
    assert lungline("film", "list", "--json").document["films"][0]["film"]["acquired_at"] == at.isoformat()
