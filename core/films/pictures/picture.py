"""Films sent as PNG or JPEG pictures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import JPEGExtended12Bit, JPEGLosslessSV1

from core.errors import FilmUnreadableError
from core.films.codecs.codec import EncodedFrame, decode_frame
from core.films.codecs.codestream import codestream_size
from core.films.grey import StoredImage, joined_channel, pixel_hash
from core.films.limits import require_picture_size
from core.films.pictures.parts import JPEG, PNG, plain_picture, stated_frames
from core.films.stored import StoredFilm
from core.films.used_range import used_range
from core.types import Film, FilmHeader, Photometry

_COLOUR_TYPES = {2: "colour", 4: "grey with transparency", 6: "colour with transparency"}
_GREY = 0
_SIXTEEN_BIT_MODES = frozenset({"I;16", "I;16L", "I;16B", "I"})
_GREY_MODES = frozenset({"1", "L", "LA", "La"})
_COLOUR_MODES = frozenset({"P", "PA", "RGB", "RGBA", "RGBX"})
_STRIP_PIXELS = 1_000_000


def is_picture(source: bytes) -> bool:
    """Return whether the bytes begin like a PNG or JPEG file."""
    return source.startswith((PNG, JPEG))


def picture_header(source: bytes) -> FilmHeader:
    """Return size and depth of a picture as it is stored; a picture says no more of itself.

    Raises
    ------
    FilmUnreadableError
        The header is damaged.
    """
    if _is_deep_jpeg(source):
        size = codestream_size(source)
        return FilmHeader(rows=size.rows, columns=size.columns, bits_stored=size.precision)
    rows, columns = _stated_size(source)
    deep = source.startswith(PNG) and source[24] == 16 and source[25] == _GREY  # IHDR
    return FilmHeader(rows=rows, columns=columns, bits_stored=16 if deep else 8)


def read_picture(source: bytes) -> Film:
    """Return a PNG or JPEG picture as a film, as it is stored.

    Raises
    ------
    FilmUnreadableError
        Too large, animated, in colour or damaged.
    """
    stored, bits, notes = _stored(source)
    black, white, range_notes = used_range(StoredFilm(stored, bits, signed=False, photometry=Photometry.MONOCHROME2))
    header = FilmHeader(rows=stored.shape[0], columns=stored.shape[1], bits_stored=bits)
    pixels = stored.astype(np.float32)
    pixels -= black
    pixels /= white - black
    return Film(np.clip(pixels, 0.0, 1.0, out=pixels), header, pixel_hash(stored), notes + range_notes)


def _stored(source: bytes) -> tuple[StoredImage, int, tuple[str, ...]]:
    """Return grey values, bits and notes."""
    rows, columns = _stated_size(source)
    require_picture_size(rows, columns)
    if _is_deep_jpeg(source):
        return _deep_jpeg(source)
    require_picture_size(rows, columns, frames=stated_frames(source))
    with Image.open(BytesIO(plain_picture(source)), formats=("PNG", "JPEG")) as image:
        if image.mode in _SIXTEEN_BIT_MODES:
            return np.asarray(image).astype(np.uint16, copy=False), 16, ()
        grey, notes = _grey(image)
    return grey, 8, notes + _depth_note(source)


def _stated_size(source: bytes) -> tuple[int, int]:
    """Return rows and columns as the file's first bytes state them."""
    if source.startswith(PNG):
        columns, rows = struct.unpack_from(">II", source, 16)  # the IHDR chunk comes first
        return rows, columns
    size = codestream_size(source)
    return size.rows, size.columns


def _grey(image: Image.Image) -> tuple[StoredImage, tuple[str, ...]]:
    """Return 8-bit grey values and notes; transparency is left aside."""
    shape = (image.height, image.width)
    if image.mode in _GREY_MODES:
        grey = np.empty(shape, dtype=np.uint8)
        at = 0
        for strip in _strips(image, "L"):
            grey[at : at + len(strip)] = strip
            at += len(strip)
        return grey, ()
    if image.mode in _COLOUR_MODES:
        return joined_channel(_strips(image, "RGB"), shape, 255)
    raise FilmUnreadableError(f"The picture's kind ({image.mode}) is not read. Send a grey PNG, JPEG or DICOM film.")


def _strips(image: Image.Image, mode: str) -> Iterator[NDArray[np.uint8]]:
    """Yield the picture row by row in another mode; all at once would be held four times over."""
    rows = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        yield np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))).convert(mode))


def _depth_note(source: bytes) -> tuple[str, ...]:
    """Return a note where a PNG of 16 bits in several channels is read with 8 (IHDR, bytes 24 and 25)."""
    if source.startswith(PNG) and source[24] == 16 and source[25] in _COLOUR_TYPES:
        return (f"The picture is stored as 16-bit {_COLOUR_TYPES[source[25]]}; 8 of the bits were read.",)
    return ()


def _is_deep_jpeg(source: bytes) -> bool:
    """Return whether this is a JPEG of more than 8 bits or a lossless one, which Pillow does not read."""
    if not source.startswith(JPEG):
        return False
    size = codestream_size(source)
    return size.precision > 8 or size.lossless_jpeg


def _deep_jpeg(source: bytes) -> tuple[StoredImage, int, tuple[str, ...]]:
    size = codestream_size(source)
    if size.samples != 1 or not 8 <= size.precision <= 16:
        raise FilmUnreadableError("The picture is in colour or of an unknown depth. Send the grey film itself.")
    syntax = JPEGLosslessSV1 if size.lossless_jpeg else JPEGExtended12Bit
    frame = EncodedFrame(source, str(syntax), size.rows, size.columns, size.samples, size.precision)
    return decode_frame(frame), size.precision, ()
