"""Where a map is highest, and the table in which the points of held-out networks are kept with the evidence."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.evaluation.dataset import read_table
from core.scoring.saliency import MapKind

_COLUMNS = ("kind", "film_id", "patient_id", "painted_share", "on_opacity", "in_lungs", "drawn")


@dataclass(frozen=True)
class Point:
    """Where the highest place of one map lies.

    Attributes
    ----------
    on_opacity, in_lungs : bool
        Both False where there is no map.
    """

    kind: MapKind
    film_id: str
    patient_id: str
    painted_share: float
    on_opacity: bool
    in_lungs: bool
    drawn: bool = True


def points_file(model: str) -> str:
    """Return the name of a model's table among the evidence."""
    return f"{model}-pointing-out-of-fold.csv"


def write_points(points: Sequence[Point], path: Path) -> None:
    """Write points as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for point in points:
            flags = (int(flag) for flag in (point.on_opacity, point.in_lungs, point.drawn))
            writer.writerow([point.kind.value, point.film_id, point.patient_id, f"{point.painted_share:.4f}", *flags])


def read_points(path: Path) -> list[Point]:
    """Read a table of points.

    Raises
    ------
    DataSetInvalidError
        The table is missing or not of this form.
    """
    return [
        Point(
            kind=MapKind(row["kind"]),
            film_id=row["film_id"],
            patient_id=row["patient_id"],
            painted_share=float(row["painted_share"]),
            on_opacity=row["on_opacity"] == "1",
            in_lungs=row["in_lungs"] == "1",
            drawn=row["drawn"] == "1",
        )
        for row in read_table(path, _COLUMNS)
    ]
