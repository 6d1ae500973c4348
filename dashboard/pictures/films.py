"""Films as the browser gets them: 8-bit PNG of moderate size, or grey values of 16 bits to be windowed there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from PIL import Image

from core.films.dicom.spacing import PixelSpacing
from core.films.read import read_film, read_full_range
from dashboard.pictures.windows import preset_windows

LONGER_SIDE_PIXELS = 1024
THUMBNAIL_LONGER_SIDE_PIXELS = 256
"""About 8 KB a film."""
GREYS_LONGER_SIDE_PIXELS = 2048
"""At most 8 MB a film."""

_WHITE = 65_535


@dataclass(frozen=True)
class FilmGreys:
    """A film's grey values, nothing cut off by its window.

    Attributes
    ----------
    values : bytes
        Row by row, 16 bits each, little endian: 0 (dark) to 65,535 (bright) over the range that the film uses.
    columns, rows : int
    window : (float, float)
        What the film's own window shows black and white; 0 and 1 are the ends of the range.
    windows : mapping of name to (float, float)
        Other windows to see it through, in the same unit; see `preset_windows`.
    film_columns, film_rows : int
        Of the film itself, which may be larger.
    spacing : PixelSpacing or None
        Of the film itself, in mm; None where its file states none.
    """

    values: bytes
    columns: int
    rows: int
    window: tuple[float, float]
    windows: Mapping[str, tuple[float, float]]
    film_columns: int
    film_rows: int
    spacing: PixelSpacing | None


def film_greys(source: bytes) -> FilmGreys:
    """Return a stored film's grey values, the longer side at most `GREYS_LONGER_SIDE_PIXELS`.

    Raises
    ------
    FilmUnreadableError
        The bytes are no film that can be shown.
    """
    film = read_full_range(source)
    picture = Image.fromarray(film.pixels)
    picture.thumbnail((GREYS_LONGER_SIDE_PIXELS, GREYS_LONGER_SIDE_PIXELS), Image.Resampling.BOX)
    greys = np.asarray(picture).clip(0, 1)
    values = np.rint(greys * _WHITE).astype("<u2").tobytes()
    rows, columns = film.pixels.shape
    windows = preset_windows(greys, film.window)
    return FilmGreys(values, picture.width, picture.height, film.window, windows, columns, rows, film.spacing)


def film_picture(source: bytes, *, site_zone: tzinfo) -> bytes:
    """Return a stored film as PNG, the longer side at most `LONGER_SIDE_PIXELS`.

    Raises
    ------
    FilmUnreadableError
        The bytes are no film that can be shown.
    """
    stream = io.BytesIO()
    _reduced(source, LONGER_SIDE_PIXELS, site_zone).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def film_thumbnail(source: bytes, *, site_zone: tzinfo) -> bytes:
    """Return a stored film as JPEG, the longer side at most `THUMBNAIL_LONGER_SIDE_PIXELS`.

    Raises
    ------
    FilmUnreadableError
        As for `film_picture`.
    """
    stream = io.BytesIO()
    _reduced(source, THUMBNAIL_LONGER_SIDE_PIXELS, site_zone).save(stream, "JPEG", quality=80)
    return stream.getvalue()


def _reduced(source: bytes, longer_side: int, site_zone: tzinfo) -> Image.Image:
    film = read_film(source, site_zone=site_zone)
    picture = Image.fromarray(np.round(film.pixels.clip(0, 1) * 255).astype(np.uint8))
    picture.thumbnail((longer_side, longer_side), Image.Resampling.BOX, reducing_gap=2.0)
    return picture
