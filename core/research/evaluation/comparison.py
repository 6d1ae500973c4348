"""Every scorer and every peer against the experts of one data set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

from core.evaluation.agreement import Agreement, JudgedFilm, difference_of_mae, evaluate_agreement
from core.evaluation.bootstrap import Estimate
from core.evaluation.recalibration import recalibrated
from core.research.evaluation.dataset import DataSetFilm, remarks_on
from core.research.evaluation.out_of_sample import OutOfSample, judged_films
from core.research.evaluation.peers import PEERS, PeerColumn, peer_films, read_peers
from core.research.evaluation.prediction import SCALES
from core.research.evaluation.subgroups import Subgroup, evaluate_subgroups

FEWEST_FILMS, FEWEST_PATIENTS = 10, 3
"""Fewer films with an expert's value and a prediction, or films of fewer patients, make no figure."""

_READERS = {
    "geographic_extent": ("geographic_extent_reader_1", "geographic_extent_reader_2"),
    "opacity": ("opacity_reader_1", "opacity_reader_2"),
    "brixia_senior": ("brixia_senior", "brixia_junior"),
}
"""Two single readers' columns, the second of which is compared with the first."""


@dataclass(frozen=True)
class ScorerAgreement:
    """One scorer against the experts on one scale.

    Attributes
    ----------
    n_out_of_fold : int
        Films predicted by a cross-validation; the others by the scorer itself.
    as_given : Agreement
        Of the values as the scorer gives them.
    recalibrated : Agreement
        After a linear recalibration that leaves out the patient, as the peers have had it.
    """

    scorer: str
    version: str
    n_out_of_fold: int
    as_given: Agreement
    recalibrated: Agreement
    subgroups: tuple[Subgroup, ...]


@dataclass(frozen=True)
class ReaderAgreement:
    """A second reader against a first one, for what one person's reading differs from another's."""

    reader: str
    against: str
    agreement: Agreement


@dataclass(frozen=True)
class PeerAgreement:
    """A published model against the experts, and a scorer of Lungline on the very same films.

    Attributes
    ----------
    recalibrated, scorer_recalibrated : Agreement
        Both after a linear recalibration that leaves out the patient.
    mae_of_scorer_minus_peer : Estimate
        Paired; below 0 the scorer's error is smaller.
    """

    peer: str
    recalibrated: Agreement
    scorer: str
    scorer_recalibrated: Agreement
    mae_of_scorer_minus_peer: Estimate


@dataclass(frozen=True)
class ScaleComparison:
    """All that was compared on one scale, `column` of `scores.csv`, 0 to `maximum`."""

    column: str
    maximum: float
    n_films_with_expert: int
    scorers: tuple[ScorerAgreement, ...]
    readers: tuple[ReaderAgreement, ...]
    peers: tuple[PeerAgreement, ...]


@dataclass(frozen=True)
class Comparison:
    """All scales; what each scorer was not judged on; what is to be known of it."""

    scales: tuple[ScaleComparison, ...]
    left_out: Mapping[str, Mapping[str, tuple[str, ...]]]
    remarks: tuple[str, ...]


def compare(
    films: Sequence[DataSetFilm],
    predictions: Sequence[OutOfSample],
    *,
    peers: Sequence[PeerColumn] = (),
    remarks: Sequence[str] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare scorers and peers with the experts on every scale that the data set has values on.

    Parameters
    ----------
    predictions : sequence of OutOfSample
        The first one stands beside the peers.
    """
    study = _Study({film.film_id: film for film in films}, tuple(predictions), tuple(peers), resamples, seed)
    scales = [study.scale(column) for column in SCALES]
    return Comparison(
        tuple(scale for scale in scales if scale.n_films_with_expert),
        {
            prediction.scorer: {group.reason: group.film_ids for group in prediction.left_out}
            for prediction in predictions
            if prediction.left_out
        },
        (
            *remarks_on(films),
            *remarks,
            *(f"{prediction.scorer}: {prediction.remark}" for prediction in predictions if prediction.remark),
        ),
    )


def peers_of(folder: Path) -> tuple[PeerColumn, ...]:
    """Return the columns of the folder's `peers.csv`, none where there is no such table.

    Raises
    ------
    DataSetInvalidError
        The table has not the documented form.
    """
    return read_peers(folder / PEERS) if (folder / PEERS).is_file() else ()


def as_document(value: object) -> object:
    """Return a value as JSON can hold it: an estimate as [value, low, high], what no film determines as null."""
    if isinstance(value, Estimate):
        return value.as_list()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_document(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


@dataclass(frozen=True)
class _Study:
    """What is compared, and how intervals are drawn."""

    about: Mapping[str, DataSetFilm]
    predictions: tuple[OutOfSample, ...]
    peers: tuple[PeerColumn, ...]
    resamples: int
    seed: int

    def scale(self, column: str) -> ScaleComparison:
        judged = [
            (prediction, judged_films(self.about.values(), prediction.said, column)) for prediction in self.predictions
        ]
        scorers = [self._scorer(one, films, column) for one, films in judged if enough(films)]
        first = [(one.scorer, films) for one, films in judged[:1] if enough(films)]
        return ScaleComparison(
            column,
            SCALES[column],
            sum(column in film.experts for film in self.about.values()),
            tuple(scorers),
            tuple(self._readers(*_READERS[column])),
            tuple(agreement for name, films in first for agreement in self._peers(column, name, films)),
        )

    def _scorer(self, one: OutOfSample, films: Sequence[JudgedFilm], column: str) -> ScorerAgreement:
        return ScorerAgreement(
            one.scorer,
            one.version,
            sum(film.film_id in one.out_of_fold for film in films),
            self._agreement(films),
            self._agreement(recalibrated(films, SCALES[column])),
            evaluate_subgroups(films, self.about, resamples=self.resamples, seed=self.seed),
        )

    def _readers(self, first: str, second: str) -> Iterator[ReaderAgreement]:
        both = [
            JudgedFilm(film.film_id, film.patient_id, film.experts[first], (film.experts[second],))
            for film in self.about.values()
            if first in film.experts and second in film.experts
        ]
        if enough(both):
            yield ReaderAgreement(second, first, self._agreement(both))

    def _peers(self, column: str, scorer: str, films: Sequence[JudgedFilm]) -> Iterator[PeerAgreement]:
        """Yield each peer of the scale that said something of enough of the scorer's films."""
        of_scorer = {film.film_id: film for film in films}
        measures = [(peer, measure) for peer in self.peers for measure in peer.measures]
        for peer, measure in measures:
            said = peer_films(peer, self.about.values(), measure)
            of_peer = [film for film in said if film.film_id in of_scorer]
            if measure.value != column or not enough(of_peer):
                continue
            peer_on_line = recalibrated(of_peer, measure.maximum)
            scorer_on_line = recalibrated([of_scorer[film.film_id] for film in of_peer], measure.maximum)
            yield PeerAgreement(
                peer.name,
                self._agreement(peer_on_line),
                scorer,
                self._agreement(scorer_on_line),
                difference_of_mae(scorer_on_line, peer_on_line, resamples=self.resamples, seed=self.seed),
            )

    def _agreement(self, films: Sequence[JudgedFilm]) -> Agreement:
        return evaluate_agreement(films, resamples=self.resamples, seed=self.seed)


def enough(films: Sequence[JudgedFilm]) -> bool:
    """Return whether so many films, of so many patients, make a figure."""
    return len(films) >= FEWEST_FILMS and len({film.patient_id for film in films}) >= FEWEST_PATIENTS
