"""The ICU stays of the COVID-19 Image Repository (Hannover), scored by a scorer that did not learn from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import DataSetInvalidError
from core.evaluation.acquisition import stated_acquisition
from core.evaluation.burden.stays import WatchedStay
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.trend.types import ScoredFilm
from core.types import Score, ScorerCard, TimePrecision

SOURCE = "hannover"
SERIES = "{model}-series.csv"
"""Scores of films that no expert scored and the scorer did not learn from, in the folder of the evidence."""

_DAY_ZERO = datetime(2000, 1, 1, 12, tzinfo=UTC)
_COLUMNS = ("film_id", "geographic_extent", "opacity")


@dataclass(frozen=True)
class IcuStay:
    """When one patient was in intensive care, in days on the source's own axis.

    Attributes
    ----------
    first, last : int
        Days of admission and of release or death.
    died : bool
        In intensive care.
    """

    patient: str
    first: int
    last: int
    died: bool

    @property
    def days(self) -> float:
        """Return the days in intensive care; a stay that ends on its first day counts half of one."""
        return max(self.last - self.first, 0.5)


def icu_stays(data: Path) -> tuple[IcuStay, ...]:
    """Return the ICU stays of the source, those whose end is not stated left out.

    Raises
    ------
    DataSetInvalidError
        `clinical.csv` is missing or a day in it is no number.
    """
    events: dict[str, dict[str, int]] = defaultdict(dict)
    for row in read_table(data / "clinical.csv", ("patient_id", "day", "name")):
        if row["patient_id"].startswith(f"{SOURCE}-") and row["name"] in {"icu_admission", "icu_release", "death"}:
            events[row["patient_id"]][row["name"]] = _day(row)
    return tuple(
        IcuStay(patient, of["icu_admission"], of["icu_release"], of.get("death") == of["icu_release"])
        for patient, of in sorted(events.items())
        if "icu_admission" in of and "icu_release" in of
    )


def hannover_stays(data: Path, card: ScorerCard, *, evidence: Path) -> list[WatchedStay]:
    """Return the ICU stays that have a film, with the scores of the card's scorer.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form.
    """
    films = scored_films(data, card, evidence=evidence)
    stays = []
    for stay in icu_stays(data):
        within = [one for day, one in films.get(stay.patient, ()) if stay.first <= day <= stay.last]
        if within:
            counted = frozenset(film.film_id for film in within)
            stays.append(WatchedStay(stay.patient, stay.days, tuple(within), counted))
    return stays


def scored_films(data: Path, card: ScorerCard, *, evidence: Path) -> Mapping[str, Sequence[tuple[int, ScoredFilm]]]:
    """Return the day and the film of each patient of the source, by patient; films without a score are left out."""
    path = evidence / SERIES.format(model=card.model)
    scores = {row["film_id"]: row for row in read_table(path, _COLUMNS) if row["geographic_extent"]}
    of_patient: dict[str, list[tuple[int, ScoredFilm]]] = defaultdict(list)
    for number, film in enumerate(read_data_set(data)):
        if film.source == SOURCE and film.film_id in scores and film.day is not None:
            of_patient[film.patient_id].append((film.day, _film(number, film, scores[film.film_id], card)))
    return of_patient


def _film(number: int, film: DataSetFilm, row: Mapping[str, str], card: ScorerCard) -> ScoredFilm:
    view, position = stated_acquisition(film.view)
    return ScoredFilm(
        film_id=number,
        stay_id=1,
        acquired_at=_DAY_ZERO + timedelta(days=film.day or 0),
        time_precision=TimePrecision.DAY,
        view_position=view,
        patient_position=position,
        score=Score(card.model, card.version, float(row["geographic_extent"]), float(row["opacity"] or 0)),
    )


def _day(row: Mapping[str, str]) -> int:
    try:
        return int(float(row["day"]))
    except ValueError as error:
        message = f"clinical.csv: {row['name']} of {row['patient_id']!r} on day {row['day']!r}. Expected a number."
        raise DataSetInvalidError(message) from error
