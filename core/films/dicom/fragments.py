"""The one frame of encapsulated pixel data (PS3.5 A.4), also where its table of offsets is wrong or left out."""

from __future__ import annotations

import struct
from itertools import takewhile

from core.errors import FilmUnreadableError

ITEM = b"\xfe\xff\x00\xe0"
_MAX_ITEMS = 100_000
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")  # JPEG and JPEG-LS, JPEG 2000, in a JP2 file
_NO_TABLE = "The file leaves out a table before its picture (Basic Offset Table); it was read without."
_WRONG_TABLE = "A table of the file (Basic Offset Table) does not fit its picture and was left aside."
_TOO_MANY = (
    "The picture is stored in more parts than any film is. It was not opened: send the film again from where it came."
)


def joined_frame(data: bytes, n_bytes: int) -> tuple[bytes, tuple[str, ...]]:
    """Return the first frame, joined of its fragments, and a note where the table of offsets is not as it should be.

    Parameters
    ----------
    data : bytes
        From the first item on; whatever follows the last one is left aside.
    n_bytes : int
        What the picture has without compression.

    Raises
    ------
    FilmUnreadableError
        More parts than any film has.
    """
    items = _items(data)
    first = next((place for place, item in enumerate(items) if begins_picture(item)), None)
    if first is None:
        first = 0 if sum(map(len, items)) in {n_bytes, n_bytes + n_bytes % 2} and items[0] else 1
        return b"".join(items[first:]), _notes(items, first)
    rest = takewhile(lambda item: not begins_picture(item), items[first + 1 :])
    return b"".join([items[first], *rest]), _notes(items, first)


def begins_picture(fragment: bytes | memoryview) -> bool:
    """Return whether a fragment begins as a compressed picture does."""
    return bytes(fragment[:8]).startswith(_STARTS) or is_rle(fragment)


def is_rle(fragment: bytes | memoryview) -> bool:
    """Return whether a fragment begins with the header of RLE segments (PS3.5 G.5)."""
    if len(fragment) < 64:
        return False
    count, first = struct.unpack_from("<II", fragment)
    return bool(1 <= count <= 15 and first == 64)


def _items(data: bytes) -> list[memoryview]:
    items: list[memoryview] = []
    view, at = memoryview(data), 0
    while data.startswith(ITEM, at) and at + 8 <= len(data):
        if len(items) == _MAX_ITEMS:
            raise FilmUnreadableError(_TOO_MANY)
        (length,) = struct.unpack_from("<I", data, at + 4)
        items.append(view[at + 8 : at + 8 + length])
        at += 8 + length
        # Some writers fill up to an even length without counting it.
        at += length % 2 and data.startswith(ITEM, at + 1)
    return items


def _notes(items: list[memoryview], first: int) -> tuple[str, ...]:
    if first == 0:
        return (_NO_TABLE,)
    # Of one frame it holds nothing, or that the frame begins at once.
    return () if first == 1 and bytes(items[0][:8]) in {b"", bytes(4)} else (_WRONG_TABLE,)
