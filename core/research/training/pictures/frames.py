"""Films and their masks in the embedded scorer's frame, kept on disk between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.research.evaluation.dataset import DataSetFilm
from core.research.training.pictures.masks import lung_masks, opacity_masks
from core.scoring.models.embedded.framing import content_region, frame_film, frame_mask
from core.types import FloatImage


@dataclass(frozen=True)
class Frames:
    """Prepared films.

    Attributes
    ----------
    film_ids : tuple of str
    frames : float16 array, (films, 384, 384)
    lungs : dict of str to uint8 array, (2, 384, 384)
        Right and left lung, 0-255, of the films whose lungs were drawn.
    opacities : dict of str to uint8 array, (384, 384)
        Ground glass or consolidation, 0-255.
    """

    film_ids: tuple[str, ...]
    frames: NDArray[np.float16]
    lungs: dict[str, NDArray[np.uint8]]
    opacities: dict[str, NDArray[np.uint8]]

    def frame(self, film_id: str) -> FloatImage:
        """Return one frame, float32 (384, 384)."""
        frame: FloatImage = self.frames[self.film_ids.index(film_id)].astype(np.float32)
        return frame


def read_pixels(path: Path) -> FloatImage:
    """Read an 8-bit picture as float32, 0-1."""
    return np.asarray(Image.open(path).convert("L"), dtype=np.float32) / np.float32(255)


def prepare_frames(folder: Path, films: Sequence[DataSetFilm], cache: Path) -> Frames:
    """Bring films and masks into the frame; a second call reads `cache` (an .npz file)."""
    film_ids = tuple(film.film_id for film in films)
    if cache.is_file():
        kept = _read(cache)
        if kept.film_ids == film_ids:
            return kept
    drawn, painted = lung_masks(folder, films), opacity_masks(folder, films)
    frames = np.empty((len(films), 384, 384), dtype=np.float16)
    lungs, opacities = {}, {}
    for place, film in enumerate(films):
        pixels = read_pixels(film.path)
        region = content_region(pixels)
        frames[place] = frame_film(pixels)
        if film.film_id in drawn:
            lungs[film.film_id] = _bytes(np.stack([frame_mask(side, region) for side in drawn[film.film_id]]))
        if film.film_id in painted:
            opacities[film.film_id] = _bytes(frame_mask(painted[film.film_id], region))
    prepared = Frames(film_ids, frames, lungs, opacities)
    _write(cache, prepared)
    return prepared


def _bytes(mask: FloatImage) -> NDArray[np.uint8]:
    return np.round(mask * 255).astype(np.uint8)


def _write(cache: Path, prepared: Frames) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        cache,
        film_ids=np.array(prepared.film_ids),
        frames=prepared.frames,
        lung_ids=np.array(list(prepared.lungs)),
        lungs=np.stack(list(prepared.lungs.values())),
        opacity_ids=np.array(list(prepared.opacities)),
        opacities=np.stack(list(prepared.opacities.values())),
    )


def _read(cache: Path) -> Frames:
    with np.load(cache) as kept:
        return Frames(
            tuple(kept["film_ids"].tolist()),
            kept["frames"],
            dict(zip(kept["lung_ids"].tolist(), kept["lungs"], strict=True)),
            dict(zip(kept["opacity_ids"].tolist(), kept["opacities"], strict=True)),
        )
