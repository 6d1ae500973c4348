"""Weight files of the checks on what a film looks like: arrays by name, in safetensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from core.errors import WeightsInvalidError, WeightsMissingError

Arrays = Mapping[str, NDArray[np.float64]]
Shapes = Mapping[str, tuple[int, ...]]
REMEDY = "Install Lungline again."


def read_arrays(path: Path, names: tuple[str, ...], shapes: Callable[[Arrays], Shapes], *, what: str) -> Arrays:
    """Return the arrays of a weight file in double precision.

    Parameters
    ----------
    names : tuple of str
        Those that it must hold; others are left aside.
    shapes : callable
        Takes the arrays and returns the shape that each must have.
    what : str
        Whose weights they are, for the messages: "The view check".

    Raises
    ------
    WeightsMissingError
        There is no such file.
    WeightsInvalidError
        It is no safetensors file, or its arrays have other names or shapes.
    """
    if not path.is_file():
        raise WeightsMissingError(f"{what} has no weights: {path.name} is missing. {REMEDY}")
    try:
        stored = load_file(path)
        arrays = {name: stored[name].astype(np.float64) for name in names}
    except (SafetensorError, KeyError, OSError) as error:
        raise WeightsInvalidError(f"{path.name} is damaged or of another model ({error}). {REMEDY}") from error
    found, expected = {name: array.shape for name, array in arrays.items()}, dict(shapes(arrays))
    if found != expected:
        raise WeightsInvalidError(f"{path.name} holds arrays of shapes {found}. Expected {expected}. {REMEDY}")
    return arrays
