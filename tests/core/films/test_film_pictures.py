"""Films sent as PNG and JPEG pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, encoded_frame, jpeg_bytes, png_bytes
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGLosslessSV1

from core.errors import FilmUnreadableError
from core.films.read import read_film, read_header
from core.types import Film, FilmHeader

ZONE = ZoneInfo("Europe/Berlin")


def read(source: bytes) -> Film:
    return read_film(source, site_zone=ZONE)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_has_full_scale_of_its_depth(bits: int) -> None:
    values = chest_values(bits=bits)
    film = read(png_bytes(values))
    np.testing.assert_allclose(film.pixels, values / (2**bits - 1), atol=1e-6)
    assert film.header == FilmHeader(rows=96, columns=80, bits_stored=bits)
    assert film.notes == ()


def test_twelve_bits_in_a_png_of_sixteen_are_scaled_to_what_they_use() -> None:
    values = chest_values(bits=12)
    values[0, 0] = 4095
    film = read(png_bytes(values))
    np.testing.assert_allclose(film.pixels, values / 4095, atol=1e-6)
    assert film.notes == ("The film uses only 12 of its 16 bits; its brightness was scaled to these.",)


def test_a_jpeg_is_read() -> None:
    values = chest_values()
    np.testing.assert_allclose(read(jpeg_bytes(values)).pixels, values / 255, atol=10 / 255)


def test_a_lossless_jpeg_of_16_bits_is_read() -> None:
    values = chest_values(bits=16)
    source = encoded_frame(values, JPEGLosslessSV1, bits_stored=16)
    film = read(source)
    np.testing.assert_allclose(film.pixels, values / 65535, atol=1e-6)
    assert film.header == read_header(source, site_zone=ZONE) == FilmHeader(96, 80, 16)


def test_a_jpeg_of_12_bits_is_read() -> None:
    dataset = dcmread(Path(str(get_testdata_file("JPEG-lossy.dcm", download=False))))
    film = read(next(generate_frames(dataset.PixelData, number_of_frames=1)))
    assert film.header == FilmHeader(1024, 256, 12)
    np.testing.assert_allclose(film.pixels[[420, 230], [140, 120]] * 511, [244, 95], atol=0.01)


def test_pictures_equal_torchxrayvision(tmp_path: Path) -> None:
    xrv_utils = pytest.importorskip("torchxrayvision.utils")
    values = chest_values()
    grey_as_colour = np.dstack([values] * 3)
    sources = {
        "grey.png": png_bytes(values),
        "colour.png": png_bytes(grey_as_colour),
        "grey.jpg": jpeg_bytes(values),
        "colour.jpg": jpeg_bytes(grey_as_colour),
    }
    for name, source in sources.items():
        (tmp_path / name).write_bytes(source)
        expected = xrv_utils.load_image(str(tmp_path / name))[0]
        np.testing.assert_allclose((read(source).pixels * 2 - 1) * 1024, expected, atol=1e-3)


def test_real_films_equal_torchxrayvision(shared_data: Path) -> None:
    xrv_utils = pytest.importorskip("torchxrayvision.utils")
    paths = [min((shared_data / "films" / source).iterdir()) for source in ("hannover", "cohen", "nih")]
    for path in paths:
        expected = xrv_utils.load_image(str(path))[0]
        np.testing.assert_allclose((read(path.read_bytes()).pixels * 2 - 1) * 1024, expected, atol=1e-3)


def test_transparency_and_palette_of_greys_are_read() -> None:
    values = chest_values()
    with_alpha = np.dstack([values, values, values, np.full_like(values, 255)])
    np.testing.assert_allclose(read(png_bytes(with_alpha)).pixels, values / 255, atol=1e-6)
    stream = BytesIO()
    palette = Image.fromarray(values).convert("P")
    palette.save(stream, "PNG")
    np.testing.assert_allclose(read(stream.getvalue()).pixels, values / 255, atol=1e-6)
    stream = BytesIO()
    Image.fromarray(values).convert("LA").save(stream, "PNG")
    np.testing.assert_allclose(read(stream.getvalue()).pixels, values / 255, atol=1e-6)


def test_a_coloured_mark_is_noted_and_a_coloured_picture_refused() -> None:
    colour = np.dstack([chest_values()] * 3)
    colour[:2, :4] = [255, 0, 0]
    assert read(png_bytes(colour)).notes == ("Coloured marks on the picture were read as grey.",)
    colour[:30] = [255, 200, 0]
    with pytest.raises(FilmUnreadableError, match=r"in colour \(31% of it\)"):
        read(png_bytes(colour))


def test_print_colours_are_refused() -> None:
    stream = BytesIO()
    Image.fromarray(chest_values()).convert("CMYK").save(stream, "JPEG")
    with pytest.raises(FilmUnreadableError, match=r"kind \(CMYK\) is not read"):
        read(stream.getvalue())


def test_an_animated_picture_is_refused() -> None:
    frames = [Image.fromarray(chest_values(seed=seed)) for seed in (1, 2, 3)]
    stream = BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(FilmUnreadableError, match="series of 3 pictures"):
        read(stream.getvalue())


@pytest.mark.parametrize("make", [png_bytes, jpeg_bytes])
def test_a_cut_off_picture_is_refused(make: Callable[[np.ndarray], bytes]) -> None:
    source = make(chest_values(300, 300))
    with pytest.raises(FilmUnreadableError, match="damaged"):
        read(source[: len(source) // 2])


@pytest.mark.parametrize("source", [b"GIF89a" + bytes(100), b"%PDF-1.7" + bytes(100), b"patient,film\r\n" * 9])
def test_another_kind_of_file_is_refused(source: bytes) -> None:
    with pytest.raises(FilmUnreadableError, match="no X-ray film that Lungline reads"):
        read(source)
    with pytest.raises(FilmUnreadableError, match="no X-ray film that Lungline reads"):
        read_header(source, site_zone=ZONE)


def test_sixteen_bit_colour_is_noted() -> None:
    values = chest_values()
    source = png_of_16_bit_colour(values.astype(np.uint16) * 257)
    film = read(source)
    np.testing.assert_allclose(film.pixels, values / 255, atol=1e-6)
    assert film.notes == ("The picture is stored as 16-bit colour; 8 of the bits were read.",)


def png_of_16_bit_colour(values: np.ndarray) -> bytes:
    """Write the PNG by hand; Pillow writes no such files."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows, columns = values.shape
    lines = b"".join(b"\0" + np.repeat(line.astype(">u2"), 3).tobytes() for line in values)
    header = struct.pack(">IIBBBBB", columns, rows, 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
