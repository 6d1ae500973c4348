"""Everything the trend reads from a scorer's card: noise of a change by class, wandering of levels, constant error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.errors import DataSetInvalidError
from core.evaluation.acquisition import stated_acquisition
from core.evaluation.agreement import JudgedFilm
from core.evaluation.change_classes import PROJECTIONS, class_noises, taken_differently
from core.evaluation.change_noise import JudgedChange, consecutive_changes, measure_change_noise
from core.research.evaluation.dataset import DataSetFilm, read_data_set, read_table
from core.research.evaluation.expert_flags.tiers import judge_tiers, verdict_record
from core.research.evaluation.noise.level_noise import ProcessEstimate, estimate_process
from core.research.evaluation.opacity.scales import on_one_scale
from core.research.evaluation.out_of_sample import judged_films
from core.research.evaluation.prediction import SCALES, read_out_of_fold
from core.trend.levels import film_moments, level_model
from core.trend.state_space import Moment
from core.trend.types import ScoredFilm, TrendPolicy
from core.types import ChangeNoise, LevelNoise, Measure, PairClass, Score, ScorerCard, TimePrecision, VerdictRecord

SERIES_SOURCE = "hannover"
DETECTABLE_SDS = 1.96

_SOURCE = (
    "Out-of-fold predictions of consecutive films of one patient against {readers}; views: {views}. Not measured on "
    "other views{mixed}."
)
_READERS = {"brixia_senior": "the senior reader of the Brixia score"}
_LEVEL_SOURCE = (
    "Wandering of levels and scatter of films around them: maximum likelihood over the scores of the serial bedside "
    "films of Hannover (all AP, position not stated, times known to the day), by networks that had not seen the "
    "patient; no expert has a part in it. Constant error: variance of single films' errors out of fold less that "
    "scatter; the readers' own is in it."
)
_NO_WIDENING = TrendPolicy(unknown_position_widening=1.0)


@dataclass(frozen=True)
class ScaleNoise:
    """The noise of a scorer's change on one scale.

    Attributes
    ----------
    n_alike, n_differently : int
        Pairs of consecutive films.
    alike, differently : ChangeNoise or None
        None where there are fewer than five pairs.
    classes : mapping of PairClass to ChangeNoise
    bias_sd : float
        SD of the part of a film's error that stays the same in one patient, points.
    process : ProcessEstimate or None
        None on scales that have no series of scores.
    """

    n_alike: int
    n_differently: int
    alike: ChangeNoise | None
    differently: ChangeNoise | None
    classes: Mapping[PairClass, ChangeNoise]
    bias_sd: float
    process: ProcessEstimate | None = None

    @property
    def smallest_detectable(self) -> float | None:
        """Return the smallest detectable change (95 %) between films taken alike, in the experts' points."""
        return None if self.alike is None else DETECTABLE_SDS * self.alike.sd


def measure_trend_noise(
    data: Path, card: ScorerCard, evidence: Path, *, films: Sequence[DataSetFilm] | None = None
) -> dict[str, ScaleNoise]:
    """Measure the noise of a scorer's change on every scale it was predicted on out of fold.

    Experts' opacity of 0-8 counts as moved to 0-6.

    Parameters
    ----------
    data : Path
        Folder with `films.csv` and `scores.csv`; those of its folder `more/` count too.
    card : ScorerCard
        Of the scorer; its own noise is not used.
    evidence : Path
        Folder with `<scorer>-out-of-fold.csv` and, for the wandering of levels, `<scorer>-series.csv`.

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form.
    """
    films = read_data_set(data, more=True) if films is None else films
    said = read_out_of_fold(evidence / f"{card.model}-out-of-fold.csv")
    judged = {scale: judged_films(on_one_scale(films), said, scale) for scale in SCALES}
    found = {scale: _scale_noise(scale, of_scale) for scale, of_scale in judged.items() if of_scale}
    table = evidence / f"{card.model}-series.csv"
    if not table.is_file():
        return found
    series = hannover_series(films, table, card)
    for measure in Measure:
        noise = found.get(measure.value)
        if noise is not None and noise.alike is not None:
            found[measure.value] = _with_process(noise, series, measure, card, judged[measure.value])
    return found


def with_trend_noise(card: ScorerCard, data: Path, evidence: Path) -> ScorerCard:
    """Return the card with all that the trend reads from it measured anew.

    A projection has a measured noise where there are pairs of geographic extent with both films in it.

    Raises
    ------
    DataSetInvalidError
        As `measure_trend_noise`.
    """
    found = measure_trend_noise(data, card, evidence)
    of_measure = {measure: found[measure.value] for measure in Measure if measure.value in found}
    of_extent = of_measure[Measure.GEOGRAPHIC_EXTENT].classes if Measure.GEOGRAPHIC_EXTENT in of_measure else {}
    card_noise = {measure: one.alike for measure, one in of_measure.items() if one.alike}
    return replace(
        card,
        noise=card_noise,
        mixed_noise={measure: one.differently for measure, one in of_measure.items() if one.differently},
        class_noise={measure: one.classes for measure, one in of_measure.items() if one.classes},
        level_noise={measure: _level_noise(one) for measure, one in of_measure.items() if one.process},
        verdicts=_verdicts(card, data, evidence) if Measure.GEOGRAPHIC_EXTENT in card_noise else None,
        change_views=tuple(view for view, pair_class in PROJECTIONS.items() if pair_class in of_extent),
        evidence={**card.evidence, "change_noise": {scale: _as_evidence(one) for scale, one in found.items()}},
    )


def _verdicts(card: ScorerCard, data: Path, evidence: Path) -> VerdictRecord | None:
    """Return how verdicts by the defaults stood against experts, None with too few serial films."""
    said = read_out_of_fold(evidence / f"{card.model}-out-of-fold.csv")
    films = judged_films(read_data_set(data, more=True), said, Measure.GEOGRAPHIC_EXTENT.value)
    policy = TrendPolicy()
    try:
        return verdict_record(judge_tiers(films, card=card, policy=policy), policy)
    except DataSetInvalidError:
        return None


def hannover_series(films: Sequence[DataSetFilm], table: Path, card: ScorerCard) -> list[list[ScoredFilm]]:
    """Return the serial films of Hannover that have a day, by patient, with the scorer's scores."""
    described = {film.film_id: film for film in films if film.source == SERIES_SOURCE and film.day is not None}
    series: dict[str, list[ScoredFilm]] = defaultdict(list)
    columns = ("film_id", *(measure.value for measure in Measure))
    for number, row in enumerate(sorted(read_table(table, columns), key=lambda row: row["film_id"])):
        film = described.get(row["film_id"])
        if film is None or not all(row[measure.value] for measure in Measure):
            continue
        score = Score(card.model, card.version, float(row["geographic_extent"]), float(row["opacity"]))
        at = datetime(2020, 1, 1, 12, tzinfo=UTC) + timedelta(days=film.day or 0)
        series[film.patient_id].append(
            ScoredFilm(number, None, at, TimePrecision.DAY, *stated_acquisition(film.view), score=score)
        )
    return [sorted(one, key=lambda film: (film.acquired_at, film.film_id)) for _patient, one in sorted(series.items())]


def _scale_noise(scale: str, judged: Sequence[JudgedFilm]) -> ScaleNoise:
    changes = consecutive_changes(judged)
    alike = [change for change in changes if not taken_differently(change)]
    differently = [change for change in changes if taken_differently(change)]
    noises = [_noise_or_none(scale, pairs) for pairs in (alike, differently)]
    classes: dict[PairClass, ChangeNoise] = {}
    for pairs, noise in zip((alike, differently), noises, strict=True):
        classes |= class_noises(pairs, noise) if noise else {}
    scatter = noises[0].film_sd ** 2 if noises[0] else 0.0
    return ScaleNoise(len(alike), len(differently), noises[0], noises[1], classes, round(_bias_sd(judged, scatter), 4))


def _noise_or_none(scale: str, pairs: Sequence[JudgedChange]) -> ChangeNoise | None:
    views = sorted({view or "not stated" for pair in pairs for view in pair.views})
    source = _SOURCE.format(
        readers=_READERS.get(scale, "the mean of three expert readers"),
        views=", ".join(views),
        mixed="" if any(taken_differently(pair) for pair in pairs) else ", nor between films taken differently",
    )
    try:
        return measure_change_noise(pairs, source)
    except DataSetInvalidError:
        return None


def _bias_sd(judged: Sequence[JudgedFilm], scatter_variance: float) -> float:
    errors = np.array([film.predicted for film in judged]) - np.array([[film.expert] for film in judged])
    return float(np.sqrt(max(errors.var(axis=0, ddof=1).mean() - scatter_variance, 0.0)))


def _with_process(
    noise: ScaleNoise,
    series: Sequence[Sequence[ScoredFilm]],
    measure: Measure,
    card: ScorerCard,
    judged: Sequence[JudgedFilm],
) -> ScaleNoise:
    """Return the noise with what the series show; the films' scatter there is the scorer's own, without readers'."""
    process = None if noise.alike is None else _process(series, measure, noise, card)
    if process is None:
        return noise
    return replace(noise, process=process, bias_sd=round(_bias_sd(judged, process.film_sd**2), 4))


def _process(
    series: Sequence[Sequence[ScoredFilm]], measure: Measure, noise: ScaleNoise, card: ScorerCard
) -> ProcessEstimate | None:
    alike, differently = ({measure: one} if one else {} for one in (noise.alike, noise.differently))
    measured = replace(card, noise=alike, mixed_noise=differently, level_noise={})
    model = level_model(measured, measure)
    if model is None:
        return None
    stays: list[list[Moment]] = [film_moments(films, measure, card=measured, policy=_NO_WIDENING) for films in series]
    return estimate_process(stays, model)


def _level_noise(noise: ScaleNoise) -> LevelNoise:
    process = noise.process
    if process is None:
        raise ValueError("The wandering of levels was not estimated. Leave it out of the card.")
    return LevelNoise(
        round(process.sd, 3),
        round(process.low, 3),
        round(process.high, 3),
        process.n_films,
        process.n_stays,
        noise.bias_sd,
        _LEVEL_SOURCE,
        *(round(one, 3) for one in (process.film_sd, process.film_low, process.film_high)),
    )


def _as_evidence(noise: ScaleNoise) -> dict[str, object]:
    return {
        "n_pairs_taken_alike": noise.n_alike,
        "n_pairs_taken_differently": noise.n_differently,
        "taken_alike": asdict(noise.alike) if noise.alike else "fewer than five pairs",
        "taken_differently": asdict(noise.differently) if noise.differently else "fewer than five pairs",
        "classes": {pair_class.label: asdict(one) for pair_class, one in noise.classes.items()},
        "smallest_detectable_change": noise.smallest_detectable and round(noise.smallest_detectable, 3),
        "bias_sd": noise.bias_sd,
        "process": _rounded(noise.process) if noise.process else "no series of scores",
    }


def _rounded(process: ProcessEstimate) -> dict[str, float]:
    return {name: round(value, 3) for name, value in asdict(process).items()}
