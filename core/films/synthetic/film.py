"""From path lengths to a film: attenuation, scatter, blur, quantum noise, and the look of a CR plate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.films.synthetic.anatomy import Chest, Pose, physique_of, pose_of
from core.films.synthetic.devices import draw_devices, stamp
from core.films.synthetic.opacities import opacity_of, pattern_of
from core.films.synthetic.skeleton import bones_of
from core.films.synthetic.soft_tissue import SoftTissue, soft_tissue_of
from core.films.synthetic.types import Device, LungSeverity, SyntheticFilm, SyntheticTruth
from core.films.synthetic.vessels import draw_airways, draw_vessels, tree_of
from core.types import FloatImage, PatientPosition, ViewPosition

_SOFT_TISSUE_PER_CM = 0.19  # chest film at about 100 kV
_BONE_PER_CM = 0.36
_METAL_PER_CM = 1.0
_DARK_AP, _DARK_PA, _STEEP = 0.24, 0.42, 2.3
_LUNG_AIR = 0.74  # share of air in aerated lung


def draw_film(
    *,
    patient_seed: int,
    film_seed: int,
    right: LungSeverity,
    left: LungSeverity,
    view_position: ViewPosition = ViewPosition.AP,
    patient_position: PatientPosition = PatientPosition.SUPINE,
    devices: frozenset[Device] = frozenset(),
    size: int = 1024,
) -> SyntheticFilm:
    """Draw a frontal chest film of known severity. The same arguments give the same film.

    Parameters
    ----------
    patient_seed : int
        At least 0. Anatomy and the pattern in which opacity spreads: the same on all films of a patient.
    film_seed : int
        At least 0. Position, breath, exposure and noise of this film.
    right, left : LungSeverity
        Of the patient's lungs; the right one is on the left of the picture.
    view_position, patient_position
        AP or PA; any position.
    devices : frozenset of Device
    size : int
        Columns of the film, at least 128. AP films lie across (35 by 43 cm), PA films are square.

    Raises
    ------
    ValueError
        For a projection that is not frontal, or a size too small to show a chest.
    """
    if view_position not in (ViewPosition.AP, ViewPosition.PA):
        message = f"A {view_position.value!r} film cannot be drawn. Ask for AP or PA."
        raise ValueError(message)
    if size < 128:
        message = f"A film of {size} pixels shows no chest. Ask for 128 or more."
        raise ValueError(message)
    columns = size // 2
    rows = round(columns * 0.82) if view_position is ViewPosition.AP else columns
    film_random = np.random.default_rng([2, film_seed, patient_seed])
    pose = pose_of(film_random, view=view_position, position=patient_position, rows=rows, columns=columns)
    chest = Chest(physique_of(_patient_random(patient_seed, 0)), pose)
    tissue = soft_tissue_of(chest, film_random)
    truth, replaced = _spread(tissue, patient_seed, right, left)
    attenuation = _attenuation(chest, tissue, replaced, patient_seed, film_random)
    pixels = _expose(chest, attenuation, devices, film_random, clear_lung=_clear_lung(tissue, truth))
    return SyntheticFilm(pixels, truth, view_position, patient_position)


def _patient_random(patient_seed: int, part: int) -> np.random.Generator:
    """Return the patient's generator for one part of the body, independent of how others use theirs."""
    return np.random.default_rng([1, part, patient_seed])


def _spread(
    tissue: SoftTissue, patient_seed: int, right: LungSeverity, left: LungSeverity
) -> tuple[SyntheticTruth, FloatImage]:
    """Return the truth, at film size, and the share of air that opacity replaces."""
    masks, opacities = [], []
    for part, severity, air in ((1, right, tissue.air_right), (2, left, tissue.air_left)):
        lung = (air > 0.8) & (tissue.hidden < 0.5) & ~tissue.recess
        pattern = pattern_of(_patient_random(patient_seed, part))
        masks.append(lung)
        opacities.append(opacity_of(pattern, severity, u=tissue.u, v=tissue.v, lung=lung))
    replaced = np.where(tissue.air_right > 0, opacities[0].replaced, opacities[1].replaced)
    mask = opacities[0].mask | opacities[1].mask
    truth = SyntheticTruth(
        right=right,
        left=left,
        right_lung=_double(masks[0]),
        left_lung=_double(masks[1]),
        opacity=_double(mask),
        opacity_fraction=float(mask.sum() / max(masks[0].sum() + masks[1].sum(), 1)),
    )
    return truth, replaced


def _double(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(mask.repeat(2, axis=0).repeat(2, axis=1))


def _clear_lung(tissue: SoftTissue, truth: SyntheticTruth) -> float:
    """Return the attenuation (nepers) of the lungs were they clear: exposure follows the patient's thickness."""
    lungs = (truth.right_lung | truth.left_lung)[::2, ::2]
    water = tissue.body - _LUNG_AIR * (tissue.air_right + tissue.air_left) * (1 - tissue.hidden)
    return float(_SOFT_TISSUE_PER_CM * np.median(water[lungs]))


def _attenuation(
    chest: Chest, tissue: SoftTissue, replaced: FloatImage, patient_seed: int, random: np.random.Generator
) -> FloatImage:
    """Return the attenuation (nepers) of the primary beam."""
    air = (tissue.air_right + tissue.air_left) * (1 - tissue.hidden)
    aerated = air * (1 - replaced)
    vessels = draw_vessels(chest, tree_of(_patient_random(patient_seed, 3)))
    # a vessel shows against the air round it, and drowns where that is gone
    visible = vessels * np.clip(air / 5.0, 0, 1) * (1 - replaced) ** 0.8
    # vessels and septa too fine to be drawn one by one
    visible += 0.05 * aerated * ndimage.gaussian_filter(_grain(random, air.shape), 0.1 * chest.pose.pixels_per_cm)
    bronchi = draw_airways(chest)
    water = tissue.body - _LUNG_AIR * aerated + 1.45 * visible - bronchi - tissue.gas * (tissue.body > 4)
    bones = bones_of(chest, _patient_random(patient_seed, 4))
    return np.asarray(
        _SOFT_TISSUE_PER_CM * np.maximum(water, 0) + _BONE_PER_CM * bones * (tissue.body > 1), dtype=np.float32
    )


def _expose(
    chest: Chest,
    attenuation: FloatImage,
    devices: frozenset[Device],
    random: np.random.Generator,
    *,
    clear_lung: float,
) -> NDArray[np.uint16]:
    """Return the film, twice as fine as the attenuation, 12 bits."""
    pose = chest.pose
    primary = np.exp(-attenuation)
    spread = ndimage.gaussian_filter(primary[::8, ::8], 0.32 * pose.pixels_per_cm)
    scatter = np.array(Image.fromarray(spread).resize((pose.columns, pose.rows), Image.Resampling.BICUBIC))
    dose = primary + (0.19 if pose.anterior else 0.12) * scatter + 0.004
    signal = np.log(dose)
    fine = np.array(
        Image.fromarray(signal.astype(np.float32)).resize((2 * pose.columns, 2 * pose.rows), Image.Resampling.BICUBIC)
    )
    fine -= _METAL_PER_CM * draw_devices(chest, devices, random)
    grain = _grain(random, fine.shape)
    speed = 0.018 if pose.anterior else 0.013
    fine += ndimage.gaussian_filter(grain, 0.6) * speed * np.exp(np.clip(-0.5 * fine, 0, 2.2))
    shade = _process(-fine, pose, clear_lung)
    exposure = random.uniform(-0.03, 0.03)
    pixels = np.clip(shade + exposure, 0, 1) * 4095
    return stamp(pixels.astype(np.uint16), pose, random)


def _grain(random: np.random.Generator, shape: tuple[int, ...]) -> FloatImage:
    return random.standard_normal(shape, dtype=np.float32)


def _process(density: FloatImage, pose: Pose, clear_lung: float) -> FloatImage:
    """Return grey values (0-1) as a CR console gives them: range compressed, detail raised, S-shaped curve."""
    small = density[::8, ::8]
    base = ndimage.gaussian_filter(small, 0.38 * pose.pixels_per_cm)
    base = np.array(Image.fromarray(base).resize(density.shape[::-1], Image.Resampling.BICUBIC))
    detail = density - base
    even = 0.72 * (base - clear_lung) + (1.25 if pose.anterior else 1.1) * detail
    # clear lung comes out at a third of the range (a quarter, upright), the abdomen at nine tenths
    dark, steepness = (_DARK_AP, _STEEP) if pose.anterior else (_DARK_PA, _STEEP)
    return np.asarray(1 / (1 + np.exp(-steepness * (even - dark))), dtype=np.float32)
