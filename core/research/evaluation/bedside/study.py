"""The embedded scorer on every film with experts' extent, out of fold: bedside films, and the others beside them.

Each film counts by the networks of a cross-validation that had not seen its patient, every figure averaged over the
partitions. So no film of the study is new to the project: its source taught the scorer by other patients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataSetInvalidError
from core.evaluation.agreement import JudgedFilm
from core.evaluation.bootstrap import Estimate
from core.evaluation.change_classes import taken_differently
from core.evaluation.change_noise import FEWEST_PAIRS, JudgedChange, consecutive_changes, evaluate_change
from core.research.evaluation.bedside.earlier import EARLIER, EARLIER_VERSION, read_earlier
from core.research.evaluation.bedside.paired import (
    PairedChanges,
    PairedErrors,
    of_reader,
    paired_changes,
    paired_errors,
)
from core.research.evaluation.comparison import FEWEST_FILMS, FEWEST_PATIENTS, enough
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.embedded import OUT_OF_FOLD
from core.research.evaluation.groups import (
    CLEAR,
    OPACITY,
    OPACITY_0_8,
    SEVERE,
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
from core.research.evaluation.maps.boxes import PLACES, box_figures, boxed_films, read_places
from core.research.evaluation.maps.pointing import PointingFigures
from core.research.evaluation.out_of_sample import judged_films
from core.research.evaluation.prediction import SaidOfFilms, read_out_of_fold
from core.research.evaluation.subgroups import Subgroup, evaluate_subgroups

ALL, NEW, OLD, ALIKE = "all", "new", "old", "taken alike"
TRAINING = "embedded-training-films.csv"
_EXTENT, _BRIXIA = "geographic_extent", "brixia_senior"
_COMPARED = (ALL, NEW, OLD, "AP", "AP supine", "PA")
_BY = ("sex", "age")


@dataclass(frozen=True)
class EndsOfGroup:
    """How the ends are read on the films of one group."""

    name: str
    n_severe_patients: int
    n_clear_patients: int
    ends: Ends


@dataclass(frozen=True)
class ChangesOfGroup:
    """Changes of one group.

    Attributes
    ----------
    slope : Estimate
        Of the experts' change on the predicted one, through the origin.
    """

    group: ChangeGroup
    slope: Estimate


@dataclass(frozen=True)
class BedsideStudy:
    """The embedded scorer out of fold.

    Attributes
    ----------
    n_partitions : int
    not_predicted : int
        Films with experts' extent that the cross-validation did not predict.
    extent, brixia : tuple of Group
        Geographic extent against the mean of the experts, Brixia score against the senior reader. New: films of the
        later table of experts' scores; old: of the first one.
    against_earlier, changes_against_earlier
        First this version, then the earlier one, on films that neither had learned.
    against_reader, changes_against_reader
        First this version, then the line from the senior reader's Brixia score, see `of_reader`.
    opacity : tuple of Group
        By scale, see `of_opacity`.
    boxes : tuple of PointingFigures
        By the weights, on films of patients that taught the map nothing.
    boxes_left_out : mapping of str to int
        Films with boxes by the reason why they are not judged.
    subgroups : tuple of Subgroup
        Geographic extent by sex and age.
    """

    version: str
    n_partitions: int
    not_predicted: int
    extent: tuple[Group, ...]
    earlier_version: str
    against_earlier: tuple[PairedErrors, ...]
    changes_against_earlier: tuple[PairedChanges, ...]
    against_reader: tuple[PairedErrors, ...]
    changes_against_reader: tuple[PairedChanges, ...]
    opacity: tuple[Group, ...]
    ends: tuple[EndsOfGroup, ...]
    changes: tuple[ChangesOfGroup, ...]
    brixia: tuple[Group, ...]
    boxes: tuple[PointingFigures, ...]
    boxes_left_out: Mapping[str, int]
    subgroups: tuple[Subgroup, ...]


def evaluate_bedside(
    films: Sequence[DataSetFilm], *, version: str, more: Path, evidence: Path, resamples: int = 1000, seed: int = 0
) -> BedsideStudy:
    """Recompute all figures from the predictions among the evidence; no network runs.

    Parameters
    ----------
    films : sequence of DataSetFilm
        The whole data set, with `more`.
    version : str
        Of the scorer's weights.
    more : Path
        Folder with the tables of boxes.
    evidence : Path

    Raises
    ------
    DataSetInvalidError
        A table is missing or not of the documented form, or too few films have a prediction.
    """
    study = _Study(films, read_out_of_fold(evidence / OUT_OF_FOLD), resamples, seed)
    if not enough(study.extent):
        raise DataSetInvalidError(
            f"{len(study.extent)} films with experts' geographic extent and a prediction. Expected {FEWEST_FILMS} or "
            f"more, of {FEWEST_PATIENTS} patients or more."
        )
    earlier = judged_films(films, read_earlier(evidence / EARLIER).said, _EXTENT)
    boxed, boxes_left_out = boxed_films(more, films, evidence / TRAINING)
    return BedsideStudy(
        version=version,
        n_partitions=len(study.extent[0].predicted),
        not_predicted=sum(_EXTENT in film.experts for film in films) - len(study.extent),
        extent=study.groups(study.extent),
        earlier_version=EARLIER_VERSION,
        against_earlier=study.errors(earlier, _COMPARED),
        changes_against_earlier=study.paired_changes(earlier),
        against_reader=study.errors(study.reader, (NEW, OLD)),
        changes_against_reader=study.paired_changes(study.reader),
        opacity=tuple(group_of(scale, members, **study.draws) for scale, members in of_opacity(films, study.said)),
        ends=study.ends(),
        changes=study.changes(),
        brixia=study.groups(judged_films(films, study.said, _BRIXIA)),
        boxes=box_figures(boxed, read_places(evidence / PLACES, model_version=version)) if boxed else (),
        boxes_left_out=boxes_left_out,
        subgroups=tuple(
            one
            for one in evaluate_subgroups(study.extent, study.about, **study.draws)
            if one.by in _BY and one.agreement and one.n_patients >= FEWEST_PATIENTS
        ),
    )


class _Study:
    """The films, what the networks say of them, and how intervals are drawn."""

    def __init__(self, films: Sequence[DataSetFilm], said: SaidOfFilms, resamples: int, seed: int) -> None:
        self.said, self.draws = said, {"resamples": resamples, "seed": seed}
        self.about = {film.film_id: film for film in films}
        self.extent = judged_films(films, said, _EXTENT)
        self.reader = [film for name in (NEW, OLD) for film in of_reader(self._scored(name))]

    def groups(self, judged: Sequence[JudgedFilm]) -> tuple[Group, ...]:
        members = self._members(judged)
        return tuple(group_of(name, of_group, **self.draws) for name, of_group in members.items() if enough(of_group))

    def errors(self, others: Sequence[JudgedFilm], names: Sequence[str]) -> tuple[PairedErrors, ...]:
        """Return the errors beside those of `others`, by group."""
        own, other = _both(self.extent, others)
        of_group = self._members(own)
        by_id = {film.film_id: film for film in other}
        return tuple(
            paired_errors(name, of_group[name], [by_id[film.film_id] for film in of_group[name]], **self.draws)
            for name in names
            if enough(of_group.get(name, ()))
        )

    def paired_changes(self, others: Sequence[JudgedFilm]) -> tuple[PairedChanges, ...]:
        """Return how changes follow the experts' beside those of `others`, by how both films were taken."""
        own, other = (_changes(films) for films in _both(self.extent, others))
        return tuple(paired_changes(name, own[name], other[name], **self.draws) for name in own)

    def ends(self) -> tuple[EndsOfGroup, ...]:
        found = []
        for name in (ALL, "AP", "PA"):
            films = self._members(self.extent).get(name, [])
            ends = ends_of(films, **self.draws)
            if ends:
                severe = {film.patient_id for film in films if film.expert >= SEVERE}
                clear = {film.patient_id for film in films if film.expert <= CLEAR}
                found.append(EndsOfGroup(name, len(severe), len(clear), ends))
        return tuple(found)

    def changes(self) -> tuple[ChangesOfGroup, ...]:
        return tuple(
            ChangesOfGroup(change_group(name, members, **self.draws), evaluate_change(members, **self.draws).slope)
            for name, members in _changes(self.extent).items()
        )

    def _members(self, judged: Sequence[JudgedFilm]) -> dict[str, list[JudgedFilm]]:
        """Return all films, the new and the old ones, then as `grouped`."""
        (_all, films), *others = grouped(judged, self.about)
        by_table = {name: [film for film in films if _is_of(name, self.about[film.film_id])] for name in (NEW, OLD)}
        return {ALL: films, **by_table, **dict(others)}

    def _scored(self, name: str) -> list[DataSetFilm]:
        return [film for film in self.about.values() if film.film_id in self.said and _is_of(name, film)]


def _is_of(name: str, film: DataSetFilm) -> bool:
    """Return whether a film is of the later table of experts' scores (new) or of the first, by its scale of opacity."""
    return (OPACITY_0_8 if name == NEW else OPACITY) in film.experts


def _both(films: Sequence[JudgedFilm], others: Sequence[JudgedFilm]) -> tuple[list[JudgedFilm], list[JudgedFilm]]:
    """Return the films that both hold, in the order of the first."""
    by_id = {film.film_id: film for film in others}
    own = [film for film in films if film.film_id in by_id]
    return own, [by_id[film.film_id] for film in own]


def _changes(films: Sequence[JudgedFilm]) -> dict[str, list[JudgedChange]]:
    """Return the changes by how both films were taken; those taken alike together, too."""
    changes = consecutive_changes(films)
    alike = [change for change in changes if not taken_differently(change)]
    groups = grouped_changes(changes)
    return {ALL: groups.pop(ALL), ALIKE: alike, **groups} if len(alike) >= FEWEST_PAIRS else groups
