"""A reader beside a model: their agreement by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f
from sklearn.metrics import cohen_kappa_score

from core.evaluation.reader_study import SCALES, ReadFilm, agreement_by_scale, judged
from core.human_reading import LungScores
from core.types import Score


def film(number: int, read: tuple[float, float, float, float], said: tuple[float, float], **sides: float) -> ReadFilm:
    """Return film `number`, the only one of its patient."""
    return ReadFilm(str(number), f"P{number}", LungScores(*read), Score("m", "1", *said, **sides))


def whole(number: int, extent: float, said: float) -> ReadFilm:
    """Return a film of which the reader says `extent` (0-8) and the model `said`; opacity likewise, at most 6."""
    opacity = min(extent, 6.0)
    read = (extent / 2, extent / 2, opacity / 2, opacity / 2)
    return film(number, read, (said, min(said, 6.0)))


def test_agreement_is_that_of_the_formulas_written_out() -> None:
    reader = np.array([0.0, 2, 4, 6, 8, 3, 5, 1])
    model = np.array([1.0, 2, 5, 6, 7, 4, 5, 3])
    films = [whole(number, *pair) for number, pair in enumerate(zip(reader, model, strict=True))]
    by_name = {one.scale.name: one for one in agreement_by_scale(films)}
    # The model gives no value of each lung.
    assert list(by_name) == ["geographic_extent", "opacity"]
    found = by_name["geographic_extent"].agreement
    difference = model - reader
    assert (found.n_films, found.n_patients) == (8, 8)
    assert found.bias.value == pytest.approx(0.5)
    assert found.limit_high.value == pytest.approx(0.5 + 1.96 * difference.std(ddof=1))
    assert found.limit_low.value == pytest.approx(0.5 - 1.96 * difference.std(ddof=1))
    kappa = cohen_kappa_score(reader.astype(int), model.astype(int), weights="quadratic", labels=range(9))
    assert found.kappa_quadratic.value == pytest.approx(kappa)
    # ICC(2,1) from the two-way table of variance.
    both = np.stack([reader, model], axis=1)
    n, k, grand = 8, 2, both.mean()
    between = k * ((both.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    readers = n * ((both.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    rest = both - both.mean(axis=1, keepdims=True) - both.mean(axis=0) + grand
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    icc = (between - error) / (between + (k - 1) * error + k * (readers - error) / n)
    assert found.icc.value == pytest.approx(icc)
    # The patients' resampling against Shrout and Fleiss' own interval: of the same size.
    f_low, f_high = _shrout_fleiss(between, readers, error, n, k)
    assert found.icc.low < icc < found.icc.high
    assert abs(found.icc.low - f_low) < 0.35
    assert abs(found.icc.high - f_high) < 0.15


def _shrout_fleiss(between: float, readers: float, error: float, n: int, k: int) -> tuple[float, float]:
    """Return the 95 % interval of ICC(2,1) by the F distribution."""
    ratio = readers / error
    icc = (between - error) / (between + (k - 1) * error + k * (readers - error) / n)
    top = (k - 1) * (n - 1) * (k * icc * ratio + n * (1 + (k - 1) * icc) - k * icc) ** 2
    bottom = (n - 1) * k**2 * icc**2 * ratio**2 + (n * (1 + (k - 1) * icc) - k * icc) ** 2
    freedom = top / bottom
    low_f, high_f = f.ppf(0.975, n - 1, freedom), f.ppf(0.975, freedom, n - 1)
    rest = k * readers + (k * n - k - n) * error
    return (
        n * (between - low_f * error) / (low_f * rest + n * between),
        n * (high_f * between - error) / (rest + n * high_f * between),
    )


def test_each_lung_is_compared_where_the_model_gives_it() -> None:
    sides = {
        "geographic_extent_right": 2.0,
        "geographic_extent_left": 1.0,
        "opacity_right": 1.0,
        "opacity_left": 0.5,
    }
    films = [film(number, (2, 1, 1, 1), (3, 1.5), **sides) for number in range(3)]
    found = {one.scale.name: one.agreement for one in agreement_by_scale(films)}
    assert list(found) == [scale.name for scale in SCALES]
    assert found["geographic_extent_left"].bias.value == 0
    assert found["opacity_left"].bias.value == -0.5
    assert found["opacity_left"].icc.value == 0
    assert np.isnan(found["opacity_left"].kappa_quadratic.value)


def test_two_films_determine_no_agreement() -> None:
    assert agreement_by_scale([whole(1, 1, 1), whole(2, 4, 3)]) == ()


def test_a_film_that_several_people_read_stands_once_with_their_mean() -> None:
    (found,) = judged([whole(1, 2, 3), whole(1, 4, 3)], SCALES[0])
    assert (found.film_id, found.patient_id, found.expert, found.predicted) == ("1", "P1", 3.0, (3.0,))
