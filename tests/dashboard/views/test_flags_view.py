"""The work list of flags: what each asks for, what was done with it, and deciding."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from screen import OpenPage, Screen
from ward_site import WardSite

from core.trend.types import FlagKind
from dashboard import queries
from dashboard.components.page.flag_count import TITLE
from dashboard.services.flags import decisions as flags
from dashboard.services.flags.work_list import FlagEntry, in_order_of_concern, open_count, work_list
from db.engine import transaction
from db.models import FlagState
from db.repositories import clinical

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def rising(ward: WardSite) -> int:
    """Return a patient whose opacity climbs over three films."""
    patient_id = ward.admit("Rising^Rita", "A-01", number="11-1")
    for hours_ago, level in ((50, 1.0), (26, 4.0), (2, 7.0)):
        ward.film(patient_id, hours_ago, level)
    return patient_id


def entries(ward: WardSite, *states: FlagState) -> tuple[FlagEntry, ...]:
    return work_list(states or tuple(FlagState), site=ward.site)


def press(screen: Screen, label: str) -> None:
    next(button for button in screen.app.button if button.label == label).click()
    screen.run()


def test_no_open_flag_is_not_called_stable(open_page: OpenPage) -> None:
    screen = open_page("flags")
    assert "No open flag. That does not mean that all are stable" in screen.html
    assert "No flag is listed under “Snoozed”" in open_page("flags", state="Snoozed").html


def test_a_climb_is_one_entry_with_its_films_basis_and_history(
    ward: WardSite, rising: int, open_page: OpenPage
) -> None:
    (entry,) = entries(ward)
    screen = open_page("flags")
    flag_id = entry.row.flag.flag_id
    assert f'href="/patient?id={rising}&amp;film={entry.row.flag.film_id}"' in screen.html
    assert "<bdi>Rising, Rita, 11-1</bdi>" in screen.html
    assert f"ICU A, bed A-01 · flag {flag_id} · open, opened" in screen.html
    assert "A rise on film: look at the patient and the films." in screen.html
    assert "Geographic extent rose by 3.0 of 8 against the film 24 h before (1.0 → 4.0), both AP supine." in screen.html
    assert [row[1:] for row in screen.texts(f"flag-{flag_id}-films")] == [["▲▲ large rise", "+3.0"]] * 2
    assert [row[1:] for row in screen.texts(f"flag-{flag_id}-history")] == [
        ["open", "lungline", "supported by the films"],
        ["open", "lungline", f"also supported by film {entry.films[1].film_id}"],
    ]


def test_names_are_text(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit(HOSTILE, "A-01", unit="**ICU** <b>", number="<i>")
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        ward.film(patient_id, hours_ago, level)
    html = open_page("flags").html
    assert "&lt;img src=x onerror=alert(1)&gt;, &lt;i&gt;" in html
    assert "**ICU** &lt;b&gt;, bed A-01" in html
    assert "<img src=x" not in html


def test_flags_stand_in_the_order_of_the_board_which_is_said(ward: WardSite, open_page: OpenPage) -> None:
    for bed, (name, levels) in enumerate((("Old", (1, 7)), ("Drop", (7, 1)), ("New", (1, 7)), ("Seen", (1, 7)))):
        patient_id = ward.admit(name, str(bed))
        for hours_ago, level in zip((26, 2), levels, strict=True):
            ward.film(patient_id, hours_ago, float(level))
    seen = next(entry for entry in entries(ward) if entry.row.patient.name == "Seen")
    flags.acknowledge(seen.row.flag.flag_id, reason="known", actor="Dr Ito", site=ward.site)
    assert names(entries(ward, FlagState.OPEN)) == ["Old", "New", "Drop"]
    found = entries(ward)
    assert names(found) == ["Old", "New", "Drop", "Seen"]
    # A film that cannot be compared may hide a rise: after the rises, before any drop.
    looked_at = replace(found[0].row.flag, kind=FlagKind.LOOK)
    look = replace(found[0], row=replace(found[0].row, flag=looked_at))
    assert names(in_order_of_concern((look, *found[1:]))) == ["New", "Old", "Drop", "Seen"]
    quiet = replace(found[0], quiet_until=ward.now)
    assert names(in_order_of_concern((quiet, *found[1:]))) == ["New", "Drop", "Old", "Seen"]
    assert (
        "Most concern first, as on the board: large rises that are overdue, then rises, then films"
        in open_page("flags").html
    )
    for entry in entries(ward):
        flags.resolve(entry.row.flag.flag_id, reason="done", actor="Dr Ito", site=ward.site)
    assert names(entries(ward)) == ["Seen", "New", "Drop", "Old"]
    queries.forget()
    assert "The last opened first." in open_page("flags", state="Resolved").html


def names(found: tuple[FlagEntry, ...]) -> list[str]:
    return [one.row.patient.name for one in found]


def test_why_nothing_was_changed_stays_beside_the_button(
    ward: WardSite, rising: int, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rising
    screen = open_page("flags")
    press(screen, "Acknowledge this flag")
    said = 'role="alert"><bdi>Nothing was changed. Enter your name first'
    assert said in screen.html
    # The page's own refresh.
    assert said in screen.run().html
    later = queries.now() + timedelta(minutes=2)
    site = queries.site().at(later)
    monkeypatch.setattr(queries, "site", lambda: site)
    assert said not in screen.run().html
    assert [entry.state for entry in entries(ward)] == [FlagState.OPEN]


def test_a_drop_supports_nothing_while_physiology_is_unknown(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Falling", "A-01")
    for hours_ago, level in ((26, 7.0), (2, 2.0)):
        ward.film(patient_id, hours_ago, level)
    assert "A drop on film alone is not enough to reduce care. Missing: oxygenation" in open_page("flags").html
    with transaction(ward.engine) as session:
        at = ward.now - timedelta(hours=4)
        clinical.add_observation(patient_id, "pao2", 80.0, unit="mmHg", at=at, session=session)
    queries.forget()
    html = open_page("flags").html
    assert "A drop on film: consider less support only if physiology agrees." in html
    assert "not enough to reduce care: no oxygenation" not in html


def test_a_flag_is_acknowledged_then_snoozed_then_resolved(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    assert rising
    flag_id = entries(ward)[0].row.flag.flag_id
    key = f"flag-{flag_id}"
    screen = open_page("flags")
    screen.app.text_input(key=f"{key}-actor").input("Dr Okafor")
    press(screen, "Acknowledge this flag")
    assert 'role="alert"><bdi>Nothing was changed. ' in screen.html
    assert "acknowledged with a reason" in screen.html
    screen.app.text_input(key=f"{key}-reason").input("bronchoscopy ordered")
    press(screen, "Acknowledge this flag")
    assert [entry.state for entry in entries(ward)] == [FlagState.ACKNOWLEDGED]
    assert "No open flag." in screen.html
    # It still stands: it is listed below the open ones, with who decided and why.
    assert [one.value for one in screen.app.header] == ["Acknowledged or snoozed"]
    assert "acknowledged by Dr Okafor: bronchoscopy ordered" in screen.html

    screen = open_page("flags", state="Acknowledged")
    screen.app.segmented_control(key=f"{key}-choice").select("Snooze")
    screen.run()
    screen.app.selectbox(key=f"{key}-hours").select(4)
    screen.app.text_input(key=f"{key}-reason").input("after it")
    screen.app.text_input(key=f"{key}-actor").input("Dr Okafor")
    press(screen, "Snooze this flag")
    (entry,) = entries(ward)
    assert entry.state is FlagState.SNOOZED
    assert entry.row.flag.snoozed_until is not None
    assert abs(entry.row.flag.snoozed_until - entry.history[-1].at - timedelta(hours=4)) < timedelta(minutes=1)
    screen = open_page("flags", state="Snoozed")
    assert "snoozed until" in screen.html

    screen.app.segmented_control(key=f"{key}-choice").select("Resolve")
    screen.run()
    screen.app.text_input(key=f"{key}-reason").input("drained")
    screen.app.text_input(key=f"{key}-actor").input("Dr Ito")
    press(screen, "Resolve this flag")
    assert [(step.state.value, step.actor, step.reason) for step in entries(ward)[0].history[-3:]] == [
        ("acknowledged", "Dr Okafor", "bronchoscopy ordered"),
        ("snoozed", "Dr Okafor", "after it"),
        ("resolved", "Dr Ito", "drained"),
    ]
    assert not open_page("flags").app.header
    closed = open_page("flags", state="Resolved")
    assert not [button for button in closed.app.button if "this flag" in button.label]


def test_how_many_are_open_stands_in_the_navigation_and_in_the_tab(
    ward: WardSite, rising: int, open_page: OpenPage
) -> None:
    other = ward.admit("Other", "A-02")
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        ward.film(other, hours_ago, level)
    assert rising
    for view in ("ward", "evidence"):
        screen = open_page(view, names="hidden")
        assert '--ll-open-flags: " (2)";' in screen.html
        assert screen.app.session_state[TITLE] == "(2 open flags) Lungline"
    first, second = entries(ward)
    until = ward.now + timedelta(hours=1)
    flags.snooze(first.row.flag.flag_id, until=until, reason="later", actor="Dr Ito", site=ward.site)
    queries.forget()
    assert '--ll-open-flags: " (1)";' in screen.run().html
    assert screen.app.session_state[TITLE] == "(1 open flag) Lungline"
    # A snooze that has ended is open again.
    assert [open_count(site=ward.site.at(at)) for at in (until - timedelta(seconds=1), until)] == [1, 2]
    flags.resolve(second.row.flag.flag_id, reason="done", actor="Dr Ito", site=ward.site)
    queries.forget()
    assert '--ll-open-flags: "";' in screen.run().html
    assert screen.app.session_state[TITLE] == "Lungline"


def test_a_unit_is_chosen(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    assert rising
    ward.admit("Elsewhere", "B-01", unit="ICU B")
    assert "Rising, Rita" in open_page("flags", unit="ICU A").html
    assert "No open flag." in open_page("flags", unit="ICU B").html


def test_a_flag_closed_meanwhile_is_said(ward: WardSite, rising: int, open_page: OpenPage) -> None:
    assert rising
    flag_id = entries(ward)[0].row.flag.flag_id
    screen = open_page("flags")
    screen.app.text_input(key=f"flag-{flag_id}-actor").input("A")
    screen.app.text_input(key=f"flag-{flag_id}-reason").input("seen")
    flags.resolve(flag_id, reason="done", actor="B", site=ward.site)
    press(screen, "Acknowledge this flag")
    assert entries(ward)[0].state is FlagState.RESOLVED
