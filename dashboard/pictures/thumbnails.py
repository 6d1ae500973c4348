"""Thumbnails of films, made once and kept: a stay of twenty films shall be seen at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore

from dashboard.services.receiving.film_store import write_whole

FORM = "1"
"""Names the folder; raised when thumbnails of the same film would look otherwise."""
AT_ONCE = 2
"""Films decoded at the same time: a page asks for many thumbnails, and a film takes some 100 MB to decode."""

log = logging.getLogger(__name__)


class Thumbnails:
    """Keeps thumbnails by the content hash of their film.

    Parameters
    ----------
    folder : Path
        Made with the first thumbnail, readable by the owner only. May be emptied at any time.
    draw : callable
        Makes the JPEG of a film by its content hash.
    """

    def __init__(self, folder: Path, draw: Callable[[str], bytes]) -> None:
        self._folder = folder / FORM
        self._draw = draw
        self._turn = BoundedSemaphore(AT_ONCE)

    def get(self, content_hash: str) -> bytes:
        """Return a film's thumbnail, from the disk where it was made before.

        Raises
        ------
        CoreError, DashboardError
            The film cannot be read.
        """
        path = self._folder / content_hash[:2] / f"{content_hash}.jpg"
        with suppress(OSError):
            return path.read_bytes()
        with self._turn:
            # Drawn by another while this one waited.
            with suppress(OSError):
                return path.read_bytes()
            drawn = self._draw(content_hash)
            self._keep(path, drawn)
        return drawn

    def _keep(self, path: Path, drawn: bytes) -> None:
        """Put a thumbnail on the disk; a full disk costs time alone, for it is made again when asked for."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, drawn)
        except OSError as error:
            log.warning("a thumbnail could not be kept: %s", error.strerror)
