"""Sizes beyond which nothing is decoded, and the sentences that say so."""

from __future__ import annotations

from core.errors import FilmUnreadableError

MAX_BYTES = 200_000_000
"""Largest file, and largest inflated data set. A 16-bit film of MAX_PIXELS has 100 MB."""

MAX_PIXELS = 50_000_000
"""Most pixels of a film. The finest chest detectors have about 22 million."""

MAX_AT_ONCE = 200
"""Most files of one upload: each is held in memory until all are stored."""


def too_many_at_once(n_files: int) -> str:
    """Return the sentence that refuses so many files in one upload, "" where they are few enough."""
    if n_files <= MAX_AT_ONCE:
        return ""
    return (
        f"{n_files:,} files are chosen; at most {MAX_AT_ONCE} can be added at once. Choose fewer, or add a folder with "
        "`lungline import`. Nothing was stored."
    )


def require_file_size(n_bytes: int) -> None:
    """Refuse a file that is empty or larger than MAX_BYTES.

    Raises
    ------
    FilmUnreadableError
    """
    if n_bytes == 0:
        raise FilmUnreadableError("The file is empty. Send it again.")
    if n_bytes > MAX_BYTES:
        raise FilmUnreadableError(
            f"The file has {n_bytes / 1e6:.0f} MB; a chest film has at most {MAX_BYTES / 1e6:.0f} MB. "
            "It was not opened."
        )


def require_picture_size(rows: int, columns: int, frames: int = 1) -> None:
    """Refuse a picture without pixels, with several frames or with more than MAX_PIXELS, before it is decoded.

    Raises
    ------
    FilmUnreadableError
    """
    if frames > 1:
        raise FilmUnreadableError(
            f"The file holds a series of {frames} pictures. Lungline reads single films: "
            "send each film as its own file."
        )
    if rows < 1 or columns < 1 or frames < 0:
        raise FilmUnreadableError(
            f"The file states a picture of {columns} x {rows} pixels. It is damaged: send it again."
        )
    if rows * columns > MAX_PIXELS:
        raise FilmUnreadableError(
            f"The picture has {rows * columns / 1e6:.0f} megapixels; a chest film has at most "
            f"{MAX_PIXELS / 1e6:.0f}. It was not decoded."
        )
