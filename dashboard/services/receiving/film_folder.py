"""The films in a folder, recognised by their content, and what was passed over beside them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import DataSetInvalidError
from core.files import read_regular
from core.films.kinds import HEAD_BYTES, FileKind, kind_of
from core.films.limits import MAX_BYTES, require_file_size
from core.quoting import quoted

FILM_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".dcm", ".dicom"})
"""What calls itself a film is listed even if it is none, so that the report says what is wrong with it."""
MAX_ENTRIES = 250_000
"""Files and folders of one import; their names are held in memory."""


@dataclass(frozen=True)
class FolderFilms:
    """What a folder holds.

    Attributes
    ----------
    films : tuple of Path
        In order of their paths.
    passed_over : mapping
        How many of each other kind.
    """

    films: tuple[Path, ...]
    passed_over: Mapping[FileKind, int]

    @property
    def words(self) -> str:
        """Return what was passed over as a sentence, "" where there is nothing to say."""
        if not self.passed_over:
            return ""
        kinds = ", ".join(f"{self.passed_over[kind]} x {kind.value}" for kind in FileKind if kind in self.passed_over)
        linked = FileKind.LINK_OUT in self.passed_over
        advice = " Links out of the folder are followed with --follow-links." if linked else ""
        return f"Passed over, because it is no film: {kinds}.{advice}"


def films_in(folder: Path, *, follow_links: bool = False, below: bool = True) -> FolderFilms:
    """List the films in a folder, and in all below it.

    A link that leads out of the folder is followed only on request; other links are followed to files only, because
    the folder they lead to is listed itself.

    Raises
    ------
    DataSetInvalidError
        A folder cannot be listed, or there are more than MAX_ENTRIES files and folders.
    """
    listing = _Listing(folder, follow_links=follow_links, below=below)
    listing.add_all()
    return FolderFilms(tuple(listing.films), listing.passed_over)


@dataclass
class _Listing:
    """One folder being listed."""

    folder: Path
    follow_links: bool
    below: bool
    films: list[Path] = field(default_factory=list)
    passed_over: Counter[FileKind] = field(default_factory=Counter)
    n_entries: int = 0
    # Folders by device and inode: a link may lead back up.
    seen: set[tuple[int, int]] = field(default_factory=set)

    def add_all(self) -> None:
        """Add what lies in each folder: its files, then the folders in it."""
        folders = [self.folder]
        while folders:
            files, inner = self._entries(folders.pop())
            for path in files:
                self._add_file(path)
            folders += reversed(inner)

    def _entries(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """Return a folder's files and the folders to go on with, each in order of their names."""
        files, folders = [], []
        for name in self._names(folder):
            path = folder / name
            if name.startswith("."):
                self.passed_over[FileKind.HIDDEN] += 1
            elif path.is_symlink() and not self._is_followed(path):
                continue
            elif not path.is_dir():
                files.append(path)
            elif self.below and self._is_new(path):
                folders.append(path)
        return files, folders

    def _names(self, folder: Path) -> list[str]:
        names = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self.n_entries += 1
                    if self.n_entries > MAX_ENTRIES:
                        raise DataSetInvalidError(
                            f"The folder {quoted(self.folder)} holds more than {MAX_ENTRIES:,} files. Import the "
                            "folders in it one after the other."
                        )
                    names.append(entry.name)
        except OSError as error:
            raise DataSetInvalidError(
                f"The folder {quoted(folder)} cannot be listed ({error.strerror}). Nothing was read from "
                f"{quoted(self.folder)}: allow it to be read, or name the other folders one by one."
            ) from error
        return sorted(names)

    def _is_followed(self, link: Path) -> bool:
        try:
            inside = link.resolve(strict=True).is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError):
            self.passed_over[FileKind.BROKEN_LINK] += 1
            return False
        if not inside and not self.follow_links:
            self.passed_over[FileKind.LINK_OUT] += 1
            return False
        return not (inside and link.is_dir())

    def _is_new(self, folder: Path) -> bool:
        state = folder.stat()
        place = (state.st_dev, state.st_ino)
        new = place not in self.seen
        self.seen.add(place)
        return new

    def _add_file(self, path: Path) -> None:
        kind = kind_of_file(path)
        if kind is FileKind.FILM or (path.suffix.lower() in FILM_SUFFIXES and kind is not FileKind.SPECIAL):
            self.films.append(path)
        else:
            self.passed_over[kind] += 1


def kind_of_file(path: Path) -> FileKind:
    """Return what a file is by its content; one that may not be read counts as a film, so that the report says so."""
    try:
        head = read_regular(path, HEAD_BYTES - 1)
    except OSError:
        return FileKind.FILM if path.is_file() else FileKind.SPECIAL
    return kind_of(head)


def film_bytes(path: Path) -> bytes:
    """Return a file's bytes; one larger than any film is refused.

    Raises
    ------
    FilmUnreadableError
        Empty, or larger than any film.
    OSError
        It cannot be read, or is no regular file.
    """
    source = read_regular(path, MAX_BYTES)
    require_file_size(max(len(source), path.stat().st_size) if len(source) > MAX_BYTES else len(source))
    return source
