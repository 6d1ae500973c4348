"""Why films are not on the trend reads well of one film and of several, and where no film is on it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.types import PatientPosition, TimePrecision, ViewPosition
from dashboard.services.patient.standing import Absence
from dashboard.services.ward.row_standing import status_of
from dashboard.wording.facts import counted_absence, counted_off_trend
from db.models import FilmState
from db.read_models.facts import FilmFacts

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILM = FilmFacts(
    *(1, 1, 1, NOW, TimePrecision.SECOND, NOW, ViewPosition.AP, PatientPosition.SUPINE, None),
    *(FilmState.FAILED, "Damaged.", False, "hash"),
)


def test_several_films_have_words_of_their_own() -> None:
    absence = Absence.IMPOSSIBLE_TIME
    assert counted_absence(1, absence) == "1 film dated when it cannot have been taken"
    assert counted_absence(2, absence) == "2 films dated when they cannot have been taken"
    assert counted_off_trend(2, absence).endswith("not on the trend: dated when they cannot have been taken")


@pytest.mark.parametrize(
    ("films", "n_scored", "begins"),
    [((FILM,), 0, "only film"), ((FILM, FILM), 0, "no film on the trend: newest film"), ((FILM,), 1, "newest film")],
)
def test_a_row_says_why_the_newest_film_is_missing(films: tuple[FilmFacts, ...], n_scored: int, begins: str) -> None:
    said = status_of(films, FILM, stale=False, hours=None, change=None, n_scored=n_scored)
    assert said == f"{begins} could not be read or scored: Damaged."
