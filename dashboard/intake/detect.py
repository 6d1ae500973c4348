"""Which of the known forms a path has, and reading it accordingly."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import DataSetInvalidError
from core.evaluation.ralo import TABLE as RALO_TABLE
from core.evaluation.ralo import is_ralo_table
from core.files import read_regular
from core.films.kinds import HEAD_BYTES, FileKind
from core.quoting import cut, quoted
from core.tables import require_csv, why_unread
from dashboard.intake import cohen, hannover, manifest, ralo
from dashboard.intake.images import MANIFEST_NAME
from dashboard.intake.plan import ImportItem, ImportPlan
from dashboard.intake.tables import has_columns
from dashboard.services.receiving.film_folder import films_in, kind_of_file


class Dataset(StrEnum):
    """The forms that `lungline import` reads."""

    AUTO = "auto"
    DICOM = "dicom"
    MANIFEST = "manifest"
    COHEN = "cohen"
    HANNOVER = "hannover"
    RALO = "ralo"


TABLE_OF_FOLDER = {
    Dataset.RALO: RALO_TABLE,
    Dataset.COHEN: "metadata.csv",
    Dataset.HANNOVER: "data.csv",
    Dataset.MANIFEST: MANIFEST_NAME,
}
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
NO_TABLE = frozenset({FileKind.FILM, FileKind.SPECIAL})
COLUMNS = {Dataset.COHEN: cohen.COLUMNS, Dataset.HANNOVER: hannover.COLUMNS, Dataset.MANIFEST: manifest.COLUMNS}


def detect(path: Path) -> Dataset:
    """Return the form of a file or folder; text as a table by its columns, everything else as a film.

    Raises
    ------
    DataSetInvalidError
        If the path does not exist, or is a table with unknown columns.
    """
    if not path.exists():
        raise DataSetInvalidError(f"There is no file or folder {quoted(path)}.")
    if path.is_dir():
        return next((kind for kind, name in TABLE_OF_FOLDER.items() if _has_form(path / name, kind)), Dataset.DICOM)
    content = kind_of_file(path)
    if content in {FileKind.ARCHIVE, FileKind.OTHER}:
        require_csv(path, read_regular(path, HEAD_BYTES - 1))
    if content is not FileKind.TEXT and (content in NO_TABLE or path.suffix.lower() not in TABLE_SUFFIXES):
        return Dataset.DICOM
    for kind in TABLE_OF_FOLDER:
        if _has_form(path, kind):
            return kind
    for columns in COLUMNS.values():
        if why := why_unread(path, columns):
            raise DataSetInvalidError(why)
    raise DataSetInvalidError(
        f"Table {cut(path.name)} has none of the known forms. A manifest needs the columns path and patient_id."
    )


def read_plan(
    path: Path, dataset: Dataset, images: Path | None, *, site_zone: ZoneInfo, follow_links: bool = False
) -> ImportPlan:
    """Read one path of an import.

    Parameters
    ----------
    follow_links : bool
        Whether links that lead out of a folder are followed.

    Raises
    ------
    DataSetInvalidError
        If it has not the form that `dataset` says, or `images` is no folder.
    """
    if images is not None and not images.is_dir():
        raise DataSetInvalidError(f"There is no images folder {quoted(images)}.")
    kind = detect(path) if dataset is Dataset.AUTO else dataset
    if not path.exists():
        raise DataSetInvalidError(f"There is no file or folder {quoted(path)}.")
    if kind is Dataset.DICOM:
        return read_films(path, follow_links=follow_links)
    table = path / TABLE_OF_FOLDER[kind] if path.is_dir() else path
    if not table.is_file():
        raise DataSetInvalidError(f"There is no table {table.name} in {quoted(path)}.")
    if kind is Dataset.COHEN:
        return cohen.read_cohen(table, images, follow_links=follow_links)
    if kind is Dataset.HANNOVER:
        return hannover.read_hannover(table, images, follow_links=follow_links)
    if kind is Dataset.RALO:
        return ralo.read_ralo(table, images, site_zone=site_zone, follow_links=follow_links)
    return manifest.read_manifest(table, images, site_zone=site_zone)


def read_films(path: Path, *, follow_links: bool = False) -> ImportPlan:
    """List a film, or the films in a folder and all below it.

    In a folder, what is no film is passed over and counted. A file named by itself is always listed, so that the
    report says why it is no film.
    """
    if not path.is_dir():
        return ImportPlan((ImportItem(path.name, path),))
    found = films_in(path, follow_links=follow_links)
    items = tuple(ImportItem(str(film.relative_to(path)), film) for film in found.films)
    return ImportPlan(items, notes=(found.words,) if found.words else (), passed_over=found.passed_over)


def _has_form(table: Path, kind: Dataset) -> bool:
    if kind is Dataset.RALO:
        # Its header stands on the second line.
        return is_ralo_table(table)
    return table.is_file() and has_columns(table, COLUMNS[kind])
