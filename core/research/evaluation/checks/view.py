"""How well the view check tells laterals and inverted films: nested cross-validation, grouped by patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.evaluation.proportion import Method, Proportion
from core.films.recognition.view import INVERTED_THRESHOLD, LATERAL_THRESHOLD, probability

OUT_OF_FOLD = Path(__file__).resolve().parents[4] / "docs" / "evidence" / "view_out_of_fold.csv"
OUTER_FOLDS = 5

Selection = NDArray[np.bool_]


@dataclass(frozen=True)
class FilmGroup:
    """The frontal films of one source, or of all.

    Attributes
    ----------
    refused : Proportion
        Taken for a lateral.
    wrongly_inverted : Proportion
        Upright, yet taken for inverted.
    inverted_detected : Proportion
        Their negatives that are taken for inverted.
    """

    name: str
    patients: int
    refused: Proportion
    wrongly_inverted: Proportion
    inverted_detected: Proportion


@dataclass(frozen=True)
class ViewEvidence:
    """The check's errors on films of patients it was not trained on.

    Attributes
    ----------
    rule : str
        How the thresholds were chosen.
    laterals_caught : Proportion
    lateral_patients : int
    lateral_patients_all_caught : Proportion
        Patients all of whose laterals were caught: the proportion free of several films per patient.
    frontal, by_source
        Frontal films as they are.
    distorted
        One copy of every frontal film, turned, cropped, re-windowed, framed and lettered.
    distorted_laterals_caught : Proportion
    laterals_called_inverted : Proportion
        Laterals whose grey values were thought inverted; p_inverted is not meant for them.
    refused_film_ids, missed_lateral_ids, wrongly_inverted_film_ids
        The errors by name.
    """

    rule: str
    laterals_caught: Proportion
    lateral_patients: int
    lateral_patients_all_caught: Proportion
    distorted_laterals_caught: Proportion
    laterals_called_inverted: Proportion
    frontal: FilmGroup
    distorted: FilmGroup
    by_source: tuple[FilmGroup, ...]
    refused_film_ids: tuple[str, ...]
    missed_lateral_ids: tuple[str, ...]
    wrongly_inverted_film_ids: tuple[str, ...]


NESTED_RULE = "each fold's thresholds were chosen inside its training films"
SHIPPED_RULE = f"the shipped thresholds ({LATERAL_THRESHOLD:g} lateral, {INVERTED_THRESHOLD:g} inverted) on every fold"


def evaluate_view(
    data: Path | None = None,
    *,
    refit: bool = False,
    shipped_thresholds: bool = False,
    out_of_fold: Path = OUT_OF_FOLD,
    seed: int = 0,
) -> ViewEvidence:
    """Measure the view check out of sample, grouped by patient.

    Parameters
    ----------
    data : Path or None
        Folder of the chest-film data set; needed for `refit` only.
    refit : bool
        Redo the cross-validation (two minutes) instead of counting in the stored out-of-fold predictions.
    shipped_thresholds : bool
        Apply the two shipped thresholds to every fold instead of each fold's own. These thresholds were chosen
        on the same films, so the figures are slightly kind.
    out_of_fold : Path
        Table of stored predictions.
    seed : int
        Of the partition of patients, with `refit`.

    Raises
    ------
    DataSetInvalidError
        The stored table is missing or lacks a column; or `refit` without `data`.
    """
    if refit:
        if data is None:
            raise DataSetInvalidError("Redoing the cross-validation needs the films. Name their folder.")
        table = cross_validate(data, seed=seed)
    else:
        table = read_out_of_fold(out_of_fold)
    if shipped_thresholds:
        table = table.assign(lateral_threshold=LATERAL_THRESHOLD, inverted_threshold=INVERTED_THRESHOLD)
    return summarise(table, rule=SHIPPED_RULE if shipped_thresholds else NESTED_RULE)


COLUMNS = (
    "film_id",
    "patient_group",
    "kind",
    "fold",
    "lateral_threshold",
    "inverted_threshold",
    "p_lateral",
    "p_lateral_distorted",
    "p_inverted",
    "p_inverted_of_negative",
    "p_inverted_distorted",
    "p_inverted_of_negative_distorted",
)


def read_out_of_fold(path: Path) -> pd.DataFrame:
    """Read stored predictions, one row per film with `COLUMNS`.

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


def cross_validate(data: Path, *, seed: int = 0) -> pd.DataFrame:
    """Predict every film by regressions, and judge it by thresholds, that saw no film of its patient.

    Films under NoDerivatives licences are tested, never trained on, as for the shipped weights.
    """
    # training reads the films; counting stored predictions shall not need it
    from core.research.training.checks.view import fit, read_table, thresholds  # noqa: PLC0415

    films = read_table(data)
    table = films.films[["film_id"]].assign(
        patient_group=films.films["patient_id"].factorize()[0],
        kind=np.where(films.is_lateral, "lateral", "frontal"),
        **dict.fromkeys(COLUMNS[3:], 0.0),
    )
    for fold, (train, test) in enumerate(films.folds(np.arange(len(table)), n_folds=OUTER_FOLDS, seed=seed)):
        rows = films.trainable(train)
        chosen, weights = thresholds(films, rows, seed=seed + 1), fit(films, rows)
        table.loc[test, "fold"] = fold
        table.loc[test, "lateral_threshold"] = probability(chosen.lateral)
        table.loc[test, "inverted_threshold"] = probability(chosen.inverted)
        log_odds = {
            "p_lateral": films.lateral[test] @ weights.lateral + weights.lateral_bias,
            "p_lateral_distorted": films.lateral_copy[test] @ weights.lateral + weights.lateral_bias,
            "p_inverted": films.inversion[test] @ weights.inversion,
            "p_inverted_of_negative": films.inversion_negative[test] @ weights.inversion,
            "p_inverted_distorted": films.inversion_copy[test] @ weights.inversion,
            "p_inverted_of_negative_distorted": films.inversion_negative_copy[test] @ weights.inversion,
        }
        for name, values in log_odds.items():
            table.loc[test, name] = [probability(float(value)) for value in values]
    return table.astype({"fold": int})


def summarise(table: pd.DataFrame, *, rule: str) -> ViewEvidence:
    """Count in a table with `COLUMNS`."""
    lateral = (table["kind"] == "lateral").to_numpy()
    taken_for_lateral = (table["p_lateral"] > table["lateral_threshold"]).to_numpy()
    taken_for_inverted = (table["p_inverted"] > table["inverted_threshold"]).to_numpy()
    sources = table["film_id"].str.partition("-")[0]
    missed = lateral & ~taken_for_lateral
    patients = table.loc[lateral, "patient_group"].nunique()
    patients_missed = table.loc[missed, "patient_group"].nunique()
    distorted_lateral = (table["p_lateral_distorted"] > table["lateral_threshold"]).to_numpy()

    def names(chosen: Selection) -> tuple[str, ...]:
        return tuple(sorted(table.loc[chosen, "film_id"]))

    return ViewEvidence(
        rule=rule,
        laterals_caught=_share(lateral, taken_for_lateral),
        lateral_patients=patients,
        lateral_patients_all_caught=Proportion.of(patients - patients_missed, patients, method=Method.EXACT),
        distorted_laterals_caught=_share(lateral, distorted_lateral),
        laterals_called_inverted=_share(lateral, taken_for_inverted),
        frontal=_group(table, ~lateral, "all frontal films"),
        distorted=_group(table, ~lateral, "distorted copies of all frontal films", suffix="_distorted"),
        by_source=tuple(
            _group(table, ~lateral & (sources == name).to_numpy(), name) for name in sorted(sources[~lateral].unique())
        ),
        refused_film_ids=names(~lateral & taken_for_lateral),
        missed_lateral_ids=names(missed),
        wrongly_inverted_film_ids=names(~lateral & taken_for_inverted),
    )


def _share(of: Selection, having: Selection) -> Proportion:
    return Proportion.of(int((of & having).sum()), int(of.sum()), method=Method.EXACT)


def _group(table: pd.DataFrame, films: Selection, name: str, *, suffix: str = "") -> FilmGroup:
    def above(column: str, threshold: str) -> Proportion:
        return _share(films, (table[column + suffix] > table[threshold]).to_numpy())

    return FilmGroup(
        name=name,
        patients=table.loc[films, "patient_group"].nunique(),
        refused=above("p_lateral", "lateral_threshold"),
        wrongly_inverted=above("p_inverted", "inverted_threshold"),
        inverted_detected=above("p_inverted_of_negative", "inverted_threshold"),
    )


def write_out_of_fold(table: pd.DataFrame, path: Path) -> None:
    """Store predictions for `read_out_of_fold`, six significant digits."""
    table[list(COLUMNS)].to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
