"""How far a scorer's scores move when a film is disturbed and nothing of the patient changed; no expert is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

import numpy as np

from core.errors import CoreError, DataSetInvalidError, FilmNotScorableError
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.evaluation.robustness.disturbance import DISTURBANCES, FLIPPED, outside_hidden
from core.research.evaluation.robustness.figures import Disturbed, Robustness, Spread, spread_of
from core.research.evaluation.robustness.sampling import read_checked, strata_of, stratified_sample
from core.research.evaluation.robustness.scatter import bedside_films, measure_scatter
from core.scoring.base import MaskingScorer, Scorer
from core.types import Film, FloatImage, Measure, Score

OUTSIDE_HIDDEN = "all outside the lungs hidden"
Progress = Callable[[int, int], None]


def evaluate_robustness(
    data: Path, scorer: Scorer, *, site_zone: tzinfo, films: int = 60, seed: int = 0, progress: Progress | None = None
) -> Robustness:
    """Disturb a sample of films, spread over sources and views, and measure the scatter on serial bedside films.

    Parameters
    ----------
    data : Path
        Folder with `films.csv`.
    films : int
        How many films to disturb; all serial bedside films are scored besides.

    Raises
    ------
    DataSetInvalidError
        `films.csv` is missing or not as documented, or none of the sample can be scored.
    """
    known = read_data_set(data)
    sample, serial = stratified_sample(known, films, seed=seed), bedside_films(known)
    trial = _Trial(scorer, seed)
    left_out = []
    for place, film in enumerate(sample):
        try:
            trial.add(film, read_checked(film, site_zone))
        except CoreError as error:
            left_out.append(f"{film.film_id}: {error}")
        _tell(progress, place + 1, len(sample) + len(serial))
    if not trial.scored:
        reason = left_out[0] if left_out else f"{films} films were asked for and {len(known)} are there"
        raise DataSetInvalidError(f"None of the films can be scored: {reason}. Check folder and scorer.")
    scores = {}
    for place, film in enumerate(serial):
        try:
            scores[film.film_id] = scorer.score([scorer.prepare(read_checked(film, site_zone))])[0]
        except CoreError as error:
            left_out.append(f"{film.film_id}: {error}")
        _tell(progress, len(sample) + place + 1, len(sample) + len(serial))
    return Robustness(
        model=scorer.name,
        model_version=scorer.version,
        seed=seed,
        strata=strata_of(trial.scored),
        left_out=tuple(dict.fromkeys(left_out)),
        disturbed=trial.disturbed(),
        lungs_swapped=trial.lungs_swapped(),
        not_tested=trial.not_tested(),
        scatter=measure_scatter(serial, scores, seed=seed),
    )


class _Trial:
    """Collects what the disturbances do, film after film, so that no more than one film is in memory."""

    def __init__(self, scorer: Scorer, seed: int) -> None:
        self._scorer = scorer
        self._random = np.random.default_rng(seed)
        self.scored: list[DataSetFilm] = []
        self._before: list[Score] = []
        self._after: dict[str, list[Score | None]] = defaultdict(list)

    def add(self, film: DataSetFilm, read: Film) -> None:
        """Score a film as it is and disturbed; one that cannot be scored as it is raises and adds nothing."""
        before = self._scorer.score([self._scorer.prepare(read)])[0]
        after = _score_each(self._scorer, self._disturbed(read))
        self.scored.append(film)
        self._before.append(before)
        for name, score in after.items():
            self._after[name].append(score)

    def _disturbed(self, film: Film) -> Iterable[tuple[str, Film]]:
        for name, disturb in DISTURBANCES.items():
            yield name, _with_pixels(film, disturb(film.pixels, self._random), name)
        if isinstance(self._scorer, MaskingScorer):
            masks = self._scorer.masks(film)
            yield OUTSIDE_HIDDEN, _with_pixels(film, outside_hidden(film.pixels, masks), OUTSIDE_HIDDEN)

    def disturbed(self) -> tuple[Disturbed, ...]:
        """Return the change by disturbance."""
        return tuple(
            Disturbed(
                name,
                sum(score is None for score in after),
                {measure: self._change(after, measure) for measure in Measure if any(after)},
            )
            for name, after in self._after.items()
        )

    def _change(self, after: Sequence[Score | None], measure: Measure) -> Spread:
        rows = [
            (film.patient_id, abs(then.value(measure) - before.value(measure)))
            for film, before, then in zip(self.scored, self._before, after, strict=True)
            if then is not None
        ]
        return spread_of(rows, len(rows))

    def lungs_swapped(self) -> dict[Measure, Spread]:
        """Return how far each lung's score is from that of the other lung in the mirror image."""
        found = {}
        for measure in Measure:
            rows = []
            for film, before, then in zip(self.scored, self._before, self._after[FLIPPED], strict=True):
                sides, mirrored = _sides(before, measure), _sides(then, measure)
                if sides and mirrored:
                    rows += [
                        (film.patient_id, abs(sides[0] - mirrored[1])),
                        (film.patient_id, abs(sides[1] - mirrored[0])),
                    ]
            if rows:
                found[measure] = spread_of(rows, len(rows) // 2)
        return found

    def not_tested(self) -> tuple[str, ...]:
        """Return what this scorer does not allow to be tested."""
        swapped = self.lungs_swapped()
        missing = [
            f"{measure.label.lower()} of each lung on a flipped film: this scorer does not separate the lungs"
            for measure in Measure
            if measure not in swapped
        ]
        if OUTSIDE_HIDDEN not in self._after:
            missing.append(f"{OUTSIDE_HIDDEN}: this scorer gives no lungs")
        return tuple(missing)


def _score_each(scorer: Scorer, films: Iterable[tuple[str, Film]]) -> dict[str, Score | None]:
    """Return the score of every film by its name, None for one that cannot be scored."""
    prepared = {name: scorer.prepare(film) for name, film in films}
    scores: dict[str, Score | None] = dict.fromkeys(prepared)
    left = list(prepared)
    while left:
        try:
            found = scorer.score([prepared[name] for name in left])
        except FilmNotScorableError as error:
            if not error.positions:
                raise
            left = [name for place, name in enumerate(left) if place not in error.positions]
        else:
            return scores | dict(zip(left, found, strict=True))
    return scores


def _with_pixels(film: Film, pixels: FloatImage, name: str) -> Film:
    header = replace(film.header, rows=pixels.shape[0], columns=pixels.shape[1])
    # Another hash, so that nothing kept of the film as it is answers for it.
    return replace(film, pixels=pixels, header=header, pixel_hash=f"{film.pixel_hash}, {name}")


def _sides(score: Score | None, measure: Measure) -> tuple[float, float] | None:
    if score is None:
        return None
    right, left = (getattr(score, f"{measure.value}_{side}") for side in ("right", "left"))
    return None if right is None or left is None else (right, left)


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
