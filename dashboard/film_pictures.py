"""Films as the browser shows them: 8-bit PNG of moderate size."""

from __future__ import annotations

import io
from datetime import tzinfo

import numpy as np
from PIL import Image

from core.films.read import read_film

LONGER_SIDE_PIXELS = 1024


def film_picture(source: bytes, *, site_zone: tzinfo) -> bytes:
    """Return a stored film as PNG, the longer side at most `LONGER_SIDE_PIXELS`.

    Raises
    ------
    FilmUnreadableError
        The bytes are no film that can be shown.
    """
    film = read_film(source, site_zone=site_zone)
    picture = Image.fromarray(np.round(film.pixels.clip(0, 1) * 255).astype(np.uint8))
    picture.thumbnail((LONGER_SIDE_PIXELS, LONGER_SIDE_PIXELS), Image.Resampling.BOX, reducing_gap=2.0)
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
