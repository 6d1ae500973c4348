"""Grey values of DICOM films: every transfer syntax, depth, photometry, window and table."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import (
    LOSSLESS_SYNTAXES,
    LOSSY_SYNTAXES,
    NATIVE_SYNTAXES,
    chest_values,
    dicom_bytes,
    encoded_frame,
    png_bytes,
)
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from core.errors import FilmUnreadableError
from core.films.read import read_film, read_full_range
from core.types import Film

ZONE = ZoneInfo("Europe/Berlin")


def read(source: bytes) -> Film:
    return read_film(source, site_zone=ZONE)


def signed(values: np.ndarray, bits: int) -> np.ndarray:
    return (values.astype(np.int32) - (1 << (bits - 1))).astype(np.int8 if bits <= 8 else np.int16)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("syntax", [*NATIVE_SYNTAXES, *LOSSLESS_SYNTAXES], ids=lambda uid: uid.name[:40])
def test_every_lossless_syntax_gives_the_stored_values(syntax: str, bits: int) -> None:
    values = chest_values(bits=bits)
    film = read(dicom_bytes(values, transfer_syntax=syntax, bits_stored=bits))
    np.testing.assert_allclose(film.pixels, values / (2**bits - 1), atol=1e-6)
    assert film.header.bits_stored == bits
    assert film.pixel_hash == read(dicom_bytes(values, bits_stored=bits)).pixel_hash


@pytest.mark.parametrize("syntax", [*NATIVE_SYNTAXES, *LOSSLESS_SYNTAXES], ids=lambda uid: uid.name[:40])
@pytest.mark.parametrize("bits", [12, 16])
def test_signed_values_keep_their_sign(syntax: str, bits: int) -> None:
    values = chest_values(bits=bits)
    film = read(dicom_bytes(signed(values, bits), transfer_syntax=syntax, bits_stored=bits))
    np.testing.assert_allclose(film.pixels, values / (2**bits - 1), atol=1e-6)


@pytest.mark.parametrize(
    ("syntax", "bits"),
    [(syntax, 8) for syntax in LOSSY_SYNTAXES] + [(JPEGExtended12Bit, 12), (JPEGExtended12Bit, 10), (JPEG2000, 16)],
    ids=lambda value: getattr(value, "name", str(value))[:40],
)
def test_every_lossy_syntax_gives_nearly_the_stored_values(syntax: str, bits: int) -> None:
    values = chest_values(bits=bits)
    film = read(dicom_bytes(values, transfer_syntax=syntax, bits_stored=bits))
    np.testing.assert_allclose(film.pixels, values / (2**bits - 1), atol=3 / 255)


def test_a_true_12_bit_jpeg_gives_the_values_other_decoders_give() -> None:
    path = Path(str(get_testdata_file("JPEG-lossy.dcm", download=False)))
    film = read(path.read_bytes())
    assert film.header.bits_stored == 12
    # The two values by which pydicom's own tests know this picture; full scale is 9 bits, which it uses.
    np.testing.assert_allclose(film.pixels[[420, 230], [140, 120]] * 511, [244, 95], atol=0.01)


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
def test_a_lossless_jpeg_of_true_12_bit_precision_is_read(syntax: str) -> None:
    values = chest_values(bits=12)
    # GDCM writes precision 16. A stream of precision 12 predicts its first pixel as 2^11 instead of 2^15.
    shifted = ((values.astype(np.int32) - 2**11 + 2**15) % 2**16).astype(np.uint16)
    frame = bytearray(encoded_frame(shifted, syntax, bits_stored=16))
    frame[frame.index(b"\xff\xc3") + 4] = 12
    data = encapsulate([bytes(frame)])
    film = read(dicom_bytes(values, transfer_syntax=syntax, bits_stored=12, PixelData=data))
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)


def test_a_frame_in_several_fragments_is_one_film() -> None:
    values = chest_values(bits=12)
    frame = encoded_frame(values, JPEGLSLossless, bits_stored=12)
    data = encapsulate([frame], fragments_per_frame=3)
    film = read(dicom_bytes(values, transfer_syntax=JPEGLSLossless, bits_stored=12, PixelData=data))
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_file_without_preamble_is_read(syntax: str) -> None:
    values = chest_values(bits=12)
    film = read(dicom_bytes(values, transfer_syntax=syntax, bits_stored=12, preamble=False))
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)


def test_monochrome1_is_turned_round_and_keeps_its_hash() -> None:
    values = chest_values(bits=12)
    film = read(dicom_bytes(values, photometric="MONOCHROME1", bits_stored=12))
    np.testing.assert_allclose(film.pixels, 1 - values / 4095, atol=1e-6)
    assert film.pixel_hash == read(dicom_bytes(values, bits_stored=12)).pixel_hash


@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_and_a_dicom_film_with_the_same_values_have_one_hash(bits: int) -> None:
    values = chest_values(bits=bits)
    assert read(png_bytes(values)).pixel_hash == read(dicom_bytes(values)).pixel_hash


def test_other_values_or_another_shape_have_another_hash() -> None:
    values = chest_values()
    other = values.copy()
    other[0, 0] ^= 1
    hashes = {read(dicom_bytes(each)).pixel_hash for each in (values, other, values.reshape(80, 96))}
    assert len(hashes) == 3


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 12])
def test_plain_films_equal_torchxrayvision(tmp_path: Path, photometric: str, bits: int) -> None:
    xrv_utils = pytest.importorskip("torchxrayvision.utils")
    path = tmp_path / "film.dcm"
    path.write_bytes(dicom_bytes(chest_values(bits=bits), photometric=photometric, bits_stored=bits))
    expected = xrv_utils.read_xray_dcm(path, voi_lut=False, fix_monochrome=True)
    np.testing.assert_allclose((read(path.read_bytes()).pixels * 2 - 1) * 1024, expected, atol=1e-3)


def test_real_dicom_films_equal_torchxrayvision(shared_data: Path) -> None:
    xrv_utils = pytest.importorskip("torchxrayvision.utils")
    paths = sorted((shared_data / "dicom").glob("*.dcm"))
    assert len(paths) == 2
    for path in paths:
        expected = xrv_utils.read_xray_dcm(path, voi_lut=False, fix_monochrome=True)
        np.testing.assert_allclose((read(path.read_bytes()).pixels * 2 - 1) * 1024, expected, atol=1e-3)


def test_a_linear_window_follows_the_standard() -> None:
    values = np.array([[0, 1000, 1500, 2000, 4095]], dtype=np.uint16)
    film = read(dicom_bytes(values, bits_stored=12, window=(1500.5, 1001)))
    # PS3.3 C.11.2.1.2.1: y = (x - (c - 0.5)) / (w - 1) + 0.5
    np.testing.assert_allclose(film.pixels, [[0, 0, 0.5, 1, 1]], atol=1e-6)


def test_linear_exact_and_sigmoid_windows_follow_the_standard() -> None:
    values = np.array([[1000, 1250, 1500, 2000]], dtype=np.uint16)
    exact = read(dicom_bytes(values, bits_stored=12, window=(1500, 1000), VOILUTFunction="LINEAR_EXACT"))
    np.testing.assert_allclose(exact.pixels, [[0, 0.25, 0.5, 1]], atol=1e-6)
    sigmoid = read(dicom_bytes(values, bits_stored=12, window=(1500, 1000), VOILUTFunction="SIGMOID"))
    np.testing.assert_allclose(sigmoid.pixels, [[0.119203, 0.268941, 0.5, 0.880797]], atol=1e-5)


@pytest.mark.parametrize(
    ("function", "window", "ends"),
    [("LINEAR", (1500.5, 1001), (0.25, 0.5)), ("LINEAR_EXACT", (1500, 1000), (0.25, 0.5))],
)
def test_the_full_range_keeps_what_a_window_cuts_off(
    function: str, window: tuple[float, float], ends: tuple[float, float]
) -> None:
    values = np.array([[0, 1000, 1500, 2000, 4000]], dtype=np.uint16)
    source = dicom_bytes(values, bits_stored=12, window=window, VOILUTFunction=function)
    pixels, found, _spacing = read_full_range(source)
    np.testing.assert_allclose(pixels, [[0, 0.25, 0.375, 0.5, 1]], atol=1e-6)
    assert found == pytest.approx(ends)
    # Seen through that window it is the film as it is displayed.
    low, high = found
    np.testing.assert_allclose(np.clip((pixels - low) / (high - low), 0, 1), read(source).pixels, atol=1e-6)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("slope", [2, -2])
def test_the_full_range_through_its_window_is_the_film_as_displayed(photometric: str, slope: float) -> None:
    values = chest_values(bits=12)
    values[:5] = 4095
    source = dicom_bytes(
        values,
        photometric=photometric,
        bits_stored=12,
        window=(slope * 1800, 2500),
        RescaleSlope=slope,
        RescaleIntercept=0,
        PixelPaddingValue=4095,
    )
    pixels, (low, high), _spacing = read_full_range(source)
    np.testing.assert_allclose(np.clip((pixels - low) / (high - low), 0, 1)[5:], read(source).pixels[5:], atol=1e-6)
    np.testing.assert_array_equal(pixels[:5], 0)


def test_a_films_own_curve_stays_in_its_full_range() -> None:
    values = np.array([[0, 1, 2, 3, 200]], dtype=np.uint8)
    table = dicom_bytes(values, VOILUTSequence=[lookup_table([0, 100, 400, 1000], 0, 16)])
    sigmoid = dicom_bytes(values, window=(2, 3), VOILUTFunction="SIGMOID")
    nothing = dicom_bytes(chest_values(bits=12), bits_stored=12, window=(99999, 2))
    for source in (table, sigmoid, nothing, png_bytes(values)):
        pixels, window, _spacing = read_full_range(source)
        assert window == (0.0, 1.0)
        np.testing.assert_array_equal(pixels, read(source).pixels)


@pytest.mark.parametrize("source", [b"", b"no film", png_bytes(np.zeros((9, 9), np.uint8))[:40]])
def test_what_is_no_film_has_no_full_range(source: bytes) -> None:
    with pytest.raises(FilmUnreadableError):
        read_full_range(source)


@pytest.mark.parametrize("window", [(2048, 1), (2048, 20), (3000, 100)])
def test_a_window_that_shows_a_sliver_of_the_film_is_left_aside(window: tuple[float, float]) -> None:
    values = chest_values(bits=12)
    film = read(dicom_bytes(values, bits_stored=12, window=window))
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)
    assert film.notes == ("The film's window shows almost nothing of it; the full range was used instead.",)


def test_the_first_of_several_windows_counts() -> None:
    values = chest_values(bits=12)
    several = dicom_bytes(values, bits_stored=12, WindowCenter=[1500, 900], WindowWidth=[2000, 100])
    one = dicom_bytes(values, bits_stored=12, window=(1500, 2000))
    np.testing.assert_array_equal(read(several).pixels, read(one).pixels)


def test_windows_work_on_rescaled_values() -> None:
    values = np.array([[0, 100, 200, 300]], dtype=np.uint16)
    film = read(
        dicom_bytes(
            values,
            bits_stored=12,
            window=(100, 400),
            VOILUTFunction="LINEAR_EXACT",
            RescaleSlope=2,
            RescaleIntercept=-100,
        )
    )
    np.testing.assert_allclose(film.pixels, [[0, 0.5, 1, 1]], atol=1e-6)


@pytest.mark.parametrize("window", [(1500, 0), (1500, -4), (99999, 2)])
def test_a_window_that_shows_nothing_is_left_aside(window: tuple[float, float]) -> None:
    values = chest_values(bits=12)
    film = read(dicom_bytes(values, bits_stored=12, window=window))
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)
    if window[1] > 0:
        assert film.notes == ("The film's window shows almost nothing of it; the full range was used instead.",)


def test_a_rescale_alone_changes_nothing_and_a_falling_one_turns_round() -> None:
    values = chest_values(bits=12)
    rising = read(dicom_bytes(values, bits_stored=12, RescaleSlope=0.5, RescaleIntercept=-1000))
    falling = read(dicom_bytes(values, bits_stored=12, RescaleSlope=-1, RescaleIntercept=4095))
    np.testing.assert_allclose(rising.pixels, values / 4095, atol=1e-6)
    np.testing.assert_allclose(falling.pixels, 1 - values / 4095, atol=1e-6)


def lookup_table(entries: list[int], first: int, bits: int) -> Dataset:
    table = Dataset()
    table.LUTDescriptor = [len(entries), first, bits]
    table.LUTData = entries
    table["LUTDescriptor"].VR = "US"
    table["LUTData"].VR = "US"
    table.ModalityLUTType = "US"
    return table


def test_a_voi_table_is_applied_and_its_brightest_entry_is_white() -> None:
    values = np.array([[0, 1, 2, 3, 200]], dtype=np.uint8)
    film = read(dicom_bytes(values, VOILUTSequence=[lookup_table([0, 100, 400, 1000], 0, 16)]))
    np.testing.assert_allclose(film.pixels, [[0, 0.1, 0.4, 1, 1]], atol=1e-6)


def test_a_modality_table_is_applied_before_the_window() -> None:
    values = np.array([[0, 1, 2, 3]], dtype=np.uint8)
    table = lookup_table([0, 200, 300, 400], 0, 16)
    del table.ModalityLUTType
    table.ModalityLUTType = "OD"
    film = read(dicom_bytes(values, window=(200, 400), VOILUTFunction="LINEAR_EXACT", ModalityLUTSequence=[table]))
    np.testing.assert_allclose(film.pixels, [[0, 0.5, 0.75, 1]], atol=1e-6)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_background_in_either_photometry(photometric: str) -> None:
    values = chest_values(bits=12)
    values[:5] = 4095
    film = read(dicom_bytes(values, photometric=photometric, bits_stored=12, PixelPaddingValue=4095))
    np.testing.assert_array_equal(film.pixels[:5], 0)
    assert film.pixels[5:].mean() > 0.2


def test_a_range_of_padding_is_background_and_left_out_of_the_largest_value() -> None:
    values = chest_values(bits=10)
    values[0, :3] = [60000, 65000, 65535]
    film = read(dicom_bytes(values, PixelPaddingValue=60000, PixelPaddingRangeLimit=65535))
    np.testing.assert_array_equal(film.pixels[0, :3], 0)
    np.testing.assert_allclose(film.pixels[1:], values[1:] / 1023, atol=1e-6)


def test_signed_padding_is_found() -> None:
    values = signed(chest_values(bits=12), 12)
    values[:5] = -2048
    film = read(dicom_bytes(values, photometric="MONOCHROME1", bits_stored=12, PixelPaddingValue=-2048))
    np.testing.assert_array_equal(film.pixels[:5], 0)


PARTLY_PADDING = (
    "The file calls a grey value background (Pixel Padding Value) that the film itself has; "
    "only what looks like background was made black."
)


def saturated(*, by: float = 1.4) -> np.ndarray:
    """Return 12-bit values of a film whose brightest parts, up to its border, are at the largest value."""
    return np.minimum(chest_values(320, 256, bits=12).astype(float) * by, 4095).astype(np.uint16)


@pytest.mark.parametrize("limit", [4095, 3900])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_that_is_the_films_own_white_stays_white(photometric: str, limit: int) -> None:
    values = saturated()
    assert (values == 4095).mean() > 0.2
    turned = photometric == "MONOCHROME1"
    stored = 4095 - values if turned else values
    tags = {"PixelPaddingValue": 0 if turned else 4095, "PixelPaddingRangeLimit": 4095 - limit if turned else limit}
    source = dicom_bytes(stored, photometric=photometric, bits_stored=12, **tags)
    film = read(source)
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)
    assert film.notes == (PARTLY_PADDING,)
    np.testing.assert_array_equal(read_full_range(source)[0], film.pixels)


def test_white_around_a_field_is_background_and_the_same_white_within_it_stays() -> None:
    values = np.minimum(chest_values(320, 256, bits=12), 3000)
    values[:30] = values[:, :20] = 4095
    values[150:170, 100:120] = 4095
    film = read(dicom_bytes(values, bits_stored=12, PixelPaddingValue=4095))
    shown = values / 4095
    shown[:30] = shown[:, :20] = 0
    np.testing.assert_allclose(film.pixels, shown, atol=1e-6)
    assert film.notes == (PARTLY_PADDING,)


def test_padding_far_from_the_films_values_is_background_wherever_it_lies() -> None:
    values = chest_values(320, 256, bits=12)
    values[150:170, 100:120] = 65535
    film = read(dicom_bytes(values, PixelPaddingValue=65535))
    assert film.pixels[150:170, 100:120].max() == 0
    np.testing.assert_allclose(film.pixels[:150], values[:150] / 4095, atol=1e-6)


def test_twelve_bits_stored_as_sixteen_are_scaled_to_what_they_use() -> None:
    values = chest_values(bits=12)
    film = read(dicom_bytes(values))
    used = int(values.max()).bit_length()
    np.testing.assert_allclose(film.pixels, values / (2**used - 1), atol=1e-6)
    assert film.notes == (f"The film uses only {used} of its 16 bits; its brightness was scaled to these.",)


def test_bits_outside_the_stored_ones_are_left_aside() -> None:
    values = chest_values(bits=12)
    overlay = (values | 0x8000).astype(np.uint16)
    np.testing.assert_array_equal(
        read(dicom_bytes(overlay, bits_stored=12)).pixels, read(dicom_bytes(values, bits_stored=12)).pixels
    )
    shifted = (values << 4).astype(np.uint16)
    np.testing.assert_array_equal(
        read(dicom_bytes(shifted, bits_stored=12, HighBit=15)).pixels, read(dicom_bytes(values, bits_stored=12)).pixels
    )


@pytest.mark.parametrize(
    ("syntax", "photometric"),
    [
        (ExplicitVRLittleEndian, "RGB"),
        (JPEGLosslessSV1, "RGB"),
        (JPEGLSLossless, "RGB"),
        (JPEG2000Lossless, "RGB"),
        (RLELossless, "RGB"),
        (JPEGBaseline8Bit, "YBR_FULL_422"),
    ],
)
def test_colour_whose_channels_agree_is_grey(syntax: str, photometric: str) -> None:
    values = chest_values()
    film = read(dicom_bytes(np.dstack([values] * 3), transfer_syntax=syntax, photometric=photometric))
    np.testing.assert_allclose(film.pixels, values / 255, atol=4 / 255)


def test_a_palette_of_greys_is_grey() -> None:
    values = chest_values()
    ramp = (np.arange(256, dtype=np.uint16) * 257).tobytes()
    palettes = {f"{colour}PaletteColorLookupTableDescriptor": [256, 0, 16] for colour in ("Red", "Green", "Blue")}
    palettes |= {f"{colour}PaletteColorLookupTableData": ramp for colour in ("Red", "Green", "Blue")}
    film = read(dicom_bytes(values, photometric="PALETTE COLOR", **palettes))
    np.testing.assert_allclose(film.pixels, values / 255, atol=1e-6)


def test_true_colour_is_refused_and_says_what_to_send() -> None:
    values = chest_values()
    with pytest.raises(FilmUnreadableError, match=r"in colour.*send the film itself"):
        read(dicom_bytes(np.dstack([values, values, 255 - values]), photometric="RGB"))


def test_an_unknown_kind_of_picture_is_refused() -> None:
    with pytest.raises(FilmUnreadableError, match="CMYK, 1 values per pixel"):
        read(dicom_bytes(chest_values(), photometric="CMYK"))


def test_an_unread_compression_is_named() -> None:
    dataset = dcmread(BytesIO(dicom_bytes(chest_values(), transfer_syntax=RLELossless)))
    dataset.file_meta.TransferSyntaxUID = MPEG2MPML
    stream = BytesIO()
    dataset.save_as(stream)
    with pytest.raises(FilmUnreadableError, match=r"MPEG2.*Send it uncompressed"):
        read(stream.getvalue())


def test_a_raw_film_is_noted() -> None:
    film = read(dicom_bytes(chest_values(), PresentationIntentType="FOR PROCESSING"))
    assert film.notes == ("The film is a raw one, stored for processing; its contrast differs from films for viewing.",)


def test_a_window_is_judged_by_all_rows_where_a_few_do_not_settle_it() -> None:
    # Every eighth row, which is looked at first, lies beyond the window; the others lie within it.
    values = np.full((64, 50), 2000, dtype=np.uint16)
    values[::8] = 4095
    film = read(dicom_bytes(values, bits_stored=12, window=(2000.5, 1001)))
    assert film.notes == ()
    np.testing.assert_allclose(film.pixels[1], 0.5, atol=1e-6)
    values[:] = 4095
    values[:13] = 2000
    film = read(dicom_bytes(values, bits_stored=12, window=(2000.5, 1001)))
    assert film.notes == ()
    values[12] = 4095
    film = read(dicom_bytes(values, bits_stored=12, window=(2000.5, 1001)))
    assert film.notes == ("The film's window shows almost nothing of it; the full range was used instead.",)


def test_the_range_of_a_film_without_window_leaves_padding_out() -> None:
    values = np.array([[65535, 100, 4000]], dtype=np.uint16)
    film = read(dicom_bytes(values, bits_stored=16, PixelPaddingValue=65535))
    np.testing.assert_allclose(film.pixels, [[0, 100 / 4095, 4000 / 4095]], atol=1e-6)
    film = read(dicom_bytes(np.full((1, 2), 65535, np.uint16), bits_stored=16, PixelPaddingValue=65535))
    assert film.pixels.tolist() == [[0, 0]]


def test_values_are_not_changed_by_what_stands_in_bits_beyond_them() -> None:
    values = chest_values(300, 250, bits=12)
    plain = read(dicom_bytes(values, bits_stored=12, window=(2048, 4096)))
    overlaid = values | np.where(values % 7 == 0, np.uint16(1 << 14), np.uint16(0))
    marked = read(dicom_bytes(overlaid, bits_stored=12, window=(2048, 4096)))
    assert np.array_equal(marked.pixels, plain.pixels)
    assert marked.pixel_hash == plain.pixel_hash


WIDE = (chest_values(160, 140).astype(np.int32) * 16).clip(0, 4095)
"""A chest of 12 bits that uses them from end to end."""


@pytest.mark.parametrize("stated", [None, 0])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_values_with_a_sign_are_read_so_although_the_header_says_otherwise(stated: int | None, syntax: str) -> None:
    plain = read(dicom_bytes((WIDE - 2048).astype(np.int16), bits_stored=16, transfer_syntax=syntax))
    wrong = read(
        dicom_bytes((WIDE - 2048).astype(np.int16), bits_stored=16, transfer_syntax=syntax, PixelRepresentation=stated)
    )
    assert np.corrcoef(plain.pixels.ravel(), wrong.pixels.ravel())[0, 1] > 0.9999
    # A JPEG 2000 codestream says itself whether its values have a sign.
    assert syntax == JPEG2000Lossless or any("read with a sign" in note for note in wrong.notes)
    assert not any("read with" in note for note in plain.notes)


def test_values_without_a_sign_are_read_so_although_the_header_states_one() -> None:
    plain = read(dicom_bytes(WIDE.astype(np.uint16), bits_stored=12))
    wrong = read(dicom_bytes(WIDE.astype(np.uint16), bits_stored=12, PixelRepresentation=1))
    assert np.corrcoef(plain.pixels.ravel(), wrong.pixels.ravel())[0, 1] > 0.9999
    assert any("read with no sign" in note for note in wrong.notes)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
@pytest.mark.parametrize("factor", [1.25, 4])
def test_values_beyond_the_stated_bits_are_of_the_picture(syntax: str, factor: float) -> None:
    deep = (WIDE * factor).astype(np.uint16)
    plain = read(dicom_bytes(deep, bits_stored=16))
    short = read(dicom_bytes(deep, bits_stored=16, transfer_syntax=syntax, BitsStored=12, HighBit=11))
    assert np.corrcoef(plain.pixels.ravel(), short.pixels.ravel())[0, 1] > 0.9999
    assert any("states 12 bits per pixel" in note for note in short.notes)


def test_an_overlay_in_the_unused_bits_is_no_part_of_the_picture() -> None:
    drawn = WIDE.astype(np.uint16)
    drawn[10:20, 20:60] |= 1 << 15
    film = read(dicom_bytes(drawn, bits_stored=16, BitsStored=12, HighBit=11))
    plain = read(dicom_bytes(WIDE.astype(np.uint16), bits_stored=12))
    assert np.array_equal(film.pixels, plain.pixels)
    assert film.notes == plain.notes
