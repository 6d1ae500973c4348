"""What figures are drawn from, and what they are returned as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.types import FilmMasks


@dataclass(frozen=True)
class FigureScale:
    """The scale that is drawn.

    Attributes
    ----------
    name : str
        For people.
    maximum : float
        Its top; its bottom is 0.
    scorer : str
        Whose predictions they are.
    note : str
        What every text adds, "" for nothing.
    reader : str
        Whose values they are compared with, one of them.
    """

    name: str
    maximum: float
    scorer: str
    note: str = ""
    reader: str = "expert"


@dataclass(frozen=True)
class FigureFilm:
    """One film.

    Attributes
    ----------
    film_id : str
    group : str
        Films of one group share colour and shape, for example the view.
    expert, predicted : float
    low, high : float or None
        Ends of the prediction's interval; None where it has none.
    """

    film_id: str
    group: str
    expert: float
    predicted: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class CoveragePoint:
    """How often intervals of one level held the expert's value.

    Attributes
    ----------
    group : str
        Points of one group are one line, for example "all films" or "severe".
    level : float
        What the intervals promise, 0-1.
    share : float
        What they held, 0-1.
    n : int
        Films.
    """

    group: str
    level: float
    share: float
    n: int

    def __post_init__(self) -> None:
        if not (0 < self.level < 1 and 0 <= self.share <= 1 and self.n > 0):
            message = (
                f"Coverage {self.share} of {self.n} films at level {self.level}. Expected shares of 0-1 and 1 film or "
                "more."
            )
            raise ValueError(message)


@dataclass(frozen=True, eq=False)
class WorstFilm:
    """A film with a large error, as it is shown.

    Attributes
    ----------
    picture : uint8 array (rows, columns)
        Display sense.
    masks : FilmMasks or None
        Lungs and opacity as the scorer sees them, on any grid of the film's aspect.
    """

    film_id: str
    expert: float
    predicted: float
    picture: NDArray[np.uint8]
    masks: FilmMasks | None = None


@dataclass(frozen=True, eq=False)
class EvidenceFigure:
    """A figure with its name (for files), its title and a text that says what it shows to who cannot see it."""

    name: str
    title: str
    text: str
    figure: go.Figure
