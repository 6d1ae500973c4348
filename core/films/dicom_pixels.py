"""The stored grey values of a DICOM film, of any transfer syntax, with every size checked before decoding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, convert_color_space
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from core.errors import FilmUnreadableError
from core.films.codec import EncodedFrame, decode_frame
from core.films.codestream import codestream_size
from core.films.dicom import element_number, element_text
from core.films.display import StoredFilm
from core.films.grey import StoredImage, single_channel
from core.films.header import stated_count
from core.films.limits import require_picture_size
from core.types import Photometry

_NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)
_IN_PROCESS = frozenset({JPEGBaseline8Bit, JPEG2000, JPEG2000Lossless})
_IN_CHILD = frozenset(
    {JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless, RLELossless}
)
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
    _require_bits(dataset)
    interpretation = element_text(dataset, "PhotometricInterpretation").upper()
    samples = int(element_number(dataset, "SamplesPerPixel") or 1)
    if interpretation in {"MONOCHROME1", "MONOCHROME2"} and samples == 1:
        bits, signed = stated_count(dataset, "BitsStored"), element_number(dataset, "PixelRepresentation") == 1
        values = _settled_bits(_decoded(dataset, rows, columns), dataset, bits=bits, signed=signed)
        return StoredFilm(values, bits, signed, Photometry(interpretation)), ()
    if interpretation in _COLOUR and samples == (1 if interpretation == "PALETTE COLOR" else 3):
        return _grey_of_colour(dataset, interpretation, _decoded(dataset, rows, columns))
    raise FilmUnreadableError(
        f"The file's kind of picture ({interpretation or 'not stated'}, {samples} values per pixel) is not read. "
        "Send it as a grey film (MONOCHROME1 or MONOCHROME2)."
    )


def _require_bits(dataset: Dataset) -> None:
    allocated, bits = stated_count(dataset, "BitsAllocated"), stated_count(dataset, "BitsStored")
    if allocated not in {8, 16} or not 8 <= bits <= allocated:
        raise FilmUnreadableError(
            f"The file states {bits} of {allocated} bits per pixel; chest films have 8 to 16. Send it in one of these."
        )


def _decoded(dataset: Dataset, rows: int, columns: int) -> NDArray[Any]:
    """Return the raw samples of the first frame; colour as RGB."""
    syntax = _transfer_syntax(dataset)
    if syntax in _NATIVE:
        return _native(dataset, syntax, rows, columns)
    if syntax not in _IN_PROCESS | _IN_CHILD:
        name = syntax.name if syntax.name != str(syntax) else f"transfer syntax {str(syntax)[:64]}"
        raise FilmUnreadableError(f"The film is compressed in a way that is not read ({name}). Send it uncompressed.")
    frame = _encoded_frame(dataset, syntax, rows, columns)
    if syntax in _IN_PROCESS:
        try:
            return np.asarray(get_decoder(syntax).as_array(dataset, index=0, decoding_plugin="pillow")[0])
        except Exception:  # noqa: BLE001, S110 - whatever Pillow does not read, the other decoder may
            pass
    samples = decode_frame(frame)
    if frame.samples == 3 and element_text(dataset, "PhotometricInterpretation").startswith("YBR_FULL"):
        return convert_color_space(samples.astype(np.uint8), "YBR_FULL", "RGB")
    return samples


def _transfer_syntax(dataset: Dataset) -> UID:
    stated = getattr(dataset, "file_meta", None)
    syntax = stated.get("TransferSyntaxUID") if stated is not None else None
    if syntax:
        return UID(str(syntax))
    implicit, little_endian = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian


def _native(dataset: Dataset, syntax: UID, rows: int, columns: int) -> NDArray[Any]:
    samples = int(element_number(dataset, "SamplesPerPixel") or 1)
    expected = rows * columns * samples * stated_count(dataset, "BitsAllocated") // 8
    if element_text(dataset, "PhotometricInterpretation").upper() == "YBR_FULL_422":
        expected = expected * 2 // 3
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


def _encoded_frame(dataset: Dataset, syntax: UID, rows: int, columns: int) -> EncodedFrame:
    """Return the compressed frame once its own header agrees with the film's."""
    data = next(generate_frames(dataset.PixelData, number_of_frames=1), b"")
    samples = int(element_number(dataset, "SamplesPerPixel") or 1)
    precision = stated_count(dataset, "BitsAllocated")
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
        signed=element_number(dataset, "PixelRepresentation") == 1,
    )


def _settled_bits(values: NDArray[Any], dataset: Dataset, *, bits: int, signed: bool) -> StoredImage:
    """Return the values of the stored bits only: aligned, without overlays in unused bits, sign restored."""
    if values.shape != (stated_count(dataset, "Rows"), stated_count(dataset, "Columns")):
        raise FilmUnreadableError("The decoded picture has another size than stated. Send the film again.")
    width = values.dtype.itemsize * 8
    native_order = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    unsigned = native_order.view(f"u{values.dtype.itemsize}")
    shift = int(element_number(dataset, "HighBit") or bits - 1) - (bits - 1)
    if _transfer_syntax(dataset) in _NATIVE and 0 < shift <= width - bits:
        unsigned = unsigned >> shift
    if bits < width and unsigned.max() >= 1 << bits:  # nearly every film leaves these bits empty: no copy then
        unsigned = unsigned & ((1 << bits) - 1)
    if not signed:
        return unsigned
    sign = 1 << (bits - 1)
    return ((unsigned.astype(np.int32) ^ sign) - sign).astype(np.int16)


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
