"""Real pictures that are no chest film, as scikit-image, scikit-learn and pydicom carry them for their own tests."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import numpy as np
import pydicom
import skimage
import sklearn.datasets
from PIL import Image

from core.errors import FilmUnreadableError
from core.films.read import read_film
from core.films.recognition.view import THUMBNAIL_SIDE, thumbnail
from core.types import FloatImage

_FILES = {
    "photographs": (
        "astronaut.png",
        "camera.png",
        "chelsea.png",
        "clock_motion.png",
        "coffee.png",
        "motorcycle_left.png",
        "rocket.jpg",
    ),
    "textures": ("brick.png", "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "moon.png"),
    "microscopy": ("cell.png", "ihc.png", "microaneurysms.png", "retina.jpg"),
    "graphics": ("color.png", "horse.png", "logo.png", "page.png", "phantom.png", "text.png"),
}
CUT_OUTS = 15
"""Pieces cut out of every large picture, besides the whole one."""

_DIGITS = 100


def pictures(random: np.random.Generator) -> Iterator[tuple[str, str, FloatImage]]:
    """Yield the pictures, (256, 256) each, with kind and name; pieces of one picture share its name."""
    folder = Path(skimage.__file__).parent / "data"
    for kind, names in _FILES.items():
        for name in names:
            yield from ((kind, name, picture) for picture in _with_cut_outs(_read(folder / name), random))
    for name, colours in zip(("china", "flower"), sklearn.datasets.load_sample_images().images, strict=True):
        grey = _grey(Image.fromarray(colours))
        yield from (("photographs", name, picture) for picture in _with_cut_outs(grey, random))
    faces = np.load(folder / "lfw_subset.npy")
    for number, face in enumerate(faces):  # the first 100 are faces, the others cut-outs of photographs without one
        yield ("faces" if number < len(faces) // 2 else "photographs", f"lfw-{number}", _enlarged(face))
    for number, digit in enumerate(sklearn.datasets.load_digits().images[:_DIGITS] / 16):
        yield "digits", f"digit-{number}", _enlarged(digit)
    for name, picture in _slices():
        yield "CT, MR and others in DICOM", name, picture


def _read(path: Path) -> FloatImage:
    with Image.open(path) as picture:
        return _grey(picture.convert("RGBA"))


def _grey(picture: Image.Image) -> FloatImage:
    grey: FloatImage = np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)
    return grey


def _with_cut_outs(grey: FloatImage, random: np.random.Generator) -> Iterator[FloatImage]:
    yield thumbnail(grey)
    for _ in range(CUT_OUTS):
        height, width = (
            round(side * share) for side, share in zip(grey.shape, random.uniform(0.4, 0.9, 2), strict=True)
        )
        top, left = random.integers(grey.shape[0] - height), random.integers(grey.shape[1] - width)
        yield thumbnail(grey[top : top + height, left : left + width])


def _enlarged(small: np.ndarray) -> FloatImage:
    picture = Image.fromarray(small.astype(np.float32)).resize(
        (THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BICUBIC
    )
    return np.clip(np.asarray(picture, dtype=np.float32), 0, 1)


def _slices() -> Iterator[tuple[str, FloatImage]]:
    """Yield every image of pydicom's test files that can be read and shows something, each pixel content once."""
    seen = set()
    for path in sorted((Path(pydicom.__file__).parent / "data" / "test_files").rglob("*")):
        if not path.is_file():
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the files are odd on purpose
                film = read_film(path.read_bytes(), site_zone=UTC)
        except FilmUnreadableError:
            continue
        if film.pixel_hash in seen or min(film.pixels.shape) < 16 or np.ptp(film.pixels) < 0.05:
            continue
        seen.add(film.pixel_hash)
        small = max(film.pixels.shape) < THUMBNAIL_SIDE
        yield path.name, _enlarged(film.pixels) if small else thumbnail(film.pixels)
