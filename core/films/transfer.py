"""How a film's pixel data are really stored, where its transfer syntax and its picture disagree."""

from __future__ import annotations

import struct

from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
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
from core.films.codestream import Compression, compression_of

NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)
_ENCAPSULATED_NATIVE = UID("1.2.840.10008.1.2.1.98")  # Encapsulated Uncompressed Explicit VR Little Endian
_ITEM = b"\xfe\xff\x00\xe0"
_SYNTAXES = {
    Compression.JPEG: (JPEGBaseline8Bit, JPEGExtended12Bit),
    Compression.JPEG_12_BIT: (JPEGExtended12Bit, JPEGBaseline8Bit),
    Compression.JPEG_LOSSLESS: (JPEGLossless, JPEGLosslessSV1),
    Compression.JPEG_LS: (JPEGLSLossless, JPEGLSNearLossless),
    Compression.JPEG_2000: (JPEG2000, JPEG2000Lossless),
}
COMPRESSED = frozenset(syntax for syntaxes in _SYNTAXES.values() for syntax in syntaxes) | {RLELossless}
_DISAGREE = (
    "The file says that its picture is stored as {stated}, but the picture is not. Sending it again cannot help: "
    "have the device or archive that made the file store the film anew."
)


def settle_syntax(dataset: Dataset, *, n_bytes: int) -> tuple[UID, bytes, tuple[str, ...]]:
    """Return how the pixel data are really stored, the one frame, and a note where the file says otherwise.

    Parameters
    ----------
    n_bytes : int
        What the picture has without compression.

    Raises
    ------
    FilmUnreadableError
        Of a compression that is not read, or syntax and picture disagree and the picture is none that is known.
    """
    stated, data = stated_syntax(dataset), bytes(dataset.PixelData)
    if stated not in NATIVE | COMPRESSED | {_ENCAPSULATED_NATIVE}:
        name = stated.name if stated.name != str(stated) else f"transfer syntax {str(stated)[:64]}"
        raise FilmUnreadableError(f"The film is compressed in a way that is not read ({name}). Send it uncompressed.")
    frame = _frame(data, n_bytes)
    found = _found_syntax(frame, stated, n_bytes, encapsulated=frame is not data)
    if found is None:
        raise FilmUnreadableError(_DISAGREE.format(stated=stated.name))
    if stated in {found, _ENCAPSULATED_NATIVE}:
        return found, frame, ()
    return found, frame, (f"The file says that its picture is stored as {stated.name}; it was read as {found.name}.",)


def stated_syntax(dataset: Dataset) -> UID:
    """Return the transfer syntax that the file states, else the one its elements are written in."""
    meta = getattr(dataset, "file_meta", None)
    syntax = meta.get("TransferSyntaxUID") if meta is not None else None
    if syntax:
        return UID(str(syntax))
    implicit, little_endian = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian


def _frame(data: bytes, n_bytes: int) -> bytes:
    """Return the first frame of encapsulated data, whatever the syntax says; other data as they are."""
    # A picture without compression may begin with these four bytes; its length tells.
    if not data.startswith(_ITEM) or len(data) in {n_bytes, n_bytes + n_bytes % 2}:
        return data
    return next(generate_frames(data, number_of_frames=1), b"")


def _found_syntax(frame: bytes, stated: UID, n_bytes: int, *, encapsulated: bool) -> UID | None:
    """Return the syntax that the frame itself shows, None where it shows none."""
    compression = compression_of(frame) if encapsulated or len(frame) < n_bytes else None
    if compression is not None:
        syntaxes = _SYNTAXES[compression]
        return stated if stated in syntaxes else syntaxes[0]
    if encapsulated and _is_rle(frame):
        return RLELossless
    if not encapsulated and stated in NATIVE:
        return stated
    if len(frame) in {n_bytes, n_bytes + n_bytes % 2}:
        return stated if stated in NATIVE else ExplicitVRLittleEndian
    # A frame that shows nothing is damaged, which is for its decoder to say.
    return stated if encapsulated and stated in COMPRESSED else None


def _is_rle(frame: bytes) -> bool:
    """Return whether the frame begins with the header of RLE segments (PS3.5 G.5)."""
    if len(frame) < 64:
        return False
    count, first = struct.unpack_from("<II", frame)
    return bool(1 <= count <= 15 and first == 64)
