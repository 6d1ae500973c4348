"""The one factory of small films: DICOM of every transfer syntax, PNG and JPEG, from an array of grey values."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
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
from scipy.ndimage import gaussian_filter, map_coordinates

from core.films.synthetic import CLEAR, draw_film

NATIVE_SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
LOSSLESS_SYNTAXES = (JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless)
LOSSY_SYNTAXES = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000)

# GDCM's encoders can corrupt the memory of the process they run in, so they get one of their own. It starts without
# `site` and the packages that hook into it, in half the time.
_ENCODER = """
import json, os, sys
sys.path.append(sys.argv[1])
import gdcm
result = os.dup(1); os.dup2(2, 1)
task = json.loads(sys.stdin.buffer.readline())
pixels = sys.stdin.buffer.read()
image = gdcm.Image()
image.SetNumberOfDimensions(2)
image.SetDimensions((task["columns"], task["rows"], 1))
bits = task["bits"]
image.SetPixelFormat(gdcm.PixelFormat(task["samples"], task["allocated"], bits, bits - 1, task["signed"]))
kind = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2" if task["samples"] == 1 else "RGB")
image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ExplicitVRLittleEndian))
element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
element.SetByteStringValue(pixels)
image.SetDataElement(element)
change = gdcm.ImageChangeTransferSyntax()
change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(task["syntax"])))
change.SetInput(image)
if not change.Change():
    sys.exit("GDCM cannot encode this")
fragments = change.GetOutput().GetDataElement().GetSequenceOfFragments()
frame = fragments.GetFragment(0).GetByteValue().GetBuffer().encode("utf-8", "surrogateescape")
with os.fdopen(result, "wb") as stream:
    stream.write(frame)
os._exit(0)
"""


def chest_values(rows: int = 96, columns: int = 80, *, bits: int = 8, seed: int = 0) -> NDArray[np.uint8 | np.uint16]:
    """Return the grey values of a synthetic chest film with fine texture; the checks let it pass from 128 pixels on."""
    grey = _resized_chest(rows, columns) + np.random.default_rng(seed).normal(0, 0.015, (rows, columns))
    kind = np.uint8 if bits <= 8 else np.uint16
    return np.clip(np.rint(grey * (2**bits - 1)), 0, 2**bits - 1).astype(kind)


@lru_cache(maxsize=16)
def _resized_chest(rows: int, columns: int) -> NDArray[np.float32]:
    # Not with Pillow: some tests forbid it to decode anything.
    chest = _chest()
    steps = [np.linspace(0, size - 1, count) for size, count in zip(chest.shape, (rows, columns), strict=True)]
    smooth = gaussian_filter(chest, max(chest.shape) / max(rows, columns) / 3)
    resized: NDArray[np.float32] = map_coordinates(smooth, np.meshgrid(*steps, indexing="ij"), order=1)
    resized.flags.writeable = False
    return resized


@lru_cache(maxsize=1)
def _chest() -> NDArray[np.float32]:
    """Return one clear synthetic film, 0-1, its mean 0.52."""
    drawn = draw_film(patient_seed=1, film_seed=1, right=CLEAR, left=CLEAR, size=256)
    grey = drawn.pixels / np.float32(drawn.pixels.max())
    return np.clip(grey + (np.float32(0.52) - grey.mean()), 0, 1)


def encoded_frame(pixels: NDArray[Any], transfer_syntax: str, *, bits_stored: int) -> bytes:
    """Return one frame compressed as `transfer_syntax`, (rows, columns) or (rows, columns, 3)."""
    if transfer_syntax == RLELossless:
        return _rle(pixels, bits_stored)
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    task = {
        "rows": pixels.shape[0],
        "columns": pixels.shape[1],
        "samples": samples,
        "allocated": pixels.dtype.itemsize * 8,
        "bits": bits_stored,
        "signed": int(pixels.dtype.kind == "i"),
        "syntax": str(transfer_syntax),
    }
    return _gdcm(json.dumps(task), np.ascontiguousarray(pixels).tobytes())


@lru_cache(maxsize=64)
def _gdcm(task: str, pixels: bytes) -> bytes:
    command = [sys.executable, "-I", "-S", "-c", _ENCODER, str(_packages())]
    done = subprocess.run(command, input=task.encode() + b"\n" + pixels, capture_output=True, check=True)
    return done.stdout


def _packages() -> Path:
    found = find_spec("gdcm")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _rle(pixels: NDArray[Any], bits_stored: int) -> bytes:
    return RLELosslessEncoder.encode(
        np.ascontiguousarray(pixels),
        encoding_plugin="pydicom",
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        samples_per_pixel=1 if pixels.ndim == 2 else pixels.shape[2],
        planar_configuration=0,
        number_of_frames=1,
        bits_allocated=pixels.dtype.itemsize * 8,
        bits_stored=bits_stored,
        pixel_representation=int(pixels.dtype.kind == "i"),
        photometric_interpretation="MONOCHROME2" if pixels.ndim == 2 else "RGB",
    )


def dicom_dataset(
    pixels: NDArray[Any],
    *,
    transfer_syntax: str = ExplicitVRLittleEndian,
    photometric: str = "MONOCHROME2",
    bits_stored: int | None = None,
    window: tuple[float, float] | None = None,
    **tags: Any,  # noqa: ANN401 - an element may hold anything
) -> Dataset:
    """Return a DX film as a data set; see `dicom_bytes`."""
    bits_stored = bits_stored or pixels.dtype.itemsize * 8
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.10.1.1"
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.10.1"
    dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.1.0"
    dataset.Modality = "DX"
    dataset.PatientID = "4711"
    dataset.PatientName = "Doe^Jane"
    dataset.PatientBirthDate = "19500102"
    dataset.PatientSex = "F"
    dataset.BodyPartExamined = "CHEST"
    dataset.AcquisitionDate, dataset.AcquisitionTime = "20200301", "083000"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else pixels.shape[2]
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = pixels.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = bits_stored, bits_stored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    if window is not None:
        dataset.WindowCenter, dataset.WindowWidth = window
    if transfer_syntax in NATIVE_SYNTAXES:
        order = ">" if transfer_syntax == ExplicitVRBigEndian else "<"
        dataset.PixelData = _even(pixels.astype(pixels.dtype.newbyteorder(order)).tobytes())
    else:
        dataset.PixelData = encapsulate([encoded_frame(pixels, transfer_syntax, bits_stored=bits_stored)])
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == 8 or transfer_syntax not in NATIVE_SYNTAXES else "OW"
    for keyword, value in tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def dicom_bytes(
    pixels: NDArray[Any],
    *,
    transfer_syntax: str = ExplicitVRLittleEndian,
    photometric: str = "MONOCHROME2",
    bits_stored: int | None = None,
    window: tuple[float, float] | None = None,
    preamble: bool = True,
    **tags: Any,  # noqa: ANN401 - an element may hold anything
) -> bytes:
    """Return a DX film as the bytes of a DICOM file.

    Parameters
    ----------
    pixels : integer array, (rows, columns) or (rows, columns, 3)
        Stored values; a signed dtype makes a signed film.
    transfer_syntax : str
        UID; the frame is encoded accordingly.
    photometric : str
    bits_stored : int, optional
        Default: the width of the dtype.
    window : (center, width), optional
    preamble : bool
        False leaves out preamble and file meta group.
    **tags
        Any other element by keyword; None removes it.
    """
    dataset = dicom_dataset(
        pixels,
        transfer_syntax=transfer_syntax,
        photometric=photometric,
        bits_stored=bits_stored,
        window=window,
        **tags,
    )
    stream = BytesIO()
    if preamble:
        dcmwrite(stream, dataset, enforce_file_format=True)
    else:
        little = transfer_syntax != ExplicitVRBigEndian
        del dataset.file_meta
        dcmwrite(
            stream,
            dataset,
            implicit_vr=transfer_syntax == ImplicitVRLittleEndian,
            little_endian=little,
            force_encoding=True,
        )
    return stream.getvalue()


def png_bytes(pixels: NDArray[Any]) -> bytes:
    """Return a PNG: 8 or 16-bit grey, (rows, columns, 3) colour or (rows, columns, 4) with transparency."""
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def jpeg_bytes(pixels: NDArray[np.uint8], *, quality: int = 95, orientation: int | None = None) -> bytes:
    """Return a JPEG, with an EXIF orientation (1-8) where one is given."""
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality, exif=exif)
    return stream.getvalue()


def _even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)
