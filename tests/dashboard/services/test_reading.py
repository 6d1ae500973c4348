"""Reading: drawing up, resuming, corrections, films that went away, finishing, agreement; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from film_site import Bench
from timeline_rows import MODEL as OTHER

from core.human_reading import LungScores
from core.types import Measure, PatientIdentity, Score
from dashboard.errors import NotAllowedError
from dashboard.services.patient import corrections
from dashboard.services.readers.agreement import export_rows, reader_agreement, site_recalibration
from dashboard.services.readers.disagreements import Settled, disagreements, settle
from dashboard.services.readers.draw import DrawnUp, draw_up
from dashboard.services.readers.other_readers import other_readers
from dashboard.services.readers.sessions import (
    all_sessions,
    finish,
    lung_scores,
    open_results,
    read_film,
    reading_list,
    reopen,
)
from db.engine import transaction
from db.errors import NotFoundError
from db.models import Film, FilmState
from db.repositories import key, patients, scores

LEVELS = (0.5, 2.5, 4.0, 6.5, 7.5)


@pytest.fixture
def films(bench: Bench) -> list[int]:
    """Return five films of five patients, scored 0.5, 2.5, 4.0, 6.5 and 7.5 of 8."""
    return [scored(bench, number, level) for number, level in enumerate(LEVELS)]


def scored(bench: Bench, number: int, level: float, *, patient: int | None = None, model: str = "") -> int:
    """Return a film of its own patient with a score of `level`, opacity three quarters of it."""
    with transaction(bench.engine) as session:
        identity = PatientIdentity(f"P-{number if patient is None else patient}")
        owner = patients.find_or_create(identity, now=bench.now, session=session)
        row = Film(
            patient_id=key(owner),
            content_hash=f"{number:064x}",
            acquired_at=bench.now,
            received_at=bench.now,
            state=FilmState.ACCEPTED,
        )
        session.add(row)
        session.flush()
        named = model or bench.activation.model
        said = Score(named, bench.activation.model_version, level, level * 0.75, geographic_extent_left=level / 2)
        scores.add(key(row), said, now=bench.now, session=session)
        return key(row)


def drawn(bench: Bench, **fields: Any) -> int:  # noqa: ANN401 - fields of several types
    """Draw a session and return its number."""
    return draw(bench, **fields).session_id


def draw(bench: Bench, **fields: Any) -> DrawnUp:  # noqa: ANN401 - likewise
    usual = {"title": "Study", "reader": "Dr Ito", "blind": True, "n_films": 30, "seed": 7, "actor": "Dr Ito"}
    return draw_up(**usual | fields, site=bench.site)


def read(bench: Bench, session_id: int, place: int, result: LungScores | str) -> bool:
    return read_film(session_id, place, result, site=bench.site)


def lungs(extent: int) -> LungScores:
    """Return scores whose extents make up `extent` (0-8), with as much opacity as fits."""
    right = min(extent, 4)
    return LungScores(right, extent - right, min(extent, 3), min(extent - right, 3))


def place_of(bench: Bench, session_id: int, film_id: int) -> int:
    return next(step.place for step in reading_list(session_id, site=bench.site).steps if step.film.film_id == film_id)


def test_a_session_goes_on_where_it_was_left_and_forgets_no_film(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    found = reading_list(session_id, site=bench.site)
    assert sorted(step.film.film_id for step in found.steps) == films
    assert [step.place for step in found.steps] == [1, 2, 3, 4, 5]
    assert all(step.said is None for step in found.steps)
    assert (found.first_open(), found.next_open(1), found.next_open(5)) == (1, 2, 1)
    assert (found.step(0), found.step(6), found.step(None), found.step(5)) == (None, None, None, found.steps[4])
    assert read(bench, session_id, 2, lungs(5))
    assert read(bench, session_id, 3, "blurred by motion")
    found = reading_list(session_id, site=bench.site)
    assert (found.n_read, found.n_open, found.first_open(), found.next_open(1)) == (2, 3, 1, 4)
    assert found.next_open(5) == 1
    assert [step.film.film_id for step in found.steps] == [
        step.film.film_id for step in reading_list(session_id, site=bench.site).steps
    ]
    for place in (1, 4, 5):
        read(bench, session_id, place, lungs(1))
    found = reading_list(session_id, site=bench.site)
    assert (found.first_open(), found.next_open(3), found.n_open) == (None, None, 0)


def test_a_blind_session_leaves_out_patients_seen_with_the_models_scores(bench: Bench, films: list[int]) -> None:
    # Two further films of the first patient.
    again = [scored(bench, number, 3.0, patient=0) for number in (5, 6)]
    beside = draw(bench, blind=False, n_films=6)
    assert (beside.n_asked, beside.n_films, beside.n_read_before, beside.n_seen) == (6, 6, 0, 0)
    at = {step.film.film_id: step.place for step in reading_list(beside.session_id, site=bench.site).steps}
    (left,) = {*films, *again} - set(at)
    for film_id in films[1:3]:
        read(bench, beside.session_id, at[film_id], lungs(3))
    # Everybody was seen: who reads blind is told so.
    everybody = draw(bench)
    assert (everybody.n_films, everybody.n_read_before, everybody.n_seen, everybody.has_seen) == (5, 2, 5, True)
    fresh = scored(bench, 7, 3.0)
    blind = draw(bench, reader="DR ITO")
    assert (blind.n_films, blind.n_read_before, blind.n_seen, blind.has_seen) == (1, 2, 5, False)
    (step,) = reading_list(blind.session_id, site=bench.site).steps
    assert step.film.film_id == fresh
    assert left in {step.film.film_id for step in reading_list(everybody.session_id, site=bench.site).steps}
    # Somebody else has seen nothing.
    assert draw(bench, reader="Dr Lang").n_films == 8


def test_the_same_twice_is_stored_once_and_a_correction_keeps_the_former(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    assert films
    assert read(bench, session_id, 1, lungs(3))
    assert not read(bench, session_id, 1, lungs(3))
    assert read(bench, session_id, 1, "turned too far")
    assert not read(bench, session_id, 1, "turned too far")
    assert read(bench, session_id, 1, lungs(3))
    film = reading_list(session_id, site=bench.site).steps[0].film
    assert [reading.not_readable for reading in film.readings] == [None, "turned too far", None]
    assert film.reading is not None
    assert lung_scores(film.reading) == lungs(3)
    assert lung_scores(film.readings[1]) is None
    assert reading_list(session_id, site=bench.site).n_read == 1


def test_the_same_person_gets_other_films_next_time(bench: Bench, films: list[int]) -> None:
    first = drawn(bench, n_films=2)
    for place in (1, 2):
        read(bench, first, place, lungs(1))
    second = reading_list(drawn(bench), site=bench.site)
    seen = {step.film.film_id for step in reading_list(first, site=bench.site).steps}
    assert {step.film.film_id for step in second.steps} == set(films) - seen
    assert len(reading_list(drawn(bench, reader="Dr Lang"), site=bench.site).steps) == 5
    assert [session.session_id for session in all_sessions(site=bench.site)] == [3, 2, 1]


def test_what_cannot_be_drawn_up_is_said_and_stores_nothing(bench: Bench) -> None:
    with pytest.raises(NotAllowedError, match="There is no film to read"):
        drawn(bench)
    scored(bench, 1, 2.0, model="another")
    with pytest.raises(NotAllowedError, match=f"needs a score by {bench.activation.model}"):
        drawn(bench)
    scored(bench, 2, 2.0)
    for count in (0, 501):
        with pytest.raises(NotAllowedError, match=f"A session of {count} films"):
            drawn(bench, n_films=count)
    with pytest.raises(ValueError, match="needs a title and a reader"):
        drawn(bench, title=" ")
    assert all_sessions(site=bench.site) == ()


def test_without_an_active_model_nothing_is_drawn_up_or_compared(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    assert films
    for place in (1, 2, 3):
        read(bench, session_id, place, lungs(1))
    finish(session_id, actor="Dr Ito", site=bench.site)
    with transaction(bench.engine) as session:
        session.delete(session.merge(bench.activation))
    for attempt in (
        lambda: drawn(bench),
        lambda: reader_agreement(session_id, site=bench.site),
        lambda: site_recalibration(site=bench.site),
    ):
        with pytest.raises(NotAllowedError, match="No model is active"):
            attempt()


def test_a_retracted_film_is_skipped_and_left_out(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    places = [place_of(bench, session_id, film_id) for film_id in films]
    for place, level in zip(places[:4], LEVELS, strict=False):
        read(bench, session_id, place, lungs(round(level)))
    for film_id in (films[0], films[4]):
        corrections.retract(film_id, reason="wrong patient", actor="Dr Ito", site=bench.site)
    found = reading_list(session_id, site=bench.site)
    assert (found.n_open, found.first_open()) == (0, None)
    gone = found.step(places[4])
    assert gone is not None
    assert (gone.is_here, gone.is_open, gone.film.state) == (False, False, FilmState.RETRACTED)
    with pytest.raises(NotAllowedError, match="This film is retracted since"):
        read(bench, session_id, places[4], lungs(8))
    finish(session_id, actor="Dr Ito", site=bench.site)
    agreement = reader_agreement(session_id, site=bench.site)
    assert (agreement.n_films, agreement.left_out) == (3, {"retracted since": 1})


def test_scores_that_contradict_each_other_are_refused(bench: Bench, films: list[int]) -> None:
    assert films
    session_id = drawn(bench)
    with pytest.raises(NotAllowedError, match="The right lung's extent of 0 and opacity of 3 exclude each other"):
        read(bench, session_id, 1, LungScores(0, 2, 3, 1))
    assert reading_list(session_id, site=bench.site).n_read == 0


def test_a_blind_session_shows_nothing_of_the_model_before_it_is_finished(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    with pytest.raises(NotAllowedError, match="nothing to finish"):
        finish(session_id, actor="Dr Ito", site=bench.site)
    for film_id, level in zip(films, LEVELS, strict=True):
        read(bench, session_id, place_of(bench, session_id, film_id), lungs(round(level)))
    read(bench, session_id, place_of(bench, session_id, films[3]), "too dark or too bright")
    with pytest.raises(NotAllowedError, match="stays hidden until then"):
        reader_agreement(session_id, site=bench.site)
    assert {row["model_opacity"] for row in export_rows(session_id, site=bench.site)} == {None}
    bench.wait(minutes=5)
    for _ in range(2):
        finish(session_id, actor="Dr Ito", site=bench.site)
    with pytest.raises(NotAllowedError, match="its readings stay as they are"):
        read(bench, session_id, 1, lungs(0))
    found = reader_agreement(session_id, site=bench.site)
    assert (found.model, found.n_films, found.n_patients, found.left_out) == ("mean-grey", 4, 4, {"not readable": 1})
    by_name = {scale.scale.name: scale.agreement for scale in found.scales}
    assert list(by_name) == ["geographic_extent", "geographic_extent_left", "opacity"]
    # Read 0, 2, 4 and 8 of what the model gave 0.5, 2.5, 4.0 and 7.5.
    assert by_name["geographic_extent"].bias.value == pytest.approx((0.5 + 0.5 + 0.0 - 0.5) / 4)
    assert by_name["geographic_extent"].mae.value == pytest.approx(0.375)
    steps = reading_list(session_id, site=bench.site).steps
    assert {step.said.geographic_extent for step in steps if step.said} == set(LEVELS)


def test_a_session_after_the_model_shows_its_scores_and_agreement_at_once(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench, blind=False)
    said = {step.film.film_id: step.said for step in reading_list(session_id, site=bench.site).steps}
    assert [one.geographic_extent for one in (said[film_id] for film_id in films) if one] == list(LEVELS)
    read(bench, session_id, 1, lungs(1))
    found = reader_agreement(session_id, site=bench.site)
    assert (found.n_films, found.scales) == (1, ())
    # Another model does not change what the reader saw.
    with transaction(bench.engine) as session:
        bench.wait(minutes=1)
        scores.activate(OTHER, "1", actor="me", now=bench.now, session=session)
    assert reader_agreement(session_id, site=bench.site).n_films == 1
    assert reader_agreement(session_id, site=bench.site).model == "mean-grey"


def test_a_blind_reading_is_compared_with_the_model_active_now(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    for place in range(1, 6):
        read(bench, session_id, place, lungs(2))
    finish(session_id, actor="Dr Ito", site=bench.site)
    with transaction(bench.engine) as session:
        bench.wait(minutes=1)
        scores.activate(OTHER, "1", actor="me", now=bench.now, session=session)
        scores.add(films[0], Score(OTHER, "1", 3.0, 2.0), now=bench.now, session=session)
    found = reader_agreement(session_id, site=bench.site)
    assert (found.model, found.n_films, found.left_out) == (OTHER, 1, {"not scored by this model": 4})


def test_readers_of_the_same_films_are_compared_once_both_are_finished(bench: Bench, films: list[int]) -> None:
    extents = {"Dr Ito": (0, 2, 4, 6, 8), "Dr Lang": (1, 3, 5, 7, 8), "Dr Lee": (0, 2, 4, 6, 8)}
    sessions = {reader: drawn(bench, reader=reader, seed=len(reader), blind=reader != "Dr Lee") for reader in extents}
    for reader, session_id in sessions.items():
        for film_id, extent in zip(films, extents[reader], strict=True):
            read(bench, session_id, place_of(bench, session_id, film_id), lungs(extent))
    read(bench, sessions["Dr Lang"], place_of(bench, sessions["Dr Lang"], films[4]), "turned too far")
    ito, lang, lee = sessions.values()
    finish(ito, actor="Dr Ito", site=bench.site)
    finish(lee, actor="Dr Lee", site=bench.site)
    assert [other_readers(session, site=bench.site) for session in sessions.values()] == [(), (), ()]
    finish(lang, actor="Dr Lang", site=bench.site)
    (found,) = other_readers(ito, site=bench.site)
    assert (found.reader, found.n_films, found.n_patients) == ("Dr Lang", 4, 4)
    extent = found.scales[0].agreement
    # Dr Lang says one more of each of the four; the variance between films is 20 / 3 x 2, between readers 2.
    assert (extent.bias.value, extent.mae.value) == (1.0, 1.0)
    assert extent.icc.value == pytest.approx((40 / 3) / (40 / 3 + 2 * 2 / 4))
    assert other_readers(lang, site=bench.site)[0].scales[0].agreement.bias.value == -1.0
    assert other_readers(lee, site=bench.site) == ()
    corrections.retract(films[0], reason="wrong", actor="x", site=bench.site)
    assert other_readers(ito, site=bench.site)[0].n_films == 3
    corrections.retract(films[1], reason="wrong", actor="x", site=bench.site)
    assert other_readers(ito, site=bench.site) == ()


def test_what_is_not_there_is_said(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    assert films
    for attempt in (
        lambda: reading_list(99, site=bench.site),
        lambda: reader_agreement(99, site=bench.site),
        lambda: export_rows(99, site=bench.site),
        lambda: other_readers(99, site=bench.site),
        lambda: finish(99, actor="x", site=bench.site),
        lambda: read(bench, 99, 1, lungs(1)),
    ):
        with pytest.raises(NotFoundError, match="number 99"):
            attempt()
    with pytest.raises(NotFoundError, match="has no film 6"):
        read(bench, session_id, 6, lungs(1))
    with pytest.raises(ValueError, match="needs the reason"):
        read(bench, session_id, 1, " ")
    assert reading_list(session_id, site=bench.site).n_read == 0


def test_the_export_holds_every_reading_and_names_nobody_by_number_or_name(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    place = place_of(bench, session_id, films[1])
    read(bench, session_id, place, lungs(3))
    read(bench, session_id, place, lungs(5))
    drawn(bench, blind=False, reader="Dr Lee")
    finish(session_id, actor="Dr Ito", site=bench.site)
    first, second = export_rows(site=bench.site)
    assert (first["counts"], second["counts"]) == (False, True)
    assert (second["geographic_extent"], second["opacity"], second["geographic_extent_left"]) == (5, 4, 1)
    assert (second["film"], second["model_geographic_extent"], second["model"]) == (films[1], 2.5, "mean-grey")
    assert "P-1" not in str(second.values())
    assert second["patient"] == 2


def test_thirty_blind_films_make_a_line_for_the_site(bench: Bench) -> None:
    for number in range(36):
        scored(bench, number, number % 18 * 0.4, patient=number // 3)
    session_id = drawn(bench, n_films=36)
    after = drawn(bench, n_films=36, blind=False, reader="Dr Lee")
    for step in reading_list(session_id, site=bench.site).steps[:29]:
        read(bench, session_id, step.place, lungs(min(8, 1 + step.film.film_id % 18 * 4 // 10)))
    read(bench, after, 1, lungs(1))
    finish(after, actor="Dr Lee", site=bench.site)
    assert site_recalibration(site=bench.site).n_films == 0
    finish(session_id, actor="Dr Ito", site=bench.site)
    found = site_recalibration(site=bench.site)
    assert (found.n_films, found.n_readers, found.lines) == (29, 1, ())
    other = drawn(bench, reader="Dr Lang", n_films=36)
    for place in range(1, 37):
        read(bench, other, place, lungs(4))
    finish(other, actor="Dr Lang", site=bench.site)
    found = site_recalibration(site=bench.site)
    assert (found.n_films, found.n_patients, found.n_readers) == (36, 12, 2)
    assert [(line.measure.value, line.n_films) for line in found.lines] == [("geographic_extent", 36), ("opacity", 36)]


def test_the_same_press_told_by_two_processes_at_once_is_stored_once(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    assert films
    with ThreadPoolExecutor(4) as pool:
        told = [pool.submit(read, bench, session_id, 1, lungs(3)) for _ in range(4)]
    assert sorted(one.result() for one in told) == [False, False, False, True]
    assert len(reading_list(session_id, site=bench.site).steps[0].film.readings) == 1


def test_finishing_is_taken_back_within_a_minute_and_no_result_is_seen_meanwhile(
    bench: Bench, films: list[int]
) -> None:
    session_id = drawn(bench)
    assert films
    for place in (1, 2, 3):
        read(bench, session_id, place, lungs(2))
    finish(session_id, actor="Dr Ito", show_results=False, site=bench.site)
    with pytest.raises(NotAllowedError, match="stays hidden until then"):
        reader_agreement(session_id, site=bench.site)
    assert all(step.said is None for step in reading_list(session_id, site=bench.site).steps)
    assert all(row["model"] is None for row in export_rows(session_id, site=bench.site))
    assert site_recalibration(site=bench.site).n_films == 0
    bench.wait(seconds=60)
    reopen(session_id, actor="Dr Ito", site=bench.site)
    assert read(bench, session_id, 4, lungs(3))
    with pytest.raises(NotAllowedError, match="is open already"):
        reopen(session_id, actor="Dr Ito", site=bench.site)
    with pytest.raises(NotAllowedError, match="not finished, so it has no results"):
        open_results(session_id, actor="Dr Ito", site=bench.site)


def test_finishing_stands_after_a_minute_and_once_results_were_opened(bench: Bench, films: list[int]) -> None:
    session_id = drawn(bench)
    assert films
    read(bench, session_id, 1, lungs(2))
    finish(session_id, actor="Dr Ito", show_results=False, site=bench.site)
    bench.wait(seconds=61)
    with pytest.raises(NotAllowedError, match="more than a minute ago"):
        reopen(session_id, actor="Dr Ito", site=bench.site)
    for _ in range(2):
        open_results(session_id, actor="Dr Ito", site=bench.site)
    assert reading_list(session_id, site=bench.site).facts.results_opened_at == bench.now
    with pytest.raises(NotAllowedError, match="nobody can unsee them"):
        reopen(session_id, actor="Dr Ito", site=bench.site)
    assert reader_agreement(session_id, site=bench.site).n_films == 1


def test_readings_that_differ_by_two_points_are_settled_once_both_are_finished(bench: Bench, films: list[int]) -> None:
    extents = {"Dr Ito": (0, 2, 4, 6, 8), "Dr Lang": (1, 4, 8, 6, 8)}
    sessions = {reader: drawn(bench, reader=reader) for reader in extents}
    for reader, session_id in sessions.items():
        for film_id, extent in zip(films, extents[reader], strict=True):
            read(bench, session_id, place_of(bench, session_id, film_id), lungs(extent))
        assert disagreements(site=bench.site) == ()
        finish(session_id, actor=reader, site=bench.site)
    large, small = disagreements(site=bench.site)
    assert [(one.film_id, one.difference(Measure.GEOGRAPHIC_EXTENT)) for one in (large, small)] == [
        (films[2], 4.0),
        (films[1], 2.0),
    ]
    assert (large.first.reader, large.second.reader, large.settled) == ("Dr Ito", "Dr Lang", None)
    before = other_readers(sessions["Dr Ito"], site=bench.site)

    ids = large.first.reading_id, large.second.reading_id
    with pytest.raises(ValueError, match="Say who settles"):
        settle(*ids, lungs(6), actor=" ", site=bench.site)
    with pytest.raises(NotAllowedError, match="exclude each other"):
        settle(*ids, LungScores(3, 2, 0, 2), actor="Dr Lee", site=bench.site)
    with pytest.raises(NotAllowedError, match="not to be settled any more"):
        settle(*reversed(ids), lungs(6), actor="Dr Lee", site=bench.site)
    for extent in (5, 6):
        settle(*ids, lungs(extent), actor="Dr Lee", site=bench.site)
    waits, settled = disagreements(site=bench.site)
    assert (waits.film_id, settled.film_id) == (films[1], films[2])
    assert settled.settled == Settled(lungs(6), "Dr Lee", bench.now)
    # Agreement rests on the two readings.
    assert other_readers(sessions["Dr Ito"], site=bench.site) == before
    corrections.retract(films[1], reason="wrong", actor="x", site=bench.site)
    assert disagreements(site=bench.site) == (settled,)
