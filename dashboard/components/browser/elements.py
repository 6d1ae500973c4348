"""How components of our own make elements in the browser."""

from __future__ import annotations

from pathlib import Path

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
"""To be put before a component's own: `element(tag, className, text)`."""
