"""All pictures the check for chest films learns from or is tested on, as features."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.films.recognition import view
from core.films.recognition.likeness import Features, likeness_features
from core.films.recognition.view import standard_grid, thumbnail
from core.films.synthetic import CLEAR, Device, LungSeverity, draw_film
from core.research.evaluation.checks.likeness_kinds import CHEST_KINDS, LATERALS
from core.research.training.checks.likeness_drawn import DRAWN
from core.research.training.checks.likeness_films import FROM_FILMS
from core.research.training.checks.likeness_pictures import pictures
from core.research.training.checks.view import read_films, read_thumbnail
from core.research.training.checks.view_distortion import distorted, framed_and_lettered
from core.types import FloatImage, PatientPosition, ViewPosition

FRONTAL, COPIES, SYNTHETIC = CHEST_KINDS

TRAINED_ONLY = "shuffled pieces"
"""A kind that nobody would send; it teaches where things belong."""

DRAWN_EACH = 300
SYNTHETIC_FILMS = 120
FRONTAL_COPIES = 2
LATERAL_COPIES = 6
TESTED_SHARE = 4
"""Every fourth film's changed copies are tested; all of them train."""

Row = tuple[str, str, str, bool, bool, bool]
About = tuple[str, str, bool]
"""film_id, patient_id, may_train."""
_COLUMNS = ("kind", "name", "patient_or_source", "may_train", "tested", "from_film")


@dataclass(frozen=True, eq=False)
class LikenessTable:
    """All pictures as features, row by row as in `pictures`.

    Attributes
    ----------
    pictures : DataFrame
        kind, name, patient_or_source (pictures of one patient or cut out of one picture share it), may_train (no
        NoDerivatives licence), tested (not only a copy for training), from_film (made of a patient's film).
    features : float32 array, (n, 1088)
        After turning round the grey values where the photometry check would.
    """

    pictures: pd.DataFrame
    features: Features

    @property
    def kinds(self) -> NDArray[np.str_]:
        """Return the kind of each row."""
        return self.pictures["kind"].to_numpy(dtype=str)

    @property
    def from_film(self) -> NDArray[np.bool_]:
        """Return which rows are made of a patient's film."""
        return self.pictures["from_film"].to_numpy(dtype=bool)

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Return which rows errors are counted on."""
        return self.pictures["tested"].to_numpy(dtype=bool)

    @property
    def may_train(self) -> NDArray[np.bool_]:
        """Return which rows may be trained on."""
        return self.pictures["may_train"].to_numpy(dtype=bool)

    @property
    def groups(self) -> NDArray[np.intp]:
        """Return a number per patient, or per picture that others are cut out of."""
        return self.pictures["patient_or_source"].factorize()[0]


def read_table(data: Path, *, seed: int = 0) -> LikenessTable:
    """Read and draw all pictures and compute their features, about three minutes on one core.

    Raises
    ------
    DataSetInvalidError
        When a table of films or one of its columns is missing.
    """
    rows: list[Row] = []
    features: list[Features] = []
    for row, picture in _all_pictures(data, seed=seed):
        rows.append(row)
        features.append(features_as_checked(picture))
    return LikenessTable(pd.DataFrame(rows, columns=list(_COLUMNS)), np.stack(features))


def features_as_checked(picture: FloatImage) -> Features:
    """Return the features of a (256, 256) picture after turning it round where the photometry check would, (1088,)."""
    grid = standard_grid(picture)
    estimate = view.estimate_grid(grid)
    upright = estimate.p_lateral >= view.LATERAL_THRESHOLD or estimate.p_inverted < view.INVERTED_THRESHOLD
    return likeness_features(grid if upright else -grid)


def _all_pictures(data: Path, *, seed: int) -> Iterator[tuple[Row, FloatImage]]:
    yield from _of_films(data)
    for kind, name, picture in pictures(np.random.default_rng([seed, 1])):
        yield (kind, name, name, True, True, False), picture
    random = np.random.default_rng([seed, 2])
    for kind, draw in DRAWN.items():
        for number in range(DRAWN_EACH):
            yield (kind, f"{kind} {number}", f"{kind} {number}", True, True, False), draw(random)
    for number in range(SYNTHETIC_FILMS):
        name = f"synthetic {number}"
        yield (SYNTHETIC, name, name, True, True, False), synthetic_picture(number)


def _of_films(data: Path) -> Iterator[tuple[Row, FloatImage]]:
    films = read_films(data)
    thumbnails = [np.round(read_thumbnail(data / path) * 255).astype(np.uint8) for path in films["path"]]
    partners = films[~films["lateral"] & films["may_train"]].groupby("patient_id").groups
    columns = (films[name] for name in ("film_id", "patient_id", "lateral", "may_train"))
    for place, (film_id, patient_id, lateral, may_train) in enumerate(zip(*columns, strict=True)):
        # the film's own generator: its copies are the same in whatever order or selection films are read
        random = np.random.default_rng([7, zlib.crc32(film_id.encode())])
        about, film = (film_id, patient_id, bool(may_train)), _grey(thumbnails[place])
        if lateral:
            yield from _of_lateral(about, film, random)
        else:
            other = int(random.choice(partners.get(patient_id, [place])))
            yield from _of_frontal(about, film, _grey(thumbnails[other]), random)


def _of_lateral(about: About, film: FloatImage, random: np.random.Generator) -> Iterator[tuple[Row, FloatImage]]:
    yield (LATERALS, *about, True, True), film
    for _ in range(LATERAL_COPIES):
        yield (LATERALS, *about, False, True), framed_and_lettered(distorted(film, random), random)


def _of_frontal(
    about: About, film: FloatImage, other: FloatImage, random: np.random.Generator
) -> Iterator[tuple[Row, FloatImage]]:
    yield (FRONTAL, *about, True, True), film
    for copy in range(FRONTAL_COPIES):
        yield (COPIES, *about, copy == 0, True), framed_and_lettered(distorted(film, random), random)
    tested = zlib.crc32(about[0].encode()) % TESTED_SHARE == 0
    for kind, change in FROM_FILMS.items():
        yield (kind, *about, tested and kind != TRAINED_ONLY, True), change(film, other, random)


def _grey(stored: NDArray[np.uint8]) -> FloatImage:
    grey: FloatImage = stored.astype(np.float32) / np.float32(255)
    return grey


def synthetic_picture(number: int) -> FloatImage:
    """Return the `number`-th synthetic film, (256, 256): all degrees, both projections, with devices or not."""
    random = np.random.default_rng([11, number])
    lungs = [CLEAR if random.random() < 0.2 else LungSeverity(*random.uniform((0, 0), (4, 3))) for _ in range(2)]
    if number % 4 == 0:
        lungs = [LungSeverity(4, 3)] * 2  # white lungs on both sides hide most of what makes a chest
    supine = random.random() < 0.5
    drawn = draw_film(
        patient_seed=1000 + number,
        film_seed=number,
        right=lungs[0],
        left=lungs[1],
        view_position=ViewPosition.AP if supine else ViewPosition.PA,
        patient_position=PatientPosition.SUPINE if supine else PatientPosition.ERECT,
        devices=frozenset(Device) if random.random() < 0.5 else frozenset(),
        size=256,
    )
    return thumbnail((drawn.pixels / drawn.pixels.max()).astype(np.float32))
