"""Training of the severity network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.research.evaluation.dataset import DataSetFilm
from core.research.training.networks.descent import AveragedNetwork
from core.research.training.networks.severity import (
    SeverityPlan,
    _mixed,
    _normals_loss,
    _targets,
    fitted_line,
    train_severity,
)
from core.research.training.pictures.views import BORDER, PAINTED, LungViews
from core.scoring.models.embedded.inference import read_lungs
from core.scoring.models.embedded.network import SeverityNetwork


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
    """Return films whose lungs are the brighter the higher their score is, each under two exposures."""
    generator = np.random.default_rng(0)
    shape = (96 + 2 * BORDER, 64 + 2 * BORDER)
    severity = np.linspace(0, 1, count)
    views = np.zeros((2 * count, 2, PAINTED + 1, *shape), dtype=np.float16)
    views[:, :, 0] = np.repeat(severity, 2)[:, None, None, None] - 0.5
    views += generator.normal(0, 0.05, views.shape).astype(np.float16)
    views[:, :, PAINTED] = -1
    painted = np.flatnonzero(np.arange(2 * count) % 4 < 2)
    views[painted, :, PAINTED] = np.repeat(severity, 2)[painted, None, None, None]
    films = [film(f"f{n}", geographic_extent=8 * s, opacity=6 * s, **brixia(3 * s)) for n, s in enumerate(severity)]
    rows = {one.film_id: (2 * place, 2 * place + 1) for place, one in enumerate(films)}
    return {one.film_id: one for one in films}, LungViews(rows, views)


def test_training_finds_what_makes_the_score_and_where_opacity_lies() -> None:
    torch.set_num_threads(1)
    films, views = bright_and_dark_lungs(16)
    plan = SeverityPlan(members=1, steps=90, batch_size=8, dropout=0.0)

    network = train_severity(films, views, list(films), [], plan=plan, seed=0)

    mild, severe = (read_lungs([network], views.inner(name)) for name in ("f1", "f15"))
    assert sum(severe.geographic_extent) > sum(mild.geographic_extent) + 3
    assert sum(severe.opacity) > sum(mild.opacity) + 2
    assert np.mean(severe.zones) > np.mean(mild.zones) + 1
    # Every other film was painted, these two not: what is opaque on their neighbours is so on them.
    assert severe.opacity_map.mean() > mild.opacity_map.mean() + 0.05


def test_films_without_finding_draw_their_like_towards_nothing() -> None:
    torch.set_num_threads(1)
    films, views = bright_and_dark_lungs(12)
    scored, normal = list(films)[::2], list(films)[1:6:2]
    plan = SeverityPlan(members=1, steps=60, batch_size=4, dropout=0.0, normals_weight=3.0, normals_passed_over=0.0)

    with_normals, without = (train_severity(films, views, scored, chosen, plan=plan, seed=0) for chosen in (normal, []))

    said = [sum(read_lungs([network], views.inner("f5")).geographic_extent) for network in (with_normals, without)]
    assert said[0] < said[1] - 0.5


def test_the_normal_films_that_look_most_ill_are_passed_over() -> None:
    shares = torch.zeros(4, 10)
    shares[3] = 1.0
    maps = torch.full((8, 2, 2), -20.0)
    maps[6:] = 20.0

    passed_over, counted = (
        float(_normals_loss(shares, maps, SeverityPlan(normals_passed_over=share))) for share in (0.25, 0.0)
    )

    assert passed_over == pytest.approx(0.0, abs=1e-6)
    # A quarter of the films: three times the loss of 0.95 beyond the bend, and a third of the map's 20.
    assert counted == pytest.approx(3 * 0.95 / 4 + 0.3 * 20 / 4, abs=1e-3)


def test_a_mixed_film_says_as_much_of_each_as_it_shows() -> None:
    """Film by film: the picture and the painted opacity are the score itself, so they stay equal when films mix."""
    count = 24
    plan = SeverityPlan(batch_size=count, mixed_share=0.5)
    scores = torch.linspace(0, 1, count)
    films = [
        film(f"f{n}", geographic_extent=8 * s, opacity=6 * s, **brixia(3 * s)) for n, s in enumerate(scores.tolist())
    ]
    films[0] = film("without-zones", geographic_extent=0.0, opacity=0.0)
    lungs = scores.repeat_interleave(2)[:, None, None, None].expand(-1, PAINTED, 96, 64)
    maps = scores.repeat_interleave(2)[:, None, None].expand(-1, 24, 16).clone()
    maps[2:4] = -1  # nobody painted the second film

    mixed = _mixed(lungs, maps, _targets(films, plan), plan, torch.Generator().manual_seed(1))

    shown = mixed.lungs[::2, 0, 0, 0]
    changed = ~torch.isclose(shown, scores)
    assert 6 <= int(changed.sum()) <= 18
    torch.testing.assert_close(mixed.targets.totals[:, 0], shown)
    assert float((shown - scores).abs().max()) <= 0.5
    painted = mixed.maps[::2, 0, 0]
    is_known = painted >= 0
    torch.testing.assert_close(painted[is_known], shown[is_known])
    assert not bool(is_known[1])
    # Zones that one of the two lacks are missing of both.
    assert int((mixed.targets.zone_weights[:, 0] == 0).sum()) >= 1
    assert float(mixed.targets.zone_weights[0].max()) == 0.0


def test_training_goes_on_from_the_start_it_is_given() -> None:
    torch.set_num_threads(1)
    films, views = bright_and_dark_lungs(6)
    plan = SeverityPlan(members=1, steps=1, batch_size=2, learning_rate=1e-9)
    start = SeverityNetwork()

    network = train_severity(films, views, list(films), [], plan=plan, seed=5, start=start)

    torch.testing.assert_close(network.total_head.weight, start.total_head.weight, atol=1e-6, rtol=0)


def test_the_same_seed_trains_the_same_network() -> None:
    torch.set_num_threads(1)
    films, views = bright_and_dark_lungs(8)
    plan = SeverityPlan(members=1, steps=3, batch_size=4)

    first, second = (
        train_severity(films, views, list(films)[:6], list(films)[6:], plan=plan, seed=5) for _run in range(2)
    )

    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, atol=0, rtol=0)


def test_the_average_follows_the_network_and_soon_forgets_its_start() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(100.0)
    averaged = AveragedNetwork(network)
    with torch.no_grad():
        network.weight.fill_(1.0)

    for _step in range(40):
        averaged.update(network)

    assert averaged.network.weight.item() == pytest.approx(1.0, abs=0.01)
    assert not averaged.network.training
