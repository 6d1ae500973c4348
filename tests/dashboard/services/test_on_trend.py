"""Which films count is decided once: flags, the board and the patient's page rest on the same ones."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ward_site import MODEL, VERSION, open_ward_site

from dashboard.services.patient.standing import on_trend
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.patient.trends import load_scored_films
from dashboard.services.ward.assembly import ward_board
from db.engine import transaction
from db.models import FilmState
from db.repositories import films


def test_flags_the_board_and_the_patients_page_count_the_same_films(tmp_path: Path) -> None:
    ward = open_ward_site(tmp_path)
    patient_id = ward.admit("Ito", "1")
    counted = [ward.film(patient_id, hours, 3.0) for hours in (40, 20)]
    states = [state for state in FilmState if state is not FilmState.ACCEPTED]
    for number, state in enumerate(states):
        reason = "" if state is FilmState.RECEIVED else "why"
        ward.film(patient_id, 30 - number / 2, 3.0, state=state, reason=reason)
    waiting, undated = ward.film(patient_id, 10), ward.film(patient_id, 9, 3.0)
    with transaction(ward.engine) as session:
        films.get(undated, session=session).acquired_at = None
        # As the worker sees them, before anything is committed.
        for_flags = load_scored_films(patient_id, MODEL, VERSION, session=session)
    assert [film.film_id for film in for_flags] == counted
    trend = patient_trend(patient_id, site=ward.site)
    assert len(trend.timeline.films) == len(states) + 4
    assert list(trend.trends) == counted
    assert on_trend(trend.timeline.films) == for_flags
    assert waiting in trend.not_on_trend
    (row,) = ward_board(site=ward.site.at(ward.now + timedelta(minutes=1))).rows
    assert [point.film_id for point in row.series] == counted
