"""Laps: how long named steps took, by the clock on the wall and in time of the processor."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Lap:
    """Seconds a film, on the wall and of all processors together."""

    wall: float
    processor: float

    def __add__(self, other: Lap) -> Lap:
        return Lap(self.wall + other.wall, self.processor + other.processor)


@dataclass
class Laps:
    """The laps of every step, in the order of their rounds."""

    of_step: dict[str, list[Lap]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def step(self, name: str, *, films: int = 1) -> Iterator[None]:
        """Add a lap of `name`, as seconds a film."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.of_step[name].append(Lap((time.perf_counter() - wall) / films, (time.process_time() - processor) / films))

    def median(self, *names: str) -> Lap:
        """Return the sum of the medians of these steps."""
        laps = [self.of_step[name] for name in names]
        return Lap(
            sum(statistics.median(lap.wall for lap in step) for step in laps),
            sum(statistics.median(lap.processor for lap in step) for step in laps),
        )
