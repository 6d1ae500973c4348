"""Windows for lung, soft tissue and bone: shares of the greys that a film's own window shows."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.pictures.windows import SHARES, preset_windows


def test_they_are_percentiles_of_the_greys_within_the_films_own_window() -> None:
    greys = np.linspace(0, 1, 40_000, dtype=np.float32).reshape(200, 200)
    rng = np.random.default_rng(1)
    rng.shuffle(greys.reshape(-1))
    found = preset_windows(greys, (0.2, 0.7))
    for name, shares in SHARES.items():
        assert found[name] == pytest.approx([0.2 + 0.5 * share / 100 for share in shares], abs=0.02), name
    assert found["lung"][0] < found["soft"][0] < found["bone"][0]


def test_borders_and_marks_do_not_move_them() -> None:
    rng = np.random.default_rng(2)
    plain = rng.uniform(0.1, 0.9, (300, 300)).astype(np.float32)
    framed = np.pad(plain, 60)
    framed[:40, :200] = 1
    for name, window in preset_windows(plain, (0.0, 1.0)).items():
        assert preset_windows(framed, (0.0, 1.0))[name] == pytest.approx(window, abs=0.02)


def test_scaling_a_film_scales_them() -> None:
    greys = np.random.default_rng(3).uniform(0.05, 0.95, (200, 200)).astype(np.float32)
    plain, halved = preset_windows(greys, (0.0, 1.0)), preset_windows(greys / 2, (0.0, 0.5))
    for name in SHARES:
        assert halved[name] == pytest.approx([end / 2 for end in plain[name]], abs=1e-3)


@pytest.mark.parametrize("greys", [np.full((80, 80), 0.5), np.zeros((80, 80)), np.eye(3)])
def test_a_film_without_greys_keeps_its_own_window(greys: np.ndarray) -> None:
    assert preset_windows(greys.astype(np.float32), (0.0, 1.0)) == dict.fromkeys(SHARES, (0.0, 1.0))
