"""Reading on screen: drawing up, one film blind or after the model, films that went away, the end, recalibration."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from own_versions import own_version
from screen import OpenPage, Screen
from ward_site import ACTOR, MODEL, VERSION, WardSite

from core.human_reading import LungScores
from core.types import Score
from dashboard.components.reading import pad
from dashboard.components.reading.pad import saved_by
from dashboard.components.reading.sessions import SEEN_BEFORE, drawn_text
from dashboard.services.patient import corrections
from dashboard.services.readers import draw as reading_draw
from dashboard.services.readers import sessions as reading
from db.engine import transaction
from db.models import FilmState
from db.repositories import recalibrations, scores

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def five(ward: WardSite) -> list[int]:
    """Return five films of as many patients, scored 1 to 5 of 8, or three quarters of that of 6."""
    return [scored(ward, number) for number in range(1, 6)]


def scored(ward: WardSite, number: int, level: float | None = None) -> int:
    level = number if level is None else level
    sides = {"opacity_right": level * 0.375, "opacity_left": level * 0.375}
    return ward.film(ward.admit(f"Secret{number}^X", str(number), number=f"N-{number}"), number, level, **sides)


def drawn(ward: WardSite, **fields: object) -> int:
    usual = {"title": "Study", "reader": "Dr Ito", "blind": True, "n_films": 30, "seed": 7, "actor": "Dr Ito"}
    return reading_draw.draw_up(**usual | fields, site=ward.site).session_id  # type: ignore[arg-type]


def read(ward: WardSite, session_id: int, place: int, result: LungScores | str | None = None) -> None:
    reading.read_film(session_id, place, result or LungScores(2, 1, 1, 1), site=ward.site)


def finish(ward: WardSite, session_id: int) -> None:
    reading.finish(session_id, actor="Dr Ito", site=ward.site)


def press(screen: Screen, label: str) -> Screen:
    next(button for button in screen.app.button if button.label == label).click()
    return screen.run()


def place(screen: Screen) -> int:
    found = [one for one in screen.app.main if one.type == "bidi_component" and "reading-pad-" in one.proto.id]
    return int(found[0].proto.id.rsplit("-", 1)[1])


def pad_data(screen: Screen, session_id: int, at: int) -> dict[str, object]:
    found: dict[str, object] = screen.data(f"reading-pad-{session_id}-{at}")
    return found


def said(screen: Screen) -> str:
    """Return everything that the page sends of its own to the browser."""
    components = [one.proto.json for one in screen.app.main if one.type == "bidi_component"]
    return screen.html + json.dumps(components)


def test_nothing_is_there_yet(open_page: OpenPage) -> None:
    screen = open_page("reading")
    assert "There is no reading session yet. Make one below." in screen.html
    assert "So far: 0 films of 0 patients." in screen.html
    screen.app.text_input(key="reading-title").input("Study")
    screen.app.text_input(key="reading-reader").input("Dr Ito")
    press(screen, "Make the session")
    assert [one.value for one in screen.app.error] == ["No session was made."]
    assert "There is no film to read" in screen.html


def test_drawing_up_needs_a_name_and_opens_the_session(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    screen = press(open_page("reading"), "Make the session")
    assert "needs a title and a reader" in screen.html
    screen.app.text_input(key="reading-title").input(HOSTILE)
    screen.app.text_input(key="reading-reader").input("Dr Ito")
    screen.app.number_input(key="reading-count").set_value(3)
    press(screen, "Make the session")
    assert screen.app.query_params["session"] == "1"
    assert "<h1><bdi>&lt;img src=x onerror=alert(1)&gt;</bdi></h1>" in screen.html
    assert "Film 1 of 3 · 0 of 3 read" in screen.html
    (facts,) = reading.all_sessions(site=ward.site)
    assert (facts.title, facts.reader, facts.blind, facts.n_films) == (HOSTILE, "Dr Ito", True, 3)
    assert len(five) == 5
    listed = open_page("reading").data("reading-sessions")["rows"][0]
    assert listed["href"] == "/reading?session=1"
    assert [cell["text"] for cell in listed["cells"]][:4] == [HOSTILE, "Dr Ito", "0 of 3", "blind"]
    assert listed["cells"][5]["text"] == "not begun"


def test_what_was_left_out_of_a_session_is_said(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    beside = drawn(ward, blind=False, n_films=2)
    read(ward, beside, 1)
    assert scored(ward, 6) not in five
    screen = open_page("reading")
    screen.app.text_input(key="reading-title").input("Study")
    screen.app.text_input(key="reading-reader").input("Dr Ito")
    press(screen, "Make the session")
    assert (
        "30 films asked for, 4 drawn: there are no more scored by the active model that fit. Left out: 1 that you read "
        "before, 1 of patients of whom you were shown the model&#x27;s scores."
    ) in screen.html
    assert drawn_text(reading_draw.DrawnUp(1, 4, 4, 1, 1, has_seen=False)) == ""
    assert drawn_text(reading_draw.DrawnUp(1, 4, 4, 1, 4, has_seen=True)) == SEEN_BEFORE
    assert drawn_text(reading_draw.DrawnUp(1, 30, 4, 0, 0, has_seen=False)) == (
        "30 films asked for, 4 drawn: there are no more scored by the active model."
    )


def test_a_blind_film_says_nothing_of_patient_time_or_model(
    ward: WardSite, five: list[int], open_page: OpenPage
) -> None:
    session_id = drawn(ward)
    read(ward, session_id, 1)
    screen = open_page("reading", session=str(session_id))
    assert "Film 2 of 5 · 1 of 5 read" in screen.html
    viewer = screen.data(f"reading-film-{session_id}-2")
    assert len(viewer["films"]) == 1
    assert viewer["films"][0]["alternative"] == "Chest film 2 of 5, to be read."
    assert not viewer["mappable"]
    assert viewer["maps"] == [[], []]
    text = said(screen)
    days = {f"{ward.now - timedelta(hours=number):%d %b %Y}" for number in range(6)}
    for secret in ("Secret", "N-1", "supine", "AP", "model's scores", "of 8</", *days):
        assert secret not in text
    assert len(five) == 5
    shown = pad_data(screen, session_id, 2)
    assert (shown["scores"], shown["not_readable"], shown["closed"]) == (None, None, False)
    assert [field["name"] for field in shown["fields"]] == [  # type: ignore[index]
        "geographic_extent_right",
        "opacity_right",
        "geographic_extent_left",
        "opacity_left",
    ]


def test_moving_names_its_target_and_stores_nothing(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    session_id = drawn(ward)
    screen = open_page("reading", session=str(session_id))
    assert place(screen) == 1
    keys = [button.key for button in screen.app.button]
    assert {"reading-skip-for-now-1-2", "reading-back-1-None", "reading-all-films-1-None"} <= set(keys)
    assert next(button for button in screen.app.button if button.label == "Back").disabled
    assert place(press(screen, "Skip for now")) == 2
    assert screen.app.query_params["film"] == "2"
    assert place(press(screen, "Back")) == 1
    press(screen, "All films")
    assert screen.app.query_params["film"] == "end"
    assert [one.value for one in screen.app.header] == ["Not read yet: 5 of 5", "Films"]
    assert len(five) == 5
    assert place(press(screen, "Begin")) == 1
    assert reading.reading_list(session_id, site=ward.site).n_read == 0


def test_ones_own_reading_is_shown_again_with_what_a_correction_does(
    ward: WardSite, five: list[int], open_page: OpenPage
) -> None:
    session_id = drawn(ward)
    assert five
    read(ward, session_id, 3)
    read(ward, session_id, 4, "blurred by motion")
    screen = open_page("reading", session=str(session_id), film="3")
    # By lung, the right one first.
    assert pad_data(screen, session_id, 3)["scores"] == [2.0, 1.0, 1.0, 1.0]
    assert "Saving other scores corrects that; the former ones are kept." in screen.html
    screen = open_page("reading", session=str(session_id), film="4")
    shown = pad_data(screen, session_id, 4)
    assert (shown["scores"], shown["not_readable"]) == (None, "blurred by motion")
    read(ward, session_id, 4)
    rows = open_page("reading", session=str(session_id), film="end").data("reading-films")["rows"]
    assert [cell["text"] for cell in rows[3]["cells"]] == ["Film 4", "3", "2", "✓ read"]
    assert [cell["small"] for cell in rows[3]["cells"]] == [
        [],
        ["right 2, left 1"],
        ["right 1, left 1"],
        ["corrected 1 x"],
    ]
    assert rows[3]["href"] == f"/reading?session={session_id}&film=4"


def test_after_the_model_its_scores_stand_beside_the_film_and_agreement_is_live(
    ward: WardSite, five: list[int], open_page: OpenPage
) -> None:
    session_id = drawn(ward, blind=False)
    screen = open_page("reading", session=str(session_id))
    first = five.index(reading.reading_list(session_id, site=ward.site).steps[0].film.film_id) + 1
    beside = f"{first}.0 of 8 (right {first / 2:.1f}, left {first / 2:.1f})"
    assert f"<dt>Model: geographic extent</dt><dd><bdi>{beside}</bdi></dd>" in screen.html
    for at in (1, 2):
        read(ward, session_id, at)
    screen = open_page("reading", session=str(session_id), film="end")
    assert "agreement is higher than that of independent readings" in screen.html
    assert "Agreement is shown once both have scored three films" in screen.html
    read(ward, session_id, 3)
    screen = open_page("reading", session=str(session_id), film="end")
    assert screen.texts("agreement")[0][:2] == ["Geographic extent, 0-8", "3"]
    assert "! Films of 3 patients only: the intervals are too narrow." in screen.html
    assert screen.chart("bland-altman-geographic_extent")["layout"]["yaxis"]["title"]["text"] == (
        "predicted minus reader, points"
    )


def test_a_retracted_film_is_said_and_not_read(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    session_id = drawn(ward)
    gone = reading.reading_list(session_id, site=ward.site).steps[1].film.film_id
    assert gone in five
    corrections.retract(gone, reason="wrong patient", actor=ACTOR, site=ward.site)
    screen = open_page("reading", session=str(session_id), film="2")
    assert "This film is not read here any more: it was retracted after the session was made." in screen.html
    assert not screen.has(f"reading-pad-{session_id}-2")
    assert not screen.has(f"reading-film-{session_id}-2")
    assert place(press(screen, "Skip for now")) == 3
    rows = open_page("reading", session=str(session_id), film="end").texts("reading-films")
    assert rows[1] == ["Film 2", "-", "-", "retracted since"]


def test_a_blind_session_from_the_last_film_to_its_agreement(
    ward: WardSite, five: list[int], open_page: OpenPage
) -> None:
    session_id = drawn(ward)
    places = {step.film.film_id: step.place for step in reading.reading_list(session_id, site=ward.site).steps}
    for number, film_id in enumerate(five[:4], start=1):
        read(ward, session_id, places[film_id], LungScores(number / 2, number / 2, 0.5, 0.5))
    screen = open_page("reading", session=str(session_id), film="end")
    assert [one.value for one in screen.app.header] == ["Not read yet: 1 of 5", "Films"]
    assert "What the model said stays hidden until then" in screen.html
    assert not screen.has("agreement")
    assert any(button.label == "Finish with these films" for button in screen.app.button)
    read(ward, session_id, places[five[4]], "turned too far")
    screen = open_page("reading", session=str(session_id))
    assert [one.value for one in screen.app.header] == ["All films are read", "Films"]
    press(screen, "Finish")
    question = "Finish “Study” with 5 of 5 films read? After that no reading can be changed or added."
    assert question in screen.html
    press(screen, "Do not finish")
    assert question not in screen.html
    assert reading.reading_list(session_id, site=ward.site).facts.finished_at is None
    press(screen, "Finish")
    press(screen, "Finish and show the results")
    assert "Agreement with the model" in [one.value for one in screen.app.header]
    assert "mean-grey 1 and Dr Ito: 4 films of 4 patients. Left out: 1 not readable." in screen.html
    rows = {row[0]: row for row in screen.texts("agreement")}
    # The reader gave the very extents of the model.
    assert rows["Geographic extent, 0-8"][2:7] == [
        "1.00 (1.00 to 1.00)",
        "+0.00 (+0.00 to +0.00)",
        "+0.00 (+0.00 to +0.00)",
        "+0.00 (+0.00 to +0.00)",
        "1.00 (1.00 to 1.00)",
    ]
    # The model said 0.75, 1.5, 2.25 and 3 of opacity, the reader 1: on average 0.875 more.
    assert rows["Opacity, 0-6"][3].startswith("+0.88")
    films = screen.data("reading-films")["rows"]
    assert films[places[five[0]] - 1]["cells"][1]["small"] == ["right 0.5, left 0.5", "model 1.0"]
    closed = open_page("reading", session=str(session_id), film="1")
    assert pad_data(closed, session_id, 1)["closed"]
    assert "its readings stay as they are. Make another one." in closed.html
    assert "<dt>Model: geographic extent</dt>" in closed.html


def test_another_reader_of_the_same_films_is_shown_once_both_are_finished(
    ward: WardSite, five: list[int], open_page: OpenPage
) -> None:
    own, other = drawn(ward), drawn(ward, reader="Dr Lang")
    assert five
    for session_id in (own, other):
        for step in reading.reading_list(session_id, site=ward.site).steps:
            read(ward, session_id, step.place, LungScores(1 + step.film.film_id % 4, session_id, 1, 1))
    finish(ward, own)
    assert not open_page("reading", session=str(own)).has("other-readers")
    finish(ward, other)
    screen = open_page("reading", session=str(own))
    extent, opacity = screen.texts("other-readers")
    assert extent[:2] == ["Dr Lang: Geographic extent, 0-8", "5"]
    assert extent[3] == "+1.00 (+1.00 to +1.00)"
    assert opacity[3] == "+0.00 (+0.00 to +0.00)"
    assert "! Films of few patients with Dr Lang: those intervals are too narrow." in screen.html


def test_finishing_nothing_is_refused_with_the_reason(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    session_id = drawn(ward)
    assert five
    read(ward, session_id, 1)
    screen = open_page("reading", session=str(session_id), film="end")
    # Meanwhile the session is gone, as after a database was put back.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.commands.finish_reading", _refuse)
        press(screen, "Finish with these films")
        press(screen, "Finish and show the results")
    assert [one.value for one in screen.app.error] == ["Nothing was changed."]
    assert "No film of this session was read" in screen.html


def test_finishing_can_be_taken_back_until_the_results_are_shown(
    ward: WardSite, five: list[int], open_page: OpenPage
) -> None:
    session_id = drawn(ward)
    assert five
    read(ward, session_id, 1)
    screen = open_page("reading", session=str(session_id), film="end")
    press(screen, "Finish with these films")
    press(screen, "Finish, results later")
    assert "This session is finished. Its results were not shown yet." in screen.html
    assert "Agreement with the model" not in [one.value for one in screen.app.header]
    press(screen, "Undo finish")
    assert [one.value for one in screen.app.header] == ["Not read yet: 4 of 5", "Films"]
    press(screen, "Finish with these films")
    press(screen, "Finish, results later")
    # Somebody else opens the results before the press.
    reading.open_results(session_id, actor="Dr Lang", site=ward.site)
    press(screen, "Undo finish")
    assert [one.value for one in screen.app.error] == ["Nothing was changed."]
    assert "nobody can unsee them. It stays finished." in screen.html
    assert "Agreement with the model" in [one.value for one in screen.app.header]


def test_what_two_readers_differ_on_is_listed_and_settled(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    for reader, extent in (("Dr Ito", 1), ("Dr Lang", 3)):
        session_id = drawn(ward, reader=reader, n_films=5)
        steps = reading.reading_list(session_id, site=ward.site).steps
        at = next(step.place for step in steps if step.film.film_id == five[0])
        read(ward, session_id, at, LungScores(extent, 1, 1, 1))
        assert not open_page("reading").has("reading-disagreements")
        finish(ward, session_id)
    screen = open_page("reading")
    assert "Readings to settle: 1" in [one.value for one in screen.app.header]
    (row,) = screen.data("reading-disagreements")["rows"]
    assert [cell["text"] for cell in row["cells"]] == ["Film 1", "Dr Ito", "Dr Lang", "+2.0", "+0.0", "waits"]
    screen = open_page("reading", settle=row["record_id"])
    assert "Secret" not in screen.html
    assert [one.value for one in screen.app.toggle] == []
    assert [cell["text"] for cell in screen.data(f"settle-readings-{row['record_id']}")["rows"][0]["cells"]] == [
        "Right lung: extent",
        "1",
        "3",
    ]
    press(screen, "Settle this reading")
    assert "Nothing was changed. Enter your name first" in screen.html
    screen.app.text_input(key=f"settle-{row['record_id']}-actor").input("Dr Lee")
    press(screen, "Settle this reading")
    assert "Nothing was changed. Score extent and opacity of both lungs." in screen.html
    for radio, value in zip(screen.app.radio, (2, 1, 1, 1), strict=True):
        radio.set_value(value)
    press(screen, "Settle this reading")
    assert "Settled by Dr Lee: extent 3 of 8, opacity 2 of 6." in screen.html
    # Whoever still reads blind is asked first.
    drawn(ward, reader="Dr Lee", n_films=1)
    waiting = open_page("reading", settle=row["record_id"])
    assert "A blind session is open" in waiting.html
    assert "Dr Lang" not in waiting.html
    waiting.app.toggle(key="reading-not-blind").set_value(True)
    assert "Settled by Dr Lee" in waiting.run().html
    reading.read_film(session_id + 1, 1, "blurred", site=ward.site)
    finish(ward, session_id + 1)
    assert "These two readings are not among those to settle." in open_page("reading", settle="8-9").html


def _refuse(_session_id: int, *, actor: str, show_results: bool) -> None:
    assert (actor, show_results) == ("Dr Ito", True)
    raise reading.NotAllowedError("No film of this session was read.")


def test_addresses_that_ask_for_nothing_known_are_said(ward: WardSite, five: list[int], open_page: OpenPage) -> None:
    session_id = drawn(ward)
    assert five
    assert "There is no reading session with that number." in open_page("reading", session="99").html
    assert "There is no reading session with that number." in open_page("reading", session="x").html
    for film in ("6", "0", "x"):
        screen = open_page("reading", session=str(session_id), film=film)
        assert "This session has no film with that number." in screen.html
        assert len(screen.texts("reading-films")) == 5


def test_a_recalibration_is_shown_from_thirty_blind_films_on_and_not_applied(
    ward: WardSite, open_page: OpenPage
) -> None:
    people = [ward.admit(f"P{number}^X", str(number), number=f"N-{number}") for number in range(10)]
    for number in range(1, 31):
        ward.film(people[number % 10], number, number * 0.2)
    session_id = drawn(ward)
    steps = reading.reading_list(session_id, site=ward.site).steps
    for step in steps[:29]:
        extent = min(4.0, 0.5 + step.film.film_id * 0.05)
        read(ward, session_id, step.place, LungScores(extent, extent, extent * 0.75, extent * 0.75))
    screen = open_page("reading")
    # Nothing that its reader must not see, unless somebody else says so.
    assert "A blind session is open, or its results were not shown yet. Its reader must not see" in screen.html
    assert "So far:" not in screen.html
    screen.app.toggle(key="reading-not-blind").set_value(True)
    assert "So far: 0 films of 0 patients." in screen.run().html
    last = steps[29]
    extent = min(4.0, 0.5 + last.film.film_id * 0.05)
    read(ward, session_id, last.place, LungScores(extent, extent, extent * 0.75, extent * 0.75))
    finish(ward, session_id)
    pad.st.cache_resource.clear()
    screen = open_page("reading")
    assert "mean-grey 1 against 30 films of 10 patients, read blind by one person." in screen.html
    assert "No score, trend or flag uses this yet. To use it, whoever runs Lungline enters:" in screen.html
    assert "lungline models recalibrate --by NAME" in screen.html
    extent_row, opacity_row = screen.texts("recalibration")
    # Readers = 1 + half the model's score.
    assert extent_row[:4] == ["Geographic extent, 0-8", "30 / 10", "0.50 (0.50 to 0.50)", "+1.00"]
    assert extent_row[7] == "▼ the error falls"
    assert opacity_row[2:4] == ["0.50 (0.50 to 0.50)", "+0.75"]
    old_and_new = screen.texts("recalibration-scores")
    assert old_and_new[0] == ["0", "1.0", "0.8"]
    assert old_and_new[4] == ["4", "3.0", "2.8"]
    assert old_and_new[8] == ["8", "5.0", "-"]
    assert [trace["name"] for trace in screen.chart("recalibration-opacity")["data"]] == [
        "as it is",
        "recalibrated",
        "films (n = 30)",
    ]


def test_what_is_left_after_a_recalibration_is_said_to_be_that(ward: WardSite, open_page: OpenPage) -> None:
    people = [ward.admit(f"P{number}^X", str(number), number=f"N-{number}") for number in range(10)]
    own = own_version(MODEL, VERSION)
    with transaction(ward.engine) as session:
        recalibrations.add(own, actor="Dr Ito", now=ward.now, session=session)
        later = ward.now + timedelta(minutes=1)
        scores.activate(MODEL, own.version, actor="Dr Ito", now=later, session=session)
    for number in range(1, 31):
        film_id = ward.film(people[number % 10], number)
        with transaction(ward.engine) as session:
            said = Score(MODEL, own.version, number * 0.2, number * 0.15)
            scores.add(film_id, said, now=ward.now, session=session)
    session_id = drawn(ward)
    for step in reading.reading_list(session_id, site=ward.site).steps:
        half = step.film.film_id * 0.1
        read(ward, session_id, step.place, LungScores(half, half, half * 0.75, half * 0.75))
    finish(ward, session_id)
    html = open_page("reading").html
    assert f"mean-grey {own.version} against 30 films of 10 patients" in html
    assert "The active version is this site's own recalibration: this shows what is left" in html.replace("&#x27;", "'")


def test_where_no_line_helps_there_is_none_to_use(ward: WardSite, open_page: OpenPage) -> None:
    for number in range(1, 31):
        scored(ward, number, number * 0.2)
    session_id = drawn(ward)
    for step in reading.reading_list(session_id, site=ward.site).steps:
        half = step.film.film_id * 0.1
        read(ward, session_id, step.place, LungScores(half, half, half * 0.75, half * 0.75))
    finish(ward, session_id)
    assert "No line here makes the error smaller, so there is none to use" in open_page("reading").html


def test_a_model_that_says_the_same_of_all_is_said(ward: WardSite, open_page: OpenPage) -> None:
    for number in range(1, 31):
        scored(ward, number, 2.0)
    session_id = drawn(ward)
    for at in range(1, 31):
        read(ward, session_id, at, LungScores(1 + at % 4, 1, 1, 1))
    finish(ward, session_id)
    assert "The model gives every film that was read the same score." in open_page("reading").html


def test_films_that_wait_for_a_score_are_not_drawn(ward: WardSite, open_page: OpenPage) -> None:
    ward.film(ward.admit("A^X", "1"), 3, state=FilmState.ACCEPTED)
    screen = open_page("reading")
    screen.app.text_input(key="reading-title").input("Study")
    screen.app.text_input(key="reading-reader").input("Dr Ito")
    assert "every film needs a score by mean-grey 1 first" in press(screen, "Make the session").html


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"place": 2, "scores": [4, 3, 0, 0], "not_readable": None}, (2, LungScores(4, 0, 3, 0))),
        ({"place": 2, "scores": None, "not_readable": "motion"}, (2, "motion")),
        ({"place": "2", "scores": [1, 1, 1, 1]}, None),
        ({"place": 2, "scores": [1, 1, 1]}, None),
        ({"place": 2, "scores": [1, 1, 1, "x"]}, None),
        ({"place": 2}, None),
        ("saved", None),
        (None, None),
    ],
)
def test_what_a_browser_sends_is_understood_or_passed_over(
    monkeypatch: pytest.MonkeyPatch, payload: object, expected: tuple[int, object] | None
) -> None:
    monkeypatch.setattr(pad.st, "session_state", {"pad": {"saved": payload}})
    found = saved_by("pad")
    assert (None if found is None else (found.place, found.result)) == expected


def test_scores_off_their_scale_from_a_browser_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pad.st, "session_state", {"pad": {"saved": {"place": 2, "scores": [5, 1, 1, 1]}}})
    with pytest.raises(ValueError, match="geographic extent right of 5"):
        saved_by("pad")
