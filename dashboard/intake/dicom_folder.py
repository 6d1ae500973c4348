"""DICOM folders, and files named one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dashboard.intake.images import IMAGE_SUFFIXES
from dashboard.intake.plan import ImportItem, ImportPlan

PREAMBLE_BYTES = 132


def read_dicom(path: Path) -> ImportPlan:
    """List a DICOM file, or the films in a folder and all below it, in order of their paths.

    In a folder, files that are neither DICOM nor pictures are passed over, as is a DICOMDIR. A file named by
    itself is always listed, so that the report says why it is no film.
    """
    return ImportPlan(_walk(path) if path.is_dir() else (ImportItem(path.name, path),))


def _walk(folder: Path) -> Iterator[ImportItem]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root) / name
            if name.upper() != "DICOMDIR" and not name.startswith(".") and _may_be_film(path):
                yield ImportItem(str(path.relative_to(folder)), path)


def _may_be_film(path: Path) -> bool:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            # PS3.10 clause 7.1: 128 bytes of preamble, then "DICM".
            return file.read(PREAMBLE_BYTES)[128:] == b"DICM"
    except OSError:
        # Listed, so that the report gives the reason.
        return True
