"""Headers made to cost: refused, or read in bounds, whatever the transfer syntax."""

from __future__ import annotations

import tracemalloc
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, jpeg_bytes, png_bytes
from hostile_films import DICOM, PICTURES, SYNTAXES, UNDEFINED, element, film_with
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from core.errors import FilmUnreadableError
from core.films.pictures import picture
from core.films.pictures.parts import MAX_SEGMENTS, orientation
from core.films.read import read_film, read_header
from core.types import FilmHeader

ZONE = ZoneInfo("Europe/Berlin")
SIZE = 3_000_000
REFUSED = {
    "empty_items": "more entries, or longer ones, than any chest film",
    "items_of_known_length": "more entries",
    "private_items": "more entries",
    "nested": "more entries",
    "no_end": "more entries",
    "private_elements": "more entries",
    "many_meta_elements": "header is damaged",
}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("kind", REFUSED)
def test_a_header_beyond_any_film_is_refused_by_both_readers(kind: str, syntax: str) -> None:
    source = DICOM[kind](SIZE, SYNTAXES[syntax])
    for reader in (read_header, read_film):
        tracemalloc.start()
        try:
            with pytest.raises(FilmUnreadableError, match=REFUSED[kind]):
                reader(source, site_zone=ZONE)
            assert tracemalloc.get_traced_memory()[1] < 3 * SIZE
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big endian"])
def test_a_text_without_end_is_cut(syntax: str) -> None:
    header = read_header(DICOM["long_patient_id"](SIZE, SYNTAXES[syntax]), site_zone=ZONE)
    assert header.identity is not None
    assert header.identity.identifier == "7\\" * 150
    assert (header.rows, header.identity.name) == (96, "Doe, Jane")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_long_values_everywhere_leave_the_film_readable(syntax: str) -> None:
    header = read_header(DICOM["long_values"](SIZE, SYNTAXES[syntax]), site_zone=ZONE)
    assert (header.rows, header.columns) == (96, 80)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_film_keeps_its_sequences_and_loses_private_elements_only(syntax: str) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "399348003", "SCT", "antero-posterior"
    modifier = Dataset()
    modifier.CodeMeaning = "within"
    code.ViewModifierCodeSequence = Sequence([modifier])
    region = Dataset()
    region.CodeMeaning = "Chest"
    private = element((0x0009, 0x0010), "LO", b"MAKER ", syntax=SYNTAXES[syntax])
    values = chest_values()
    tags = {"ViewCodeSequence": Sequence([code]), "AnatomicRegionSequence": Sequence([region])}
    source = dicom_bytes(values, transfer_syntax=SYNTAXES[syntax], BodyPartExamined=None, **tags)
    film = read_film(source, site_zone=ZONE)
    assert (film.header.view_position.value, film.header.body_part) == ("AP", "CHEST")
    np.testing.assert_allclose(film.pixels, values / 255, atol=1e-6)
    assert read_film(film_with(private, syntax=SYNTAXES[syntax]), site_zone=ZONE).header.body_part == "CHEST"


def test_a_private_sequence_written_in_implicit_vr_is_stepped_over() -> None:
    inner = element((0x0019, 0x1001), "", b"abcd", syntax=ImplicitVRLittleEndian)
    item = element((0xFFFE, 0xE000), "", inner, syntax=ImplicitVRLittleEndian)
    end = element((0xFFFE, 0xE0DD), "", b"", syntax=ImplicitVRLittleEndian)
    sequence = element((0x0009, 0x1001), "UN", item + end, syntax=ExplicitVRLittleEndian, length=UNDEFINED)
    header = read_header(film_with(sequence), site_zone=ZONE)
    assert header.identity is not None
    assert header.identity.identifier == "4711"


def test_a_header_that_breaks_off_says_so() -> None:
    with pytest.raises(FilmUnreadableError, match="breaks off in its header"):
        read_header(dicom_bytes(chest_values())[:500], site_zone=ZONE)


@pytest.mark.parametrize("kind", PICTURES)
def test_what_cameras_add_to_a_picture_is_not_opened(kind: str) -> None:
    source = PICTURES[kind](SIZE)
    for reader in (read_header, read_film):
        tracemalloc.start()
        try:
            found = reader(source, site_zone=ZONE)
        except FilmUnreadableError as error:
            assert "more parts than any film" in str(error)  # noqa: PT017 - which of them are read is not the point
        else:
            assert (found if isinstance(found, FilmHeader) else found.header) == FilmHeader(96, 80, 8)
        finally:
            used = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert used < 2 * SIZE


def test_pictures_of_too_many_parts_are_refused() -> None:
    source = jpeg_bytes(chest_values())
    crowded = source[:2] + b"\xff\xe5\x00\x02" * MAX_SEGMENTS + source[2:]
    with pytest.raises(FilmUnreadableError, match="more parts than any film"):
        read_header(crowded, site_zone=ZONE)


def test_the_orientation_is_found_in_a_picture_of_either_kind() -> None:
    assert orientation(jpeg_bytes(chest_values(), orientation=6)) == 6
    assert orientation(jpeg_bytes(chest_values())) == 1
    assert orientation(png_bytes(chest_values())) == 1
    xmp = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="8"/>'
    source = jpeg_bytes(chest_values())
    segment = b"\xff\xe1" + (len(xmp) + 2).to_bytes(2, "big") + xmp
    turned = source[:2] + segment + source[2:]
    assert orientation(turned) == 8
    assert read_header(turned, site_zone=ZONE) == FilmHeader(96, 80, 8)


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_a_large_picture_is_decoded_in_strips(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Three strips and a rest, as of a picture of three million pixels.
    monkeypatch.setattr(picture, "_STRIP_PIXELS", 30_000)
    grey = np.random.default_rng(1).integers(0, 256, (350, 300), dtype=np.uint8)
    alpha = np.full_like(grey, 9)
    layers = {2: (grey, alpha), 3: (grey,) * 3, 4: (grey, grey, grey, alpha)}[channels]
    source = png_bytes(np.dstack(layers))
    np.testing.assert_allclose(read_film(source, site_zone=ZONE).pixels, grey / 255, atol=1e-6)
