"""What a site's own recalibration of a model is: every value that its scores, intervals and verdicts need."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from core.types import ChangeNoise, LevelNoise, Measure, PairClass, VerdictRecord, ViewPosition

_SUFFIX = re.compile(r"[+.]site-[0-9a-f]{8}$")

Figure = tuple[float, float, float]
"""A figure and its 95 % interval, low and high."""


@dataclass(frozen=True)
class MeasureLine:
    """How one measure is recalibrated, and what the line is worth: new score = offset + slope x score.

    Attributes
    ----------
    slope : float
        Above 0; with the 95 % interval `slope_low` to `slope_high`.
    offset : float
        Points.
    width : float or None
        Factor on the half width of the base's interval; None where the base states none.
    n_width_patients : int
        Whose readings `width` was measured on; 0 where they are too few, so that it follows from the slope.
    before, after, gain : (float, float, float)
        Mean absolute error against the readers, of the scores as they are and of recalibrated ones, each patient by a
        line without the patient; the second minus the first. Points, with 95 % intervals.
    """

    slope: float
    slope_low: float
    slope_high: float
    offset: float
    width: float | None
    n_width_patients: int
    n_films: int
    n_patients: int
    before: Figure
    after: Figure
    gain: Figure

    def __post_init__(self) -> None:
        if not self.slope > 0 or (self.width is not None and not self.width >= 0):
            message = (
                f"A line of slope {self.slope} and width {self.width}. Expected a slope above 0, so that scores rise, "
                "and no negative width."
            )
            raise ValueError(message)

    def of(self, score: float, measure: Measure) -> float:
        """Return a score on the readers' scale, put to the scale's ends beyond them."""
        return float(np.clip(self.offset + self.slope * score, 0.0, measure.maximum))


@dataclass(frozen=True)
class Recalibration:
    """A site's own recalibration of one version of a model.

    Attributes
    ----------
    base_version : str
        The only version of the model that it holds for.
    n_films, n_patients, n_readers : int
        Read blind, and by how many people.
    lines : mapping of Measure to MeasureLine
        A measure without one stays as the model gives it.
    noise, mixed_noise, class_noise, level_noise, change_views, verdicts
        As on a `ScorerCard`, on the new scale.
    n_own_pairs : int
        Serial pairs of the site's readings that `noise` was measured on; 0 where it is the base's, carried over.
    version : str
        That of the model version which these values make; "" until it is `named`.
    """

    model: str
    base_version: str
    n_films: int
    n_patients: int
    n_readers: int
    lines: Mapping[Measure, MeasureLine]
    noise: Mapping[Measure, ChangeNoise] = field(default_factory=dict)
    mixed_noise: Mapping[Measure, ChangeNoise] = field(default_factory=dict)
    class_noise: Mapping[Measure, Mapping[PairClass, ChangeNoise]] = field(default_factory=dict)
    level_noise: Mapping[Measure, LevelNoise] = field(default_factory=dict)
    change_views: tuple[ViewPosition, ...] = ()
    verdicts: VerdictRecord | None = None
    n_own_pairs: int = 0
    version: str = ""

    def named(self) -> Recalibration:
        """Return it with its version: that of the base, and the start of the hash of all values."""
        values = json.dumps(replace(self, version="").as_json(), sort_keys=True)
        joint = "." if "+" in self.base_version else "+"
        suffix = hashlib.sha256(values.encode()).hexdigest()[:8]
        return replace(self, version=f"{self.base_version}{joint}site-{suffix}")

    def as_json(self) -> dict[str, Any]:
        """Return it as values that JSON can hold; `read_recalibration` reads them."""
        values: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return values


def read_recalibration(values: Mapping[str, Any]) -> Recalibration:
    """Return what `Recalibration.as_json` wrote.

    Raises
    ------
    ValueError
        The values are of another form.
    """
    return _adapter().validate_python(values)


@cache
def _adapter() -> TypeAdapter[Recalibration]:
    return TypeAdapter(Recalibration)


def is_recalibrated(version: str) -> bool:
    """Return whether a model version is a site's own recalibration."""
    return base_version(version) != version


def base_version(version: str) -> str:
    """Return the version that a site's own recalibration belongs to; any other version as it is."""
    return _SUFFIX.sub("", version)
