"""Encapsulated films whose parts are not as they should be: without a table of offsets, in pieces, without an end."""

from __future__ import annotations

import struct
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, encoded_frame
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from core.errors import FilmUnreadableError
from core.films.read import read_film
from core.types import Film

CHEST = chest_values(200, 160)
END = b"\xfe\xff\xdd\xe0" + bytes(4)
NO_TABLE = ("The file leaves out a table before its picture (Basic Offset Table); it was read without.",)
WRONG_TABLE = ("A table of the file (Basic Offset Table) does not fit its picture and was left aside.",)
SYNTAXES = (JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless)


def item(data: bytes, *, length: int | None = None) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data) if length is None else length) + data


def parts(frame: bytes, count: int) -> bytes:
    """Return the frame in about so many items."""
    size = -(-len(frame) // count)
    size += size % 2
    return b"".join(item(frame[at : at + size]) for at in range(0, len(frame), size))


def film_of(data: bytes, syntax: str) -> Film:
    """Read a film with these pixel data, as they are."""
    source = dicom_bytes(CHEST, transfer_syntax=syntax)
    head = source[: source.index(b"\xe0\x7f\x10\x00OB") + 12]
    return read_film(head + data, site_zone=ZoneInfo("Europe/Berlin"))


def frame_of(syntax: str) -> bytes:
    frame = encoded_frame(CHEST, syntax, bits_stored=8)
    return frame + b"\0" * (len(frame) % 2)


@pytest.mark.parametrize(
    ("table", "notes"),
    [
        (item(b""), ()),
        (item(bytes(4)), ()),
        (b"", NO_TABLE),
        (item(struct.pack("<I", 4711)), WRONG_TABLE),
        (item(struct.pack("<4I", 0, 100, 8, 0xFFFFFFFF)), WRONG_TABLE),
        (item(b"\1\2\3\4\5\6"), WRONG_TABLE),
        (item(b"") + item(b""), WRONG_TABLE),
    ],
    ids=["empty", "zero", "none", "beyond", "many", "no table", "two"],
)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_frame_is_found_whatever_its_table_says(syntax: str, table: bytes, notes: tuple[str, ...]) -> None:
    film = film_of(table + parts(frame_of(syntax), 3) + END, syntax)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=6 / 255 if syntax == JPEGBaseline8Bit else 1e-6)
    assert np.corrcoef(film.pixels.ravel(), CHEST.ravel())[0, 1] > 0.999
    assert film.notes == notes


@pytest.mark.parametrize("end", [b"", END + bytes(1000), bytes(1000)], ids=["none", "zeros", "only zeros"])
@pytest.mark.parametrize(("table", "notes"), [(item(b""), ()), (b"", NO_TABLE)], ids=["table", "no table"])
@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEG2000Lossless, RLELossless])
def test_a_frame_is_found_whatever_follows_it(syntax: str, table: bytes, notes: tuple[str, ...], end: bytes) -> None:
    film = film_of(table + item(frame_of(syntax)) + end, syntax)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=1e-6)
    assert film.notes == notes


@pytest.mark.parametrize("count", [1, 3])
def test_an_uncompressed_picture_in_items_without_a_table_is_read(count: int) -> None:
    film = film_of(parts(CHEST.tobytes(), count) + END, RLELossless)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=1e-6)
    assert film.notes[0] == NO_TABLE[0]


@pytest.mark.parametrize("count", [1, 40, 200])
@pytest.mark.parametrize("table", [b"", item(b"")], ids=["no table", "table"])
def test_the_header_of_a_codestream_may_lie_in_several_items(table: bytes, count: int) -> None:
    film = film_of(table + parts(frame_of(JPEG2000Lossless), count) + END, JPEG2000Lossless)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=1e-6)


def test_an_uneven_item_may_be_filled_up_without_being_counted() -> None:
    frame = frame_of(JPEGLosslessSV1)
    film = film_of(item(b"") + item(frame[:1001]) + b"\0" + item(frame[1001:]) + END, JPEGLosslessSV1)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=1e-6)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 10_000_000])
def test_an_item_that_ends_after_the_file_is_read_to_its_end(length: int) -> None:
    film = film_of(item(b"") + item(frame_of(JPEG2000Lossless), length=length), JPEG2000Lossless)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=1e-6)


def test_of_two_pictures_the_first_is_read() -> None:
    first, second = frame_of(RLELossless), encoded_frame(255 - CHEST, RLELossless, bits_stored=8)
    table = item(struct.pack("<2I", 0, len(first) + 8))
    film = film_of(table + item(first) + item(second) + END, RLELossless)
    np.testing.assert_allclose(film.pixels, CHEST / 255, atol=1e-6)


@pytest.mark.parametrize("cut", [500, 5000])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_frame_that_breaks_off_is_damaged(syntax: str, cut: int) -> None:
    with pytest.raises(FilmUnreadableError, match="damaged"):
        film_of(item(frame_of(syntax)[:-cut]), syntax)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (item(b""), "has no header that Lungline knows"),
        (item(b"")[:6], "The file is damaged"),
        (item(b"", length=0xFFFFFFFF), "has no header that Lungline knows"),
        (item(b"") * 100_001, "in more parts than any film"),
    ],
)
def test_items_without_a_picture_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(FilmUnreadableError, match=said):
        film_of(data, JPEGLosslessSV1)
