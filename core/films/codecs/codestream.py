"""What a compressed picture says of its own size, read from its first markers without decoding."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

from core.errors import FilmUnreadableError

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"
# ISO 10918-1 table B.1: start of frame, all processes; C4, C8 and CC are other markers. F7 is JPEG-LS (ISO 14495-1).
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_LOSSLESS_FRAME = 0xC3
_MAX_SEGMENTS, _MAX_FILL = 2_000, 1_000_000
_LS_FRAME = 0xF7


class Compression(StrEnum):
    """What compressed a picture, by its own first markers."""

    JPEG = "JPEG"
    JPEG_12_BIT = "JPEG of more than 8 bits"
    JPEG_LOSSLESS = "JPEG Lossless"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"


@dataclass(frozen=True)
class CodestreamSize:
    """Rows, columns, samples per pixel and bits per sample of a JPEG, JPEG-LS or JPEG 2000 codestream."""

    rows: int
    columns: int
    samples: int
    precision: int
    lossless_jpeg: bool = False


def codestream_size(frame: bytes) -> CodestreamSize:
    """Return the size that a compressed frame states.

    Raises
    ------
    FilmUnreadableError
        No JPEG, JPEG-LS or JPEG 2000 codestream, or its header is damaged.
    """
    try:
        if frame.startswith(_JPEG_START):
            return _jpeg_size(frame)
        return _j2k_size(frame)
    except (struct.error, IndexError) as error:
        raise FilmUnreadableError("The compressed picture breaks off in its header. Send the film again.") from error


def compression_of(frame: bytes) -> Compression | None:
    """Return what compressed a frame, None where it begins like none of them."""
    try:
        size = codestream_size(frame)
    except FilmUnreadableError:
        return None
    if not frame.startswith(_JPEG_START):
        return Compression.JPEG_2000
    if size.lossless_jpeg:
        return Compression.JPEG_LOSSLESS
    if frame[_frame_marker(frame) + 1] == _LS_FRAME:
        return Compression.JPEG_LS
    return Compression.JPEG if size.precision <= 8 else Compression.JPEG_12_BIT


def _jpeg_size(frame: bytes) -> CodestreamSize:
    at = _frame_marker(frame)
    precision, rows, columns, samples = struct.unpack_from(">BHHB", frame, at + 4)
    return CodestreamSize(rows, columns, samples, precision, frame[at + 1] == _LOSSLESS_FRAME)


def _frame_marker(frame: bytes) -> int:
    """Return where a JPEG's start of frame stands."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        while frame[at] == 0xFF and frame[at + 1] == 0xFF and at < _MAX_FILL:  # fill bytes
            at += 1
        marker = frame[at + 1]
        if frame[at] != 0xFF:
            raise FilmUnreadableError("The compressed picture is damaged in its header. Send the film again.")
        if marker in _FRAME_MARKERS:
            return at
        at += 2 if marker in _STANDALONE_MARKERS else 2 + struct.unpack_from(">H", frame, at + 2)[0]
    raise FilmUnreadableError("The compressed picture has more parts than any film. It was not opened: send it again.")


def _j2k_size(frame: bytes) -> CodestreamSize:
    at = frame[:4096].find(_J2K_START)  # at 0, or behind the boxes of a JP2 file
    if at < 0:
        raise FilmUnreadableError("The compressed picture has no header that Lungline knows. Send the film again.")
    right, bottom, left, top = struct.unpack_from(">4I", frame, at + 8)
    samples, depth = struct.unpack_from(">HB", frame, at + 40)
    return CodestreamSize(bottom - top, right - left, samples, (depth & 0x7F) + 1)
