"""Too large, lying and damaged files: refused before they are decoded, with bounded memory."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, encoded_frame, jpeg_bytes, png_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
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
from core.films.codecs import codec, codec_child
from core.films.codecs.codestream import CodestreamSize, codestream_size
from core.films.read import MAX_BYTES, read_film, read_header
from core.types import Film, FilmHeader

ZONE = ZoneInfo("Europe/Berlin")


def read(source: bytes) -> Film:
    return read_film(source, site_zone=ZONE)


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when anything is decoded."""

    def decoded(*_: object, **__: object) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr("core.films.dicom.pixels.decode_frame", decoded)
    monkeypatch.setattr("core.films.dicom.pixels.get_decoder", decoded)
    monkeypatch.setattr("core.films.pictures.picture.decode_frame", decoded)
    monkeypatch.setattr(Image.Image, "load", decoded)


def peak_bytes(action: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def png_of_size(columns: int, rows: int) -> bytes:
    """Return a PNG that announces a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def jpeg_of_size(columns: int, rows: int) -> bytes:
    source = bytearray(jpeg_bytes(chest_values()))
    at = source.index(b"\xff\xc0")
    source[at + 5 : at + 9] = struct.pack(">HH", rows, columns)
    return bytes(source)


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize(
    "source",
    [
        png_of_size(10_000, 10_000),
        jpeg_of_size(10_000, 10_000),
        dicom_bytes(chest_values(), Rows=10_000, Columns=10_000),
        dicom_bytes(chest_values(), transfer_syntax=JPEGBaseline8Bit, Rows=10_000, Columns=10_000),
        dicom_bytes(chest_values(), transfer_syntax=JPEGLosslessSV1, Rows=10_000, Columns=10_000),
        dicom_bytes(chest_values(), transfer_syntax=RLELossless, Rows=10_000, Columns=10_000),
    ],
    ids=["png", "jpeg", "dicom", "dicom-jpeg", "dicom-lossless", "dicom-rle"],
)
def test_a_hundred_megapixels_are_refused_undecoded(source: bytes) -> None:
    def refuse() -> None:
        with pytest.raises(FilmUnreadableError, match=r"100 megapixels; a chest film has at most 50"):
            read(source)

    assert peak_bytes(refuse) < 2_000_000


@pytest.mark.usefixtures("no_decoder")
def test_a_gigapixel_png_is_refused_undecoded() -> None:
    with pytest.raises(FilmUnreadableError, match="3600 megapixels"):
        read(png_of_size(60_000, 60_000))


def test_the_header_of_a_refused_film_is_still_read() -> None:
    assert read_header(png_of_size(10_000, 20_000), site_zone=ZONE) == FilmHeader(20_000, 10_000, 8)
    header = read_header(dicom_bytes(chest_values(), Rows=10_000, Columns=10_000), site_zone=ZONE)
    assert header.identity is not None
    assert (header.identity.identifier, header.rows) == ("4711", 10_000)


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1])
def test_a_codestream_larger_than_its_header_is_refused_undecoded(syntax: str) -> None:
    source = dicom_bytes(chest_values(), transfer_syntax=syntax, Rows=90)
    with pytest.raises(FilmUnreadableError, match="header states 80 x 90 pixels, its picture 80 x 96"):
        read(source)


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize("frames", [2, 1_000_000_000])
def test_several_frames_are_refused_undecoded(frames: int) -> None:
    with pytest.raises(FilmUnreadableError, match=f"series of {frames} pictures"):
        read(dicom_bytes(chest_values(), NumberOfFrames=frames))


def test_frames_that_are_not_stated_are_refused() -> None:
    values = chest_values()
    with pytest.raises(FilmUnreadableError, match="more than the one picture"):
        read(dicom_bytes(values, PixelData=values.tobytes() * 3, NumberOfFrames=1))


def test_a_single_frame_may_be_stated_as_one_or_none() -> None:
    assert read(dicom_bytes(chest_values(), NumberOfFrames=1)).pixels.shape == (96, 80)
    assert read(dicom_bytes(chest_values(), NumberOfFrames=0)).pixels.shape == (96, 80)


@pytest.mark.parametrize(("allocated", "stored"), [(32, 16), (64, 12), (8, 12), (1, 1), (8, 4)])
def test_odd_depths_are_refused(allocated: int, stored: int) -> None:
    with pytest.raises(FilmUnreadableError, match="chest films have 8 to 16"):
        read(dicom_bytes(chest_values(), BitsAllocated=allocated, BitsStored=stored))


@pytest.mark.usefixtures("no_decoder")
@pytest.mark.parametrize("cut", [1, 100, 7000])
def test_cut_off_pixels_are_refused(cut: int) -> None:
    source = dicom_bytes(chest_values())
    with pytest.raises(FilmUnreadableError, match=r"cut short|damaged|no grey values"):
        read(source[:-cut])


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless])
def test_a_cut_off_compressed_frame_is_refused(syntax: str) -> None:
    values = chest_values(bits=12)
    frame = encoded_frame(values, syntax, bits_stored=12)
    source = dicom_bytes(
        values, transfer_syntax=syntax, bits_stored=12, PixelData=encapsulate([frame[: len(frame) // 2]])
    )
    try:
        film = read(source)
    except FilmUnreadableError as error:
        assert "Send" in str(error) or "damaged" in str(error)  # noqa: PT017 - some codecs fill up what is missing
    else:
        assert film.pixels.shape == (96, 80)


def test_a_bomb_of_a_deflated_file_is_refused_with_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.films.dicom.elements.MAX_BYTES", 5_000_000)
    monkeypatch.setattr("core.films.dicom.elements._HEADER_BYTES", 1_000_000)
    values = np.zeros((8000, 8000), dtype=np.uint8)
    bomb = dicom_bytes(values, transfer_syntax=DeflatedExplicitVRLittleEndian)
    assert len(bomb) < 200_000

    def refuse() -> None:
        with pytest.raises(FilmUnreadableError, match="inflates to more than 5 MB"):
            read(bomb)

    assert peak_bytes(refuse) < 12_000_000
    assert read_header(bomb, site_zone=ZONE).rows == 8000


def test_absurd_element_lengths_take_no_memory() -> None:
    source = dicom_bytes(chest_values())
    at = source.index(b"\x10\x00\x20\x00LO") + 6
    lying = source[:at] + b"\xff\xff" + source[at + 2 :]
    pixels_at = source.index(b"\xe0\x7f\x10\x00OB") + 8
    huge = source[:pixels_at] + b"\xfe\xff\xff\xff" + source[pixels_at + 4 :]

    def refuse() -> None:
        with pytest.raises(FilmUnreadableError):
            read(lying)

    assert peak_bytes(refuse) < 2_000_000

    def settle() -> None:
        try:
            assert read(huge).pixels.shape == (96, 80)
        except FilmUnreadableError as error:
            assert "damaged" in str(error)  # noqa: PT017 - both outcomes are right, memory is what counts

    assert peak_bytes(settle) < 2_000_000


def test_endless_nesting_is_refused() -> None:
    source = dicom_bytes(chest_values(), transfer_syntax=ImplicitVRLittleEndian)
    at = source.index(b"\x08\x00\x60\x00")
    item = struct.pack("<HHI", 0x0008, 0x1140, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    with pytest.raises(FilmUnreadableError):
        read(source[:at] + item * 5000 + source[at:])


def test_empty_and_oversized_files_are_refused_unopened() -> None:
    for reader in (read_film, read_header):
        with pytest.raises(FilmUnreadableError, match="file is empty"):
            reader(b"", site_zone=ZONE)
        with pytest.raises(FilmUnreadableError, match="200 MB"):
            reader(bytes(MAX_BYTES + 1), site_zone=ZONE)


def frame_to_decode() -> codec.EncodedFrame:
    frame = encoded_frame(chest_values(), JPEGLSLossless, bits_stored=8)
    return codec.EncodedFrame(frame, str(JPEGLSLossless), 96, 80, 1, 8)


def test_a_decoder_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(codec, "_CHILD", endless)
    with pytest.raises(FilmUnreadableError, match="longer than 1 s and was stopped"):
        codec.decode_frame(frame_to_decode(), seconds=1)


@pytest.mark.parametrize(
    "program", ["import os; os.abort()", "import os; os.write(1, b'too little')", "raise MemoryError"]
)
def test_a_decoder_that_dies_or_gives_too_little_is_a_damaged_film(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(codec, "_CHILD", child)
    with pytest.raises(FilmUnreadableError, match="damaged"):
        codec.decode_frame(frame_to_decode())


def test_the_decoder_runs_under_a_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "_MEMORY_BYTES", 20_000_000)
    with pytest.raises(FilmUnreadableError, match="damaged"):
        codec.decode_frame(frame_to_decode())


def test_the_child_decodes_what_it_is_given() -> None:
    values = chest_values(bits=12)
    frame = encoded_frame(values, JPEGLosslessSV1, bits_stored=12)
    task = {"rows": 96, "columns": 80, "samples": 1, "precision": 16, "bits_allocated": 16, "signed": 0}
    samples = codec_child.decode(task | {"transfer_syntax": str(JPEGLosslessSV1)}, frame)
    np.testing.assert_array_equal(np.frombuffer(samples, "<u2").reshape(96, 80), values)


def test_codestream_sizes() -> None:
    values = chest_values(bits=12)
    small = encoded_frame(values.astype(np.uint8), JPEGLSLossless, bits_stored=8)
    assert codestream_size(small) == CodestreamSize(96, 80, 1, 8)
    lossless = codestream_size(encoded_frame(values.astype(np.uint8), JPEGLosslessSV1, bits_stored=8))
    assert lossless == CodestreamSize(96, 80, 1, 8, lossless_jpeg=True)
    stream = BytesIO()
    Image.fromarray(values).save(stream, "JPEG2000")  # a JP2 file: the codestream stands behind its boxes
    assert codestream_size(stream.getvalue()) == CodestreamSize(96, 80, 1, 16)
    filled = b"\xff\xd8\xff\xff\xff\xc0" + struct.pack(">HBHHB", 11, 8, 5, 6, 1)
    assert codestream_size(filled) == CodestreamSize(5, 6, 1, 8)


@pytest.mark.parametrize(
    "frame", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00", b"\xff\xd8\x00\x00", b"\xff\x4f\xff\x51", b"GIF"]
)
def test_a_frame_without_a_readable_header_is_refused(frame: bytes) -> None:
    with pytest.raises(FilmUnreadableError, match="compressed picture"):
        codestream_size(frame)


SMALL = chest_values(24, 20)
SMALL_DEEP = chest_values(24, 20, bits=12)
IN_PROCESS = [
    *(
        dicom_bytes(SMALL_DEEP, transfer_syntax=syntax, bits_stored=12, window=(2000, 3000), PixelPaddingValue=0)
        for syntax in (
            ImplicitVRLittleEndian,
            ExplicitVRLittleEndian,
            ExplicitVRBigEndian,
            DeflatedExplicitVRLittleEndian,
        )
    ),
    dicom_bytes(SMALL_DEEP, bits_stored=12, preamble=False),
    png_bytes(SMALL),
    png_bytes(SMALL_DEEP),
    jpeg_bytes(SMALL, orientation=6),
]


def damaged(source: bytes, flips: list[tuple[int, int]], cut: int) -> bytes:
    """Return a file with some bytes replaced and the end cut off."""
    changed = bytearray(source)
    for place, value in flips:
        changed[place % len(changed)] = value
    return bytes(changed[: len(changed) - cut % 64])


def read_or_refuse(source: bytes) -> None:
    """Read a damaged file both ways; anything but a film or FilmUnreadableError fails the test."""
    try:
        film = read(source)
    except FilmUnreadableError as error:
        assert str(error).endswith(".")  # noqa: PT017 - a film that survives is as good
    else:
        assert film.pixels.dtype == np.float32
        assert np.isfinite(film.pixels).all()
        assert film.pixels.min() >= 0
        assert film.pixels.max() <= 1
    with suppress(FilmUnreadableError):
        read_header(source, site_zone=ZONE)


FLIPS = st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), min_size=0, max_size=6)


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(source=st.sampled_from(IN_PROCESS), flips=FLIPS, cut=st.integers(0, 63))
def test_damaged_files_never_raise_anything_else(source: bytes, flips: list[tuple[int, int]], cut: int) -> None:
    read_or_refuse(damaged(source, flips, cut))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    syntax=st.sampled_from([JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless]),
    flips=FLIPS,
    cut=st.integers(0, 63),
)
def test_damaged_compressed_films_never_raise_anything_else(
    syntax: str, flips: list[tuple[int, int]], cut: int
) -> None:
    read_or_refuse(damaged(dicom_bytes(SMALL, transfer_syntax=syntax), flips, cut))


def test_a_file_of_zeros_is_refused() -> None:
    for source in (bytes(1000), bytes(128) + b"DICM", BytesIO().getvalue() + b"\x08\x00" * 600):
        with pytest.raises(FilmUnreadableError):
            read(source)
