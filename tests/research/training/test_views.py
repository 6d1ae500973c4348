"""Unrolled lungs of the training films."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import DataSetInvalidError
from core.research.training.pictures import views
from core.research.training.pictures.frames import Frames
from core.research.training.pictures.views import BORDER, PAINTED, prepare_views
from core.scoring.models.embedded.network import LungSegmenter
from core.types import FloatImage

NAMES = ("painted", "plain", "empty")


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> Frames:
    """Return three frames; the lungs of the last one are not found."""
    generator = np.random.default_rng(0)
    pictures = generator.random((3, 384, 384)).astype(np.float16)
    pictures[2] = 0
    opacity = np.zeros((384, 384), dtype=np.uint8)
    opacity[:192] = 255

    def drawn(_segmenter: LungSegmenter, frame: FloatImage) -> FloatImage:
        lungs = np.zeros((2, 192, 192), dtype=np.float32)
        if frame.any():
            lungs[0, 40:140, 30:80] = lungs[1, 40:140, 112:162] = 1
        return lungs

    monkeypatch.setattr(views, "segment_lungs", drawn)
    return Frames(NAMES, pictures, {}, {"painted": opacity})


def test_each_film_comes_as_it_is_and_under_other_exposures(frames: Frames, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    exposures = {"painted": 2, "plain": 1, "empty": 1}

    def prepared() -> views.LungViews:
        return prepare_views(frames, NAMES, exposures.__getitem__, lambda _film: LungSegmenter(), tmp_path / "v.npz")

    made, read_again = prepared(), prepared()

    assert made.film_ids == ("painted", "plain")
    assert made.rows == read_again.rows == {"painted": (0, 1, 2), "plain": (3, 4)}
    assert made.views.shape == (5, 2, PAINTED + 1, 96 + 2 * BORDER, 64 + 2 * BORDER)
    np.testing.assert_array_equal(made.views, read_again.views)
    assert (made.is_painted("painted"), made.is_painted("plain")) == (True, False)
    assert made.inner("plain").shape == (2, PAINTED, 96, 64)
    # The upper half of the frame was painted: the top of each lung is opaque, its bottom is not.
    upper = made.views[0, :, PAINTED].astype(float)
    assert (upper[:, 20].mean(), upper[:, -20].mean()) == (1.0, 0.0)


def test_films_without_any_lungs_are_no_training(frames: Frames, tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="No lungs were found on any scored film"):
        prepare_views(frames, ["empty"], lambda _film: 0, lambda _film: LungSegmenter(), tmp_path / "v.npz")
