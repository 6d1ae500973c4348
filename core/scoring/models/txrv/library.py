"""torchxrayvision, imported when it is needed: that takes about ten seconds and 800 MB."""

from __future__ import annotations

import importlib
import warnings
from types import ModuleType


def torchxrayvision() -> ModuleType:
    """Import and return the library; it silences all warnings of the process, which is undone here."""
    with warnings.catch_warnings():
        return importlib.import_module("torchxrayvision")
