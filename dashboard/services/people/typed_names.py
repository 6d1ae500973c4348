"""Names of the people who work here, as they type them."""

from __future__ import annotations


def typed_name_key(name: str) -> str:
    """Return by which a person is known, however the name was typed."""
    return " ".join(name.split()).casefold()
