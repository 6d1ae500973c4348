"""Films sent as PNG or JPEG pictures."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from pydicom.uid import JPEGExtended12Bit, JPEGLosslessSV1

from core.errors import FilmUnreadableError
from core.films.codec import EncodedFrame, decode_frame
from core.films.codestream import codestream_size
from core.films.grey import StoredImage, pixel_hash, single_channel, used_full_scale
from core.films.limits import MAX_PIXELS, require_picture_size
from core.types import Film, FilmHeader

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_SIXTEEN_BIT_MODES = frozenset({"I;16", "I;16L", "I;16B", "I"})
_COLOUR_TYPES = {2: "colour", 4: "grey with transparency", 6: "colour with transparency"}
_EXIF_ORIENTATION = 0x0112
_TURNED_MODES = frozenset({5, 6, 7, 8})


def is_picture(source: bytes) -> bool:
    """Return whether the bytes begin like a PNG or JPEG file."""
    return source.startswith((_PNG, _JPEG))


def picture_header(source: bytes) -> FilmHeader:
    """Return size and depth of a picture after EXIF orientation; a picture says no more of itself.

    Raises
    ------
    FilmUnreadableError
        The header is damaged.
    """
    if _is_deep_jpeg(source):
        size = codestream_size(source)
        return FilmHeader(rows=size.rows, columns=size.columns, bits_stored=size.precision)
    rows, columns = _stated_size(source)
    if rows * columns > MAX_PIXELS:  # refused anyway, so not even opened
        return FilmHeader(rows=rows, columns=columns, bits_stored=8)
    with _opened(source) as image:
        if image.getexif().get(_EXIF_ORIENTATION) in _TURNED_MODES:
            columns, rows = rows, columns
        return FilmHeader(rows=rows, columns=columns, bits_stored=16 if image.mode in _SIXTEEN_BIT_MODES else 8)


def read_picture(source: bytes) -> Film:
    """Return a PNG or JPEG picture as a film.

    Raises
    ------
    FilmUnreadableError
        Too large, animated, in colour or damaged.
    """
    stored, bits, notes = _stored(source)
    white, range_notes = used_full_scale(int(stored.max()), bits)
    header = FilmHeader(rows=stored.shape[0], columns=stored.shape[1], bits_stored=bits)
    pixels = stored.astype(np.float32)
    pixels /= white
    return Film(pixels, header, pixel_hash(stored), notes + range_notes)


def _stored(source: bytes) -> tuple[StoredImage, int, tuple[str, ...]]:
    """Return grey values, bits and notes."""
    rows, columns = _stated_size(source)
    require_picture_size(rows, columns)
    if _is_deep_jpeg(source):
        return _deep_jpeg(source)
    with _opened(source) as image:
        require_picture_size(rows, columns, frames=getattr(image, "n_frames", 1))
        turned = ImageOps.exif_transpose(image)
        if turned.mode in _SIXTEEN_BIT_MODES:
            return np.asarray(turned).astype(np.uint16), 16, ()
        grey, notes = _grey(turned)
        return grey, 8, notes + _depth_note(source)


def _stated_size(source: bytes) -> tuple[int, int]:
    """Return rows and columns as the file's first bytes state them, before EXIF orientation."""
    if source.startswith(_PNG):
        columns, rows = struct.unpack_from(">II", source, 16)  # the IHDR chunk comes first
        return rows, columns
    size = codestream_size(source)
    return size.rows, size.columns


def _opened(source: bytes) -> Image.Image:
    """Return the picture with its header read and nothing decoded."""
    return Image.open(BytesIO(source), formats=("PNG", "JPEG"))


def _grey(image: Image.Image) -> tuple[StoredImage, tuple[str, ...]]:
    """Return 8-bit grey values and notes; transparency is left aside."""
    if image.mode in {"1", "L", "LA", "La"}:
        return np.asarray(image.convert("L")), ()
    if image.mode in {"P", "PA", "RGB", "RGBA", "RGBX"}:
        values: NDArray[Any] = np.asarray(image.convert("RGB"))
        return single_channel(values, 255)
    raise FilmUnreadableError(f"The picture's kind ({image.mode}) is not read. Send a grey PNG, JPEG or DICOM film.")


def _depth_note(source: bytes) -> tuple[str, ...]:
    """Return a note where a PNG of 16 bits in several channels is read with 8 (IHDR, bytes 24 and 25)."""
    if source.startswith(_PNG) and source[24] == 16 and source[25] in _COLOUR_TYPES:
        return (f"The picture is stored as 16-bit {_COLOUR_TYPES[source[25]]}; 8 of the bits were read.",)
    return ()


def _is_deep_jpeg(source: bytes) -> bool:
    """Return whether this is a JPEG of more than 8 bits or a lossless one, which Pillow does not read."""
    if not source.startswith(_JPEG):
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
