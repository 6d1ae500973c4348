"""A site's own version of a model, made from what its people read blind: lines, intervals, noise of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.bootstrap import Estimate
from core.evaluation.change_classes import PROJECTIONS, class_noises, taken_differently
from core.evaluation.change_noise import JudgedChange, consecutive_changes, measure_change_noise
from core.evaluation.conformal import are_enough, conformal_half_width, residual_quantile
from core.evaluation.reader_study import ReadFilm
from core.evaluation.recalibration import recalibrated
from core.evaluation.site_recalibration import SiteLine, rising_line, site_lines
from core.scoring.interval import FLAT
from core.scoring.recalibration.noise import at_slope, level_at_slope
from core.scoring.recalibration.scores import half_width
from core.scoring.recalibration.values import Figure, MeasureLine, Recalibration
from core.types import ChangeNoise, Interval, Measure, PairClass, Score, ScorerCard

LEAST_PAIRS = 30
"""Serial pairs of a site's own readings from which the noise of a change is measured on them."""

_DECIMALS = 4
_DIFFERENTLY = (PairClass.VIEW, PairClass.POSITION)


@dataclass(frozen=True)
class _Pairs:
    """Changes between serial films, the scores on the new scale by lines without the patient."""

    alike: Sequence[JudgedChange]
    differently: Sequence[JudgedChange]

    @property
    def are_enough(self) -> bool:
        return len(self.alike) >= LEAST_PAIRS


def recalibration_of(
    films: Sequence[ReadFilm], card: ScorerCard, *, n_readers: int, resamples: int = 1000
) -> Recalibration:
    """Return the recalibration of a model by a site's readings, with its version.

    A measure is recalibrated where its line follows the scores and helps, see `SiteLine`. The half width of its
    interval is the base's on the same film, stretched by the slope, times the factor that split-conformal prediction
    gives on the readings, each patient by a line without the patient. Where the patients are too few for the
    interval's level, that factor is the one that held this share of the readings, but not below 1. The noise of a
    change is the base's, carried over, until there are `LEAST_PAIRS` serial pairs taken alike to measure it on.

    Assumptions: the readings are those of the films that will be scored; readers of one mind. What the readers of the
    card saw in a change, these readers see too, until it is measured on their own pairs.

    Parameters
    ----------
    films : sequence of ReadFilm
        With the scores of the base version and their intervals, the day and how each was taken.
    card : ScorerCard
        Of the base version.

    Raises
    ------
    DataSetInvalidError
        Too few films or patients, or no measure whose error falls.
    """
    used = _that_help(site_lines(films, resamples=resamples))
    after = {measure: _left_out(line) for measure, line in used.items()}
    lines = {measure: _measure_line(line, after[measure], films) for measure, line in used.items()}
    made = Recalibration(
        model=card.model,
        base_version=card.version,
        n_films=len({film.film_id for film in films}),
        n_patients=len({film.patient_id for film in films}),
        n_readers=n_readers,
        lines=lines,
        change_views=card.change_views,
        verdicts=card.verdicts,
        **_carried_over(card, lines),
    )
    for measure, on_scale in after.items():
        pairs = _pairs(on_scale)
        if pairs.are_enough:
            made = _with_own_noise(made, measure, pairs)
    return made.named()


def _that_help(found: Sequence[SiteLine]) -> dict[Measure, SiteLine]:
    used = {line.measure: line for line in found if line.follows and line.helps}
    if not used:
        answers = "; ".join(f"{line.measure.label.lower()}: {line.answer}" for line in found)
        message = (
            f"No measure can be recalibrated ({answers}). Expected readings that rise with the scores, and an error "
            "that falls. Keep the model as it is, or read more films."
        )
        raise DataSetInvalidError(message)
    return used


def _left_out(line: SiteLine) -> list[JudgedFilm]:
    return recalibrated(line.films, line.measure.maximum, line=rising_line)


def _measure_line(line: SiteLine, after: Sequence[JudgedFilm], films: Sequence[ReadFilm]) -> MeasureLine:
    slope = round(line.slope.value, _DECIMALS)
    width, n_patients = _width(line.measure, slope, after, films)
    return MeasureLine(
        slope=slope,
        slope_low=round(line.slope.low, _DECIMALS),
        slope_high=round(line.slope.high, _DECIMALS),
        offset=round(line.offset, _DECIMALS),
        width=width,
        n_width_patients=n_patients,
        n_films=line.n_films,
        n_patients=line.n_patients,
        before=_figure(line.before),
        after=_figure(line.after),
        gain=_figure(line.gain),
    )


def _figure(found: Estimate) -> Figure:
    return round(found.value, 3), round(found.low, 3), round(found.high, 3)


def _width(
    measure: Measure, slope: float, after: Sequence[JudgedFilm], films: Sequence[ReadFilm]
) -> tuple[float | None, int]:
    """Return the factor on the base's half width, and on how many patients it was measured."""
    reaches = {film.film_id: _reach(film, measure) for film in films}
    stretched = [replace(film, widening=(slope * reach,)) for film in after if (reach := reaches[film.film_id])]
    if not stretched:
        return None, 0
    level = max(found.level for film in films if (found := _interval(film, measure)) is not None)
    n_patients = len({film.patient_id for film in stretched})
    if are_enough(n_patients, level):
        return round(slope * conformal_half_width(stretched, level), _DECIMALS), n_patients
    held = residual_quantile(stretched, level, FLAT, lambda _said: True, more=0)
    return round(slope * max(1.0, held), _DECIMALS), 0


def _reach(film: ReadFilm, measure: Measure) -> float:
    """Return the half width of the interval of the model's score, 0 where it has none."""
    interval = _interval(film, measure)
    return half_width(interval, film.said.value(measure)) if interval and isinstance(film.said, Score) else 0.0


def _interval(film: ReadFilm, measure: Measure) -> Interval | None:
    return film.said.interval(measure) if isinstance(film.said, Score) else None


def _carried_over(card: ScorerCard, lines: Mapping[Measure, MeasureLine]) -> dict[str, Any]:
    """Return the fields of a recalibration that hold the base's noise on the new scale."""
    return {
        "noise": {measure: _on_scale(noise, measure, lines) for measure, noise in card.noise.items()},
        "mixed_noise": {measure: _on_scale(noise, measure, lines) for measure, noise in card.mixed_noise.items()},
        "class_noise": {
            measure: {name: _on_scale(noise, measure, lines) for name, noise in classes.items()}
            for measure, classes in card.class_noise.items()
        },
        "level_noise": {
            measure: level_at_slope(level, lines[measure].slope) if measure in lines else level
            for measure, level in card.level_noise.items()
        },
    }


def _on_scale(noise: ChangeNoise, measure: Measure, lines: Mapping[Measure, MeasureLine]) -> ChangeNoise:
    return at_slope(noise, lines[measure].slope) if measure in lines else noise


def _pairs(films: Sequence[JudgedFilm]) -> _Pairs:
    changes = consecutive_changes(films)
    return _Pairs(
        [change for change in changes if not taken_differently(change)],
        [change for change in changes if taken_differently(change)],
    )


def _with_own_noise(made: Recalibration, measure: Measure, pairs: _Pairs) -> Recalibration:
    """Return the recalibration with the noise of a measure taken from the site's pairs; each kind from enough only."""
    alike = measure_change_noise(pairs.alike, _source(pairs.alike))
    classes = class_noises(pairs.alike, alike)
    mixed = dict(made.mixed_noise)
    if len(pairs.differently) >= LEAST_PAIRS:
        mixed[measure] = measure_change_noise(pairs.differently, _source(pairs.differently))
        classes |= class_noises(pairs.differently, mixed[measure])
    else:
        carried = made.class_noise.get(measure, {})
        classes |= {name: carried[name] for name in _DIFFERENTLY if name in carried}
    found = replace(
        made,
        noise={**made.noise, measure: alike},
        mixed_noise=mixed,
        class_noise={**made.class_noise, measure: classes},
        n_own_pairs=len(pairs.alike),
    )
    if measure is not Measure.GEOGRAPHIC_EXTENT:
        return found
    views = tuple(view for view, pair_class in PROJECTIONS.items() if pair_class in classes)
    return replace(found, change_views=views, verdicts=None)


def _source(changes: Sequence[JudgedChange]) -> str:
    views = ", ".join(sorted({view or "not stated" for change in changes for view in change.views}))
    return (
        "Serial films of one patient read blind at this site, the scores by lines without the patient's own films; "
        f"taken: {views}."
    )
