"""DICOM films whose header and pixels do not fit: each is read as the plain film is, or says what can help."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, dicom_dataset, encoded_frame
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from core.errors import FilmUnreadableError
from core.films.read import read_film, read_full_range
from core.scoring.registry import load_scorer
from core.types import Film

ENCAPSULATED_UNCOMPRESSED = UID("1.2.840.10008.1.2.1.98")
TWELVE = chest_values(bits=12)
PLAIN = TWELVE / 4095
SIGNED = (TWELVE.astype(np.int32) - 2048).astype(np.int16)


def read(source: bytes) -> Film:
    return read_film(source, site_zone=ZoneInfo("Europe/Berlin"))


def table(descriptor: list[int], data: list[int] | bytes, *, vr: str, first_vr: str = "US") -> Dataset:
    """Return one item of a lookup-table sequence as it is stored; words of a signed VR have lost their sign."""
    item = Dataset()
    item.add_new("LUTDescriptor", first_vr, descriptor)
    signed = vr == "SS" and not isinstance(data, bytes)
    item.add_new("LUTData", vr, [word - 65536 * (word > 32767) for word in data] if signed else data)
    return item


RISING_16 = [round(place * 65535 / 4095) for place in range(4096)]
RISING_8 = [place * 255 // 4095 for place in range(4096)]
PACKED_8 = [RISING_8[place] | RISING_8[place + 1] << 8 for place in range(0, 4096, 2)]


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize(
    "item",
    [
        table([4096, 0, 16], RISING_16, vr="US"),
        table([4096, 0, 16], RISING_16, vr="SS"),
        table([4096, 0, 8], RISING_8, vr="US"),
        table([4096, 0, 8], PACKED_8, vr="US"),
        table([4096, 0, 8], PACKED_8, vr="SS"),
    ],
    ids=["words", "words called signed", "8 bits in words", "8 bits packed", "8 bits packed, called signed"],
)
def test_a_table_is_read_however_it_is_stored(item: Dataset, syntax: str) -> None:
    film = read(dicom_bytes(TWELVE, bits_stored=12, transfer_syntax=syntax, VOILUTSequence=[item]))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1 / 255)
    assert film.notes == ()


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_table_of_bytes_follows_the_byte_order_of_the_file(syntax: str, bits: int) -> None:
    kind = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
    words = np.array(PACKED_8 if bits == 8 else RISING_16, dtype=kind).tobytes()
    item = table([4096, 0, bits], words, vr="OW")
    film = read(dicom_bytes(TWELVE, bits_stored=12, transfer_syntax=syntax, VOILUTSequence=[item]))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1 / 255)


@pytest.mark.parametrize("first_vr", ["SS", "US"])
def test_a_table_of_a_signed_film_begins_below_zero_in_either_vr(first_vr: str) -> None:
    item = table([4096, -2048 if first_vr == "SS" else 65536 - 2048, 16], RISING_16, vr="SS", first_vr=first_vr)
    film = read(dicom_bytes(SIGNED, bits_stored=12, VOILUTSequence=[item]))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-4)


def test_a_modality_table_of_packed_bytes_is_read_too() -> None:
    item = table([4096, 0, 8], PACKED_8, vr="US")
    film = read(dicom_bytes(TWELVE, bits_stored=12, window=(128, 256), ModalityLUTSequence=[item]))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1.5 / 255)
    assert film.notes == ()


PARTLY_PADDING = (
    "The file calls a grey value background (Pixel Padding Value) that the film itself has; "
    "only what looks like background was made black."
)
BROKEN = {
    "two values": table([4096, 0], RISING_16, vr="US"),
    "too few entries": table([4096, 0, 16], RISING_16[:100], vr="US"),
    "no depth": table([4096, 0, 0], RISING_16, vr="US"),
    "no data": table([4096, 0, 16], [], vr="US"),
    "all white": table([4096, 0, 16], [65535] * 4096, vr="US"),
}


@pytest.mark.parametrize("item", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_gives_way_to_the_window(item: Dataset) -> None:
    film = read(dicom_bytes(TWELVE, bits_stored=12, window=(2048, 4096), VOILUTSequence=[item]))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-3)
    assert film.notes == ("The film's lookup table (VOI LUT) is broken and was left aside; its window was used.",)


def test_a_broken_table_gives_way_to_a_sound_one_and_to_the_full_range() -> None:
    both = [BROKEN["two values"], table([4096, 0, 16], RISING_16, vr="US")]
    film = read(dicom_bytes(TWELVE, bits_stored=12, VOILUTSequence=both))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-4)
    alone = read(dicom_bytes(TWELVE, bits_stored=12, VOILUTSequence=both[:1]))
    np.testing.assert_allclose(alone.pixels, PLAIN, atol=1e-6)
    assert alone.notes == ("The film's lookup table (VOI LUT) is broken and was left aside; the full range was used.",)


def test_a_broken_modality_table_is_left_aside() -> None:
    film = read(
        dicom_bytes(TWELVE, bits_stored=12, window=(2048, 4096), ModalityLUTSequence=[BROKEN["too few entries"]])
    )
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-3)
    assert film.notes == ("The film's lookup table (Modality LUT) is broken and was left aside.",)


def test_a_window_beside_a_broken_table_is_where_a_view_begins() -> None:
    source = dicom_bytes(TWELVE, bits_stored=12, window=(2048, 2048), VOILUTSequence=[BROKEN["no data"]])
    pixels, window, _spacing = read_full_range(source)
    low, high = int(TWELVE.min()), int(TWELVE.max())
    np.testing.assert_allclose(pixels, (TWELVE - low) / (high - low), atol=1e-6)
    assert window == pytest.approx(((1024 - low) / (high - low), (3071 - low) / (high - low)))


def test_the_first_window_with_a_width_counts() -> None:
    film = read(dicom_bytes(TWELVE, bits_stored=12, WindowCenter=[100, 2048], WindowWidth=[0, 4096]))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-3)


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize("border", [0, 40, 210])
def test_the_window_of_a_small_exposed_field_is_kept(border: int, photometric: str) -> None:
    window = {"window": (2048, 1500), "bits_stored": 12, "photometric": photometric}
    alone = read(dicom_bytes(TWELVE, **window))
    around = np.pad(TWELVE, border, constant_values=0 if photometric == "MONOCHROME2" else 4095)
    film = read(dicom_bytes(around, **window))
    field = film.pixels[border : border + TWELVE.shape[0], border : border + TWELVE.shape[1]]
    np.testing.assert_array_equal(field, alone.pixels)
    assert film.notes == ()


def test_a_window_that_shows_nothing_of_a_small_exposed_field_is_left_aside() -> None:
    film = read(dicom_bytes(np.pad(TWELVE, 60), bits_stored=12, window=(200, 100)))
    np.testing.assert_allclose(film.pixels[60:-60, 60:-60], PLAIN, atol=1e-6)
    assert film.notes == ("The film's window shows almost nothing of it; the full range was used instead.",)


@pytest.mark.parametrize(
    ("dtype", "bits", "padding", "stated"), [("i2", 16, -2000, 63536), ("u2", 16, 65535, -1), ("i1", 8, -128, 65408)]
)
def test_padding_with_the_other_sign_is_found(dtype: str, bits: int, padding: int, stated: int) -> None:
    values = chest_values(bits=min(bits, 12)).astype(np.int32) // (2 if bits == 8 else 1)
    values = values.astype(dtype)
    values[:5] = padding
    dataset = dicom_dataset(values, bits_stored=bits, photometric="MONOCHROME1", window=(2048, 4096))
    dataset.add_new("PixelPaddingValue", "SS" if stated < 0 else "US", stated)
    stream = BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    film = read(stream.getvalue())
    np.testing.assert_array_equal(film.pixels[:5], 0)
    assert film.pixels[5:].mean() > 0.2


def dark_film(*, offset: int, border: int) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Return 12-bit values whose dark lungs reach the border, and where the black border around them is."""
    values = chest_values(320, 256, bits=12).astype(np.float64)
    lung = np.zeros(values.shape, dtype=bool)
    lung[100:220, :60] = lung[100:220, 196:] = lung[60:240, 70:110] = True
    values[lung] = 150 + values[lung] / values[lung].max() * 400
    background = np.ones(values.shape, dtype=bool)
    background[border : 320 - border, border : 256 - border] = False
    values[background] = 0
    return (values + offset).astype(np.uint16), background


@pytest.mark.parametrize("border", [0, 12])
@pytest.mark.parametrize("offset", [0, 32768])
@pytest.mark.parametrize("limit", [600, 900])
def test_lung_within_a_stated_range_of_padding_is_not_black(limit: int, offset: int, border: int) -> None:
    values, background = dark_film(offset=offset, border=border)
    tags = {"PixelPaddingValue": offset, "PixelPaddingRangeLimit": offset + limit}
    film = read(dicom_bytes(values, bits_stored=16 if offset else 12, **tags))
    low, high = (int(values[~background].min()), int(values.max())) if offset else (0, 4095)
    np.testing.assert_allclose(
        film.pixels[~background], (values[~background].astype(float) - low) / (high - low), atol=1e-6
    )
    assert film.pixels[background].max(initial=0) == 0
    assert PARTLY_PADDING in film.notes


def test_a_noisy_border_within_a_stated_range_is_background() -> None:
    values, background = dark_film(offset=0, border=12)
    values[background] = np.random.default_rng(1).integers(0, 60, np.count_nonzero(background))
    film = read(dicom_bytes(values, bits_stored=12, PixelPaddingValue=0, PixelPaddingRangeLimit=600))
    assert film.pixels[background].max() == 0
    np.testing.assert_allclose(film.pixels[100:220, 14:58], values[100:220, 14:58] / 4095, atol=1e-6)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEG2000, JPEGLSLossless])
def test_a_codestream_deeper_than_bits_stored_decides(syntax: str) -> None:
    deep = chest_values(bits=16)
    film = read(dicom_bytes(deep, transfer_syntax=syntax, BitsStored=12, HighBit=11))
    np.testing.assert_allclose(film.pixels, deep / 65535, atol=3 / 255 if syntax == JPEG2000 else 1e-6)
    assert film.header.bits_stored == 16


@pytest.mark.parametrize("offset", [512, 100])
def test_a_signed_film_without_window_shows_the_range_it_uses(offset: int) -> None:
    values = (chest_values(bits=10).astype(np.int32) - offset).astype(np.int16)
    film = read(dicom_bytes(values))
    low, high = int(values.min()), int(values.max())
    np.testing.assert_allclose(film.pixels, (values.astype(float) - low) / (high - low), atol=1e-6)
    assert film.notes == (
        f"The film uses only the values {low} to {high} of -32768 to 32767; its brightness was scaled to these.",
    )


def test_an_empty_signed_film_stays_empty() -> None:
    film = read(dicom_bytes(np.tile(np.arange(-5, 5, dtype=np.int16), (20, 2))))
    assert float(np.ptp(film.pixels)) < 0.001


def test_ten_bits_in_twelve_reach_white() -> None:
    values = chest_values(bits=10)
    values[0, 0] = 1023
    film = read(dicom_bytes(values, bits_stored=12))
    np.testing.assert_allclose(film.pixels, values / 1023, atol=1e-6)
    assert film.notes == ("The film uses only 10 of its 12 bits; its brightness was scaled to these.",)


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("aligned", [False, True])
def test_high_bit_15_is_believed_only_of_values_that_reach_it(bits: int, *, signed: bool, aligned: bool) -> None:
    values = chest_values(bits=bits).astype(np.int32)
    stored = (values - ((1 << (bits - 1)) if signed else 0)) << (16 - bits if aligned else 0)
    kind = np.int16 if signed else np.uint16
    film = read(dicom_bytes(stored.astype(kind), bits_stored=bits, HighBit=15))
    np.testing.assert_allclose(film.pixels, values / ((1 << bits) - 1), atol=1e-6)


@pytest.mark.parametrize("missing", ["SamplesPerPixel", "PixelRepresentation", "BitsStored", "HighBit"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEG2000Lossless])
def test_a_grey_film_may_leave_out_what_goes_without_saying(missing: str, syntax: str) -> None:
    values = chest_values(bits=16)
    film = read(dicom_bytes(values, transfer_syntax=syntax, **{missing: None}))
    np.testing.assert_allclose(film.pixels, values / 65535, atol=1e-6)
    assert film.notes == ()


@pytest.mark.parametrize("missing", ["PlanarConfiguration", "SamplesPerPixel"])
def test_a_colour_film_may_leave_out_what_goes_without_saying(missing: str) -> None:
    grey = chest_values()
    film = read(dicom_bytes(np.stack([grey] * 3, axis=-1), photometric="rgb", **{missing: None}))
    np.testing.assert_allclose(film.pixels, grey / 255, atol=1e-6)


@pytest.mark.parametrize("stated", ["monochrome1", "Monochrome1 ", "MONOCHROME 1"])
def test_the_kind_of_picture_is_read_in_any_letters(stated: str) -> None:
    film = read(dicom_bytes(TWELVE, bits_stored=12, photometric=stated))
    np.testing.assert_allclose(film.pixels, 1 - PLAIN, atol=1e-6)


def test_a_film_that_names_no_kind_of_picture_is_noted() -> None:
    film = read(dicom_bytes(TWELVE, bits_stored=12, PhotometricInterpretation=None))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-6)
    assert film.notes == ("The file does not say which way its grey values run; dark was taken for low values.",)


def stored_otherwise(data: bytes, stated: UID, pixels: NDArray[Any], *, bits: int, undefined: bool) -> bytes:
    """Return a film that says `stated` of pixel data stored in another way."""
    dataset = dicom_dataset(pixels, bits_stored=bits)
    dataset.PixelData = data
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = undefined
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if undefined else ExplicitVRLittleEndian
    stream = BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    width = max(len(stated), len(dataset.file_meta.TransferSyntaxUID))
    width += width % 2
    written = str(dataset.file_meta.TransferSyntaxUID).encode()
    meta = stream.getvalue()[:400]
    at = meta.index(written + b"\0" * (len(written) % 2), meta.index(b"\x02\x00\x10\x00UI"))
    old = len(written) + len(written) % 2
    new = str(stated).encode() + b"\0" * (len(stated) % 2)
    length = int.from_bytes(meta[at - 2 : at], "little")
    assert length == old
    source = bytearray(stream.getvalue())
    source[at - 2 : at + old] = len(new).to_bytes(2, "little") + new
    group = source.index(b"\x02\x00\x00\x00UL\x04\x00") + 8
    stated_length = int.from_bytes(source[group : group + 4], "little")
    source[group : group + 4] = (stated_length + len(new) - old).to_bytes(4, "little")
    return bytes(source)


@pytest.mark.parametrize("encapsulated", [True, False])
@pytest.mark.parametrize("held", [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless])
@pytest.mark.parametrize("stated", [ExplicitVRLittleEndian, JPEG2000, JPEGBaseline8Bit, RLELossless])
def test_a_codestream_under_another_syntax_is_read_and_noted(stated: UID, held: UID, *, encapsulated: bool) -> None:
    if held == RLELossless and not encapsulated:
        pytest.skip("run lengths without a frame around them have no mark of their own")
    values = chest_values(200, 160)
    frame = encoded_frame(values, held, bits_stored=8)
    data = encapsulate([frame]) if encapsulated else frame + b"\0" * (len(frame) % 2)
    film = read(stored_otherwise(data, stated, values, bits=8, undefined=encapsulated))
    np.testing.assert_allclose(film.pixels, values / 255, atol=6 / 255 if held == JPEGBaseline8Bit else 1e-6)
    family = {JPEG2000: {JPEG2000Lossless}}.get(stated, {stated})
    assert len(film.notes) == (held not in family)
    assert all(f"is stored as {stated.name}" in note for note in film.notes)


@pytest.mark.parametrize("stated", [ExplicitVRLittleEndian, JPEGBaseline8Bit, JPEG2000, RLELossless])
@pytest.mark.parametrize("encapsulated", [True, False])
def test_an_uncompressed_picture_under_another_syntax_is_read(stated: UID, *, encapsulated: bool) -> None:
    if stated == ExplicitVRLittleEndian and not encapsulated:
        pytest.skip("that is a plain film")
    data = encapsulate([TWELVE.tobytes()]) if encapsulated else TWELVE.tobytes()
    film = read(stored_otherwise(data, stated, TWELVE, bits=12, undefined=encapsulated))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-6)


def test_the_syntax_of_encapsulated_uncompressed_pictures_is_read() -> None:
    data = encapsulate([TWELVE.tobytes()], fragments_per_frame=3)
    film = read(stored_otherwise(data, ENCAPSULATED_UNCOMPRESSED, TWELVE, bits=12, undefined=True))
    np.testing.assert_allclose(film.pixels, PLAIN, atol=1e-6)
    assert film.notes == ()


@pytest.mark.parametrize("stated", [ExplicitVRLittleEndian, JPEGBaseline8Bit])
def test_a_picture_that_is_nothing_known_says_that_sending_again_cannot_help(stated: UID) -> None:
    undefined = stated == ExplicitVRLittleEndian
    junk = bytes(range(256)) * 20
    source = stored_otherwise(encapsulate([junk]) if undefined else junk, stated, TWELVE, bits=12, undefined=undefined)
    with pytest.raises(FilmUnreadableError, match="Sending it again cannot help"):
        read(source)


def test_a_faulty_film_scores_as_the_plain_one() -> None:
    values = chest_values(320, 256, bits=12)
    offset = (values.astype(np.int32) - 2048).astype(np.int16)
    plain, *faulty = [
        dicom_bytes(values, bits_stored=12),
        dicom_bytes(values, bits_stored=12, VOILUTSequence=[table([4096, 0, 8], PACKED_8, vr="SS")]),
        dicom_bytes(values, bits_stored=12, window=(2048, 4096), VOILUTSequence=[BROKEN["two values"]]),
        dicom_bytes(offset),
        dicom_bytes(values, transfer_syntax=JPEG2000Lossless, BitsStored=10, HighBit=9),
        dicom_bytes(values, bits_stored=12, HighBit=15, SamplesPerPixel=None, photometric="monochrome2"),
    ]
    scorer = load_scorer("embedded", weights_dir=Path())
    prepared = [scorer.prepare(read(source)) for source in (plain, *faulty)]
    expected, *found = scorer.score(prepared)
    for score in found:
        assert score.geographic_extent == pytest.approx(expected.geographic_extent, abs=0.05)
        assert score.opacity == pytest.approx(expected.opacity, abs=0.05)
