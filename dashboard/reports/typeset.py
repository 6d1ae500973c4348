"""Setting a report as PDF. What it says goes in as JSON, so that nothing in a name is markup."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import typst

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    '<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
)


def typeset(template: str, content: Mapping[str, object], pictures: Mapping[str, bytes]) -> bytes:
    """Return the PDF (PDF/UA-1: tagged, with texts in place of pictures).

    Parameters
    ----------
    template : str
        A `.typ` file of this folder, which reads `content` from ``sys.inputs.content``.
    pictures : mapping of name to PNG
        For the template as ``NAME.svg``.
    """
    files = {path.name: path.read_bytes() for path in _HERE.glob("*.typ")}
    # The compiler takes files from memory as text only: a picture goes in wrapped.
    files |= {f"{name}.svg": _wrapped(png) for name, png in pictures.items()}
    files["main.typ"] = files[template]
    inputs = {"content": json.dumps(content)}
    # Files by name are documented, and missing in the package's types.
    document: bytes = typst.compile(files, font_paths=[FONTS], sys_inputs=inputs, pdf_standards="ua-1")  # type: ignore[call-overload]
    return document


def _wrapped(png: bytes) -> bytes:
    """Return a PNG in an SVG of its size, which its header states (PNG specification, 11.2.2)."""
    width, height = (int.from_bytes(png[place : place + 4]) for place in (16, 20))
    return PICTURE.format(width=width, height=height, data=base64.b64encode(png).decode()).encode()
