"""Does at the start of the dashboard what the first visitor would otherwise wait for."""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

from dashboard.services.site.opening import Site
from dashboard.services.ward.assembly import ward_board
from dashboard.settings import Settings
from db.engine import create_engine

FIRST_USED = ("pandas", "dashboard.commands", "dashboard.pictures.handlers")
"""Slow to import: by Streamlit with the first component of our own, by every view, by the first film."""


def warm_up(settings: Settings) -> None:
    """Import and read what the first visitor needs, and freeze it, so that the garbage collector never visits it."""
    with suppress(Exception):  # only to prepare: whoever opens the board is told what is wrong
        for name in FIRST_USED:
            import_module(name)
        site = Site.of(settings, create_engine(settings.database_url))
        ward_board(site=site)
        site.engine.dispose()
    gc.collect()
    gc.freeze()
