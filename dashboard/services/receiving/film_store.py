"""The durable store of film bytes, named by their content."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from dashboard.errors import StorageFailedError, StoredFilmDamagedError, storage_trouble

log = logging.getLogger(__name__)

MARK = "site-id"
"""File in the film store that holds the site's id."""
_HASH = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".unfinished-"


class FilmStore:
    """Keeps each film's bytes under their SHA-256, in two levels of folders.

    Once `put` returns, the bytes survive a power cut. Names come from the content only, never from what
    a film or a user says.

    Parameters
    ----------
    folder : Path
        Made on the first `put`, unless it belongs to a site; readable by the owner only.
    of_site : str or None
        The site that the folder must carry the mark of before anything is put into it; None for one that has none.
    """

    def __init__(self, folder: Path, *, of_site: str | None = None) -> None:
        self.folder = folder
        self.of_site = of_site

    def path(self, content_hash: str) -> Path:
        """Return where the film of that hash lies, whether or not it is there."""
        if not _HASH.fullmatch(content_hash):
            raise ValueError(f"{content_hash!r} is no content hash. Expected 64 lower-case hexadecimal digits.")
        return self.folder / content_hash[:2] / content_hash[2:4] / content_hash

    def put(self, source: bytes) -> str:
        """Store the bytes durably and return their SHA-256 (hex); storing the same bytes again changes nothing.

        Raises
        ------
        StorageFailedError
            The disk is full, the folder may not be written to, or is not that of the site; nothing half-written
            stays.
        """
        self.require_in_place()
        content_hash = sha256(source).hexdigest()
        target = self.path(content_hash)
        try:
            _make_folders(target.parent, self.folder, with_root=self.of_site is None)
            if not target.is_file() or target.read_bytes() != source:
                write_whole(target, source)
            # Also for a film already there: the process that wrote it may have died before this line.
            fsync(target.parent)
        except OSError as error:
            log.warning("a film could not be stored: %s", error)
            raise StorageFailedError(storage_trouble(error)) from error
        return content_hash

    def require_in_place(self) -> None:
        """Refuse to go on while the folder of the site is away, as when its disk is not connected.

        Raises
        ------
        StorageFailedError
        """
        if self.of_site is not None and (found := self._mark()) != self.of_site:
            log.warning("%s carries the mark of site %s, expected %s", self.folder, found or "none", self.of_site)
            raise StorageFailedError(
                "The film folder is away, or another one stands in its place: nothing was stored. Check that its disk "
                "is connected, then send it again."
            )

    def is_away(self) -> bool:
        """Return whether the folder of the site is away, or cannot be read."""
        try:
            self.require_in_place()
        except StorageFailedError:
            return True
        return False

    def _mark(self) -> str | None:
        try:
            return read_mark(self.folder)
        except OSError as error:
            log.warning("%s: %s", self.folder, error.strerror)
            raise StorageFailedError(storage_trouble(error)) from error

    def get(self, content_hash: str) -> bytes:
        """Return the film's bytes.

        Raises
        ------
        StoredFilmDamagedError
            If it is missing, or its bytes changed on the disk.
        StorageFailedError
            The whole folder is away.
        """
        try:
            source = self.path(content_hash).read_bytes()
        except FileNotFoundError as error:
            self.require_in_place()
            raise StoredFilmDamagedError(
                f"The stored film {content_hash[:12]}… is missing. Restore the film folder from its backup."
            ) from error
        except OSError as error:
            self.require_in_place()
            raise StoredFilmDamagedError(
                f"The stored film {content_hash[:12]}… cannot be read ({error.strerror}). Check the film folder."
            ) from error
        if sha256(source).hexdigest() != content_hash:
            raise StoredFilmDamagedError(
                f"The stored film {content_hash[:12]}… is damaged. Restore the film folder from its backup."
            )
        return source

    def hashes(self) -> Iterator[str]:
        """Yield the hash of every stored film, in order."""
        for path in sorted(self.folder.glob("??/??/*")):
            if _HASH.fullmatch(path.name):
                yield path.name

    def is_empty(self) -> bool:
        """Return whether no film is stored."""
        return not any(True for _ in self._films())

    def came_before(self, before: float) -> Iterator[str]:
        """Yield the hash of every film that was stored before a POSIX time."""
        return (path.name for path in self._films() if path.stat().st_mtime < before)

    def _films(self) -> Iterator[Path]:
        return (path for path in self.folder.glob("??/??/*") if _HASH.fullmatch(path.name))

    def remove_unfinished(self, before: float) -> int:
        """Remove files that a killed process left half-written before the POSIX time `before`; return how many."""
        removed = 0
        for path in self.folder.glob(f"??/??/{_UNFINISHED}*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def read_mark(folder: Path) -> str | None:
    """Return the id of the site that a film store belongs to, None where it carries none."""
    try:
        return (folder / MARK).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None


def _make_folders(folder: Path, root: Path, *, with_root: bool) -> None:
    """Make `folder` for the owner only; fsync each parent, or a power cut takes the new folder with its film."""
    missing = [folder, *folder.parents]
    missing = missing[: missing.index(root) + with_root]
    for level in reversed(missing):
        if not level.is_dir():
            level.mkdir(mode=0o700, parents=level == root, exist_ok=True)
            fsync(level.parent)


def write_whole(target: Path, source: bytes) -> None:
    """Write a file that only the owner reads, durably; it is there whole or not at all, whenever the process ends."""
    # mkstemp opens with mode 0600; the same folder, so that the rename is atomic.
    descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=target.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(source)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def fsync(path: Path) -> None:
    """See that a file, or what a folder lists, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
