"""How components of our own make elements in the browser, and the colours they share."""

from __future__ import annotations

from pathlib import Path

JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
"""Goes before a component's own script; defines `element(tag, className, text)`."""
TONES = Path(__file__).with_name("tones.css").read_text(encoding="utf-8")
"""Goes before a component's own style sheet: the verdict colours, light and dark, of an element of class ``toned``."""
