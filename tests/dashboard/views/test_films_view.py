"""Films that are on no trend: by reason, with what contradicts them."""

from __future__ import annotations

from dataclasses import replace

from screen import OpenPage
from ward_site import WardSite

from core.types import TimeDoubt
from dashboard.components.films.off_trend_list import CORRECT_TIME, NAME_PATIENT, TO_DO, WAIT, to_do
from db.engine import read_transaction, transaction
from db.models import ConflictKind, FilmState
from db.read_models.films import UnscoredFilm, read_film
from db.repositories import films


def test_nothing_to_look_at_is_said(open_page: OpenPage) -> None:
    screen = open_page("films")
    assert "No film is in this state." in screen.html
    assert not screen.has("unscored")


def test_films_are_listed_and_counted_by_reason(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01", number="11-1")
    for hours in (3, 2):
        ward.film(patient_id, hours, state=FilmState.REJECTED, reason="The film is a lateral view.")
    ward.film(patient_id, 1, state=FilmState.FAILED, reason="The bytes are damaged.")
    ward.film(patient_id, 4, state=FilmState.RECEIVED)
    screen = open_page("films")
    assert {tuple(row[3:]) for row in screen.texts("unscored")} == {
        ("rejected", "The film is a lateral view.", TO_DO[FilmState.REJECTED]),
        ("failed", "The bytes are damaged.", TO_DO[FilmState.FAILED]),
    }
    pictures = [row["picture"].split("?")[0] for row in screen.data("unscored")["rows"]]
    # What cannot be read has no picture.
    assert sorted(pictures) == ["", "/films/1.thumbnail.jpg", "/films/2.thumbnail.jpg"]
    ages = {row["cells"][1]["small"][0] for row in screen.data("unscored")["rows"]}
    assert {age[:5] + age[-4:] for age in ages} == {"came  ago"}
    assert screen.data("unscored")["rows"][0]["cells"][0] == {
        "text": "Ann",
        "small": ["11-1"],
        "tone": "",
        "strong": False,
    }
    assert screen.texts("reasons") == [
        ["rejected", "The film is a lateral view.", "2"],
        ["failed", "The bytes are damaged.", "1"],
    ]
    assert [row[3:] for row in open_page("films", show="Waiting").texts("unscored")] == [
        ["waits", "in the queue", WAIT]
    ]


def test_a_conflict_shows_both_identities_and_both_films(ward: WardSite, open_page: OpenPage) -> None:
    one, other = ward.patient("Ann^One", "11-1"), ward.patient("Zoe^Other", "22-2")
    reason = "The same pixels as a film of another patient."
    first = ward.film(one, 3, state=FilmState.QUARANTINED, reason=reason)
    second = ward.film(other, 2, state=FilmState.QUARANTINED, reason=reason)
    with transaction(ward.engine) as session:
        films.open_conflict(
            films.get(first, session=session),
            films.get(second, session=session),
            ConflictKind.SAME_PIXELS_OTHER_PATIENT,
            now=ward.now,
            session=session,
        )
    screen = open_page("films", film=str(first))
    assert "The same picture under another patient. Both films are off the trends" in screen.html
    assert "<dt>This film says</dt><dd><bdi>(no name) · 11-1" in screen.html
    assert "<dt>The other film says</dt><dd><bdi>(no name) · 22-2" in screen.html
    assert "<dt>That is filed under</dt><dd><bdi>Zoe, Other · 22-2" in screen.html
    shown = screen.data("conflict-1")["films"]
    assert [film["title"] for film in shown] == ["This film", "The other film"]
    assert shown[1]["url"].startswith(f"/films/{second}.png?")


def test_a_film_is_overruled_from_the_list(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Ann", "A-01")
    film_id = ward.film(patient_id, 3, state=FilmState.REJECTED, reason="The film is a lateral view.")
    screen = open_page("films", film=str(film_id))
    screen.app.segmented_control(key=f"film-{film_id}-choice").select("Overrule")
    screen.run()
    screen.app.text_input(key=f"film-{film_id}-Overrule-actor").input("Dr A")
    next(button for button in screen.app.button if button.label == "Overrule").click()
    screen.run()
    with read_transaction(ward.engine) as session:
        assert read_film(film_id, session=session).film.overruled is True


def test_a_film_that_is_none_is_said(ward: WardSite, open_page: OpenPage) -> None:
    assert ward.settings.port
    assert "The film named in the address is not in this database." in open_page("films", film="999").html


def test_what_to_do_follows_what_the_film_waits_for(ward: WardSite) -> None:
    film_id = ward.film(ward.admit("Ann", "A-01", number="11-1"), 3, state=FilmState.QUARANTINED, reason="It waits.")
    with read_transaction(ward.engine) as session:
        detail = read_film(film_id, session=session)
    one = UnscoredFilm(detail.film, detail.patient, "film.dcm", detail.stated)
    assert to_do(one) == TO_DO[FilmState.QUARANTINED]
    assert to_do(replace(one, film=replace(one.film, time_doubt=TimeDoubt.IMPOSSIBLE))) == CORRECT_TIME
    assert to_do(replace(one, patient=replace(one.patient, identifier="UNKNOWN"))) == NAME_PATIENT
    assert set(TO_DO) == set(FilmState)
