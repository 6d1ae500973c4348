"""What moves a score: squared gradients, and integrated gradients by captum."""

from __future__ import annotations

import numpy as np
import torch
from captum.attr import IntegratedGradients
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from core.scoring.base import Differentiable
from core.scoring.saliency.kinds import MapKind
from core.types import FloatImage, Measure

BLUR_PIXELS = 5.0
"""Sigma of the blur in Cohen et al. 2020, on a film of `BLUR_SIDE_PIXELS`."""
BLUR_SIDE_PIXELS = 224
STEPS = 32
"""Points on the way from the grey film to the film; more of them change the maps little."""

_OUTPUTS = {Measure.GEOGRAPHIC_EXTENT: 0, Measure.OPACITY: 1}


def relative_map(film: Differentiable, kind: MapKind) -> FloatImage | None:
    """Return a map as it is shown: what lowered the score left out, the highest value 1.

    Parameters
    ----------
    film : Differentiable
    kind : MapKind
        Any but the masks.

    Returns
    -------
    float32 array, (rows, columns), or None
        0-1 on the grid of the whole film; None where nothing raises the score.
    """
    method = squared_gradients if kind.is_gradient else integrated_gradients
    found = method(film, kind.measure or Measure.GEOGRAPHIC_EXTENT)
    raised = np.maximum(found, 0)
    highest = float(raised.max())
    if not np.isfinite(found).all() or highest <= 0:
        return None
    return np.asarray(raised / highest, dtype=np.float32)


def seen_by_network(film: Differentiable) -> NDArray[np.bool_]:
    """Return which places of the film reach the network, (rows, columns), on the grid of the whole film."""
    return np.asarray(film.onto_film(np.ones(film.inputs.shape[1:], dtype=np.float32)) > 0)


def squared_gradients(film: Differentiable, measure: Measure) -> FloatImage:
    """Return where a small change of the film would move a score most, whichever way.

    Returns
    -------
    float32 array, (rows, columns)
        Squared gradient of the score by the film, summed over channels and blurred, on the grid of the whole film;
        0 where the network does not look.

    Notes
    -----
    As in Cohen et al. 2020 (doi:10.7759/cureus.9448), whose blur has a sigma of 5 pixels of a film of 224: here
    5/224 of the film's shorter side, for every scorer alike.
    """
    inputs = _leaf(film.inputs)
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(film.module(inputs)[0, _OUTPUTS[measure]], inputs)
    return _placed(film, gradient.square())


def integrated_gradients(film: Differentiable, measure: Measure) -> FloatImage:
    """Return what parts of the film added to a score, against a film of one even grey.

    Returns
    -------
    float32 array, (rows, columns)
        Points of the score, positive where a place raised it; blurred as `squared_gradients`.

    Notes
    -----
    Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365). The reference is the film's own mean in every
    channel: a black one would count the brightness of the whole film as severity.
    """
    inputs = _leaf(film.inputs)
    grey = inputs.detach().mean(dim=(-2, -1), keepdim=True).expand_as(inputs)
    method = IntegratedGradients(film.module)
    with torch.enable_grad():
        # One at a time: a module is only asked to take one film.
        found = method.attribute(inputs, grey, target=_OUTPUTS[measure], n_steps=STEPS, internal_batch_size=1)
    return _placed(film, found)


def _leaf(inputs: Tensor) -> Tensor:
    # A copy: one made in inference mode knows no gradients.
    return inputs.detach().clone().requires_grad_()


def _placed(film: Differentiable, values: Tensor) -> FloatImage:
    """Bring a map onto the film and blur it, within where the network looks."""
    found = values.detach()[0].to(torch.float32).numpy()
    placed = film.onto_film(found)
    seen = seen_by_network(film)
    sigma = BLUR_PIXELS / BLUR_SIDE_PIXELS * min(placed.shape)
    weight = ndimage.gaussian_filter(seen.astype(np.float32), sigma)
    blurred = ndimage.gaussian_filter(np.where(seen, placed, 0), sigma) / np.maximum(weight, 1e-6)
    return np.asarray(np.where(seen, blurred, 0), dtype=np.float32)
