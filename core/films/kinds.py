"""What a file is by its content: the one rule by which films are recognised, whatever their names."""

from __future__ import annotations

from enum import StrEnum

from core.films.dicom.elements import is_dicom, media_storage_class
from core.films.pictures.picture import is_picture

HEAD_BYTES = 4096
"""How much of a file `kind_of` needs to see."""

_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"  # PS3.4 B.5: Media Storage Directory Storage


class FileKind(StrEnum):
    """What a file is; the first is a film, the others are passed over in a folder."""

    FILM = "film"
    DICOMDIR = "DICOM directory"
    EMPTY = "empty file"
    TIFF = "TIFF picture"
    BITMAP = "BMP picture"
    GIF = "GIF picture"
    WEBP = "WebP picture"
    JPEG_2000 = "JPEG 2000 picture"
    PDF = "PDF document"
    ARCHIVE = "archive"
    NIFTI = "NIfTI volume"
    TEXT = "text file or table"
    OTHER = "file of another kind"
    HIDDEN = "hidden file or folder"
    LINK_OUT = "link out of the folder"
    BROKEN_LINK = "broken link"
    SPECIAL = "pipe, socket or device"


_SIGNATURES = (
    (b"II*\0", FileKind.TIFF), (b"MM\0*", FileKind.TIFF), (b"BM", FileKind.BITMAP), (b"GIF8", FileKind.GIF),
    (b"\0\0\0\x0cjP  ", FileKind.JPEG_2000), (b"\xff\x4f\xff\x51", FileKind.JPEG_2000), (b"%PDF", FileKind.PDF),
    (b"PK\x03\x04", FileKind.ARCHIVE), (b"PK\x05\x06", FileKind.ARCHIVE), (b"\x1f\x8b", FileKind.ARCHIVE),
    (b"7z\xbc\xaf", FileKind.ARCHIVE), (b"Rar!", FileKind.ARCHIVE), (b"BZh", FileKind.ARCHIVE),
    (b"\xfd7zXZ", FileKind.ARCHIVE), (b"\x5c\x01\0\0", FileKind.NIFTI), (b"\0\0\x01\x5c", FileKind.NIFTI),
)  # fmt: skip
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def kind_of(head: bytes) -> FileKind:
    """Return what a file is.

    Parameters
    ----------
    head : bytes
        Its first HEAD_BYTES, or all where it is shorter.
    """
    if not head:
        return FileKind.EMPTY
    if is_picture(head):
        return FileKind.FILM
    if is_dicom(head):
        return FileKind.DICOMDIR if media_storage_class(head) == _DIRECTORY_CLASS else FileKind.FILM
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    found = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)
    return found or (FileKind.TEXT if _is_text(head) else FileKind.OTHER)


def _is_text(head: bytes) -> bool:
    return head.startswith(_TEXT_MARKS) or not any(byte < 9 or 13 < byte < 27 for byte in head)
