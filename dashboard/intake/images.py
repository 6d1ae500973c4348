"""Finding the image file that a row of a data set's table means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dashboard.intake.tables import header_of, rows_of

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".dcm"})
MANIFEST_NAME = "films.csv"


class ImageFinder:
    """Finds images by their original name, by `<id>`, by `<dataset>-<id>`, or through a `films.csv`.

    Reads the folders once. Names from the table only look up what is in the folders; they never make a path.

    Parameters
    ----------
    folders : sequence of Path
        Searched in this order, without their subfolders; those that do not exist are passed over.
    dataset : str
        "cohen" or "hannover".
    """

    def __init__(self, folders: Sequence[Path], dataset: str) -> None:
        self._dataset = dataset
        self._by_name: dict[str, Path] = {}
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
        return None

    def _add_folder(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                self._by_name.setdefault(path.name.lower(), path)
                self._by_name.setdefault(path.stem.lower(), path)

    def _add_manifest(self, table: Path) -> None:
        needed = ("path", "source", "source_filename")
        if not table.is_file() or not set(needed) <= set(header_of(table)):
            return
        for row in rows_of(table, needed):
            path = table.parent / row["path"]
            if row["source"] == self._dataset and row["source_filename"] and path.is_file():
                self._by_name.setdefault(row["source_filename"].lower(), path)
                self._by_name.setdefault(_stem(row["source_filename"]).lower(), path)


def _stem(name: str) -> str:
    return Path(name).stem if Path(name).suffix.lower() in {*IMAGE_SUFFIXES, ".gz", ".nii"} else name
