"""Consecutive films of one patient that experts scored, and what each detector says of the later one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.acquisition import stated_acquisition
from core.evaluation.agreement import JudgedFilm
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import JudgedChange, consecutive_changes, measure_change_noise
from core.evaluation.flagging import Family, read_flags
from core.trend.types import ScoredFilm
from core.types import ChangeNoise, Measure, Score, ScorerCard, TimePrecision, ViewPosition

Values = NDArray[np.float64]

MEASURE = Measure.GEOGRAPHIC_EXTENT
FEWEST_PAIRS = 6
"""Leaving out a patient, five are left to fit the noise on."""

_DAY_ZERO = datetime(2000, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """Pairs of consecutive films, each array over pairs in its last axis.

    Attributes
    ----------
    patients : tuple of str
        Of each pair.
    expert : array (pairs,)
        The expert's change, points of 8: other scales are stretched to it.
    predicted : array (partitions, pairs)
        Likewise.
    rise, drop : mapping of family to array (partitions, pairs)
        Strength of the later film's flag, -inf where there is none.
    n_taken_differently : int
        Pairs whose view is not the same.
    """

    patients: tuple[str, ...]
    expert: Values
    predicted: Values
    rise: Mapping[str, Values]
    drop: Mapping[str, Values]
    n_taken_differently: int


def judge_pairs(
    films: Sequence[JudgedFilm], families: Sequence[Family], *, card: ScorerCard, maximum: float
) -> JudgedPairs | None:
    """Return what each family says of every pair, with the noise fitted without the patient; None of too few pairs.

    Detectors look at geographic extent: a scale of another top is stretched to 8 for them, and their noise is measured
    on it.

    Parameters
    ----------
    card : ScorerCard
        Whose name and version the films carry; its noise is replaced.
    maximum : float
        Top of the films' scale.
    """
    stretched = [_stretched(film, MEASURE.maximum / maximum) for film in films]
    changes = consecutive_changes(stretched)
    if len(changes) < FEWEST_PAIRS:
        return None
    predicted = np.array([change.predicted for change in changes]).T
    rise = {family.name: np.full(predicted.shape, -np.inf) for family in families}
    drop = {family.name: np.full(predicted.shape, -np.inf) for family in families}
    for patient in sorted({change.patient_id for change in changes}):
        own = card_without(card, changes, patient)
        places = {one.later_film_id: place for place, one in enumerate(changes) if one.patient_id == patient}
        dated = sorted(
            (film for film in stretched if film.patient_id == patient and film.day is not None),
            key=lambda film: (film.day or 0, film.film_id),
        )
        series = [series_of(dated, partition, own) for partition in range(len(predicted))]
        for family in families:
            strengths = read_flags(series, family, own)
            for number, film in enumerate(dated):
                if film.film_id in places:
                    rise[family.name][:, places[film.film_id]] = strengths.rise[:, number]
                    drop[family.name][:, places[film.film_id]] = strengths.drop[:, number]
    return JudgedPairs(
        patients=tuple(change.patient_id for change in changes),
        expert=np.array([change.expert for change in changes]),
        predicted=predicted,
        rise=rise,
        drop=drop,
        n_taken_differently=sum(map(taken_differently, changes)),
    )


def card_without(card: ScorerCard, changes: Sequence[JudgedChange], patient: str) -> ScorerCard:
    """Return the card with one noise, measured on all other patients, and nothing else that was measured on films.

    What the card has by class of pair and for the level rests on this patient too, and on the scorer's own scale.

    Raises
    ------
    DataSetInvalidError
        The others have fewer than five pairs.
    """
    noise = {MEASURE: noise_without(changes, patient)}
    return replace(card, noise=noise, mixed_noise={}, class_noise={}, level_noise={}, change_views=tuple(ViewPosition))


def noise_without(changes: Sequence[JudgedChange], patient: str) -> ChangeNoise:
    """Return the noise of a change, measured on all other patients.

    Raises
    ------
    DataSetInvalidError
        The others have fewer than five pairs.
    """
    others = [change for change in changes if change.patient_id != patient]
    try:
        # Its interval is not used.
        return measure_change_noise(others, "The other patients.", resamples=2)
    except ValueError as error:
        message = f"The noise cannot be measured without {patient!r}: {error}"
        raise DataSetInvalidError(message) from error


def _stretched(film: JudgedFilm, factor: float) -> JudgedFilm:
    return replace(film, expert=film.expert * factor, predicted=tuple(value * factor for value in film.predicted))


def series_of(dated: Sequence[JudgedFilm], partition: int, card: ScorerCard) -> list[ScoredFilm]:
    """Return a patient's films in order; films of one day have none among themselves, as on the ward."""
    films = []
    for number, film in enumerate(dated):
        view, position = stated_acquisition(film.view)
        extent = min(max(film.predicted[partition], 0.0), MEASURE.maximum)
        films.append(
            ScoredFilm(
                film_id=number,
                stay_id=1,
                acquired_at=_DAY_ZERO + timedelta(days=film.day or 0),
                time_precision=TimePrecision.DAY,
                view_position=view,
                patient_position=position,
                score=Score(card.model, card.version, extent, 0.0),
            )
        )
    return films
