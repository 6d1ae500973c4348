"""Scored films and cards for the tests of the trend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.trend import FilmTrend, Reference, ScoredFilm, TrendPolicy
from core.trend.types import Change
from core.types import (
    ChangeNoise,
    Interval,
    Measure,
    PatientPosition,
    Score,
    ScorerCard,
    TimePrecision,
    ViewPosition,
)

Taken = tuple[ViewPosition, PatientPosition]

START = datetime(2024, 3, 1, 6, tzinfo=UTC)
POLICY = TrendPolicy(p_rise=0.975, p_large=0.90)
"""The thresholds that the expected verdicts were worked out with, whatever the defaults are."""
AP_SUPINE = (ViewPosition.AP, PatientPosition.SUPINE)
AP_UNKNOWN = (ViewPosition.AP, PatientPosition.UNKNOWN)
PA_ERECT = (ViewPosition.PA, PatientPosition.ERECT)
GEOGRAPHIC, OPACITY = Measure.GEOGRAPHIC_EXTENT, Measure.OPACITY


def noise(sd: float = 1.0, slope: float = 1.0) -> ChangeNoise:
    return ChangeNoise(
        sd=sd, slope=slope, n_pairs=20, n_patients=15, sd_low=sd * 0.7, sd_high=sd * 1.4, source="made up"
    )


CARD = ScorerCard(
    model="stub",
    version="1",
    title="Stub",
    summary="For tests.",
    licence="none",
    citation="none",
    noise={GEOGRAPHIC: noise(1.0), OPACITY: noise(0.75)},
    mixed_noise={GEOGRAPHIC: noise(1.5)},
    change_views=tuple(ViewPosition),
)
CARD_WITHOUT_NOISE = replace(CARD, noise={}, mixed_noise={})


def film(
    film_id: int,
    hours: float,
    level: float,
    taken: Taken = AP_SUPINE,
    *,
    opacity: float | None = None,
    stay_id: int | None = 1,
    precision: TimePrecision = TimePrecision.SECOND,
    version: str = "1",
    interval: Interval | None = None,
) -> ScoredFilm:
    """Return a film scored `level` of 8, `hours` after the start of the stay."""
    score = Score("stub", version, level, level * 0.75 if opacity is None else opacity, interval)
    return ScoredFilm(film_id, stay_id, START + timedelta(hours=hours), precision, *taken, score)


def day_film(film_id: int, day: int, level: float, taken: Taken = AP_SUPINE) -> ScoredFilm:
    """Return a film whose time is known to the day."""
    return film(film_id, day * 24, level, taken, precision=TimePrecision.DAY)


def previous(trend: FilmTrend, measure: Measure = GEOGRAPHIC) -> Change:
    """Return the comparison with the previous film, which is always there."""
    change = trend.change(measure, Reference.PREVIOUS)
    assert change is not None
    return change
