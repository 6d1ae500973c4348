"""Opacities painted on films without finding, and the network that begins with them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.research.training.networks.pretraining import PretrainingPlan, pretrain_severity
from core.research.training.pictures import painting
from core.research.training.pictures.frames import Frames
from core.research.training.pictures.painting import PaintedLungs, paint_lungs
from core.research.training.pictures.views import BORDER, PAINTED
from core.scoring.models.embedded.inference import read_lungs
from core.scoring.models.embedded.network import LungSegmenter
from core.types import FloatImage


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> Frames:
    """Return one film with dark lungs in a white chest, and one on which no lungs are found."""
    lungs = np.zeros((2, 192, 192), dtype=np.float32)
    lungs[0, 40:140, 30:80] = lungs[1, 40:140, 112:162] = 1
    film = np.repeat(np.repeat(1 - 0.8 * lungs.max(axis=0), 2, axis=0), 2, axis=1)

    def drawn(_segmenter: LungSegmenter, frame: FloatImage) -> FloatImage:
        return lungs if frame.any() else np.zeros_like(lungs)

    monkeypatch.setattr(painting, "segment_lungs", drawn)
    return Frames(("clear", "blank"), np.stack((film, np.zeros_like(film))).astype(np.float16), {}, {})


def painted_lungs(frames: Frames, cache: Path, *, copies: int = 30) -> PaintedLungs:
    return paint_lungs(frames, frames.film_ids, LungSegmenter(), copies=copies, seed=2, cache=cache)


def test_what_is_painted_is_brighter_and_what_is_not_is_clear(frames: Frames, tmp_path: Path) -> None:
    painted = painted_lungs(frames, tmp_path / "painted.npz")

    assert painted.views.shape == (30, 2, PAINTED + 1, 96 + 2 * BORDER, 64 + 2 * BORDER)
    inner = painted.views[:, :, :, BORDER:-BORDER, BORDER:-BORDER].astype(float)
    share, opaque = inner[:, :, 3], inner[:, :, PAINTED]
    is_clear = painted.opacity == 0
    assert 5 <= int(is_clear.sum()) <= 40
    assert float(opaque[is_clear].max()) == 0.0
    assert float(opaque[~is_clear].mean(axis=(1, 2)).max()) > 0.3
    # On the film as it is, a dense opacity takes the lung from a fifth of the mediastinum's grey towards all of it.
    dense = opaque[painted.opacity > 2] > 0.9
    assert share[painted.opacity > 2][dense].mean() > share[is_clear].mean() + 0.25


def test_a_second_call_reads_what_was_painted(frames: Frames, tmp_path: Path) -> None:
    first = painted_lungs(frames, tmp_path / "painted.npz", copies=2)
    again = painted_lungs(Frames((), frames.frames, {}, {}), tmp_path / "painted.npz", copies=2)

    np.testing.assert_array_equal(first.views, again.views)
    np.testing.assert_array_equal(first.opacity, again.opacity)


def test_the_start_tells_painted_lungs_from_clear_ones() -> None:
    torch.set_num_threads(1)
    degrees = np.array([[0, 0], [3, 3]] * 4, dtype=np.float32)
    views = np.zeros((8, 2, PAINTED + 1, 96 + 2 * BORDER, 64 + 2 * BORDER), dtype=np.float16)
    views[:, :, 0] = views[:, :, PAINTED] = degrees[:, :, None, None] / 3

    network = pretrain_severity(PaintedLungs(views, degrees), PretrainingPlan(steps=40, batch_size=8), seed=0)

    inner = views[:2, :, :PAINTED, BORDER:-BORDER, BORDER:-BORDER].astype(np.float32)
    clear, white = (read_lungs([network], lungs) for lungs in inner)
    assert sum(white.geographic_extent) > sum(clear.geographic_extent) + 3
    assert sum(white.opacity) > sum(clear.opacity) + 2
    assert white.opacity_map.mean() > clear.opacity_map.mean() + 0.3
