"""Finding the image file that a row of a data set's table means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dashboard.intake.tables import has_columns, rows_of
from dashboard.services.receiving.film_folder import FILM_SUFFIXES, films_in

MANIFEST_NAME = "films.csv"


class ImageFinder:
    """Finds images by their original name, by `<id>`, by `<dataset>-<id>`, or through a `films.csv`.

    Names also match when characters that are not safe in file names were replaced by "_".

    Films are known by their content, as everywhere.

    Reads the folders once. Names from the table only look up what is in the folders; they never make a path.

    Parameters
    ----------
    folders : sequence of Path
        Searched in this order, without their subfolders; those that do not exist are passed over.
    dataset : str
        "cohen" or "hannover".
    follow_links : bool
        Whether links that lead out of a folder are followed.
    """

    def __init__(self, folders: Sequence[Path], dataset: str, *, follow_links: bool = False) -> None:
        self._dataset, self._follow_links = dataset, follow_links
        self._by_name: dict[str, Path] = {}
        self._by_safe_name: dict[str, Path | None] = {}
        existing = [folder for folder in folders if folder.is_dir()]
        for folder in existing:
            self._add_folder(folder)
        for folder in existing:
            self._add_manifest(folder / MANIFEST_NAME)

    def find(self, name: str) -> Path | None:
        """Return the image of a file name or id, None when it is not there."""
        stem = _stem(name)
        for key in (name, stem, f"{self._dataset}-{stem}"):
            if key.lower() in self._by_name:
                return self._by_name[key.lower()]
        return self._by_safe_name.get(_safe(stem)) or self._by_safe_name.get(_safe(f"{self._dataset}-{stem}"))

    def _add_folder(self, folder: Path) -> None:
        for path in films_in(folder, follow_links=self._follow_links, below=False).films:
            stem = _stem(path.name)
            self._by_name.setdefault(path.name.lower(), path)
            self._by_name.setdefault(stem.lower(), path)
            safe = _safe(stem)
            # Two films that differ only in such characters cannot be told apart by them: neither is meant.
            self._by_safe_name[safe] = None if safe in self._by_safe_name else path

    def _add_manifest(self, table: Path) -> None:
        needed = ("path", "source", "source_filename")
        if not table.is_file() or not has_columns(table, needed):
            return
        for row in rows_of(table, needed):
            path = table.parent / row["path"]
            if row["source"] == self._dataset and row["source_filename"] and path.is_file():
                self._by_name.setdefault(row["source_filename"].lower(), path)
                self._by_name.setdefault(_stem(row["source_filename"]).lower(), path)


def _stem(name: str) -> str:
    return Path(name).stem if Path(name).suffix.lower() in {*FILM_SUFFIXES, ".gz", ".nii"} else name


def _safe(name: str) -> str:
    """Return a name with everything but letters, digits and hyphens as "_", as file-name-safe ids are made."""
    return re.sub(r"[^a-z0-9-]", "_", name.lower())
