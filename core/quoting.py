"""Names of files and cells as messages quote them."""

from __future__ import annotations

LONGEST = 120
"""Characters that a message quotes of one name."""


def cut(text: str) -> str:
    """Return text of at most `LONGEST` characters: of a longer one both ends, a path's last part among them."""
    if len(text) <= LONGEST:
        return text
    end = LONGEST // 2
    return f"{text[: LONGEST - end - 1]}…{text[-end:]}"


def quoted(value: object) -> str:
    """Return a name in quotation marks, cut as `cut` does; what is not seen on a screen is spelt out."""
    return repr(cut(str(value)))
