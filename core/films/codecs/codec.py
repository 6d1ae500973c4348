"""Decode one compressed frame in a process of its own, with a time and a memory limit."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import FilmUnreadableError

_CHILD = Path(__file__).with_name("codec_child.py")
_MEMORY_BYTES = 4_000_000_000
_SECONDS = 60


@dataclass(frozen=True)
class EncodedFrame:
    """One compressed frame and how to read it.

    Attributes
    ----------
    transfer_syntax : str
        DICOM UID of the compression.
    rows, columns, samples : int
        As the header states and, for JPEG kinds, the codestream confirms.
    precision : int
        Bits per sample of the codestream, 1-16.
    signed : bool
    """

    data: bytes
    transfer_syntax: str
    rows: int
    columns: int
    samples: int
    precision: int
    signed: bool = False

    @property
    def bits_allocated(self) -> int:
        """Return 8 or 16."""
        return 8 if self.precision <= 8 else 16


def decode_frame(frame: EncodedFrame, *, seconds: int = _SECONDS) -> NDArray[np.unsignedinteger[Any]]:
    """Return the samples of a compressed frame as unsigned integers, (rows, columns) or (rows, columns, samples).

    Raises
    ------
    FilmUnreadableError
        The decoder gave up, took too long or too much memory, or gave another number of pixels.
    """
    task = {
        "transfer_syntax": frame.transfer_syntax,
        "rows": frame.rows,
        "columns": frame.columns,
        "samples": frame.samples,
        "precision": frame.precision,
        "bits_allocated": frame.bits_allocated,
        "signed": int(frame.signed),
        "memory_bytes": _MEMORY_BYTES,
        "seconds": seconds,
    }
    samples = _run_child(json.dumps(task).encode() + b"\n" + frame.data, seconds)
    expected = frame.rows * frame.columns * frame.samples * frame.bits_allocated // 8
    # Decoders may pad to an even length.
    if not expected <= len(samples) <= expected + 1:
        raise FilmUnreadableError("The compressed picture is damaged or cut short. Send the film again.")
    flat = np.frombuffer(
        samples, "<u1" if frame.bits_allocated == 8 else "<u2", frame.rows * frame.columns * frame.samples
    )
    return flat.reshape(_shape(frame))


def _shape(frame: EncodedFrame) -> tuple[int, ...]:
    return (frame.rows, frame.columns) if frame.samples == 1 else (frame.rows, frame.columns, frame.samples)


def _run_child(task: bytes, seconds: int) -> bytes:
    # -I: neither the working directory nor the environment decides what the child imports.
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        done = subprocess.run(command, input=task, capture_output=True, timeout=seconds, check=False)  # noqa: S603 - fixed command, data on stdin
    except subprocess.TimeoutExpired as error:
        raise FilmUnreadableError(
            f"Decoding the picture took longer than {seconds} s and was stopped. The file is probably damaged."
        ) from error
    if done.returncode != 0:
        raise FilmUnreadableError("The compressed picture is damaged and could not be decoded. Send the film again.")
    return done.stdout
