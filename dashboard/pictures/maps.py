"""Maps of films as pictures: stored as their planes, shown in colours over the film."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.scoring.saliency import DrawnMap, MapKind
from core.types import FilmMasks, FloatImage

OPACITY_COLOUR = (255, 159, 28)
LUNG_COLOUR = (64, 200, 255)
MAP_COLOUR = (255, 159, 28)
"""Told apart from a grey film, and from each other, in every common colour blindness."""

_STRONGEST_COVER = 0.8
_OPACITY_COVER = 0.38
_MARKED = 128
_FINER = 2
_LINE_PIXELS = 5

Bytes = NDArray[np.uint8]


def stored_picture(drawn: DrawnMap) -> bytes:
    """Return the planes of a map as PNG, 8 bits each: grey for one plane, red, green and blue for three."""
    planes = np.rint(drawn.planes * 255).astype(np.uint8)
    return _png(Image.fromarray(planes[0] if len(planes) == 1 else np.ascontiguousarray(np.moveaxis(planes, 0, -1))))


def masks_of(stored: bytes) -> FilmMasks:
    """Return the masks that a stored picture of kind MASKS holds."""
    with Image.open(io.BytesIO(stored), formats=("PNG",)) as picture:
        planes = np.asarray(picture, dtype=np.float32) / np.float32(255)
    return FilmMasks(*(np.ascontiguousarray(planes[..., plane]) for plane in range(3)))


def overlay_picture(kind: MapKind, stored: bytes) -> bytes:
    """Return a stored map as PNG in colours with transparency, to be laid over the film."""
    return _png(_overlay(kind, stored))


def map_over_film(pixels: FloatImage, kind: MapKind, stored: bytes) -> bytes:
    """Return the film with a stored map over it as PNG, of the size of the map's picture.

    Parameters
    ----------
    pixels : float32 array, (rows, columns)
        The film, 0-1.
    """
    overlay = _overlay(kind, stored)
    film = Image.fromarray(np.rint(pixels.clip(0, 1) * 255).astype(np.uint8))
    base = film.resize(overlay.size, Image.Resampling.BILINEAR, reducing_gap=2.0).convert("RGBA")
    return _png(Image.alpha_composite(base, overlay).convert("RGB"))


def _overlay(kind: MapKind, stored: bytes) -> Image.Image:
    with Image.open(io.BytesIO(stored), formats=("PNG",)) as picture:
        finer = picture.resize((picture.width * _FINER, picture.height * _FINER), Image.Resampling.BILINEAR)
    values = np.asarray(finer)
    return Image.fromarray(_masks(values) if kind is MapKind.MASKS else _relative(values))


def _relative(values: Bytes) -> Bytes:
    painted = np.empty((*values.shape, 4), np.uint8)
    painted[..., :3] = MAP_COLOUR
    painted[..., 3] = np.rint(values * np.float32(_STRONGEST_COVER)).astype(np.uint8)
    return painted


def _masks(values: Bytes) -> Bytes:
    """Return opacity as a filled area with its edge, each lung as its edge alone: shapes tell them apart too."""
    right, left, opacity = (values[..., plane] >= _MARKED for plane in range(3))
    painted = np.zeros((*values.shape[:2], 4), np.uint8)
    painted[opacity] = (*OPACITY_COLOUR, round(255 * _OPACITY_COVER))
    painted[_edge(opacity)] = (*OPACITY_COLOUR, 255)
    painted[_edge(right) | _edge(left)] = (*LUNG_COLOUR, 255)
    return painted


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a mask within a line's width of its outside."""
    reach = range(2 * _LINE_PIXELS + 1)
    rows, columns = mask.shape
    padded = np.pad(mask, _LINE_PIXELS, mode="edge")
    across = np.all([padded[:, place : place + columns] for place in reach], axis=0)
    inner = np.all([across[place : place + rows] for place in reach], axis=0)
    return np.asarray(mask & ~inner)


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=6)
    return stream.getvalue()
