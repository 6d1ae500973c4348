"""The stored grey values of a DICOM film, of any transfer syntax, with every size checked before decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, convert_color_space
from pydicom.uid import (
    JPEG2000,
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from core.errors import FilmUnreadableError
from core.films.codecs.codec import EncodedFrame, decode_frame
from core.films.codecs.codestream import codestream_size
from core.films.dicom.elements import element_number, element_text
from core.films.dicom.stored_values import belongs_to_values, is_signed
from core.films.dicom.transfer import NATIVE, settle_syntax, stated_syntax
from core.films.grey import StoredImage, single_channel
from core.films.header import stated_count
from core.films.limits import require_picture_size
from core.films.stored import StoredFilm
from core.types import Photometry

_JPEG_2000 = frozenset({JPEG2000, JPEG2000Lossless})
# In the other kinds of JPEG an encoder's 16 bits say nothing: 12 bits come out shifted by half of that range.
_DEPTH_IS_TRUE = _JPEG_2000 | {JPEGLSLossless, JPEGLSNearLossless}
_IN_PROCESS = _JPEG_2000 | {JPEGBaseline8Bit}
_NO_INTERPRETATION = "The file does not say which way its grey values run; dark was taken for low values."
_COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR"})


def stored_film(dataset: Dataset) -> tuple[StoredFilm, tuple[str, ...]]:
    """Decode the one frame of a DICOM film.

    Raises
    ------
    FilmUnreadableError
        Too large, several frames, in colour, of a kind or compression that is not read, or cut short.
    """
    rows, columns = stated_count(dataset, "Rows"), stated_count(dataset, "Columns")
    require_picture_size(rows, columns, frames=int(element_number(dataset, "NumberOfFrames") or 1))
    notes = _complete(dataset)
    _require_bits(dataset)
    interpretation, samples = dataset.PhotometricInterpretation, dataset.SamplesPerPixel
    if interpretation in {"MONOCHROME1", "MONOCHROME2"} and samples == 1:
        decoded = _decoded(dataset, rows, columns)
        bits, signed, values, doubts = _settled_bits(decoded, dataset, signed=dataset.PixelRepresentation == 1)
        return StoredFilm(values, bits, signed, Photometry(interpretation)), notes + decoded.notes + doubts
    if interpretation in _COLOUR and samples == (1 if interpretation == "PALETTE COLOR" else 3):
        decoded = _decoded(dataset, rows, columns)
        film, colour_notes = _grey_of_colour(dataset, interpretation, decoded.samples)
        return film, notes + decoded.notes + colour_notes
    raise FilmUnreadableError(
        f"The file's kind of picture ({interpretation or 'not stated'}, {samples} values per pixel) is not read. "
        "Send it as a grey film (MONOCHROME1 or MONOCHROME2)."
    )


_SIGN = "The film's values were read with {}, other than its header says (Pixel Representation): else they wrap round."


def _complete(dataset: Dataset) -> tuple[str, ...]:
    """Write what old files leave out into the data set, and its kind of picture in capitals; return a note of it."""
    stated = element_text(dataset, "PhotometricInterpretation").upper()
    interpretation = stated.replace(" ", "") if stated.startswith("MONO") else stated
    samples = int(element_number(dataset, "SamplesPerPixel") or 0)
    notes = () if interpretation else (_NO_INTERPRETATION,) if samples <= 1 else ()
    dataset.PhotometricInterpretation = interpretation = interpretation or ("" if samples > 1 else "MONOCHROME2")
    dataset.SamplesPerPixel = samples or (3 if interpretation in _COLOUR - {"PALETTE COLOR"} else 1)
    dataset.PixelRepresentation = int(element_number(dataset, "PixelRepresentation") == 1)
    if dataset.SamplesPerPixel > 1:
        dataset.PlanarConfiguration = int(element_number(dataset, "PlanarConfiguration") == 1)
    if element_number(dataset, "BitsStored") is None:
        dataset.BitsStored = stated_count(dataset, "BitsAllocated")
    return notes


def _require_bits(dataset: Dataset) -> None:
    allocated, bits = stated_count(dataset, "BitsAllocated"), stated_count(dataset, "BitsStored")
    if allocated not in {8, 16} or not 8 <= bits <= allocated:
        raise FilmUnreadableError(
            f"The file states {bits} of {allocated} bits per pixel; chest films have 8 to 16. Send it in one of these."
        )


@dataclass(frozen=True, eq=False)
class _Decoded:
    """Raw samples of the first frame, colour as RGB; `encoded` is what was decoded, None without compression."""

    samples: NDArray[Any]
    encoded: EncodedFrame | None
    notes: tuple[str, ...]


def _decoded(dataset: Dataset, rows: int, columns: int) -> _Decoded:
    expected = rows * columns * dataset.SamplesPerPixel * stated_count(dataset, "BitsAllocated") // 8
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        expected = expected * 2 // 3
    syntax, data, notes = settle_syntax(dataset, n_bytes=expected)
    if syntax in NATIVE:
        dataset.PixelData = data
        return _Decoded(_native(dataset, syntax, expected), None, notes)
    frame = _encoded_frame(dataset, data, syntax, rows, columns)
    return _Decoded(_decompressed(dataset, frame, syntax), frame, notes)


def _decompressed(dataset: Dataset, frame: EncodedFrame, syntax: UID) -> NDArray[Any]:
    if syntax in _IN_PROCESS and _is_plain(dataset, frame, syntax):
        try:
            return np.asarray(get_decoder(syntax).as_array(dataset, index=0, decoding_plugin="pillow")[0])
        except Exception:  # noqa: BLE001, S110 - whatever Pillow does not read, the other decoder may
            pass
    samples = decode_frame(frame)
    if frame.samples == 3 and dataset.PhotometricInterpretation.startswith("YBR_FULL"):
        return convert_color_space(samples.astype(np.uint8), "YBR_FULL", "RGB")
    return samples


def _is_plain(dataset: Dataset, frame: EncodedFrame, syntax: UID) -> bool:
    """Return whether the data set agrees with the compressed picture's own header."""
    if stated_syntax(dataset) != syntax:
        return False
    return syntax not in _JPEG_2000 or frame.precision <= stated_count(dataset, "BitsStored")


def _native(dataset: Dataset, syntax: UID, expected: int) -> NDArray[Any]:
    held = len(dataset.PixelData)
    if held < expected:
        raise FilmUnreadableError(f"The picture is cut short: {held} of {expected} bytes arrived. Send the film again.")
    if held >= 2 * expected and held > expected + 1:
        raise FilmUnreadableError("The file holds more than the one picture it states. Send single films.")
    dataset.file_meta.TransferSyntaxUID = syntax
    # pydicom annotates its keyword arguments as one DecodeOptions instead of unpacking it.
    options: dict[str, bool] = {"correct_unused_bits": False, "view_only": True}
    raw = get_decoder(syntax).as_array(dataset, index=0, **options)[0]  # type: ignore[arg-type]
    return np.asarray(raw)


def _encoded_frame(dataset: Dataset, data: bytes, syntax: UID, rows: int, columns: int) -> EncodedFrame:
    """Return the compressed frame once its own header agrees with the film's."""
    samples, precision = dataset.SamplesPerPixel, stated_count(dataset, "BitsAllocated")
    if syntax != RLELossless:
        size = codestream_size(data)
        if (size.rows, size.columns, size.samples) != (rows, columns, samples) or not 1 <= size.precision <= 16:
            raise FilmUnreadableError(
                f"The film's header states {columns} x {rows} pixels, its picture {size.columns} x {size.rows} "
                f"({size.samples} x {size.precision} bits). It is damaged: send it again."
            )
        precision = size.precision
    return EncodedFrame(
        data=data,
        transfer_syntax=str(syntax),
        rows=rows,
        columns=columns,
        samples=samples,
        precision=precision,
        signed=dataset.PixelRepresentation == 1,
    )


def _settled_bits(
    decoded: _Decoded, dataset: Dataset, *, signed: bool
) -> tuple[int, bool, StoredImage, tuple[str, ...]]:
    """Return the bits stored, whether they have a sign, and their values only; and notes.

    The values are aligned, without overlays in unused bits, their sign restored.
    """
    notes: tuple[str, ...] = ()
    values, bits = decoded.samples, stated_count(dataset, "BitsStored")
    if values.shape != (stated_count(dataset, "Rows"), stated_count(dataset, "Columns")):
        raise FilmUnreadableError("The decoded picture has another size than stated. Send the film again.")
    width = values.dtype.itemsize * 8
    native_order = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    unsigned = native_order.view(f"u{values.dtype.itemsize}")
    shift = int(element_number(dataset, "HighBit") or bits - 1) - (bits - 1)
    fits = _fits(unsigned, bits, signed=signed)
    if decoded.encoded is not None and not fits and UID(decoded.encoded.transfer_syntax) in _DEPTH_IS_TRUE:
        # What a compressed picture says of its own depth counts (PS3.5 8.2.4).
        bits = max(bits, min(decoded.encoded.precision, width))
    if decoded.encoded is None and not fits and 0 < shift <= width - bits:
        unsigned = unsigned >> shift
    if bits < width and unsigned.max() >= 1 << bits:  # nearly every film leaves these bits empty: no copy then
        if not signed and belongs_to_values(unsigned, bits):
            stated, bits = bits, int(unsigned.max()).bit_length()
            notes += (f"The film states {stated} bits per pixel; its values need {bits} and were read so.",)
        unsigned = unsigned & ((1 << bits) - 1)
    stated_sign, photometry = signed, Photometry(dataset.PhotometricInterpretation)
    signed = is_signed(unsigned, bits, stated=signed, photometry=photometry)
    if signed is not stated_sign:
        notes += (_SIGN.format("a sign" if signed else "no sign"),)
    if not signed:
        return bits, signed, unsigned, notes
    sign = 1 << (bits - 1)
    return bits, signed, ((unsigned.astype(np.int32) ^ sign) - sign).astype(np.int16), notes


def _fits(unsigned: NDArray[np.unsignedinteger[Any]], bits: int, *, signed: bool) -> bool:
    """Return whether all values lie in the lowest bits already, wherever the header says that they lie."""
    if not signed:
        return bool(unsigned.max() < 1 << bits)
    values = unsigned.view(f"i{unsigned.dtype.itemsize}")
    half = 1 << (bits - 1)
    # Also without the sign carried on into the bits above.
    return bool(unsigned.max() < 1 << bits or (values.min() >= -half and values.max() < half))


def _grey_of_colour(dataset: Dataset, interpretation: str, samples: NDArray[Any]) -> tuple[StoredFilm, tuple[str, ...]]:
    """Return the grey of a colour film whose channels agree."""
    if interpretation == "PALETTE COLOR":
        samples = apply_color_lut(samples, dataset)
    bits = samples.dtype.itemsize * 8
    if interpretation != "PALETTE COLOR":
        bits = min(bits, stated_count(dataset, "BitsStored"))
    samples = np.ascontiguousarray(samples, dtype=samples.dtype.newbyteorder("=")).view(f"u{samples.dtype.itemsize}")
    grey, notes = single_channel(samples[..., :3], (1 << bits) - 1)
    return StoredFilm(grey & ((1 << bits) - 1), bits, signed=False, photometry=Photometry.MONOCHROME2), notes
