"""Unrolled lungs of the training films, each as it is and under several other exposures."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DataSetInvalidError
from core.research.training.pictures.exposure import exposed_anew, moved
from core.research.training.pictures.frames import Frames
from core.scoring.models.embedded.inference import segment_lungs, unrolled_lungs
from core.scoring.models.embedded.network import CHANNELS, LungSegmenter
from core.scoring.models.embedded.unrolling import outline_lungs, unroll
from core.types import FloatImage

BORDER = 8
"""Rows and columns around an unrolled lung that shifts in training may bring in."""

PAINTED = CHANNELS
"""Place of the painted opacity among the channels of a view; -1 throughout where nobody painted."""

log = logging.getLogger(__name__)

HalfArray = NDArray[np.float16]


@dataclass(frozen=True)
class LungViews:
    """Unrolled lungs of films.

    Attributes
    ----------
    rows : mapping of str to tuple of int
        Film to its rows in `views`; the first is the film as it is, the others other exposures of it.
    views : float16 array, (rows, 2, 5, 96 + 2 border, 64 + 2 border)
        Right and left lung; the networks' four channels and the painted opacity.
    """

    rows: Mapping[str, tuple[int, ...]]
    views: HalfArray

    @property
    def film_ids(self) -> tuple[str, ...]:
        """Return the films whose lungs were found."""
        return tuple(self.rows)

    def inner(self, film_id: str) -> FloatImage:
        """Return one film's lungs without the border, (2, 4, 96, 64), as the scorer sees them."""
        view = self.views[self.rows[film_id][0]]
        inner: FloatImage = view[:, :PAINTED, BORDER:-BORDER, BORDER:-BORDER].astype(np.float32)
        return inner

    def is_painted(self, film_id: str) -> bool:
        """Say whether a radiologist painted the film's opacities."""
        return bool((self.views[self.rows[film_id][0], :, PAINTED] >= 0).any())


def prepare_views(
    frames: Frames,
    film_ids: Sequence[str],
    exposures: Callable[[str], int],
    segmenter: Callable[[str], LungSegmenter],
    cache: Path,
) -> LungViews:
    """Unroll the lungs of films; a second call reads `cache` (an .npz file).

    Parameters
    ----------
    exposures, segmenter : callable
        Of a film: how many other exposures of it are made, and the segmenter that looks for its lungs.

    Raises
    ------
    DataSetInvalidError
        No lungs were found on any film.
    """
    if cache.is_file():
        return _read(cache)
    rows: dict[str, tuple[int, ...]] = {}
    views: list[HalfArray] = []
    for film_id in film_ids:
        found = _views_of_film(frames, film_id, exposures(film_id), segmenter(film_id))
        if found:
            rows[film_id] = tuple(range(len(views), len(views) + len(found)))
            views += found
        else:
            log.warning("No lungs found on %s", film_id)
    if not rows:
        raise DataSetInvalidError("No lungs were found on any scored film. Check the films and their lung masks.")
    result = LungViews(rows, np.stack(views))
    _write(cache, result)
    return result


def _views_of_film(frames: Frames, film_id: str, exposures: int, segmenter: LungSegmenter) -> list[HalfArray]:
    frame, painted = frames.frame(film_id), frames.opacities.get(film_id)
    plane = None if painted is None else painted.astype(np.float32) / np.float32(255)
    as_it_is = _view(frame, plane, segmenter)
    if as_it_is is None:
        return []
    # Of the name, so that a film's exposures do not depend on which other films there are.
    generator = np.random.default_rng(zlib.crc32(film_id.encode()))
    views = [as_it_is]
    for _exposure in range(exposures):
        planes = [exposed_anew(frame, generator), *([] if plane is None else [plane])]
        changed = moved(np.stack(planes), generator)
        view = _view(changed[0], changed[1] if plane is not None else None, segmenter)
        if view is not None:
            views.append(view)
    return views


def _view(frame: FloatImage, painted: FloatImage | None, segmenter: LungSegmenter) -> HalfArray | None:
    lungs = segment_lungs(segmenter, frame)
    outlines = outline_lungs(lungs)
    if outlines is None:
        return None
    seen = unrolled_lungs(frame, lungs, outlines, border=BORDER)
    if painted is None:
        plane = np.full_like(seen[:, :1], -1)
    else:
        plane = np.stack([unroll(painted[None], outline, border=BORDER) for outline in outlines])
    return np.concatenate((seen, plane), axis=1).astype(np.float16)


def _write(cache: Path, views: LungViews) -> None:
    ids = np.array([film_id for film_id, rows in views.rows.items() for _row in rows])
    np.savez(cache, film_ids=ids, views=views.views)


def _read(cache: Path) -> LungViews:
    with np.load(cache) as kept:
        ids, views = kept["film_ids"].tolist(), kept["views"]
    rows: dict[str, tuple[int, ...]] = {}
    for row, film_id in enumerate(ids):
        rows[film_id] = (*rows.get(film_id, ()), row)
    return LungViews(rows, views)
