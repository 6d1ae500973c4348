"""What fails while a backup is made or restored, in plain words that say what to do."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from core.quoting import quoted
from dashboard.errors import ConfigurationError, StorageFailedError
from db.errors import DatabaseBusyError, DatabaseDamagedError, DatabaseFullError, DatabaseReadOnlyError
from db.trouble import SENTENCES, kind_of

log = logging.getLogger(__name__)

FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_ALLOWED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def plain_trouble(folder: Path, outcome: str) -> Iterator[None]:
    """Say what an error of a disk or a database means for a backup that is written to `folder`.

    Parameters
    ----------
    outcome : str
        What then is not done, for example "no backup was made".

    Raises
    ------
    ConfigurationError
    """
    try:
        yield
    except (OSError, StorageFailedError, sqlite3.Error, DBAPIError) as error:
        # The first line: those after it quote statements and rows.
        log.warning("%s: %s", folder, next(iter(str(error).splitlines()), type(error).__name__))
        raise ConfigurationError(_sentence(error, folder, outcome)) from error


def _sentence(error: BaseException, folder: Path, outcome: str) -> str:
    cause = (error.orig if isinstance(error, DBAPIError) else error.__cause__) or error
    number, kind = getattr(cause, "errno", None), kind_of(cause)
    if number in FULL or kind is DatabaseFullError:
        return f"The disk of {quoted(folder)} is full: {outcome}. Make room and run it again."
    if number in NOT_ALLOWED or kind is DatabaseReadOnlyError:
        return f"Lungline may not write to {folder}: {outcome}. Allow it and run it again."
    if kind is DatabaseDamagedError:
        return SENTENCES[DatabaseDamagedError]
    if kind is DatabaseBusyError:
        return f"The database is busy or took too long: {outcome}. Run it again in a minute."
    if isinstance(cause, StorageFailedError):
        return f"The film folder is away: {outcome}. Check that its disk is connected and run it again."
    reason = getattr(cause, "strerror", None) or type(cause).__name__
    return f"{quoted(folder)} or the database does not work ({reason}): {outcome}. Check the disks and run it again."
