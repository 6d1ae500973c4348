"""Synthetic frontal chest films with a known truth: the films of the demo and of the tests."""

from core.films.synthetic.dicom import write_dicom
from core.films.synthetic.film import draw_film
from core.films.synthetic.types import CLEAR, Device, LungSeverity, SyntheticFilm, SyntheticTruth

__all__ = ["CLEAR", "Device", "LungSeverity", "SyntheticFilm", "SyntheticTruth", "draw_film", "write_dicom"]
