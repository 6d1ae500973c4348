"""Every legal combination of format, modality and VOI transformation against independent readers.

DCMTK (dcm2pnm) displays each film; of compressed ones GDCM first writes an uncompressed copy.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from core.films.read import read_film

pytestmark = [
    pytest.mark.systems,
    pytest.mark.skipif(shutil.which("dcm2pnm") is None, reason="DCMTK is not installed: no independent reader"),
]

NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
COMPRESSED = (JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless)
FORMATS = ((8, False), (10, False), (12, False), (16, False), (12, True), (16, True))
PHOTOMETRICS = ("MONOCHROME1", "MONOCHROME2")
MODALITIES = ("none", "rescale", "fraction", "table")
VOIS = ("none", "LINEAR", "LINEAR_EXACT", "SIGMOID", "words", "bytes of words", "table of 8 bits")

# GDCM can end the process it runs in.
_UNCOMPRESS = """
import sys, gdcm
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    reader = gdcm.ImageReader(); reader.SetFileName(source); assert reader.Read(), source
    change = gdcm.ImageChangeTransferSyntax(); change.SetInput(reader.GetImage())
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ExplicitVRLittleEndian)); assert change.Change()
    writer = gdcm.ImageWriter(); writer.SetFileName(target); writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput()); assert writer.Write(), target
"""


@dataclass(frozen=True)
class Case:
    """One film of the matrix."""

    syntax: str
    bits: int
    signed: bool
    photometric: str
    modality: str
    voi: str

    @property
    def name(self) -> str:
        """Return the case in words."""
        return ", ".join(f"{value}" for value in vars(self).values())


def native_cases() -> list[Case]:
    """Return all combinations; the byte orders take turns where no table makes them matter."""
    cases = []
    for number, rest in enumerate(itertools.product(FORMATS, PHOTOMETRICS, MODALITIES, VOIS)):
        (bits, signed), photometric, modality, voi = rest
        cases.append(Case(NATIVE[number % 3], bits, signed, photometric, modality, voi))
    return cases


def compressed_cases() -> list[Case]:
    combinations = itertools.product(COMPRESSED, FORMATS, PHOTOMETRICS, ("none", "rescale"), ("LINEAR", "words"))
    return [Case(syntax, *format_, *rest) for syntax, format_, *rest in combinations]


def table(first: int, entries: NDArray[np.int64], bits: int, *, data: str, syntax: str) -> Dataset:
    """Return one item of a lookup-table sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [entries.size % 65536, first, bits])
    if data == "OW" or entries.size > 32767:  # a value with VR US has at most 64 kB
        kind = ">u2" if syntax == ExplicitVRBigEndian else "<u2"
        item.add_new("LUTData", "OW", entries.astype(kind).tobytes())
    else:
        item.add_new("LUTData", "US", entries.tolist())
    return item


def film_bytes(case: Case) -> bytes:
    values = chest_values(64, 56, bits=case.bits).astype(np.int64)
    low = -(1 << (case.bits - 1)) if case.signed else 0
    kind = {8: "u1"}.get(case.bits, "i2" if case.signed else "u2")
    tags: dict[str, Any] = {}
    count = 1 << case.bits
    least, most = low, low + count - 1
    if case.modality == "table":
        entries = np.rint((np.arange(count) / (count - 1)) ** 1.2 * 4095).astype(np.int64)
        tags["ModalityLUTSequence"] = [table(low, entries, 16, data="US", syntax=case.syntax)]
        tags["ModalityLUTSequence"][0].ModalityLUTType = "US"
        least, most = 0, 4095
    elif case.modality != "none":
        slope, intercept = (1, -100) if case.modality == "rescale" else (0.5, 20)
        tags |= {"RescaleSlope": slope, "RescaleIntercept": intercept, "RescaleType": "US"}
        least, most = round(least * slope + intercept), round(most * slope + intercept)
    tags |= voi(case, least, most)
    return dicom_bytes(
        (values + low).astype(kind),
        bits_stored=case.bits,
        transfer_syntax=case.syntax,
        photometric=case.photometric,
        **tags,
    )


def voi(case: Case, least: int, most: int) -> dict[str, Any]:
    """Return the elements of a VOI transformation of modality values from `least` to `most`."""
    if case.voi == "none":
        return {}
    span = most - least
    if case.voi.isupper():
        window = {"WindowCenter": least + span // 2, "WindowWidth": max(2, round(span * 0.7))}
        return window if case.voi == "LINEAR" else window | {"VOILUTFunction": case.voi}
    first = max(least, -32768)
    bits = 8 if case.voi == "table of 8 bits" else 16
    places = np.linspace(0, 1, min(span + 1, 65535))
    entries = np.rint(places**0.8 * ((1 << bits) - 1)).astype(np.int64)
    data = "OW" if case.voi == "bytes of words" else "US"
    return {"VOILUTSequence": [table(first, entries, bits, data=data, syntax=case.syntax)]}


def displayed(path: Path, case: Case) -> NDArray[np.float64]:
    """Return a film as DCMTK displays it, 0-1."""
    target = path.with_suffix(".png")
    choice = [] if case.voi == "none" else ["+Wi", "1"] if case.voi.isupper() else ["+Wl", "1"]
    if case.voi == "LINEAR_EXACT":
        # DCMTK does not know it: the same line, in the words of LINEAR (PS3.3 C.11.2.1.2).
        film = dcmread(path, stop_before_pixels=True)
        choice = ["+Ww", str(film.WindowCenter + 0.5), str(film.WindowWidth + 1), "+Wfl"]
    done = subprocess.run(
        ["dcm2pnm", *choice, "+on2", str(path), str(target)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{case.name}: {done.stderr}"
    return np.asarray(Image.open(target), dtype=np.float64) / 65535


def difference(case: Case, path: Path, source: bytes) -> tuple[float, float]:
    """Return how far the film's grey values lie from DCMTK's: largest difference, and correlation."""
    own = read_film(source, site_zone=ZoneInfo("UTC")).pixels.astype(np.float64)
    other = displayed(path, case)
    return float(np.abs(own - other).max()), float(np.corrcoef(own.ravel(), other.ravel())[0, 1])


def uncompress(pairs: list[tuple[Path, Path]]) -> None:
    paths = [str(path) for pair in pairs for path in pair]
    subprocess.run([sys.executable, "-c", _UNCOMPRESS, *paths], check=True, capture_output=True, timeout=300)


@pytest.mark.slow
def test_every_combination_shows_what_an_independent_reader_shows(tmp_path: Path) -> None:
    cases = native_cases() + compressed_cases()
    sources = [film_bytes(case) for case in cases]
    paths = [tmp_path / f"{number}.dcm" for number in range(len(cases))]
    pairs = []
    for case, path, source in zip(cases, paths, sources, strict=True):
        path.write_bytes(source)
        if case.syntax in COMPRESSED:
            pairs.append((path, path))
    uncompress(pairs)
    found = {
        case.name: difference(case, path, source) for case, path, source in zip(cases, paths, sources, strict=True)
    }
    assert len(found) >= 300
    unlike = {case.name: found[case.name] for case in cases if not _alike(case, *found[case.name])}
    assert unlike == {}, f"{len(unlike)} of {len(found)} differ"


def _alike(case: Case, largest: float, correlation: float) -> bool:
    """Return whether two readers show the same.

    Without a VOI they differ in what they show white: the grey values must be a straight line of each other. Between
    two entries of a table one reader takes the lower and one the nearer.
    """
    between = case.modality == "fraction" and not case.voi.isupper() and case.voi != "none"
    if case.voi != "none" and largest > (4 if between else 1.5) / 255:
        return False
    return correlation > (0.999 if between else 0.9999)
