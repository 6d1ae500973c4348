"""A site's own line from a model's scores to its readers' scale, and what it would be worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm, Values, difference_of_mae, evaluate_agreement
from core.evaluation.bootstrap import LEVEL, Estimate
from core.evaluation.reader_study import SCALES, ReadFilm, ReadScale, judged
from core.evaluation.recalibration import recalibrated
from core.types import Measure

LEAST_FILMS = 30
LEAST_PATIENTS = 3


@dataclass(frozen=True)
class SiteLine:
    """Recalibrated score = offset + slope x score, put to the scale's ends beyond them.

    Attributes
    ----------
    slope : Estimate
        By Theil and Sen: the median of the slopes between all pairs of films, with its 95 % interval (films counted as
        independent); never below 0, so that no two films change their order. Source: Sen, J Am Stat Assoc
        1968;63:1379-1389, doi:10.1080/01621459.1968.10480934.
    offset : float
        Points.
    before, after : Estimate
        Mean absolute error against the readers: of the scores as they are, and of scores recalibrated by a line that
        the patient's films had no part in.
    gain : Estimate
        `after` minus `before`, paired, points; below 0 the line helps.
    films : tuple of JudgedFilm
        The readers as experts, the model's scores as they are.
    """

    measure: Measure
    slope: Estimate
    offset: float
    n_films: int
    n_patients: int
    before: Estimate
    after: Estimate
    gain: Estimate
    films: tuple[JudgedFilm, ...]

    @property
    def helps(self) -> bool:
        """Return whether the error falls, beyond its interval."""
        return self.gain.high < 0

    @property
    def follows(self) -> bool:
        """Return whether the readings rise with the scores, beyond the interval: else the line would flatten trends."""
        return self.slope.low > 0

    @property
    def answer(self) -> str:
        """Return what the line is worth, in words."""
        if not self.follows:
            return "not usable: the readings do not rise with the scores"
        return "the error falls" if self.helps else "no difference shown"

    def of(self, score: float) -> float:
        """Return a score on the site's scale."""
        return float(np.clip(self.offset + self.slope.value * score, 0.0, self.measure.maximum))


def site_lines(films: Sequence[ReadFilm], *, resamples: int = 1000, seed: int = 0) -> tuple[SiteLine, ...]:
    """Return the line of each measure.

    Raises
    ------
    DataSetInvalidError
        Fewer than `LEAST_FILMS` films or `LEAST_PATIENTS` patients, or a model that says the same of every film.
    """
    n_films = len({film.film_id for film in films})
    n_patients = len({film.patient_id for film in films})
    if n_films < LEAST_FILMS or n_patients < LEAST_PATIENTS:
        message = (
            f"{n_films} films of {n_patients} patients were read blind. Expected {LEAST_FILMS} films of "
            f"{LEAST_PATIENTS} patients or more to recalibrate. Read more films."
        )
        raise DataSetInvalidError(message)
    whole = {scale.name: scale for scale in SCALES}
    return tuple(_line(films, measure, whole[measure.value], resamples, seed) for measure in Measure)


def rising_line(predicted: Values, expert: Values) -> tuple[float, float]:
    """Return slope (0 or more) and offset of the line of Theil and Sen.

    Raises
    ------
    DataSetInvalidError
        The predictions are all one.
    """
    slope, _interval = _slope(predicted, expert)
    return slope, _offset(slope, predicted, expert)


def _line(films: Sequence[ReadFilm], measure: Measure, scale: ReadScale, resamples: int, seed: int) -> SiteLine:
    on_scale = judged(films, scale)
    predicted = np.array([film.said for film in on_scale])
    expert = np.array([film.expert for film in on_scale])
    slope, (low, high) = _slope(predicted, expert)
    offset = _offset(slope, predicted, expert)
    after = recalibrated(on_scale, scale.maximum, line=rising_line)
    errors = [evaluate_agreement(one, resamples=resamples, seed=seed) for one in (on_scale, after)]
    return SiteLine(
        measure=measure,
        slope=Estimate(slope, low, high),
        offset=offset,
        n_films=len(on_scale),
        n_patients=errors[0].n_patients,
        before=errors[0].mae,
        after=errors[1].mae,
        gain=difference_of_mae(after, on_scale, resamples=resamples, seed=seed),
        films=tuple(on_scale),
    )


def _offset(slope: float, predicted: Values, expert: Values) -> float:
    return float(np.median(expert - slope * predicted))


def _slope(predicted: Values, expert: Values) -> tuple[float, tuple[float, float]]:
    from scipy.stats import theilslopes  # noqa: PLC0415 - takes seconds to import, and one page alone needs it

    if not np.ptp(predicted):
        message = "The model gives every film that was read the same score. Expected different ones to recalibrate."
        raise DataSetInvalidError(message)
    found = theilslopes(expert, predicted, alpha=LEVEL)
    return max(0.0, float(found.slope)), (float(found.low_slope), float(found.high_slope))
