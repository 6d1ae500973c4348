"""Lookup tables of a DICOM film (PS3.3 C.11.1, C.11.2), in every way they are stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from core.films.dicom.elements import element_numbers, element_value

Values = NDArray[np.float64]

_WORD = 1 << 16
_BYTE_BITS = 8


@dataclass(frozen=True, eq=False)
class LookupTable:
    """Entries for the values from `first` on; values before and after get the first and the last entry."""

    first: int
    entries: Values

    def of(self, values: Values) -> Values:
        """Return the entry of each value, rounded to a whole number."""
        # Clipped before they become whole numbers: a rescale may give any number.
        places = np.clip(np.rint(values) - self.first, 0, self.entries.size - 1)
        return np.asarray(self.entries[places.astype(np.intp)], dtype=np.float64)


def read_table(item: Dataset, inputs: Values) -> LookupTable | None:
    """Return the table of one item of a lookup-table sequence, None where it is broken.

    The descriptor's first value mapped is stored as US or SS, often as the other of both: it is taken as the one that
    lies nearer to `inputs`. Entries come as words or as bytes, also packed two to a word, and as SS for US.

    Parameters
    ----------
    inputs : float64 array, (n,)
        Every value the table may be asked for.
    """
    descriptor = element_numbers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first, bits = (int(value) for value in descriptor)
    entries = _entries(item, count % _WORD or _WORD, bits)
    return None if entries is None else LookupTable(_first_mapped(first % _WORD, entries.size, inputs), entries)


def _first_mapped(word: int, count: int, inputs: Values) -> int:
    """Return 16 bits as a signed or an unsigned number, by how many of the inputs the table then holds."""
    return max((word, word - _WORD), key=lambda first: _held(first, count, inputs)) if word >= _WORD // 2 else word


def _held(first: int, count: int, inputs: Values) -> int:
    return int(np.count_nonzero((inputs >= first) & (inputs < first + count)))


def _entries(item: Dataset, count: int, bits: int) -> Values | None:
    """Return `count` entries, None where the data hold fewer or the depth is none a table has."""
    if not _BYTE_BITS <= bits <= 16:
        return None
    data = element_value(item, "LUTData")
    words = _words(item, data)
    if words is None:
        return None
    if words.size >= count:
        return words[:count].astype(np.float64)
    packed = words.astype("<u2").view(np.uint8)
    if bits == _BYTE_BITS and packed.size >= count:
        return packed[:count].astype(np.float64)
    return None


def _words(item: Dataset, data: object) -> NDArray[np.uint16] | None:
    """Return table data as unsigned words; bytes are those of the file, numbers may have lost their sign."""
    if isinstance(data, bytes):
        little_endian = item.original_encoding[1] is not False
        return np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little_endian else ">u2").astype(np.uint16)
    numbers = element_numbers(item, "LUTData")
    return (np.array(numbers, dtype=np.int64) % _WORD).astype(np.uint16) if numbers else None
