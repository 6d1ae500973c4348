"""How a film's pixel data are really stored, where its transfer syntax and its picture disagree."""

from __future__ import annotations

from pydicom.dataset import Dataset
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
from core.films.codecs.codestream import Compression, compression_of
from core.films.dicom.fragments import ITEM, is_rle, joined_frame

NATIVE = frozenset(
    {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian}
)
_ENCAPSULATED_NATIVE = UID("1.2.840.10008.1.2.1.98")  # Encapsulated Uncompressed Explicit VR Little Endian
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
    # A picture without compression may begin as an item does; its length tells.
    encapsulated = data.startswith(ITEM) and len(data) not in {n_bytes, n_bytes + n_bytes % 2}
    frame, notes = joined_frame(data, n_bytes) if encapsulated else (data, ())
    found = _found_syntax(frame, stated, n_bytes, encapsulated=encapsulated)
    if found is None:
        raise FilmUnreadableError(_DISAGREE.format(stated=stated.name))
    if stated not in {found, _ENCAPSULATED_NATIVE}:
        notes += (f"The file says that its picture is stored as {stated.name}; it was read as {found.name}.",)
    return found, frame, notes


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


def _found_syntax(frame: bytes, stated: UID, n_bytes: int, *, encapsulated: bool) -> UID | None:
    """Return the syntax that the frame itself shows, None where it shows none."""
    compression = compression_of(frame) if encapsulated or len(frame) < n_bytes else None
    if compression is not None:
        syntaxes = _SYNTAXES[compression]
        return stated if stated in syntaxes else syntaxes[0]
    if encapsulated and is_rle(frame):
        return RLELossless
    if not encapsulated and stated in NATIVE:
        return stated
    if len(frame) in {n_bytes, n_bytes + n_bytes % 2}:
        return stated if stated in NATIVE else ExplicitVRLittleEndian
    # A frame that shows nothing is damaged, which is for its decoder to say.
    return stated if encapsulated and stated in COMPRESSED else None
