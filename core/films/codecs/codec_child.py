"""The child process that decodes one compressed frame with GDCM; run by path, never imported by the product.

GDCM's decoders are C++ and have corrupted memory on damaged input. Here that ends this process and not the
one that keeps the films. stdin: one JSON line, then the frame; stdout: the decoded samples, little endian.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def limit_resources(memory_bytes: int, seconds: int) -> None:
    """Cap this process's memory and processor time, where the platform can."""
    try:
        import resource  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def decode(task: dict[str, Any], frame: bytes) -> bytes:
    """Return the samples of `frame`; see `core.films.codecs.codec.decode_frame` for the keys of `task`."""
    import gdcm  # noqa: PLC0415 - after the limits are set

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((task["columns"], task["rows"], 1))
    image.SetDataElement(element)
    interpretation = gdcm.PhotometricInterpretation.GetPIType("MONOCHROME2" if task["samples"] == 1 else "RGB")
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(interpretation))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(task["transfer_syntax"])))
    image.SetPlanarConfiguration(0)  # colours of a pixel side by side, however they were stored
    bits = task["precision"]
    image.SetPixelFormat(gdcm.PixelFormat(task["samples"], task["bits_allocated"], bits, bits - 1, task["signed"]))
    # The binding hands out char* as text with surrogate escapes.
    samples: bytes = image.GetBuffer().encode("utf-8", "surrogateescape")
    return samples


def main() -> None:
    """Decode what stands on stdin and end without running GDCM's destructors."""
    result = os.dup(1)
    os.dup2(2, 1)  # the codecs print
    task = json.loads(sys.stdin.buffer.readline())
    limit_resources(task["memory_bytes"], task["seconds"])
    samples = decode(task, sys.stdin.buffer.read())
    with os.fdopen(result, "wb") as stream:
        stream.write(samples)
    os._exit(0)


if __name__ == "__main__":
    main()
