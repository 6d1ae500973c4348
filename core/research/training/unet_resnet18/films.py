"""The films of the opacity segmentation: which ones train, which ones are only read, and in which fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.training.folds import patient_folds
from core.research.training.pictures.frames import read_pixels
from core.research.training.pictures.masks import lung_masks, opacity_masks
from core.research.training.unet_resnet18.fit import DrawnFilms
from core.scoring.models.unet_resnet18.framing import FRAME_PIXELS, frame_film, frame_mask
from core.types import FloatImage

FOLDS = 5

_SOURCE_OF_NORMALS = "nih"
"""Its films without finding train; those of other sources are left to be tested on."""


@dataclass(frozen=True)
class UnetFilms:
    """All that a training needs of its films.

    Attributes
    ----------
    films : mapping of str to DataSetFilm
        Every film of the folder, by id.
    lungs, opacities : mapping of str to array
        Drawn right and left lung, (2, rows, columns), and painted opacity, (rows, columns), of the film's own size.
    normals : frozenset of str
        Films without finding, which teach that there is no opacity.
    folds : mapping of str to int
        Patient to fold; patients of whom no film could have trained anything are missing.
    """

    films: Mapping[str, DataSetFilm]
    lungs: Mapping[str, FloatImage]
    opacities: Mapping[str, FloatImage]
    normals: frozenset[str]
    folds: Mapping[str, int]

    def fold_of(self, film_id: str) -> int | None:
        """Return the fold of the film's patient, None for a patient in no fold."""
        return self.folds.get(self.films[film_id].patient_id)

    def trainable(self, held_out: int | None = None) -> list[str]:
        """Return the drawn and the normal films that may train, without those of fold `held_out`."""
        drawn = sorted(self.lungs.keys() | self.opacities.keys() | self.normals)
        return [i for i in drawn if not self.films[i].no_derivatives and self.fold_of(i) != held_out]

    def of_other_patients(self) -> list[str]:
        """Return the films with drawn lungs that may train, of patients without a painted film.

        What they teach is the same for every fold, as no patient of theirs is ever tested.
        """
        painted = {self.films[film_id].patient_id for film_id in self.opacities}
        return [i for i in self.trainable() if i in self.lungs and self.films[i].patient_id not in painted]


def collect_films(data: Path, *, seed: int) -> UnetFilms:
    """Read films and masks of a data folder and deal the patients into folds.

    Patients of normal films, who are in none of those, are dealt apart.

    Raises
    ------
    DataSetInvalidError
        The tables are not of the documented form, or the drawn lungs are not installed.
    """
    films = read_data_set(data)
    lungs, opacities = lung_masks(data, films), opacity_masks(data, films)
    candidates = [film for film in films if film.experts or film.film_id in lungs]
    drawn = Counter(film.patient_id for film in candidates if film.film_id in lungs)
    folds = patient_folds({film.patient_id: drawn[film.patient_id] for film in candidates}, FOLDS, seed)
    normals = {
        f.film_id: f.patient_id for f in films if f.source == _SOURCE_OF_NORMALS and f.finding.lower() == "no finding"
    }
    apart = patient_folds({patient: 1 for patient in normals.values() if patient not in folds}, FOLDS, seed)
    return UnetFilms({film.film_id: film for film in films}, lungs, opacities, frozenset(normals), {**folds, **apart})


def draw_films(collected: UnetFilms, film_ids: Sequence[str]) -> DrawnFilms:
    """Bring films and what was drawn on them into the network's frame."""
    side = FRAME_PIXELS
    frames = np.empty((len(film_ids), side, side), dtype=np.float16)
    masks = np.zeros((len(film_ids), 3, side, side), dtype=np.uint8)
    for place, film_id in enumerate(film_ids):
        frames[place] = frame_film(read_pixels(collected.films[film_id].path))
        planes = [*collected.lungs.get(film_id, ())] or [None, None]
        for number, plane in enumerate((*planes, collected.opacities.get(film_id))):
            if plane is not None:
                masks[place, number] = np.round(frame_mask(plane) * 255)
    return DrawnFilms(
        tuple(film_ids),
        frames,
        masks,
        np.array([film_id in collected.lungs for film_id in film_ids]),
        np.array([film_id in collected.opacities for film_id in film_ids]),
        np.array([film_id in collected.normals for film_id in film_ids]),
    )
