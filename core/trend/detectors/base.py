"""The protocol every detector of change follows; `tests/contracts/test_detectors.py` holds each one to it.

A detector of another distribution is found by an entry point of the group ``lungline.detectors``;
``docs/templates/detector`` shows how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from core.errors import DetectorUnknownError
from core.plugins import installed
from core.trend.assessment import assess_trend
from core.trend.detectors.naive import RawStepDetector
from core.trend.flags.proposed import ALERTING_MEASURE, ALERTING_REFERENCE
from core.trend.types import FilmTrend, ScoredFilm, TrendPolicy
from core.types import ScorerCard

DEFAULT_DETECTOR = "measured-noise"


@runtime_checkable
class Detector(Protocol):
    """Says of every film of a patient whether the change since earlier films is real.

    A detector is a pure function of its arguments: the same for every order of the films, nothing kept
    between calls, so a film that arrives late or is retracted is handled by assessing the series again.
    It never compares films of different stays, refuses scores of several models, and leaves NOT_ASSESSED
    what it has no measured basis for. The naive peers (`NAIVE_PEERS`) alone have no measured basis at all: they give
    verdicts without probabilities, and say so.
    """

    @property
    def name(self) -> str:
        """Return the registry name."""
        ...

    def assess(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return every film with its comparisons and the flag it supports, in order of acquisition time."""
        ...


@dataclass(frozen=True)
class MeasuredNoiseDetector:
    """Judges each film by the scorer's measured noise of a change, and by the level of its stay (`assess_trend`).

    It gives the comparison that its first rule rests on, geographic extent against the recent level, and no other.
    """

    name: str = DEFAULT_DETECTOR

    def assess(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return `assess_trend` of the films."""
        return assess_trend(
            films, card=card, policy=policy, references=(ALERTING_REFERENCE,), measures=(ALERTING_MEASURE,)
        )


DETECTORS: Mapping[str, Callable[[], Detector]] = MappingProxyType(
    {
        DEFAULT_DETECTOR: MeasuredNoiseDetector,
        "raw-step-1": lambda: RawStepDetector("raw-step-1", step=1.0),
        "raw-step-2": lambda: RawStepDetector("raw-step-2", step=2.0),
        "any-rise": lambda: RawStepDetector("any-rise", step=0.0, flags_drops=False),
    }
)
ENTRY_POINTS = "lungline.detectors"
"""Group under which installed distributions name their detectors: ``name = "package:Class"``."""
NAIVE_PEERS = ("raw-step-1", "raw-step-2", "any-rise")
"""What people use now: beside the others in the evidence, never on the ward."""


def detector_names() -> tuple[str, ...]:
    """Return the names of all detectors, those of other distributions last."""
    return (*DETECTORS, *_installed())


def _installed() -> Mapping[str, EntryPoint]:
    return installed(ENTRY_POINTS, taken=frozenset(DETECTORS))


def load_detector(name: str = DEFAULT_DETECTOR) -> Detector:
    """Return the detector of that registry name.

    Raises
    ------
    DetectorUnknownError
        No detector has that name, or it cannot be imported.
    """
    if name in DETECTORS:
        return DETECTORS[name]()
    if name not in _installed():
        message = f"No detector is called {name!r}. Choose one of: {', '.join(sorted(detector_names()))}."
        raise DetectorUnknownError(message)
    try:
        make: Callable[[], Detector] = _installed()[name].load()
    except (ImportError, AttributeError) as error:
        message = f"The detector {name!r} ({_installed()[name].value}) cannot be loaded: {error}. Install it again."
        raise DetectorUnknownError(message) from error
    return make()
