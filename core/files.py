"""Reading files that a person named: regular files only, and never more bytes than asked for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_WORDS = (
    (stat.S_ISDIR, "it is a folder, not a file"),
    (stat.S_ISFIFO, "it is a named pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a pipe, socket or device is refused at once instead of waited for.

    Raises
    ------
    OSError
        It is not there, may not be read, or is no regular file; `strerror` says which.
    """
    _require_regular(path, path.stat().st_mode)
    # Not blocking, because a pipe may have taken the file's place since.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        _require_regular(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, limit: int) -> bytes:
    """Return a regular file's first bytes, one more than `limit` at most, by which a file that is larger is seen.

    Raises
    ------
    OSError
        As `open_regular`.
    """
    with open_regular(path) as file:
        return file.read(limit + 1)


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        words = next((words for is_kind, words in _WORDS if is_kind(mode)), "it is no regular file")
        raise OSError(errno.EINVAL, words, str(path))
