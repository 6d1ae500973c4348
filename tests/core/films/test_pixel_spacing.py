"""How far apart a film's pixels are: of two entries which one counts, and what it is measured at (PS3.3 10.7.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, png_bytes

from core.films.dicom.spacing import PixelSpacing, SpacingBasis
from core.films.read import read_full_range


def spacing(**tags: Any) -> PixelSpacing | None:  # noqa: ANN401 - an element may hold anything
    return read_full_range(dicom_bytes(chest_values(), **tags)).spacing


@pytest.mark.parametrize(
    ("tags", "row_mm", "column_mm", "basis"),
    [
        ({"ImagerPixelSpacing": [0.143, 0.144]}, 0.143, 0.144, SpacingBasis.DETECTOR),
        ({"PixelSpacing": [0.2, 0.1]}, 0.2, 0.1, SpacingBasis.UNSTATED),
        # The same with fewer digits is not calibrated.
        (
            {"PixelSpacing": [0.143, 0.143], "ImagerPixelSpacing": [0.14301, 0.14301]},
            0.143,
            0.143,
            SpacingBasis.DETECTOR,
        ),
        ({"PixelSpacing": [0.125, 0.125], "ImagerPixelSpacing": [0.143, 0.143]}, 0.125, 0.125, SpacingBasis.CALIBRATED),
        (
            {"PixelSpacing": [0.143, 0.143], "PixelSpacingCalibrationType": "FIDUCIAL"},
            0.143,
            0.143,
            SpacingBasis.CALIBRATED,
        ),
        # An impossible entry is as none.
        ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.143, 0.143]}, 0.143, 0.143, SpacingBasis.DETECTOR),
    ],
)
def test_the_entry_that_counts_and_what_it_is_measured_at(
    tags: dict[str, Any], row_mm: float, column_mm: float, basis: SpacingBasis
) -> None:
    assert spacing(**tags) == PixelSpacing(row_mm, column_mm, basis)


@pytest.mark.parametrize("stated", [None, [0.143], [0.143, -0.143], [143, 143], [0.000143, 0.000143]])
def test_no_spacing_or_one_that_no_film_has_is_none(stated: list[float] | None) -> None:
    assert spacing(**({"ImagerPixelSpacing": stated} if stated else {})) is None


def test_a_picture_has_none() -> None:
    assert read_full_range(png_bytes(chest_values())).spacing is None


def test_a_film_stored_on_its_side_has_rows_and_columns_changed(upright: np.ndarray) -> None:
    lying = np.ascontiguousarray(upright.T)
    found = read_full_range(dicom_bytes(lying, PatientOrientation=["F", "L"], ImagerPixelSpacing=[0.2, 0.1]))
    assert found.pixels.shape == upright.shape
    assert found.spacing == PixelSpacing(0.1, 0.2, SpacingBasis.DETECTOR)


@pytest.fixture
def upright() -> np.ndarray:
    return chest_values(240, 200)
