"""Whether two statements of who a patient is can be of one person."""

from __future__ import annotations

from datetime import date


def spoken_name(name: str) -> str:
    """Return a name without what two systems may write differently: case, carets, commas, order of spaces."""
    return " ".join(name.replace("^", " ").replace(",", " ").casefold().split())


def is_another_person(one: tuple[str, date | None], other: tuple[str, date | None]) -> bool:
    """Return whether two names and birth dates are certainly of two persons; what is not stated says nothing.

    Names are written in many ways (a second given name, a maiden name), so that one word in common is
    enough for them to be of one person.
    """
    words, others = (set(spoken_name(name).split()) for name, _ in (one, other))
    if words and others and not words & others:
        return True
    return one[1] is not None and other[1] is not None and one[1] != other[1]
