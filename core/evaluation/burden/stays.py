"""A stay, as long as it was watched, with its scored films."""

from __future__ import annotations

from dataclasses import dataclass

from core.trend.types import ScoredFilm


@dataclass(frozen=True)
class WatchedStay:
    """One patient's time in intensive care.

    Attributes
    ----------
    patient : str
    days : float
        That the patient was watched; at least a part of one.
    films : tuple of ScoredFilm
        Taken in that time, whether a flag of theirs counts; and, before them, films of the same stay that they are
        compared with.
    counted : frozenset of int
        Ids of the films whose flags count; the others only serve as references.
    """

    patient: str
    days: float
    films: tuple[ScoredFilm, ...]
    counted: frozenset[int]

    def __post_init__(self) -> None:
        if not self.days > 0:
            message = f"The stay of {self.patient!r} was watched for {self.days} days. Expected more than 0."
            raise ValueError(message)
