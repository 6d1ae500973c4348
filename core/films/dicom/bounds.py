"""Copy a DICOM header within limits, before objects are made of it.

A small file may hold millions of elements and items, and a parser needs microseconds and a kilobyte for each. Here they
are only counted and skipped: private elements and oversized values stay behind, text is cut, and a header beyond what
any film has is refused. What is copied has the encoding of the file (PS3.5 7.1, 7.5), sequences with undefined length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from pydicom.datadict import dictionary_VR
from pydicom.valuerep import VR

from core.errors import FilmUnreadableError

MAX_PARTS = 20_000
"""Elements and items of a header, private ones included. Films have hundreds, rarely thousands."""
MAX_ITEMS = 2_000
"""Items of sequences that are copied."""
MAX_DEPTH = 16
MAX_TEXT = 4_096
"""Bytes of a text, and of numbers outside the group of picture and look-up tables; more is cut."""
MAX_BINARY = 300_000
"""Bytes of any other value; more is left behind. A look-up table has at most 131,072."""
MAX_COPY = 16_000_000

PIXEL_DATA = 0x7FE00010
UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_FIRST_GROUP, _PICTURE_GROUP, _DELIMITERS = 0x0008, 0x0028, 0xFFFE
LONG_VALUES = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV"})
VRS = frozenset(vr.encode() for vr in VR if len(vr) == 2)
_BINARY = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN"})
_NUMBERS = frozenset({b"US", b"SS", b"UL", b"SL", b"FL", b"FD", b"AT", b"SV", b"UV"})
_TOO_MUCH = (
    "The file's header has more entries, or longer ones, than any chest film has. It was not opened: "
    "send the film again from where it came."
)
_BREAKS_OFF = "The file breaks off in its header. Send it again."
_DAMAGED = "The file's header is damaged. Send it again from where it came."


@dataclass(frozen=True)
class PixelElement:
    """Where the grey values stand: after the header, `length` bytes from `at`, or of undefined length."""

    vr: bytes | None
    at: int
    length: int


@dataclass(frozen=True)
class _Head:
    """One element's tag, VR (None: not stated), length, and where its value stands."""

    tag: int
    vr: bytes | None
    length: int
    at: int

    @property
    def group(self) -> int:
        return self.tag >> 16


def copy_header(source: bytes, at: int, *, implicit: bool, little: bool) -> tuple[bytes, PixelElement | None]:
    """Return the public elements from `at` to the grey values, in their own encoding, and where those stand.

    Parameters
    ----------
    source : bytes
        The file, inflated.
    at : int
        Where the data set begins, after the file meta group.
    implicit, little : bool
        The encoding.

    Raises
    ------
    FilmUnreadableError
        More parts, items, levels or bytes than any film has, or a part that ends after the file.
    """
    copy = _Copy(source, little=little)
    copy.elements(at, len(source), implicit=implicit, depth=0, keep=True)
    return bytes(copy.out), copy.pixels


class _Copy:
    """One header being copied to `out`."""

    def __init__(self, source: bytes, *, little: bool) -> None:
        order = "<" if little else ">"
        self.out = bytearray()
        self.pixels: PixelElement | None = None
        self._source = source
        self._tag = struct.Struct(f"{order}HH")
        self._short = struct.Struct(f"{order}H")
        self._long = struct.Struct(f"{order}I")
        self._parts = self._items = 0

    def elements(self, at: int, end: int, *, implicit: bool, depth: int, keep: bool, delimited: bool = False) -> int:
        """Copy a data set that ends at `end`, or at its delimiter; return where the next thing stands."""
        if depth > MAX_DEPTH:
            raise FilmUnreadableError(_TOO_MUCH)
        while at + 8 <= end:
            head = self._head(at, end, implicit=implicit)
            if head.group == _DELIMITERS:
                if delimited and head.tag == _ITEM_END:
                    return head.at
                if depth == 0:
                    return end
                raise FilmUnreadableError(_DAMAGED)
            if depth == 0 and head.tag == PIXEL_DATA:
                self.pixels = PixelElement(head.vr, head.at, head.length)
                return end
            at = self._element(head, end, implicit=implicit, depth=depth, keep=keep)
        if delimited:
            raise FilmUnreadableError(_BREAKS_OFF)
        return end

    def _element(self, head: _Head, end: int, *, implicit: bool, depth: int, keep: bool) -> int:
        keep = keep and head.group % 2 == 0 and head.group >= _FIRST_GROUP
        if head.length == UNDEFINED:
            if _is_sequence(head):
                return self._sequence(head, end, implicit=implicit, depth=depth, keep=keep)
            return self._fragments(head.at, end)
        after = head.at + head.length
        if after > end:
            raise FilmUnreadableError(_BREAKS_OFF)
        if not keep:
            return after
        if _is_sequence(head):
            self._sequence(head, after, implicit=implicit, depth=depth, keep=True)
        else:
            self._value(head)
        return after

    def _value(self, head: _Head) -> None:
        length = head.length
        vr = head.vr or _known_vr(head.tag)
        if vr in _BINARY or (vr in _NUMBERS and head.group == _PICTURE_GROUP):
            if length > MAX_BINARY:
                return
        else:
            length = min(length, MAX_TEXT)
        self._emit_head(head, length)
        self.out += self._source[head.at : head.at + length]
        if len(self.out) > MAX_COPY:
            raise FilmUnreadableError(_TOO_MUCH)

    def _sequence(self, head: _Head, end: int, *, implicit: bool, depth: int, keep: bool) -> int:
        if keep:
            self._emit_head(head, UNDEFINED)
        at = head.at
        while at < end:
            tag, length = self._item_head(at, end)
            at += 8
            if tag == _SEQUENCE_END and head.length == UNDEFINED:
                break
            if tag != _ITEM:
                raise FilmUnreadableError(_DAMAGED)
            at = self._item(at, length, end, implicit=implicit, depth=depth, keep=keep)
        else:
            if head.length == UNDEFINED:
                raise FilmUnreadableError(_BREAKS_OFF)
        if keep:
            self._emit_item(_SEQUENCE_END, 0)
        return at

    def _item(self, at: int, length: int, end: int, *, implicit: bool, depth: int, keep: bool) -> int:
        # Some writers change to implicit VR within a sequence (PS3.5 6.2.2 has them do it within UN).
        implicit = implicit or not _is_vr(self._source[at + 4 : at + 6])
        if keep:
            self._items += 1
            if self._items > MAX_ITEMS:
                raise FilmUnreadableError(_TOO_MUCH)
            self._emit_item(_ITEM, UNDEFINED)
        if length == UNDEFINED:
            at = self.elements(at, end, implicit=implicit, depth=depth + 1, keep=keep, delimited=True)
        else:
            if at + length > end:
                raise FilmUnreadableError(_BREAKS_OFF)
            at = self.elements(at, at + length, implicit=implicit, depth=depth + 1, keep=keep)
        if keep:
            self._emit_item(_ITEM_END, 0)
        return at

    def _fragments(self, at: int, end: int) -> int:
        """Return where encapsulated data end; an icon's, which nobody needs."""
        while True:
            tag, length = self._item_head(at, end)
            at += 8
            if tag == _SEQUENCE_END:
                return at
            if tag != _ITEM or length == UNDEFINED:
                raise FilmUnreadableError(_DAMAGED)
            at += length

    def _head(self, at: int, end: int, *, implicit: bool) -> _Head:
        self._count()
        source = self._source
        group, element = self._tag.unpack_from(source, at)
        tag = group << 16 | element
        vr = stated_vr(source[at + 4 : at + 6])
        if implicit or group == _DELIMITERS or not b"AA" <= vr <= b"ZZ":
            return _Head(tag, None, self._long.unpack_from(source, at + 4)[0], at + 8)
        if vr not in LONG_VALUES:
            return _Head(tag, vr, self._short.unpack_from(source, at + 6)[0], at + 8)
        if at + 12 > end:
            raise FilmUnreadableError(_BREAKS_OFF)
        return _Head(tag, vr, self._long.unpack_from(source, at + 8)[0], at + 12)

    def _item_head(self, at: int, end: int) -> tuple[int, int]:
        self._count()
        if at + 8 > end:
            raise FilmUnreadableError(_BREAKS_OFF)
        group, element = self._tag.unpack_from(self._source, at)
        return group << 16 | element, self._long.unpack_from(self._source, at + 4)[0]

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise FilmUnreadableError(_TOO_MUCH)

    def _emit_head(self, head: _Head, length: int) -> None:
        self.out += self._tag.pack(head.group, head.tag & 0xFFFF)
        if head.vr is None:
            self.out += self._long.pack(length)
        elif head.vr in LONG_VALUES:
            self.out += head.vr + b"\0\0" + self._long.pack(length)
        else:
            self.out += head.vr + self._short.pack(length)

    def _emit_item(self, tag: int, length: int) -> None:
        self.out += self._tag.pack(tag >> 16, tag & 0xFFFF) + self._long.pack(length)


def _is_sequence(head: _Head) -> bool:
    if head.vr == b"SQ":
        return True
    if head.vr not in {None, b"UN"}:
        return False
    known = _known_vr(head.tag)
    return known == b"SQ" or (head.length == UNDEFINED and known == b"UN")


@lru_cache(maxsize=1024)
def _known_vr(tag: int) -> bytes:
    """Return the VR of the dictionary, OW where it leaves a choice, UN for what it does not know."""
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        return b"UN"
    return b"OW" if " or " in vr else vr.encode()


def stated_vr(pair: bytes) -> bytes:
    """Return the VR of these two bytes in capitals, as some writers do not write it; other bytes as they are."""
    return pair.upper() if pair.upper() in VRS else pair


def _is_vr(pair: bytes) -> bool:
    vr = stated_vr(pair)
    return len(vr) < 2 or (0x40 < vr[0] < 0x5B and 0x40 < vr[1] < 0x5B)
