"""External validation: a scorer against experts on films whose extent it had not learned, patients apart.

Films that its cross-validation predicted count by that, all others by its scores. That lungs were drawn on a film does
not count: it taught where lungs are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataSetInvalidError
from core.evaluation.change_noise import consecutive_changes
from core.research.evaluation.comparison import FEWEST_FILMS, FEWEST_PATIENTS, enough
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.groups import (
    ChangeGroup,
    Ends,
    Group,
    change_group,
    ends_of,
    group_of,
    grouped,
    grouped_changes,
    of_opacity,
)
from core.research.evaluation.out_of_sample import judged_films, predict_out_of_sample

_EXTENT = "geographic_extent"


@dataclass(frozen=True)
class ExternalValidation:
    """A scorer on films whose extent it had not learned.

    Attributes
    ----------
    n_out_of_fold : int
        Films predicted by its cross-validation.
    extent : tuple of Group
        All films first, then by projection and position, then by source; groups of few films are left out.
    opacity : tuple of Group
        By scale of the experts; on the scale 0-8, that the scorer does not give, after a line that leaves out the
        patient: its bias is then 0 and its slope 1 by construction.
    left_out : mapping of str to int
        Films by the reason why they are not judged.
    """

    scorer: str
    version: str
    n_out_of_fold: int
    extent: tuple[Group, ...]
    opacity: tuple[Group, ...]
    ends: Ends | None
    changes: tuple[ChangeGroup, ...]
    left_out: Mapping[str, int]


def evaluate_external(
    films: Sequence[DataSetFilm],
    name: str,
    *,
    weights_dir: Path,
    evidence: Path,
    only: Collection[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> ExternalValidation:
    """Judge a scorer on the films of a data set whose geographic extent it had not learned.

    Parameters
    ----------
    films, only
        As for `predict_out_of_sample`.
    evidence : Path
        Folder with `<scorer>-out-of-fold.csv` and `<scorer>-training-films.csv`.

    Raises
    ------
    DataSetInvalidError
        Too few such films or patients; or nobody can tell what the scorer learned from.
    ScorerUnknownError, WeightsMissingError, WeightsInvalidError
    """
    wanted = {film.film_id for film in films if _EXTENT in film.experts and (only is None or film.film_id in only)}
    said = predict_out_of_sample(films, name, weights_dir=weights_dir, evidence=evidence, only=wanted, of_scores=True)
    about = {film.film_id: film for film in films if film.film_id in wanted}
    extent = judged_films(about.values(), said.said, _EXTENT)
    if not enough(extent):
        raise DataSetInvalidError(
            f"{len(extent)} films with an expert's geographic extent that {name} had not learned. Expected "
            f"{FEWEST_FILMS} or more, of {FEWEST_PATIENTS} patients or more."
        )
    draws = {"resamples": resamples, "seed": seed}
    return ExternalValidation(
        scorer=name,
        version=said.version,
        n_out_of_fold=len(said.out_of_fold),
        extent=tuple(group_of(group, members, **draws) for group, members in grouped(extent, about) if enough(members)),
        opacity=tuple(group_of(scale, members, **draws) for scale, members in of_opacity(about.values(), said.said)),
        ends=ends_of(extent, **draws),
        changes=tuple(
            change_group(pair, members, **draws)
            for pair, members in grouped_changes(consecutive_changes(extent)).items()
        ),
        left_out={group.reason: len(group.film_ids) for group in said.left_out},
    )
