"""Films whose file meta group, or whose VRs, are not written as the standard has it: read all the same."""

from __future__ import annotations

import struct
from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import NATIVE_SYNTAXES, chest_values, dicom_bytes
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1

from core.films.kinds import FileKind, kind_of
from core.films.read import read_film, read_header

ZONE = ZoneInfo("Europe/Berlin")
CHEST = chest_values(bits=12)
Element = tuple[bytes, bytes, bytes]
LONG = frozenset({b"OB", b"OW", b"SQ", b"UN"})


def explicit(element: Element) -> bytes:
    tag, vr, value = element
    if vr.upper() in LONG:
        return tag + vr + bytes(2) + struct.pack("<I", len(value)) + value
    return tag + vr + struct.pack("<H", len(value)) + value


def implicit(element: Element) -> bytes:
    return element[0] + struct.pack("<I", len(element[2])) + element[2]


def meta_of(source: bytes) -> tuple[list[Element], bytes]:
    """Return the meta group's elements without its length, and the data set."""
    at, found = 132, []
    while source[at : at + 2] == b"\x02\x00":
        tag, vr = source[at : at + 4], source[at + 4 : at + 6]
        start, form = (at + 12, "<I") if vr in LONG else (at + 8, "<H")
        (length,) = struct.unpack_from(form, source, start - struct.calcsize(form))
        found.append((tag, vr, source[start : start + length]))
        at = start + length
    return found[1:], source[at:]


def written(source: bytes, write: Callable[[Element], bytes], *, length: int | None = None, without: str = "") -> bytes:
    """Return the film with its meta group written by `write`, perhaps with a wrong length or without an element."""
    elements, dataset = meta_of(source)
    group = b"".join(write(element) for element in elements if element[0].hex() != without)
    stated = len(group) if length is None else length
    return source[:132] + write((b"\x02\x00\x00\x00", b"UL", struct.pack("<I", stated))) + group + dataset


def small(element: Element) -> bytes:
    return explicit((element[0], element[1].lower(), element[2]))


def mixed(element: Element) -> bytes:
    return explicit((element[0], element[1].title(), element[2]))


def no_vr(element: Element) -> bytes:
    """Write two question marks where a short VR stands."""
    return explicit(element) if element[1] in LONG else explicit((element[0], b"??", element[2]))


def require_plain(source: bytes) -> None:
    film = read_film(source, site_zone=ZONE)
    np.testing.assert_allclose(film.pixels, CHEST / 4095, atol=1e-6)
    assert film.notes == ()
    assert film.header.identity is not None
    assert (film.header.identity.identifier, film.header.identity.name) == ("4711", "Doe, Jane")
    assert read_header(source, site_zone=ZONE).sop_instance_uid == film.header.sop_instance_uid is not None
    assert kind_of(source[:4096]) is FileKind.FILM


@pytest.mark.parametrize("write", [implicit, small, mixed, no_vr])
@pytest.mark.parametrize("syntax", [*NATIVE_SYNTAXES, JPEGLosslessSV1])
def test_the_meta_group_is_read_however_it_is_written(syntax: str, write: Callable[[Element], bytes]) -> None:
    source = dicom_bytes(CHEST, bits_stored=12, transfer_syntax=syntax)
    require_plain(written(source, write))
    if write is not no_vr:
        require_plain(written(source, write)[132:])


@pytest.mark.parametrize("length", [0, 7, 100_000, 0xFFFFFFFF])
@pytest.mark.parametrize("write", [explicit, implicit])
def test_a_wrong_length_of_the_meta_group_is_of_no_matter(write: Callable[[Element], bytes], length: int) -> None:
    require_plain(written(dicom_bytes(CHEST, bits_stored=12), write, length=length))


@pytest.mark.parametrize("write", [explicit, implicit])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_meta_group_may_lack_its_syntax(syntax: str, write: Callable[[Element], bytes]) -> None:
    source = dicom_bytes(CHEST, bits_stored=12, transfer_syntax=syntax)
    require_plain(written(source, write, without="02001000"))


def test_a_compressed_film_without_its_syntax_is_read_with_a_note() -> None:
    source = dicom_bytes(CHEST, bits_stored=12, transfer_syntax=JPEGLosslessSV1)
    film = read_film(written(source, explicit, without="02001000"), site_zone=ZONE)
    np.testing.assert_allclose(film.pixels, CHEST / 4095, atol=1e-6)
    assert len(film.notes) == 1
    assert "is stored as Explicit VR Little Endian; it was read as JPEG Lossless" in film.notes[0]


@pytest.mark.parametrize("letters", [bytes.lower, bytes.title], ids=["small", "mixed"])
@pytest.mark.parametrize("preamble", [True, False])
def test_vrs_of_the_data_set_may_be_in_small_letters(letters: Callable[[bytes], bytes], *, preamble: bool) -> None:
    item = Dataset()
    item.CodeMeaning = "Chest"
    source = dicom_bytes(CHEST, bits_stored=12, preamble=preamble, AnatomicRegionSequence=[item], BodyPartExamined=None)
    head, at = bytearray(source), 132 if preamble else 0
    while at + 8 < len(source):
        vr = source[at + 4 : at + 6]
        if vr.isalpha():
            head[at + 4 : at + 6] = letters(vr)
        if source[at : at + 2] == b"\xfe\xff" or vr == b"SQ":
            at += 12 if vr == b"SQ" else 8
        elif vr in LONG:
            at += 12 + struct.unpack_from("<I", source, at + 8)[0]
        else:
            at += 8 + struct.unpack_from("<H", source, at + 6)[0]
    assert bytes(head) != source
    require_plain(bytes(head))
    assert read_header(bytes(head), site_zone=ZONE).body_part == "CHEST"
