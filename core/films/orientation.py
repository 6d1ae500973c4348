"""Hang a film as its header says: the patient's right side on the left of the picture, the head up.

Patient Orientation (PS3.3 C.7.6.1.1.1) alone says how the stored pixels lie; Field of View Flip and Rotation
(C.8.11.4) relate them to the detector, Image Laterality names a paired part of the body. AP and PA films hang alike.
A picture says it by the Orientation entry of EXIF.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset

from core.films.dicom.elements import element_text
from core.films.recognition.likeness import CHEST_THRESHOLD, grid_likeness
from core.films.recognition.sides import MIRRORED_LOG_ODDS, TURNED_LOG_ODDS, grid_log_odds
from core.films.recognition.view import standard_grid, thumbnail
from core.types import Film, FloatImage

_ACROSS, _DOWN = frozenset("LR"), frozenset("HF")
_IN_DOUBT = (
    "Sides in doubt: the file says that the film is stored {how} ({stated}), but the picture does "
    "not clearly look so. It was left as it is: right and left lung may be swapped. Look for the side mark."
)
_EXIF_TURNS = {2: "R", 3: "RC", 4: "C", 5: "T", 6: "TR", 7: "TRC", 8: "TC"}
"""What brings a picture upright (EXIF 2.3, tag 0112): T transposed, then R rows, C columns read backwards."""
_TURNED = "The film is stored {how} ({stated}); it was turned before scoring."


@dataclass(frozen=True)
class StatedTurn:
    """What brings a film upright by its header: first transposed, then each row and each column read backwards.

    Attributes
    ----------
    stated : str
        The header's entry, by its name.
    """

    stated: str
    transposed: bool
    rows_backwards: bool
    columns_backwards: bool

    @property
    def mirrors(self) -> bool:
        """Return whether the film is stored as its mirror image."""
        return (self.transposed + self.rows_backwards + self.columns_backwards) % 2 == 1

    @property
    def how(self) -> str:
        """Return how the film is stored, in words."""
        lies = "on its side" if self.transposed else "upside down" if self.columns_backwards else ""
        return " and ".join(word for word in ("mirrored" if self.mirrors else "", lies) if word)

    def of(self, pixels: FloatImage) -> FloatImage:
        """Return pixels (rows, columns) as they hang."""
        turned = pixels.T if self.transposed else pixels
        turned = turned[:, ::-1] if self.rows_backwards else turned
        return np.ascontiguousarray(turned[::-1] if self.columns_backwards else turned)


def stated_turn(dataset: Dataset) -> StatedTurn | None:
    r"""Return how a frontal film must be turned by its header; None where it hangs right (L\F) or does not say."""
    codes = element_text(dataset, "PatientOrientation").upper()
    # Of an oblique direction (LP, FA) the first letter is the main one.
    row, column = ([part.strip()[:1] for part in codes.split("\\")] + ["", ""])[:2]
    transposed = row in _DOWN and column in _ACROSS
    if transposed:
        row, column = column, row
    if row not in _ACROSS or column not in _DOWN or (not transposed and (row, column) == ("L", "F")):
        return None
    return StatedTurn(f"Patient Orientation {codes}", transposed, row == "R", column == "H")


def exif_turn(entry: int) -> StatedTurn | None:
    """Return how a picture must be turned by its Orientation entry, 1-8; None where it hangs right (1)."""
    steps = _EXIF_TURNS.get(entry)
    return None if steps is None else StatedTurn(f"EXIF Orientation {entry}", "T" in steps, "R" in steps, "C" in steps)


def pixels_agree(pixels: FloatImage, turn: StatedTurn) -> bool:
    """Return whether a film (rows, columns) looks upright and not mirrored once turned as its header says."""
    grid = standard_grid(thumbnail(turn.of(pixels)))
    if turn.transposed or turn.columns_backwards:
        stored = grid_likeness(standard_grid(thumbnail(pixels)))
        if grid_likeness(grid) < max(CHEST_THRESHOLD, stored):
            return False
    return grid_log_odds(grid) >= (TURNED_LOG_ODDS if turn.mirrors else MIRRORED_LOG_ODDS)


def hung(film: Film, turn: StatedTurn | None) -> Film:
    """Return a film as it hangs, noted; where header and pixels contradict each other as it is, its sides in doubt."""
    if turn is None:
        return film
    if not pixels_agree(film.pixels, turn):
        note = _IN_DOUBT.format(how=turn.how, stated=turn.stated)
        return replace(film, notes=(*film.notes, note), sides_in_doubt=True)
    pixels = turn.of(film.pixels)
    header = replace(film.header, rows=pixels.shape[0], columns=pixels.shape[1])
    return replace(
        film, pixels=pixels, header=header, notes=(*film.notes, _TURNED.format(how=turn.how, stated=turn.stated))
    )
