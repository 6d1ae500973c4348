"""Inferences stretched onto the experts' scale.

Networks trained on few films, many of them normal, call disease too low. One factor per scale, through the origin so
that nothing stays nothing, is fitted to inferences of films by networks that had not seen them; for a film with an
expert's value it is fitted without that patient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.research.evaluation.dataset import BRIXIA_ZONES, DataSetFilm

SCALES: Mapping[str, tuple[str, ...]] = {
    "geographic_extent": ("geographic_extent_right", "geographic_extent_left"),
    "opacity": ("opacity_right", "opacity_left"),
    "brixia_senior": tuple(f"zone_{zone}" for zone in BRIXIA_ZONES),
}
"""Expert's value and the columns whose sum reads it."""

Row = Mapping[str, str]


class Stretch:
    """Factors by least squares over all films with an expert's value and all partitions.

    Parameters
    ----------
    films : mapping
        By film_id.
    rows : sequence of mapping
        Out-of-fold inferences, one per film and partition.
    """

    def __init__(self, films: Mapping[str, DataSetFilm], rows: Sequence[Row]) -> None:
        self._films = films
        self._products: dict[str, dict[str, float]] = {scale: defaultdict(float) for scale in SCALES}
        self._squares: dict[str, dict[str, float]] = {scale: defaultdict(float) for scale in SCALES}
        for row in rows:
            film = films[row["film_id"]]
            for scale, columns in SCALES.items():
                if scale in film.experts and not film.no_derivatives:
                    read = sum(float(row[column]) for column in columns)
                    self._products[scale][film.patient_id] += read * film.experts[scale]
                    self._squares[scale][film.patient_id] += read * read

    def factors(self, *, without_patient: str | None = None) -> dict[str, float]:
        """Return the factor of every scale of `SCALES`; 1 where there is nothing to fit it to."""
        factors = {}
        for scale in SCALES:
            products, squares = self._products[scale], self._squares[scale]
            square = sum(value for patient, value in squares.items() if patient != without_patient)
            product = sum(value for patient, value in products.items() if patient != without_patient)
            factors[scale] = product / square if square > 0 else 1.0
        return factors

    def stretched(self, row: Row) -> dict[str, str]:
        """Return a row with its inferences stretched, by factors that do not know its patient."""
        factors = self.factors(without_patient=self._films[row["film_id"]].patient_id)
        changed = {
            column: f"{float(row[column]) * factors[scale]:.4f}"
            for scale, columns in SCALES.items()
            for column in columns
        }
        return {**row, **changed}
