"""Whether intervals of a change hold the truth, and whether "P(true change > 0)" is the share that rose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.evaluation.evidence.simulation import FEWEST_IN_BIN, Calibration, ReliabilityPoint
from core.evaluation.flagging import FlagStrengths
from core.evaluation.proportion import wilson_interval
from core.research.evaluation.simulation.generator import SimulatedSeries
from core.research.evaluation.simulation.world import MEASURE
from core.trend.flags.proposed import ALERTING_REFERENCE

Values = NDArray[np.float64]

BINS = 10


def calibrate(
    detector: str, condition: str, course: str, series: SimulatedSeries, strengths: FlagStrengths
) -> Calibration | None:
    """Return the calibration over all changes of the alerting rule; None for a detector without intervals.

    The change is that of the means that experts read at the films compared, which the card's noise is of.
    """
    judged = _judged(series, strengths)
    if not len(judged):
        return None
    low, high, stated, true, at_end, level = judged.T
    inside = (low <= true) & (true <= high)
    clear = at_end == 0
    if not clear.any():
        return None
    coverage = float(np.mean(inside[clear]))
    points = _reliability(stated[clear], true[clear] > 0)
    told = [abs(point.observed - point.stated) for point in points if point.n >= FEWEST_IN_BIN]
    return Calibration(
        detector,
        condition,
        course,
        int(clear.sum()),
        float(level[0]),
        coverage,
        *wilson_interval(coverage, int(clear.sum())),
        int((~clear).sum()),
        float(np.mean(inside[~clear])) if (~clear).any() else None,
        points,
        max(told, default=None),
    )


def _judged(series: SimulatedSeries, strengths: FlagStrengths) -> Values:
    rows = []
    for patient, trends in enumerate(strengths.trends):
        for trend in trends:
            change = trend.change(MEASURE, ALERTING_REFERENCE)
            if change is None or change.interval is None or change.p_rise is None:
                continue
            read = series.read[patient]
            # A simulated film's id is its place in the series.
            true = read[[*change.now_film_ids]].mean() - read[[*change.before_film_ids]].mean()
            interval = change.interval
            rows.append((interval.low, interval.high, change.p_rise, true, float(change.saturated), interval.level))
    return np.array(rows)


def _reliability(stated: Values, rose: NDArray[np.bool_]) -> tuple[ReliabilityPoint, ...]:
    places = np.minimum((stated * BINS).astype(np.intp), BINS - 1)
    points = []
    for place in range(BINS):
        members = places == place
        n = int(members.sum())
        if n:
            observed = float(np.mean(rose[members]))
            points.append(ReliabilityPoint(n, float(np.mean(stated[members])), observed, *wilson_interval(observed, n)))
    return tuple(points)
