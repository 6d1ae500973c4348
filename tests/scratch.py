"""Where tests put their files."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's own folder in memory; pytest makes a folder of its own in it
ROOM = 4_000_000_000
"""Bytes that have to be free there: a run of all tests leaves some hundred megabytes; containers often have 64 MB."""


def keep_in_memory() -> None:
    """Put temporary folders into memory where there is room, unless TMPDIR says where.

    SQLite waits for the disk at every commit, and so does the folder of films at every film.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    # It has been asked for before this is loaded.
    tempfile.tempdir = None
