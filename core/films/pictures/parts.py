"""The parts of a PNG or JPEG file that make its picture, without what cameras and programs add to them.

Texts, profiles and camera entries can be made to cost whoever reads them seconds and gigabytes, and a film needs one
number of them: which way up it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from core.errors import FilmUnreadableError

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"

MAX_CHUNKS = 100_000
"""Chunks of a PNG; a film of 200 MB in chunks of 8 kB has 25,000."""
MAX_SEGMENTS = 2_000
"""Segments of a JPEG before its grey values."""

_PICTURE_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_SCAN, _EXIF_SEGMENT = 0xDA, 0xE1
_ADDED_SEGMENTS = frozenset(range(0xE1, 0xF0)) - {0xEE} | {0xFE}  # APP0 and APP14 say how colours are stored
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_EXIF, _XMP, _PNG_XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"XML:com.adobe.xmp\0"
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
_ORIENTATION, _SHORT = 0x0112, 3
_MAX_ENTRIES = 500
_LONGEST = 65_535
_TOO_MANY = "The picture is stored in more parts than any film is. It was not opened: send it again from where it came."


def plain_picture(source: bytes) -> bytes:
    """Return the file with only what makes the picture.

    Raises
    ------
    FilmUnreadableError
        It has more parts than any film.
    """
    spans = _png_spans(source) if source.startswith(PNG) else _jpeg_spans(source)
    view = memoryview(source)
    return b"".join(view[start:end] for start, end in spans)


def stated_frames(source: bytes) -> int:
    """Return how many pictures a PNG says that it holds (its acTL chunk); 1 for any other."""
    if not source.startswith(PNG):
        return 1
    series = next((at for kind, at, _ in _chunks(source) if kind == b"acTL"), None)
    return 1 if series is None else int.from_bytes(source[series : series + 4], "big")


def orientation(source: bytes) -> int:
    """Return how the picture is to be turned, 1-8 as EXIF has it; 1, not at all, where nothing is said.

    Raises
    ------
    FilmUnreadableError
        As `plain_picture`.
    """
    said = (
        _of_exif(text) if is_exif else _of_xmp(text)
        for is_exif, text in (_png_notes(source) if source.startswith(PNG) else _jpeg_notes(source))
    )
    return next((turned for turned in said if turned), 1)


def _png_spans(source: bytes) -> Iterator[tuple[int, int]]:
    yield 0, len(PNG)
    for kind, at, length in _chunks(source):
        if kind in _PICTURE_CHUNKS:
            yield at - 8, at + length + 4


def _png_notes(source: bytes) -> Iterator[tuple[bool, bytes]]:
    for kind, at, length in _chunks(source):
        text = source[at : at + min(length, _LONGEST)]
        if kind == b"eXIf" or (kind == b"iTXt" and text.startswith(_PNG_XMP)):
            yield kind == b"eXIf", text


def _chunks(source: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, place and length of the chunks' data (ISO 15948 5.3), up to where the file breaks off."""
    at = len(PNG)
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(source):
            return
        length, kind = struct.unpack_from(">I4s", source, at)
        yield kind, at + 8, length
        at += 12 + length
    raise FilmUnreadableError(_TOO_MANY)


def _jpeg_spans(source: bytes) -> Iterator[tuple[int, int]]:
    yield 0, 2
    end = 2
    for marker, at, after in _segments(source):
        if marker not in _ADDED_SEGMENTS:
            yield at, after
        end = after
    yield end, len(source)


def _jpeg_notes(source: bytes) -> Iterator[tuple[bool, bytes]]:
    for marker, at, after in _segments(source):
        text = source[at + 4 : after]
        if marker == _EXIF_SEGMENT and text.startswith((_EXIF, _XMP)):
            yield text.startswith(_EXIF), text.removeprefix(_EXIF)


def _segments(source: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, place and end of the segments before the first scan (ISO 10918-1 B.1.1)."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        if at + 4 > len(source) or source[at] != 0xFF or source[at + 1] == _SCAN:
            return
        marker = source[at + 1]
        filled = marker == 0xFF
        length = 1 if filled else 2 if marker in _STANDALONE else 2 + struct.unpack_from(">H", source, at + 2)[0]
        yield marker, at, at + length
        at += length
    raise FilmUnreadableError(_TOO_MANY)


def _of_xmp(text: bytes) -> int:
    found = _XMP_ORIENTATION.search(text)
    return int(found.group(1)) if found else 0


def _of_exif(text: bytes) -> int:
    """Return the orientation of the first directory (TIFF 6.0, section 2), 0 where it says none."""
    order = {b"II": "<", b"MM": ">"}.get(text[:2])
    if order is None:
        return 0
    try:
        (at,) = struct.unpack_from(f"{order}I", text, 4)
        (count,) = struct.unpack_from(f"{order}H", text, at)
        for place in range(at + 2, at + 2 + 12 * min(count, _MAX_ENTRIES), 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", text, place)
            if tag == _ORIENTATION:
                return value if kind == _SHORT and 1 <= value <= 8 else 0
    except struct.error:
        pass
    return 0
