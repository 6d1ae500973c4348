"""Pictures made of frontal films that are no whole upright chest any more: turned, halved, cut out, put together.

Every function takes thumbnails, (256, 256) float32, 0-1, and returns one more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from core.films.recognition.view import THUMBNAIL_SIDE
from core.research.training.checks.likeness_drawn import DRAWN
from core.types import FloatImage

FilmChange = Callable[[FloatImage, FloatImage, np.random.Generator], FloatImage]
"""Takes the film, a film of the same patient (it may be the same one), and the generator."""

_SIDE = THUMBNAIL_SIDE


def upside_down(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the film turned by 180° give or take 10°."""
    return _turned(film, 180 + random.uniform(-10, 10))


def on_its_side(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the film turned by 90° to either side, give or take 15°."""
    return _turned(film, random.choice([90, 270]) + random.uniform(-15, 15))


def one_side(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the left or the right 40-52 % of the film: one lung."""
    width = round(_SIDE * random.uniform(0.40, 0.52))
    return _whole(film[:, :width] if random.random() < 0.5 else film[:, -width:])


def upper_half(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the upper 33-48 % of the film: neck, shoulders, upper zones."""
    return _whole(film[: round(_SIDE * random.uniform(0.33, 0.48))])


def lower_half(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the lower 33-48 % of the film: lung bases and belly."""
    return _whole(film[-round(_SIDE * random.uniform(0.33, 0.48)) :])


def detail(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return a piece of 20-45 % of each side."""
    height, width = (round(_SIDE * share) for share in random.uniform(0.2, 0.45, 2))
    top, left = random.integers(_SIDE - height), random.integers(_SIDE - width)
    return _whole(film[top : top + height, left : left + width])


def two_in_one(film: FloatImage, other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return two films side by side, one above the other, or four in a square."""
    axes = ((1,), (0,), (0, 1))[random.integers(3)]
    picture = film
    for axis in axes:
        beside = other if axis == axes[0] else picture[:, ::-1]
        picture = np.concatenate([picture, beside], axis=axis)
    return _whole(picture)


def on_a_page(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return a page or a screen with the film on 8-25 % of it."""
    picture = DRAWN[str(random.choice(["pages", "screens"]))](random)
    height, width = (round(_SIDE * side) for side in random.uniform(0.3, 0.5, 2))
    top, left = random.integers(_SIDE - height), random.integers(_SIDE - width)
    picture[top : top + height, left : left + width] = _resized(film, width, height)
    return picture


def shuffled(film: FloatImage, _other: FloatImage, random: np.random.Generator) -> FloatImage:
    """Return the film cut into 2 x 2 to 4 x 4 pieces in another order."""
    count = int(random.integers(2, 5))
    side = _SIDE // count
    order = random.permutation(count * count)
    if (order == np.arange(count * count)).all():
        order = order[::-1]
    pieces = [band[:, left : left + side] for band in _bands(film, count) for left in range(0, count * side, side)]
    rows = [np.concatenate([pieces[place] for place in order[row * count :][:count]], axis=1) for row in range(count)]
    return _whole(np.concatenate(rows))


FROM_FILMS: dict[str, FilmChange] = {
    "upside down": upside_down,
    "on its side": on_its_side,
    "one side only": one_side,
    "upper half only": upper_half,
    "lower half only": lower_half,
    "detail of a film": detail,
    "two films in one": two_in_one,
    "film on a page": on_a_page,
    "shuffled pieces": shuffled,
}
"""Every kind that is made of films, by name."""


def _bands(film: FloatImage, count: int) -> list[FloatImage]:
    height = _SIDE // count
    return [film[top : top + height] for top in range(0, count * height, height)]


def _turned(film: FloatImage, degrees: float) -> FloatImage:
    edges = np.concatenate([film[0], film[-1], film[:, 0], film[:, -1]])
    quarter = np.rot90(film, round(degrees / 90))
    picture = Image.fromarray(np.ascontiguousarray(quarter))
    rest = degrees - 90 * round(degrees / 90)
    turned = picture.rotate(rest, Image.Resampling.BILINEAR, fillcolor=float(np.median(edges)))
    return np.asarray(turned, dtype=np.float32)


def _whole(piece: FloatImage) -> FloatImage:
    return _resized(piece, _SIDE, _SIDE)


def _resized(film: FloatImage, width: int, height: int) -> FloatImage:
    picture = Image.fromarray(np.ascontiguousarray(film)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.float32)
