"""Open a DICOM file with bounded memory, and read single elements of it without trusting them."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from io import BytesIO
from typing import Any

import pydicom
from pydicom import config
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import PersonName

from core.errors import FilmUnreadableError
from core.films.dicom.bounds import LONG_VALUES, PIXEL_DATA, UNDEFINED, VRS, PixelElement, copy_header, stated_vr
from core.films.limits import MAX_BYTES

_PREAMBLE = 128
_MAGIC = b"DICM"
_META_GROUP = b"\x02\x00"
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00", b"\x00\x08")  # file meta, identification in either byte order
_MEDIA_CLASS, _SYNTAX = b"\x02\x00", b"\x10\x00"  # elements of that group
_MAX_META_ELEMENTS = 1_000
_EXPLICIT = {True: ExplicitVRLittleEndian, False: ExplicitVRBigEndian}
_HEADER_BYTES = 32_000_000
_MAX_TEXT, _READ_TEXT = 300, 4_096
_TURNING_CHARACTERS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_dicom(source: bytes) -> bool:
    """Return whether the bytes look like a DICOM file, with or without the 128-byte preamble."""
    if source[_PREAMBLE : _PREAMBLE + 4] == _MAGIC:
        return True
    return _begins_with_element(source)


def _begins_with_element(source: bytes) -> bool:
    """Return whether a data element of group 0002 or 0008 with a short value stands at the start."""
    if len(source) < 16 or source[:2] not in _FIRST_GROUPS:
        return False
    if stated_vr(source[4:6]) in VRS:
        return True
    (length,) = struct.unpack("<I", source[4:8])
    return bool(length < 1024)


def media_storage_class(source: bytes) -> str:
    """Return the kind of object that the start of a file states, as a UID; "" where it states none."""
    return _file_meta(source)[0].get(_MEDIA_CLASS, "")


def open_dicom(source: bytes, *, with_pixels: bool) -> Dataset:
    """Parse a DICOM file of any transfer syntax.

    Raises
    ------
    FilmUnreadableError
        A deflated file inflates beyond the size limit, the header is beyond its bounds, or there is no picture.
    Exception
        Whatever pydicom trips over in damaged bytes; `core.films.read` turns it into FilmUnreadableError.
    """
    # Its warnings quote values of the file, and a patient's data belong in no log.
    config.settings.reading_validation_mode = config.IGNORE
    source, start, syntax = _inflated(source, MAX_BYTES if with_pixels else _HEADER_BYTES, whole=with_pixels)
    implicit, little = _encoding(source[start : start + 6], syntax)
    header, pixels = copy_header(source, start, implicit=implicit, little=little)
    syntax = syntax or (ImplicitVRLittleEndian if implicit else _EXPLICIT[little])
    dataset = pydicom.dcmread(BytesIO(_with_meta(syntax, header)), force=True)
    if "Rows" not in dataset or "Columns" not in dataset:
        raise FilmUnreadableError("This DICOM file holds no picture. Send the film itself.")
    if with_pixels:
        _attach(dataset, pixels, source, implicit=implicit, little=little)
    return dataset


def _attach(dataset: Dataset, pixels: PixelElement | None, source: bytes, *, implicit: bool, little: bool) -> None:
    """Add the grey values to the header, as they are in the file."""
    end = None if pixels is None or pixels.length == UNDEFINED else pixels.at + pixels.length
    value = b"" if pixels is None else source[pixels.at : end]
    if pixels is None or not value:
        raise FilmUnreadableError("This DICOM file holds a header but no grey values. Send the film again.")
    vr = pixels.vr.decode("ascii", "replace") if pixels.vr else None
    tag = BaseTag(PIXEL_DATA)
    dataset[tag] = RawDataElement(tag, vr, pixels.length, value, pixels.at, implicit, little)


def _encoding(first: bytes, syntax: str) -> tuple[bool, bool]:
    """Return whether VRs are left out and numbers are little endian: by the bytes, not by what is stated."""
    vr = stated_vr(first[4:6])
    implicit = vr not in VRS and not (vr.isalpha() and vr.isupper())
    if syntax:
        return implicit, syntax != ExplicitVRBigEndian
    return implicit, implicit or first[:1] != b"\0"  # groups below 0100


def _inflated(source: bytes, limit: int, *, whole: bool) -> tuple[bytes, int, str]:
    """Return the data set, inflated to at most `limit` bytes, where it starts, and its transfer syntax."""
    meta, end = _file_meta(source)
    syntax = meta.get(_SYNTAX, "")
    if syntax != DeflatedExplicitVRLittleEndian:
        return source, end, syntax
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    body = inflater.decompress(memoryview(source)[end:], limit)
    if whole and inflater.unconsumed_tail:
        raise FilmUnreadableError(
            f"The file inflates to more than {limit / 1e6:.0f} MB, which no chest film does. It was not opened."
        )
    return body, 0, str(ExplicitVRLittleEndian)


def _file_meta(source: bytes) -> tuple[dict[bytes, str], int]:
    """Return the short values and the end of the file meta group.

    It is explicit, little endian (PS3.10 7.1), but some write it implicit, or its VRs in small letters.
    """
    at = _PREAMBLE + 4 if source[_PREAMBLE : _PREAMBLE + 4] == _MAGIC else 0
    found: dict[bytes, str] = {}
    for _ in range(_MAX_META_ELEMENTS):
        if source[at : at + 2] != _META_GROUP or at + 12 > len(source):
            return found, at
        vr, (short, long) = stated_vr(source[at + 4 : at + 6]), struct.unpack_from("<HI", source, at + 6)
        # Without a VR the length has four bytes, the upper two of them 0: no value of the group is that long.
        value_at, length = (at + 12, long) if vr in LONG_VALUES else (at + 8, short)
        if vr not in VRS and short == 0:
            length = struct.unpack_from("<H", source, at + 4)[0]
        value = source[value_at : value_at + min(length, _MAX_TEXT)]
        found[source[at + 2 : at + 4]] = value.decode("ascii", "replace").strip(" \0")
        at = value_at + length
    raise FilmUnreadableError("The file's header is damaged. Send it again from where it came.")


def _with_meta(syntax: str, header: bytes) -> bytes:
    value = syntax.encode("ascii", "replace")[:_MAX_TEXT]
    value += b"\0" * (len(value) % 2)
    element = b"\x02\x00\x10\x00UI" + struct.pack("<H", len(value)) + value
    length = b"\x02\x00\x00\x00UL\x04\x00" + struct.pack("<I", len(element))
    return bytes(_PREAMBLE) + _MAGIC + length + element + header


def element_value(dataset: Dataset, keyword: str) -> Any:  # noqa: ANN401 - an element may hold anything
    """Return an element's value, None where it is absent, empty or damaged."""
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - pydicom converts on access and raises whatever a damaged value trips over
        return None
    return None if value is None or value == "" else value


def element_items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence, none where it is absent or no sequence."""
    value = element_value(dataset, keyword)
    return [item for item in value if isinstance(item, Dataset)] if isinstance(value, pydicom.Sequence) else []


def element_number(dataset: Dataset, keyword: str) -> float | None:
    """Return the first number of an element, None where there is none."""
    value = element_value(dataset, keyword)
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def element_numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return all numbers of an element, none where one of them is no number."""
    value = element_value(dataset, keyword)
    values = value if isinstance(value, MultiValue | list) else [] if value is None else [value]
    try:
        return [float(each) for each in values]
    except (TypeError, ValueError):
        return []


def element_text(dataset: Dataset, keyword: str) -> str:
    """Return an element as one line of plain text, at most 300 characters, "" where it is absent."""
    value = element_value(dataset, keyword)
    if value is None:
        return ""
    if isinstance(value, PersonName):
        return clean_text(_name_in_words(value))
    values = value if isinstance(value, MultiValue) else [value]
    return clean_text("\\".join(str(each) for each in values))


def _name_in_words(name: PersonName) -> str:
    """Return "Family, Given Middle" of the first component group that is filled (PS3.5 6.2.1)."""
    for group in str(name).split("="):
        family, *given = [part.strip() for part in group.split("^")]
        others = " ".join(part for part in given if part)
        if family or others:
            return ", ".join(part for part in (family, others) if part)
    return ""


def clean_text(text: str) -> str:
    """Return text without control, direction-turning and unpaired characters, at most 300 characters."""
    kept = (
        " " if character in "\t\r\n" else character
        for character in text[:_READ_TEXT]
        if character in "\t\r\n"
        or (unicodedata.category(character) not in {"Cc", "Cs"} and character not in _TURNING_CHARACTERS)
    )
    return "".join(kept).strip()[:_MAX_TEXT].strip()
