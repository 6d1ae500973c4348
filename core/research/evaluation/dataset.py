"""Films and experts' values: the documented tables `films.csv` and `scores.csv`, or the RALO set in its own format."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import DataSetInvalidError
from core.evaluation import ralo

BRIXIA_ZONES = ("A", "B", "C", "D", "E", "F")
"""A, B, C: upper, middle, lower zone of the right lung; D, E, F: of the left lung."""

_FILM_COLUMNS = ("film_id", "source", "path", "patient_id", "day", "view", "sex", "finding", "licence", "url")
_SCALES = {"geographic_extent": 8.0, "opacity": 6.0, "opacity_0_8": 8.0, "brixia_senior": 18.0, "brixia_junior": 18.0}
_ZONE_SCALE = 3.0
_ADULT = 16
_MORE = "more"
_NIH_TABLE, _NIH_FACTS = "nih_view_age_sex.csv", ("view", "age", "sex")


@dataclass(frozen=True)
class DataSetFilm:
    """One row of `films.csv` with its experts' values.

    Attributes
    ----------
    path : Path
        Where the film is.
    day : int or None
        On the patient's own time axis.
    split : str
        "train" or "test" where the source divides its films so, else "". No model that is compared on the test films
        may learn from them.
    experts : mapping of str to float
        Columns of `scores.csv` that have a value for this film, for example ``geographic_extent`` (0-8). The RALO set
        also has each reader's (``geographic_extent_reader_1``) and each lung's (``geographic_extent_right``, 0-4).
    """

    film_id: str
    source: str
    path: Path
    patient_id: str
    day: int | None
    view: str
    sex: str
    finding: str
    licence: str
    url: str
    source_filename: str = ""
    original_width: int = 0
    original_height: int = 0
    split: str = ""
    age: str = ""
    experts: Mapping[str, float] = field(default_factory=dict)

    @property
    def no_derivatives(self) -> bool:
        """Whether the film's licence forbids derived works, so that no shipped weight may come from it."""
        return "ND" in self.licence.upper().replace("-", " ").split()

    @property
    def is_child(self) -> bool:
        """Whether the patient is stated to be under 16 years."""
        return self.age.isdecimal() and int(self.age) < _ADULT

    @property
    def zones(self) -> tuple[float, ...] | None:
        """Return the senior reader's six Brixia zones (0-3, A to F), None where one is missing."""
        names = [f"brixia_senior_{zone}" for zone in BRIXIA_ZONES]
        return tuple(self.experts[name] for name in names) if all(name in self.experts for name in names) else None


def read_data_set(folder: Path, *, more: bool = False) -> list[DataSetFilm]:
    """Read `films.csv` and, where it exists, `scores.csv` of a folder, or the RALO set as it is published.

    With `more`, the films and experts' values of its folder `more/` as well, where there is one: opacity there is
    another scale, ``opacity_0_8``, and the NIH films get their view, age and sex.

    Experts' values of the RALO set are the means of its two readers, its opacity converted from 0-8 by 6/8; days count
    from the patient's first film, and the published test films have the split "test".

    Raises
    ------
    DataSetInvalidError
        A table is missing, lacks a column, names a film twice or an unknown one, or has a value off its scale; or an
        image of the RALO set is missing.
    """
    if not (folder / "films.csv").is_file() and ralo.is_ralo_table(folder / ralo.TABLE):
        return _ralo_films(folder)
    rows = read_table(folder / "films.csv", _FILM_COLUMNS)
    scores = read_scores(folder / "scores.csv") if (folder / "scores.csv").is_file() else {}
    later = folder / _MORE
    if more and later.is_dir():
        rows, added = _with_more(rows, later), read_scores(later / "scores.csv")
        scores = {film_id: scores.get(film_id, {}) | added.get(film_id, {}) for film_id in scores.keys() | added.keys()}
    films = {row["film_id"]: _film(folder, row, scores.get(row["film_id"], {})) for row in rows}
    if len(films) != len(rows):
        raise DataSetInvalidError(f"{folder / 'films.csv'} names a film twice. Every film_id must stand once.")
    unknown = sorted(set(scores) - set(films))
    if unknown:
        message = f"scores.csv has values for {unknown[0]!r} and {len(unknown) - 1} more that films.csv does not list."
        raise DataSetInvalidError(message)
    return list(films.values())


def _with_more(rows: Iterable[dict[str, str]], folder: Path) -> list[dict[str, str]]:
    """Return the rows of `films.csv` with what `more/` says of NIH films, and the rows of its own films."""
    table = folder / _NIH_TABLE
    facts = read_table(table, ("film_id", *_NIH_FACTS)) if table.is_file() else []
    known = {row["film_id"]: row for row in facts}
    told = [row | {name: known.get(row["film_id"], row).get(name, "") for name in _NIH_FACTS} for row in rows]
    return told + [row | {"path": f"{_MORE}/{row['path']}"} for row in read_table(folder / "films.csv", _FILM_COLUMNS)]


def remarks_on(films: Iterable[DataSetFilm]) -> tuple[str, ...]:
    """Return what is to be known of the experts' values of a data set, to be printed with every figure from them."""
    return (ralo.REMARK,) if any(film.source == ralo.SOURCE for film in films) else ()


def read_scores(path: Path) -> dict[str, dict[str, float]]:
    """Read the experts' values of a `scores.csv`: film_id to {column: value}; empty cells are left out.

    Raises
    ------
    DataSetInvalidError
        The table is missing, names a film twice or has a value off its scale.
    """
    result: dict[str, dict[str, float]] = {}
    for row in read_table(path, ("film_id",)):
        film_id = row["film_id"]
        if film_id in result:
            raise DataSetInvalidError(f"{path} names {film_id!r} twice. Every film_id must stand once.")
        result[film_id] = {
            name: _value(path, film_id, name, text)
            for name, text in row.items()
            if name != "film_id" and text and (name in _SCALES or name[:-2] in _SCALES)
        }
    return result


def read_table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a CSV table that must have `columns`; missing cells become empty strings.

    Raises
    ------
    DataSetInvalidError
        The file is not there, or a column is missing.
    """
    if not path.is_file():
        raise DataSetInvalidError(f"{path.name} is not in {path.parent}. Name the folder that holds it.")
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            raise DataSetInvalidError(
                f"{path} lacks the column {missing[0]!r}. Expected at least {', '.join(columns)}."
            )
        return [{name: text or "" for name, text in row.items()} for row in reader]


def _film(folder: Path, row: Mapping[str, str], experts: Mapping[str, float]) -> DataSetFilm:
    try:
        return DataSetFilm(
            film_id=row["film_id"],
            source=row["source"],
            path=folder / row["path"],
            patient_id=row["patient_id"],
            day=int(row["day"]) if row["day"] else None,
            view=row["view"],
            sex=row["sex"],
            finding=row["finding"],
            licence=row["licence"],
            url=row["url"],
            source_filename=row.get("source_filename", ""),
            original_width=int(row.get("original_width") or 0),
            original_height=int(row.get("original_height") or 0),
            age=row.get("age", ""),
            experts=experts,
        )
    except ValueError as error:
        message = f"films.csv: film {row['film_id']!r}: {error}. Days and sizes are whole numbers."
        raise DataSetInvalidError(message) from error


def _ralo_films(folder: Path) -> list[DataSetFilm]:
    rows = [row for row in ralo.read_ralo_table(folder / ralo.TABLE) if row.subject_id]
    missing = [row.image_name for row in rows if not (folder / ralo.IMAGES / row.image_name).is_file()]
    if missing:
        message = (
            f"{folder / ralo.IMAGES} lacks {missing[0]} and {len(missing) - 1} more of {len(rows)} images. Unpack the "
            "whole set there."
        )
        raise DataSetInvalidError(message)
    first_day: dict[str, int] = {}
    for row in rows:
        if row.taken_on:
            day = row.taken_on.toordinal()
            first_day[row.subject_id] = min(day, first_day.get(row.subject_id, day))
    return [_ralo_film(folder, row, first_day.get(row.subject_id, 0)) for row in rows]


def _ralo_film(folder: Path, row: ralo.RaloFilm, first_day: int) -> DataSetFilm:
    return DataSetFilm(
        film_id=f"{ralo.SOURCE}-{row.number}",
        source=ralo.SOURCE,
        path=folder / ralo.IMAGES / row.image_name,
        patient_id=f"{ralo.SOURCE}-{row.subject_id}",
        day=row.taken_on.toordinal() - first_day if row.taken_on else None,
        view="AP",
        sex="",
        finding="COVID-19",
        licence=f"as stated at doi:{ralo.DOI}",
        url=f"https://doi.org/{ralo.DOI}",
        source_filename=row.image_name,
        split="test" if row.test else "train",
        experts=_ralo_experts(row),
    )


def _ralo_experts(row: ralo.RaloFilm) -> dict[str, float]:
    """Return both readers' values and their means; nothing where one of the two did not read the film."""
    first, second = row.readings
    if first is None or second is None:
        return {}
    experts = {}
    for measure in ("geographic_extent", "opacity"):
        values = (getattr(first, measure), getattr(second, measure))
        experts[measure] = sum(values) / 2
        experts[f"{measure}_reader_1"], experts[f"{measure}_reader_2"] = values
        for side in ("right", "left"):
            lungs = (getattr(first, side), getattr(second, side))
            if None not in lungs:
                experts[f"{measure}_{side}"] = sum(getattr(lung, measure) for lung in lungs) / 2
    return experts


def _value(path: Path, film_id: str, name: str, text: str) -> float:
    top = _SCALES.get(name, _ZONE_SCALE)
    try:
        value = float(text)
    except ValueError as error:
        raise DataSetInvalidError(f"{path}: {name} of {film_id!r} is {text!r}. Expected a number.") from error
    if not 0 <= value <= top:
        raise DataSetInvalidError(f"{path}: {name} of {film_id!r} is {value:g}. Expected 0-{top:g}.")
    return value
