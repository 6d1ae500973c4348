"""Training of the severity network on unrolled lungs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.evaluation.dataset import DataSetFilm
from core.scoring.models.embedded.network import LungReading, SeverityNetwork
from core.training.augmentation import hide_patches, vary_channels, warp

BORDER = 8
"""Rows and columns around an unrolled lung that shifts in training may bring in."""

_MAP_ROWS, _MAP_COLUMNS = 12, 8
_SMOOTH = 0.1


@dataclass(frozen=True)
class SeverityPlan:
    """How the severity networks are trained.

    Attributes
    ----------
    members : int
        Networks trained from different seeds; their readings are averaged.
    filled_weight : float
        Weight of a value that no expert gave but the line between the two scales filled in.
    map_weight : float
        Weight of the radiologists' opacity masks.
    """

    members: int = 3
    steps: int = 400
    batch_size: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 5e-2
    dropout: float = 0.3
    filled_weight: float = 0.5
    map_weight: float = 0.15


@dataclass(frozen=True)
class LungViews:
    """Unrolled lungs of films.

    Attributes
    ----------
    film_ids : tuple of str
    views : float16 array, (films, 2, 3, 96 + 2 border, 64 + 2 border)
    opacity : float16 array, (films, 2, 96 + 2 border, 64 + 2 border)
        Share of ground glass or consolidation where radiologists drew it, else -1.
    """

    film_ids: tuple[str, ...]
    views: NDArray[np.float16]
    opacity: NDArray[np.float16]

    def chosen(self, film_ids: Sequence[str]) -> LungViews:
        """Return the views of some of the films, in the order asked for."""
        places = [self.film_ids.index(film_id) for film_id in film_ids]
        return LungViews(tuple(film_ids), self.views[places], self.opacity[places])

    def inner(self, film_id: str) -> NDArray[np.float32]:
        """Return one film's lungs without the border, (2, 3, 96, 64), as the scorer sees them."""
        view = self.views[self.film_ids.index(film_id)]
        inner: NDArray[np.float32] = view[:, :, BORDER:-BORDER, BORDER:-BORDER].astype(np.float32)
        return inner


@dataclass(frozen=True)
class _Targets:
    """Experts' values as shares of their scales (0-1), with weights; one row per film."""

    totals: Tensor
    total_weights: Tensor
    zones: Tensor
    zone_weights: Tensor


def train_severity(
    films: Mapping[str, DataSetFilm], views: LungViews, plan: SeverityPlan, seed: int
) -> SeverityNetwork:
    """Train one network on all films of `views`; nothing else is looked at."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    targets = _targets([films[film_id] for film_id in views.film_ids], plan)
    images, painted = torch.from_numpy(views.views).float(), torch.from_numpy(views.opacity).float()
    network = SeverityNetwork(plan.dropout).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.learning_rate, total_steps=plan.steps)
    network.train()
    order = torch.empty(0, dtype=torch.long)
    for _step in range(plan.steps):
        if len(order) < plan.batch_size:
            order = torch.cat((order, torch.randperm(len(images), generator=generator)))
        batch, order = order[: plan.batch_size], order[plan.batch_size :]
        lungs, maps = _augmented(images[batch], painted[batch], generator)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            reading = network(lungs.contiguous(memory_format=torch.channels_last))
        loss = _score_loss(reading, targets, batch) + plan.map_weight * _map_loss(reading.opacity_map.float(), maps)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    return network.eval()


def fitted_line(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return slope and intercept of the least-squares line through (x, y) pairs; (0, mean of y) for fewer than 3."""
    x, y = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    if len(pairs) < 3:
        return 0.0, float(y.mean()) if len(pairs) else 0.0
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), float(intercept)


def _targets(films: Sequence[DataSetFilm], plan: SeverityPlan) -> _Targets:
    """Collect values; where one scale is missing, the other fills it in by a line through the films that have both."""
    scales = {"geographic_extent": 8.0, "opacity": 6.0, "brixia": 18.0}
    values = np.full((len(films), 3), np.nan)
    zones = np.full((len(films), 6), np.nan)
    for row, film in enumerate(films):
        values[row, :2] = [film.experts.get(name, np.nan) / scales[name] for name in ("geographic_extent", "opacity")]
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


def _augmented(images: Tensor, painted: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return lungs (2 x films, 3, 96, 64) and painted opacity (2 x films, 12, 8), -1 where nobody drew."""
    lungs = vary_channels(images, generator).flatten(0, 1)
    planes = torch.cat((lungs, painted.flatten(0, 1)[:, None]), dim=1)
    known = planes[:, 3].amax(dim=(1, 2)) >= 0
    planes = warp(planes, generator, degrees=6, scale=0.1, shift=0.05, shear=0.05)
    planes = planes[:, :, BORDER:-BORDER, BORDER:-BORDER]
    maps = functional.adaptive_avg_pool2d(planes[:, 3], (_MAP_ROWS, _MAP_COLUMNS))
    maps[~known] = -1
    return hide_patches(planes[:, :3], generator), maps


def _score_loss(reading: LungReading, targets: _Targets, batch: Tensor) -> Tensor:
    zones = reading.zones.float().reshape(-1, 6) / 3
    extent = reading.geographic_extent.float().reshape(-1, 2).sum(dim=1) / 8
    opacity = reading.opacity.float().reshape(-1, 2).sum(dim=1) / 6
    totals = torch.stack((extent, opacity, zones.mean(dim=1)), dim=1)
    total_loss = _weighted(totals, targets.totals[batch], targets.total_weights[batch])
    return total_loss * 3 + _weighted(zones, targets.zones[batch], targets.zone_weights[batch])


def _weighted(predicted: Tensor, expert: Tensor, weights: Tensor) -> Tensor:
    losses = functional.smooth_l1_loss(predicted, expert, beta=_SMOOTH, reduction="none")
    return (losses * weights).sum() / weights.sum().clamp(min=1)


def _map_loss(logits: Tensor, maps: Tensor) -> Tensor:
    known = maps[:, 0, 0] >= 0
    if not bool(known.any()):
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits[known], maps[known].clamp(0, 1))
