"""Figures of the evidence, from plain values: plotly figures, each with a text that says the same."""

from core.evaluation.figures.bland_altman import bland_altman_figure
from core.evaluation.figures.intervals import IntervalRow, Reference, interval_figure
from core.evaluation.figures.recalibration import recalibration_figure
from core.evaluation.figures.style import DARK, LIGHT, Colours
from core.evaluation.figures.values import CoveragePoint, EvidenceFigure, FigureFilm, FigureScale, WorstFilm

__all__ = [
    "DARK",
    "LIGHT",
    "Colours",
    "CoveragePoint",
    "EvidenceFigure",
    "FigureFilm",
    "FigureScale",
    "IntervalRow",
    "Reference",
    "WorstFilm",
    "bland_altman_figure",
    "interval_figure",
    "recalibration_figure",
]
