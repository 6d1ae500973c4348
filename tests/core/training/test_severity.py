"""Training of the severity network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.evaluation.dataset import DataSetFilm
from core.scoring.models.embedded.reading import read_lungs
from core.training.severity import BORDER, LungViews, SeverityPlan, _targets, fitted_line, train_severity


def film(name: str, **experts: float) -> DataSetFilm:
    return DataSetFilm(name, "cohen", Path(name), name, 0, "PA", "", "", "", "", experts=experts)


def brixia(value: float) -> dict[str, float]:
    return {f"brixia_senior_{zone}": value for zone in "ABCDEF"}


def test_a_line_needs_three_points() -> None:
    assert fitted_line([(0, 1), (1, 3), (2, 5)]) == pytest.approx((2.0, 1.0))
    assert fitted_line([(0, 1), (1, 3)]) == (0.0, 2.0)
    assert fitted_line([]) == (0.0, 0.0)


def test_a_missing_scale_is_filled_in_from_the_other_with_less_weight() -> None:
    both = [film(f"b{n}", geographic_extent=2.0 * n, opacity=1.5 * n, **brixia(n * 0.75)) for n in range(4)]
    films = [*both, film("only-brixia", **brixia(1.5)), film("only-extent", geographic_extent=4.0, opacity=3.0)]

    targets = _targets(films, SeverityPlan(filled_weight=0.5))

    # Extent 2 n of 8 goes with zones 0.75 n of 3: zones of 1.5 mean half of the scale.
    assert targets.totals[4].tolist() == pytest.approx([0.5, 0.5, 0.5])
    assert targets.total_weights[4].tolist() == [0.5, 0.5, 1.0]
    assert targets.totals[5].tolist() == pytest.approx([0.5, 0.5, 0.5])
    assert targets.total_weights[5].tolist() == [1.0, 1.0, 0.5]
    assert targets.zone_weights[5].tolist() == [0.0] * 6


def test_two_readers_are_averaged_zone_by_zone() -> None:
    junior = {f"brixia_junior_{zone}": 2.0 for zone in "ABCDEF"}

    targets = _targets([film("a", **brixia(1.0), **junior)], SeverityPlan())

    assert targets.zones[0].tolist() == pytest.approx([0.5] * 6)


def test_a_film_with_masks_only_weighs_nothing_in_the_scores() -> None:
    assert _targets([film("a")], SeverityPlan()).total_weights[0].tolist() == [0.0, 0.0, 0.0]


def bright_and_dark_lungs(count: int) -> tuple[dict[str, DataSetFilm], LungViews]:
    """Return films whose lungs are the brighter the higher their score is."""
    generator = np.random.default_rng(0)
    shape = (96 + 2 * BORDER, 64 + 2 * BORDER)
    severity = np.linspace(0, 1, count)
    views = np.zeros((count, 2, 3, *shape), dtype=np.float16)
    views[:, :, 0] = severity[:, None, None, None] - 0.5
    views += generator.normal(0, 0.05, views.shape).astype(np.float16)
    painted = np.full((count, 2, *shape), -1, dtype=np.float16)
    painted[: count // 2] = severity[: count // 2, None, None, None]
    films = [film(f"f{n}", geographic_extent=8 * s, opacity=6 * s, **brixia(3 * s)) for n, s in enumerate(severity)]
    return {one.film_id: one for one in films}, LungViews(tuple(one.film_id for one in films), views, painted)


def test_training_finds_what_makes_the_score() -> None:
    torch.set_num_threads(1)
    films, views = bright_and_dark_lungs(16)
    plan = SeverityPlan(members=1, steps=60, batch_size=8, dropout=0.0)

    network = train_severity(films, views, plan, seed=0)

    mild, severe = (read_lungs([network], views.inner(name)) for name in ("f1", "f14"))
    assert sum(severe.geographic_extent) > sum(mild.geographic_extent) + 3
    assert sum(severe.opacity) > sum(mild.opacity) + 2
    assert np.mean(severe.zones) > np.mean(mild.zones) + 1


def test_the_same_seed_trains_the_same_network() -> None:
    torch.set_num_threads(1)
    films, views = bright_and_dark_lungs(8)
    plan = SeverityPlan(members=1, steps=3, batch_size=4)

    first, second = (train_severity(films, views, plan, seed=5) for _run in range(2))

    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, atol=0, rtol=0)


def test_chosen_views_keep_the_order_asked_for() -> None:
    _films, views = bright_and_dark_lungs(4)

    chosen = views.chosen(["f3", "f0"])

    assert chosen.film_ids == ("f3", "f0")
    np.testing.assert_array_equal(chosen.views[1], views.views[0])
