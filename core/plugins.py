"""Scorers and detectors of other installed distributions, found by their entry points; nothing of them is imported."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

log = logging.getLogger(__name__)

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A scorer's or detector's name: lower-case words of letters and digits, with hyphens between."""


@cache
def installed(group: str, *, taken: frozenset[str]) -> Mapping[str, EntryPoint]:
    """Return the entry points of a group by their names.

    One is left out, and the log says so, where its name is taken by the program or by another one, or is no `NAME`.

    Parameters
    ----------
    taken : frozenset of str
        Names of the program's own.
    """
    found: dict[str, EntryPoint] = {}
    for entry_point in entry_points(group=group):
        is_name = entry_point.name not in taken and NAME.fullmatch(entry_point.name)
        if not is_name or found.setdefault(entry_point.name, entry_point).value != entry_point.value:
            log.warning(
                "%s %r (%s) is left out: taken, or no lower-case word.", group, entry_point.name, entry_point.value
            )
    return found
