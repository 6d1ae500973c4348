"""Files made to cost whoever reads their header; each of a size that is asked for, beside a film's own elements."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from film_factory import chest_values, dicom_bytes, jpeg_bytes, png_bytes
from pydicom.datadict import DicomDictionary
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
REFERENCED = (0x0008, 0x1140)
LONG = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "SQ", "UC", "UN", "UR", "UT", "SV", "UV"})


def element(tag: tuple[int, int], vr: str, value: bytes, *, syntax: str, length: int | None = None) -> bytes:
    """Return one element; `length` lies where it is given."""
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    size = len(value) if length is None else length
    head = struct.pack(f"{order}HH", *tag)
    if not vr or syntax == ImplicitVRLittleEndian:
        return head + struct.pack(f"{order}I", size) + value
    if vr in LONG:
        return head + vr.encode() + bytes(2) + struct.pack(f"{order}I", size) + value
    return head + vr.encode() + struct.pack(f"{order}H", size) + value


def film_with(inserted: bytes, *, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Return a film whose header begins with `inserted`."""
    if syntax == DeflatedExplicitVRLittleEndian:
        plain = film_with(inserted)
        start = dicom_bytes(chest_values(), transfer_syntax=syntax)
        end = start.index(b"\x02\x00\x13\x00")  # implementation version name, the last of the meta group
        end += 8 + struct.unpack_from("<H", start, end + 6)[0]
        # Quickly: the last few percent of it take twenty times as long.
        deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return start[:end] + deflater.compress(plain[_data_set(plain) :]) + deflater.flush()
    source = dicom_bytes(chest_values(), transfer_syntax=syntax)
    at = _data_set(source)
    return source[:at] + inserted + source[at:]


def _data_set(source: bytes) -> int:
    at = source.index(b"\x02\x00\x13\x00")
    return at + 8 + int(struct.unpack_from("<H", source, at + 6)[0])


def empty_items(size: int, syntax: str) -> bytes:
    """Make a sequence of nothing but empty items."""
    items = element(ITEM, "", b"", syntax=syntax) * (size // 8)
    end = element(SEQUENCE_END, "", b"", syntax=syntax)
    return film_with(element(REFERENCED, "SQ", items + end, syntax=syntax, length=UNDEFINED), syntax=syntax)


def items_of_known_length(size: int, syntax: str) -> bytes:
    """Make the same, of defined length, as pydicom reads it when it is asked for."""
    items = element(ITEM, "", b"", syntax=syntax) * (size // 8)
    return film_with(element((0x0008, 0x2218), "SQ", items, syntax=syntax), syntax=syntax)


def private_items(size: int, syntax: str) -> bytes:
    """Make empty items in a private sequence."""
    items = element(ITEM, "", b"", syntax=syntax) * (size // 8)
    end = element(SEQUENCE_END, "", b"", syntax=syntax)
    return film_with(element((0x0009, 0x1001), "SQ", items + end, syntax=syntax, length=UNDEFINED), syntax=syntax)


def nested(size: int, syntax: str) -> bytes:
    """Make sequences within sequences."""
    level = element(REFERENCED, "SQ", b"", syntax=syntax, length=UNDEFINED)
    level += element(ITEM, "", b"", syntax=syntax, length=UNDEFINED)
    return film_with(level * (size // len(level)), syntax=syntax)


def no_end(size: int, syntax: str) -> bytes:
    """Make items of undefined length, none of which ends."""
    inner = element(ITEM, "", b"", syntax=syntax, length=UNDEFINED)
    inner += element((0x0008, 0x0018), "UI", b"1.2\0", syntax=syntax) * (size // 12)
    return film_with(element(REFERENCED, "SQ", inner, syntax=syntax, length=UNDEFINED), syntax=syntax)


def private_elements(size: int, syntax: str) -> bytes:
    """Make private elements, each of another tag."""
    tags = ((0x0009 + 2 * (number >> 12), number & 0xFFF) for number in range(65_536))
    made = b"".join(element(tag, "LO", b"", syntax=syntax) for tag in tags)
    return film_with(made * (1 + size // len(made)), syntax=syntax)


def long_patient_id(size: int, syntax: str) -> bytes:
    """Make one text of that size, where its length can say so; else as many as fit, in every text that a film has."""
    if syntax == ImplicitVRLittleEndian:
        return _replacing((0x0010, 0x0020), "LO", b"7\\" * (size // 2), syntax)
    return _replacing((0x0010, 0x0020), "UT", b"7\\" * (size // 2), syntax)


def _replacing(tag: tuple[int, int], vr: str, value: bytes, syntax: str) -> bytes:
    source = dicom_bytes(chest_values(), transfer_syntax=syntax)
    old = element(tag, "LO", b"4711", syntax=syntax)
    assert old in source
    return source.replace(old, element(tag, vr, value, syntax=syntax))


def long_values(size: int, syntax: str) -> bytes:
    """Make every element of the dictionary as long as its VR allows, with as many values as fit."""
    texts = {"DS": b"1\\", "IS": b"1\\", "UI": b"1\\", "DA": b"1\\", "TM": b"1\\", "DT": b"1\\", "PN": b"^\\"}
    made = bytearray()
    tags = sorted(DicomDictionary, key=lambda tag: (tag >> 16 not in {0x8, 0x10, 0x18, 0x20, 0x28, 0x40, 0x54}, tag))
    for tag in tags:
        vr = DicomDictionary[tag][0]
        if tag >> 16 < 8 or tag >> 16 >= 0x7FE0 or vr == "SQ" or len(made) >= size or tag == 0x00080005:
            continue
        vr = "OW" if " or " in vr else vr
        room = 1_000_000 if vr in LONG or syntax == ImplicitVRLittleEndian else 65_534
        value = texts.get(vr, b"A\\") * (room // 2)
        made += element((tag >> 16, tag & 0xFFFF), vr, value, syntax=syntax)
    return film_with(bytes(made), syntax=syntax)


def many_meta_elements(size: int, syntax: str) -> bytes:
    """Make a file meta group of elements without end."""
    source = film_with(b"", syntax=syntax)
    at = _data_set(source)
    return source[:at] + b"\x02\x00\x02\x01AE\x00\x00" * (size // 8) + source[at:]


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_chunks(size: int) -> bytes:
    """Make a PNG with empty chunks before its picture."""
    source = png_bytes(chest_values())
    return source[:33] + _chunk(b"tEXt", b"a\0b") * (size // 15) + source[33:]


def png_of_exif(size: int) -> bytes:
    """Make a PNG whose camera entries all point at the same large stretch."""
    entries = b"".join(struct.pack("<HHII", 40_000 + n, 7, size // 2, 8) for n in range(2_000))
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 2_000) + entries + bytes(size)
    source = png_bytes(chest_values())
    return source[:33] + _chunk(b"eXIf", exif) + source[33:]


def jpeg_of_segments(size: int) -> bytes:
    """Make a JPEG with empty segments before its picture."""
    source = jpeg_bytes(chest_values())
    return source[:2] + b"\xff\xe5\x00\x02" * (size // 4) + source[2:]


def jpeg_of_exif(size: int) -> bytes:
    """Make a JPEG of many camera segments, which readers join, each entry pointing at all of it."""
    entries = b"".join(struct.pack("<HHII", 40_000 + n, 7, size // 2, 8) for n in range(2_000))
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 2_000) + entries + bytes(size)
    parts = (b"Exif\0\0" + exif[at : at + 65_000] for at in range(0, len(exif), 65_000))
    source = jpeg_bytes(chest_values())
    return source[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part for part in parts) + source[2:]


SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}
DICOM: dict[str, Callable[[int, str], bytes]] = {
    made.__name__: made
    for made in (empty_items, items_of_known_length, private_items, nested, no_end, private_elements, long_values)
} | {"many_meta_elements": many_meta_elements, "long_patient_id": long_patient_id}
PICTURES: dict[str, Callable[[int], bytes]] = {
    made.__name__: made for made in (png_of_chunks, png_of_exif, jpeg_of_segments, jpeg_of_exif)
}
