"""Training of the severity network on unrolled lungs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.opacity.scales import on_one_scale
from core.research.training.networks.descent import Descent, OnLoss, unheard
from core.research.training.networks.precision import training_precision
from core.research.training.pictures.augmentation import hide_patches, vary_channels, warp
from core.research.training.pictures.views import BORDER, PAINTED, LungViews
from core.scoring.models.embedded.network import MAP_COLUMNS, MAP_ROWS, LungInference, SeverityNetwork
from core.types import Measure

_SMOOTH = 0.1


@dataclass(frozen=True)
class SeverityPlan:
    """How the severity networks are trained.

    Attributes
    ----------
    members : int
        Networks trained from different seeds; their inferences are averaged.
    batch_size : int
        Films with an expert's score or a painted opacity in a step.
    mixed_share : float
        Share of the films in a step that are mixed with another one of it, picture and expert's values alike
        (mixup, Zhang et al. 2018, arXiv:1710.09412); the other one's share is at most one half, mostly much less.
    filled_weight : float
        Weight of a value that no expert gave but the line between the two scales filled in.
    map_weight : float
        Weight of the radiologists' opacity masks.
    normals_per_step : int
        Films labelled "no finding" in a step; they are to score 0.
    normals_weight : float
        Their weight. Small, for their labels were text-mined.
    normals_passed_over : float
        Share of them, those that look most ill, that teach nothing in a step: their labels are likely wrong.
    """

    members: int = 2
    steps: int = 800
    batch_size: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 5e-2
    dropout: float = 0.3
    mixed_share: float = 0.5
    filled_weight: float = 0.5
    map_weight: float = 0.3
    normals_per_step: int = 4
    normals_weight: float = 0.1
    normals_passed_over: float = 0.5


@dataclass(frozen=True)
class _Targets:
    """Experts' values as shares of their scales (0-1), with weights; one row per film."""

    totals: Tensor
    total_weights: Tensor
    zones: Tensor
    zone_weights: Tensor

    def of(self, rows: Sequence[int]) -> _Targets:
        """Return the rows of some films."""
        places = torch.tensor(rows)
        return _Targets(self.totals[places], self.total_weights[places], self.zones[places], self.zone_weights[places])


@dataclass(frozen=True)
class _Mixed:
    """Films of a step, some of them mixed: lungs and painted opacity (2 x films, …) and what experts say of them."""

    lungs: Tensor
    maps: Tensor
    targets: _Targets


def train_severity(
    films: Mapping[str, DataSetFilm],
    views: LungViews,
    scored: Sequence[str],
    normal: Sequence[str],
    *,
    plan: SeverityPlan,
    seed: int,
    start: SeverityNetwork | None = None,
    on_loss: OnLoss = unheard,
) -> SeverityNetwork:
    """Train one network; nothing but the films named is looked at.

    Parameters
    ----------
    start : SeverityNetwork, optional
        Weights to begin with; None: random ones.
    scored, normal : sequence of str
        Films with an expert's score or a painted opacity; films labelled "no finding".
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    targets = _targets([films[film_id] for film_id in scored], plan)
    network = SeverityNetwork(plan.dropout)
    if start is not None:
        network.load_state_dict(start.state_dict())
    network.to(memory_format=torch.channels_last)
    descent = Descent(
        network,
        learning_rate=plan.learning_rate,
        weight_decay=plan.weight_decay,
        steps=plan.steps,
        on_loss=on_loss,
    )
    scored_places = endless(len(scored), generator)
    normal_places = endless(len(normal), generator)
    normals = plan.normals_per_step if normal else 0
    for _step in range(plan.steps):
        batch = [next(scored_places) for _film in range(plan.batch_size)]
        chosen = [scored[place] for place in batch] + [normal[next(normal_places)] for _film in range(normals)]
        lungs, maps = augmented(_any_views(views, chosen, generator), generator)
        n_lungs = 2 * plan.batch_size
        mixed = _mixed(lungs[:n_lungs], maps[:n_lungs], targets.of(batch), plan, generator)
        lungs = torch.cat((mixed.lungs, lungs[n_lungs:]))
        with training_precision():
            inference = network(lungs.contiguous(memory_format=torch.channels_last))
        shares = _film_shares(inference)
        loss = _score_loss(shares[: plan.batch_size], mixed.targets)
        loss = loss + plan.map_weight * map_loss(inference.opacity_map[:n_lungs].float(), mixed.maps)
        if normals:
            loss = loss + plan.normals_weight * _normals_loss(
                shares[plan.batch_size :], inference.opacity_map[n_lungs:].float(), plan
            )
        descent.step(loss)
    return descent.averaged


def fitted_line(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return slope and intercept of the least-squares line through (x, y) pairs; (0, mean of y) for fewer than 3."""
    x, y = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    if len(pairs) < 3:
        return 0.0, float(y.mean()) if len(pairs) else 0.0
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept)


def _targets(films: Sequence[DataSetFilm], plan: SeverityPlan) -> _Targets:
    """Collect values; where one scale is missing, the other fills it in by a line through the films that have both."""
    values = np.full((len(films), 3), np.nan)
    zones = np.full((len(films), 6), np.nan)
    for row, film in enumerate(on_one_scale(films)):
        values[row, :2] = [film.experts.get(measure.value, np.nan) / measure.maximum for measure in Measure]
        zones[row] = _mean_zones(film)
        values[row, 2] = zones[row].mean() / 3
    given = np.isfinite(values)
    filled = values.copy()
    for column, other in ((0, 2), (1, 2), (2, 0)):
        both = given[:, column] & given[:, other]
        slope, intercept = fitted_line(list(zip(values[both, other], values[both, column], strict=True)))
        gaps = ~given[:, column] & given[:, other]
        filled[gaps, column] = np.clip(slope * values[gaps, other] + intercept, 0, 1)
    weights = np.where(given, 1.0, np.where(np.isfinite(filled), plan.filled_weight, 0.0))
    return _Targets(
        _tensor(np.nan_to_num(filled)),
        _tensor(weights),
        _tensor(np.nan_to_num(zones) / 3),
        _tensor(np.isfinite(zones).astype(float)),
    )


def _mean_zones(film: DataSetFilm) -> NDArray[np.float64]:
    """Return the six zones as the mean of the readers that there are, NaN where there is none."""
    readers = [
        [film.experts.get(f"brixia_{reader}_{zone}", np.nan) for zone in "ABCDEF"] for reader in ("senior", "junior")
    ]
    known = [zones for zones in readers if np.isfinite(zones).all()]
    return np.mean(known, axis=0) if known else np.full(6, np.nan)


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def endless(count: int, generator: torch.Generator) -> Iterator[int]:
    """Yield places 0 to count - 1 in random order, over and over."""
    while count:
        yield from torch.randperm(count, generator=generator).tolist()


def _any_views(views: LungViews, film_ids: Sequence[str], generator: torch.Generator) -> Tensor:
    """Return one view of each film, every other time as it is, else another exposure: (films, 2, 5, rows, columns)."""
    rows = []
    for film_id in film_ids:
        as_it_is, *exposures = views.rows[film_id]
        chosen = int(torch.randint(2 * max(1, len(exposures)), (1,), generator=generator))
        rows.append(exposures[chosen] if chosen < len(exposures) else as_it_is)
    return torch.from_numpy(views.views[rows]).float()


def augmented(planes: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return lungs (2 x films, 4, 96, 64) and painted opacity (2 x films, map rows, columns), -1 where nobody drew."""
    lungs = vary_channels(planes[:, :, :PAINTED], generator)
    both = torch.cat((lungs, planes[:, :, PAINTED:]), dim=2).flatten(0, 1)
    known = both[:, PAINTED].amax(dim=(1, 2)) >= 0
    both = warp(both, generator, degrees=6, scale=0.1, shift=0.05, shear=0.05)
    both = both[:, :, BORDER:-BORDER, BORDER:-BORDER]
    maps = functional.adaptive_avg_pool2d(both[:, PAINTED], (MAP_ROWS, MAP_COLUMNS))
    maps[~known] = -1
    return hide_patches(both[:, :PAINTED], generator), maps


def _film_shares(inference: LungInference) -> Tensor:
    """Return each film's severity as shares of the scales: extent right, left, opacity right, left, six zones."""
    return torch.cat(
        (
            inference.geographic_extent.float().reshape(-1, 2) / 4,
            inference.opacity.float().reshape(-1, 2) / 3,
            inference.zones.float().reshape(-1, 6) / 3,
        ),
        dim=1,
    )


def _totals(shares: Tensor) -> Tensor:
    """Return geographic extent, opacity and Brixia score as shares of their scales."""
    return torch.stack((shares[:, :2].mean(dim=1), shares[:, 2:4].mean(dim=1), shares[:, 4:].mean(dim=1)), dim=1)


def _mixed(lungs: Tensor, maps: Tensor, targets: _Targets, plan: SeverityPlan, generator: torch.Generator) -> _Mixed:
    """Mix some films with others of the step; a value that one of the two lacks is missing of both."""
    count = plan.batch_size
    order = torch.randperm(count, generator=generator)
    is_mixed = torch.rand(count, generator=generator) < plan.mixed_share
    own = 1 - is_mixed * torch.rand(count, generator=generator) ** 2 / 2

    def blend(values: Tensor) -> Tensor:
        share = own.reshape(count, *[1] * (values.dim() - 1))
        return share * values + (1 - share) * values[order]

    def weight(weights: Tensor) -> Tensor:
        return torch.where(is_mixed[:, None], torch.minimum(weights, weights[order]), weights)

    painted = maps.reshape(count, 2, MAP_ROWS, MAP_COLUMNS)
    known = painted[:, 0, 0, 0] >= 0
    blended = torch.where((is_mixed & ~(known & known[order]))[:, None, None, None], -1.0, blend(painted))
    films = lungs.reshape(count, 2, *lungs.shape[1:])
    mixed = _Targets(
        blend(targets.totals), weight(targets.total_weights), blend(targets.zones), weight(targets.zone_weights)
    )
    return _Mixed(blend(films).flatten(0, 1), blended.flatten(0, 1), mixed)


def _score_loss(shares: Tensor, targets: _Targets) -> Tensor:
    total_loss = _weighted(_totals(shares), targets.totals, targets.total_weights)
    return total_loss * 3 + _weighted(shares[:, 4:], targets.zones, targets.zone_weights)


def _normals_loss(shares: Tensor, maps: Tensor, plan: SeverityPlan) -> Tensor:
    """Draw scores and opacity of films without finding to 0, but for those that look most ill."""
    totals = _totals(shares)
    losses = functional.smooth_l1_loss(totals, torch.zeros_like(totals), beta=_SMOOTH, reduction="none").mean(dim=1)
    kept = losses.argsort()[: max(1, round(len(losses) * (1 - plan.normals_passed_over)))]
    opaque = functional.softplus(maps).mean(dim=(1, 2)).reshape(-1, 2).mean(dim=1)
    return 3 * losses[kept].mean() + 0.3 * opaque[kept].mean()


def _weighted(predicted: Tensor, expert: Tensor, weights: Tensor) -> Tensor:
    losses = functional.smooth_l1_loss(predicted, expert, beta=_SMOOTH, reduction="none")
    return (losses * weights).sum() / weights.sum().clamp(min=1)


def map_loss(logits: Tensor, maps: Tensor) -> Tensor:
    """Return cross entropy plus one minus the soft Dice overlap, pooled over the painted lungs.

    Parameters
    ----------
    logits, maps : Tensor, (lungs, map rows, map columns)
        `maps` is 0-1, -1 where nobody painted.
    """
    known = maps[:, 0, 0] >= 0
    if not bool(known.any()):
        return logits.sum() * 0
    logits, painted = logits[known], maps[known].clamp(0, 1)
    probability = torch.sigmoid(logits)
    overlap = 1 - (2 * (probability * painted).sum() + 1) / (probability.sum() + painted.sum() + 1)
    return functional.binary_cross_entropy_with_logits(logits, painted) + overlap
