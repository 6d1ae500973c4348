"""Other exposures of a training film."""

import numpy as np

from core.research.training.pictures.exposure import exposed_anew, moved


def frame() -> np.ndarray:
    picture = np.zeros((384, 384), dtype=np.float32)
    picture[:, 40:340] = np.linspace(0.01, 1, 300, dtype=np.float32)
    return picture


def test_a_film_keeps_its_surround_and_its_range_under_every_exposure() -> None:
    generator = np.random.default_rng(0)

    for _exposure in range(20):
        changed = exposed_anew(frame(), generator)

        assert changed.dtype == np.float32
        assert (changed.min(), changed.max()) == (0.0, 1.0)
        assert changed[:, :40].max() == 0.0


def test_exposures_differ_and_follow_the_generator() -> None:
    generator = np.random.default_rng(1)
    first, second = exposed_anew(frame(), generator), exposed_anew(frame(), generator)

    assert np.abs(first - second).mean() > 0.01
    np.testing.assert_array_equal(exposed_anew(frame(), np.random.default_rng(1)), first)


def test_film_and_mask_move_together() -> None:
    generator = np.random.default_rng(3)
    mask = np.zeros((384, 384), dtype=np.float32)
    mask[150:250, 100:200] = 1
    shifts = []

    for _move in range(12):
        film, painted = moved(np.stack((mask, mask)), generator)
        np.testing.assert_array_equal(film, painted)
        shifts.append(float(np.abs(film - mask).mean()))

    assert min(shifts) == 0.0
    assert max(shifts) > 0.005
