"""How well the check for chest films tells them from anything else: by patient, and with each kind left out once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.proportion import Method, Proportion
from core.films.recognition.likeness import basis
from core.research.evaluation.checks import view
from core.research.evaluation.checks.likeness_kinds import CHANGED_KINDS, CHEST_KINDS, FRONTAL, LATERALS

if TYPE_CHECKING:
    from core.research.training.checks.likeness_table import LikenessTable

OUT_OF_FOLD = Path(__file__).resolve().parents[4] / "docs" / "evidence" / "likeness_out_of_fold.csv"
OUTER_FOLDS = 5

COLUMNS = (
    "kind",
    "name",
    "group",
    "fold",
    "likeness",
    "threshold",
    "likeness_of_unseen_kind",
    "threshold_of_unseen_kind",
)

Selection = NDArray[np.bool_]


@dataclass(frozen=True)
class Refused:
    """How many of how many pictures are refused, with Wilson's 95 % interval of the share, 0-1.

    Pictures of one patient, or cut out of one picture, count as independent; `groups` says how many there are.
    """

    kind: str
    count: int
    n: int
    groups: int
    low: float
    high: float


@dataclass(frozen=True)
class LikenessEvidence:
    """The check's errors on pictures of patients, or cut out of pictures, it was not trained on.

    Attributes
    ----------
    frontal : Refused
        Frontal films; each one refused is an error.
    chest : tuple of Refused
        Frontal films by source, their distorted copies, synthetic films.
    kinds : tuple of Refused
        Each other kind; other pictures of that kind were trained on.
    unseen_kinds : tuple of Refused
        The same with that kind left out of training altogether.
    laterals_by_either : Refused
        Laterals refused by this check or by the view check, both out of fold.
    whole : Refused
        All kinds but changed films, each kind left out of training; laterals as refused by either check.
    changed : Refused
        All kinds of changed films, counted as seen: turned, halved, cut out, put together.
    refused_film_ids : tuple of str
        The frontal films refused.
    """

    frontal: Refused
    chest: tuple[Refused, ...]
    kinds: tuple[Refused, ...]
    unseen_kinds: tuple[Refused, ...]
    laterals_by_either: Refused
    whole: Refused
    changed: Refused
    refused_film_ids: tuple[str, ...]


def evaluate_likeness(
    data: Path | None = None, *, refit: bool = False, out_of_fold: Path = OUT_OF_FOLD, seed: int = 0
) -> LikenessEvidence:
    """Measure the check for chest films out of sample.

    Parameters
    ----------
    data : Path or None
        Folder of the chest-film data set; needed for `refit` only.
    refit : bool
        Redo the cross-validation (ten minutes) instead of counting in the stored out-of-fold predictions.
    out_of_fold : Path
        Table of stored predictions.
    seed : int
        Of drawn pictures and centres, with `refit`.

    Raises
    ------
    DataSetInvalidError
        The stored table is missing or lacks a column; or `refit` without `data`.
    """
    if not refit:
        return summarise(read_out_of_fold(out_of_fold))
    if data is None:
        raise DataSetInvalidError("Redoing the cross-validation needs the films. Name their folder.")
    # training reads the films; counting stored predictions shall not need it
    from core.research.training.checks.likeness_table import read_table  # noqa: PLC0415

    return summarise(cross_validate(read_table(data, seed=seed), seed=seed))


def read_out_of_fold(path: Path) -> pd.DataFrame:
    """Read stored predictions, one row per picture with `COLUMNS`.

    Raises
    ------
    DataSetInvalidError
        There is no such table, or it lacks a column.
    """
    try:
        return pd.read_csv(path, usecols=list(COLUMNS))
    except (OSError, ValueError) as error:
        message = f"{path.name} has no out-of-fold predictions ({error}). Redo the cross-validation."
        raise DataSetInvalidError(message) from error


def write_out_of_fold(table: pd.DataFrame, path: Path) -> None:
    """Store predictions for `read_out_of_fold`, four decimals."""
    table[list(COLUMNS)].to_csv(path, index=False, float_format="%.4f", lineterminator="\n")


def cross_validate(pictures: LikenessTable, *, seed: int = 0) -> pd.DataFrame:
    """Predict every tested picture by a network that saw no picture of its patient or source.

    It is predicted twice: with other pictures of its kind in training, and with none. The threshold beside each was
    chosen inside the training pictures. Films under NoDerivatives licences are tested, never trained on.
    """
    from core.research.training.checks.likeness import folds, moments, thresholds  # noqa: PLC0415  as above

    kinds, tables = pictures.kinds, []
    for fold, (train, test) in enumerate(folds(pictures, np.arange(len(kinds)), n_folds=OUTER_FOLDS)):
        rows, tested = train[pictures.may_train[train]], test[pictures.tested[test]]
        others = sorted(set(kinds[tested]) - set(CHEST_KINDS))
        chosen = thresholds(pictures, rows, seed=seed, without=["", *others])
        sums = moments(pictures, rows, seed=seed)
        functions, output = basis(pictures.features[tested], sums.network), sums.solved().output
        part = pd.DataFrame(
            {
                "kind": kinds[tested],
                "name": pictures.pictures["name"].to_numpy()[tested],
                "group": pictures.groups[tested],
                "fold": fold,
                "likeness": functions @ output,
                "threshold": chosen[""],
                "likeness_of_unseen_kind": functions @ output,
                "threshold_of_unseen_kind": chosen[""],
            }
        )
        for kind in others:
            of_kind = (part["kind"] == kind).to_numpy()
            unseen = functions[of_kind] @ sums.solved(without=kind).output
            part.loc[of_kind, "likeness_of_unseen_kind"] = unseen
            part.loc[of_kind, "threshold_of_unseen_kind"] = chosen[kind]
        tables.append(part)
    return pd.concat(tables, ignore_index=True)


def summarise(table: pd.DataFrame) -> LikenessEvidence:
    """Count in a table with `COLUMNS`."""
    kinds = table["kind"].to_numpy(dtype=str)
    seen = (table["likeness"] < table["threshold"]).to_numpy()
    unseen = (table["likeness_of_unseen_kind"] < table["threshold_of_unseen_kind"]).to_numpy()
    frontal = kinds == FRONTAL
    sources = table["name"].str.partition("-")[0].to_numpy(dtype=str)
    chest = [
        _refused(table, frontal & (sources == source), seen, source) for source in sorted(set(sources[frontal]))
    ] + [_refused(table, kinds == kind, seen, kind) for kind in CHEST_KINDS[1:]]
    others = [str(kind) for kind in dict.fromkeys(kinds) if kind not in CHEST_KINDS]
    changed = np.isin(kinds, CHANGED_KINDS)
    whole = ~changed & ~np.isin(kinds, CHEST_KINDS)
    by_either = unseen | table["name"].isin(_taken_for_laterals()).to_numpy()
    return LikenessEvidence(
        frontal=_refused(table, frontal, seen, FRONTAL),
        chest=tuple(chest),
        kinds=tuple(_refused(table, kinds == kind, seen, kind) for kind in others),
        unseen_kinds=tuple(_refused(table, kinds == kind, unseen, kind) for kind in others),
        laterals_by_either=_refused(table, kinds == LATERALS, by_either, LATERALS),
        whole=_refused(table, whole, by_either, "pictures of other things, each kind left out"),
        changed=_refused(table, changed, seen, "changed films of other patients"),
        refused_film_ids=tuple(sorted(table.loc[frontal & seen, "name"])),
    )


def _taken_for_laterals() -> pd.Series:
    """Return the laterals that the view check refuses, out of fold."""
    table = view.read_out_of_fold(view.OUT_OF_FOLD)
    caught = (table["kind"] == "lateral") & (table["p_lateral"] > table["lateral_threshold"])
    return table.loc[caught, "film_id"]


def _refused(table: pd.DataFrame, of: Selection, refused: Selection, kind: str) -> Refused:
    count, n = int((of & refused).sum()), int(of.sum())
    share = Proportion.of(count, n, method=Method.WILSON)
    return Refused(kind, count, n, int(table.loc[of, "group"].nunique()), share.low, share.high)
