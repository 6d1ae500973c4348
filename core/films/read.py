"""Read a film from the bytes of a DICOM, PNG or JPEG file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import tzinfo
from typing import NamedTuple

from pydicom.dataset import Dataset

from core.errors import FilmUnreadableError
from core.films.dicom.display import display_values, full_range_values
from core.films.dicom.elements import element_text, is_dicom, open_dicom
from core.films.dicom.pixels import stored_film
from core.films.dicom.spacing import PixelSpacing, pixel_spacing
from core.films.grey import pixel_hash
from core.films.header import dicom_header
from core.films.limits import MAX_BYTES, MAX_PIXELS, require_file_size
from core.films.orientation import exif_turn, hung, pixels_agree, stated_turn
from core.films.pictures.parts import orientation
from core.films.pictures.picture import is_picture, picture_header, read_picture
from core.types import Film, FilmHeader, FloatImage

__all__ = ["MAX_BYTES", "MAX_PIXELS", "is_dicom", "read_film", "read_full_range", "read_header"]

_DAMAGED = "The file is damaged and cannot be read as an X-ray film. Send it again from where it came."
_FOREIGN = "The file is no X-ray film that Lungline reads. Send a DICOM file, or a PNG or JPEG picture of a film."


class FullRange(NamedTuple):
    """A film with nothing cut off by its window, as it hangs.

    Attributes
    ----------
    pixels, window
        See `full_range_values`.
    spacing : PixelSpacing or None
        None where the file states none; a picture never does.
    """

    pixels: FloatImage
    window: tuple[float, float]
    spacing: PixelSpacing | None


def read_header(source: bytes, *, site_zone: tzinfo) -> FilmHeader:
    """Return what a film says of itself, without decoding its pixels.

    A film that `read_film` refuses (too large, in colour, several frames) still has a header.

    Parameters
    ----------
    source : bytes
        The whole file.
    site_zone : tzinfo
        The zone of times that come without one.

    Raises
    ------
    FilmUnreadableError
        The bytes are no DICOM, PNG or JPEG picture, or their header is damaged.
    """
    require_file_size(len(source))
    with _damage_said_plainly():
        if is_picture(source):
            return picture_header(source)
        if is_dicom(source):
            return dicom_header(open_dicom(source, with_pixels=False), site_zone=site_zone)
    raise FilmUnreadableError(_FOREIGN)


def read_film(source: bytes, *, site_zone: tzinfo) -> Film:
    """Return a film in display sense; see `core.types.Film.pixels` for its scale.

    Sizes are checked from the header before anything is decoded. Decoders written in C that are not
    fit for hostile input run in a process of their own, with a time and a memory limit.

    Parameters
    ----------
    source : bytes
        The whole file: DICOM (single grey frame) or PNG or JPEG, 8 to 16 bits.
    site_zone : tzinfo
        The zone of times that come without one.

    Raises
    ------
    FilmUnreadableError
        Damaged, of another kind, too large, in colour or of several frames; a sentence for the user.
    """
    require_file_size(len(source))
    with _damage_said_plainly():
        if is_picture(source):
            return _hung_picture(source)
        if is_dicom(source):
            return _read_dicom(source, site_zone)
    raise FilmUnreadableError(_FOREIGN)


def read_full_range(source: bytes) -> FullRange:
    """Return a film with nothing cut off by its window.

    Parameters
    ----------
    source : bytes
        As for `read_film`; of a picture everything is shown, so that its window is (0, 1).

    Raises
    ------
    FilmUnreadableError
    """
    require_file_size(len(source))
    with _damage_said_plainly():
        if is_picture(source):
            return FullRange(_hung_picture(source).pixels, (0.0, 1.0), None)
        if is_dicom(source):
            return _full_range(open_dicom(source, with_pixels=True))
    raise FilmUnreadableError(_FOREIGN)


def _full_range(dataset: Dataset) -> FullRange:
    stored, turn = stored_film(dataset)[0], stated_turn(dataset)
    pixels, window = full_range_values(stored, dataset)
    spacing = pixel_spacing(dataset)
    # Turned or not as `read_film` does it, which judges what is displayed.
    if turn is not None and pixels_agree(display_values(stored, dataset)[0], turn):
        pixels = turn.of(pixels)
        spacing = spacing.transposed if spacing and turn.transposed else spacing
    return FullRange(pixels, window, spacing)


def _hung_picture(source: bytes) -> Film:
    return hung(read_picture(source), exif_turn(orientation(source)))


def _read_dicom(source: bytes, site_zone: tzinfo) -> Film:
    dataset = open_dicom(source, with_pixels=True)
    header = dicom_header(dataset, site_zone=site_zone)
    stored, notes = stored_film(dataset)
    with ThreadPoolExecutor(1, thread_name_prefix="hash") as hashing:  # as long a step as all others together
        digest = hashing.submit(pixel_hash, stored.values)
        pixels, display_notes = display_values(stored, dataset)
    notes += display_notes
    if element_text(dataset, "PresentationIntentType").upper() == "FOR PROCESSING":
        notes += ("The film is a raw one, stored for processing; its contrast differs from films for viewing.",)
    film = Film(pixels, replace(header, bits_stored=stored.bits), digest.result(), notes)
    return hung(film, stated_turn(dataset))


@contextmanager
def _damage_said_plainly() -> Iterator[None]:
    """Turn whatever the decoders trip over into FilmUnreadableError."""
    try:
        yield
    except FilmUnreadableError:
        raise
    except Exception as error:  # the edge where hostile bytes meet three libraries
        raise FilmUnreadableError(_DAMAGED) from error
