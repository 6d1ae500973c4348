"""The errors of the services, the importers and the settings. Each message says what to do."""

from __future__ import annotations

import errno
import traceback

from core.identity import Difference


class DashboardError(Exception):
    """Root of every error this layer raises on purpose."""


class ConfigurationError(DashboardError):
    """A setting is missing, contradictory or of the wrong kind."""


class StoredFilmDamagedError(DashboardError):
    """A stored film is missing, or its bytes no longer have the hash it is named by."""


class StorageFailedError(DashboardError):
    """The disk or folder that films are stored in fails."""


class IdentityError(DashboardError):
    """A film names no patient, or another one than the caller."""


class NotAllowedError(DashboardError):
    """The film, flag or patient is not in a state that admits this correction."""


class DifferentPersonError(NotAllowedError):
    """Two persons would become one by this; `differences` says in what they differ. A person may confirm it."""

    def __init__(self, message: str, differences: tuple[Difference, ...]) -> None:
        super().__init__(message)
        self.differences = differences


class ScorerMismatchError(DashboardError):
    """The scorer on this machine is not the version the site has activated."""


def cause_for_log(error: BaseException) -> str:
    """Return the kind of an unexpected error and where it arose, without its message, which may name a patient."""
    raised_from = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{cause_for_log(raised_from)}then " if raised_from is not None else ""
    return f"{before}{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


def storage_trouble(error: OSError) -> str:
    """Return what an error of a disk or folder means and what to do, without the path: that may name a patient."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full: nothing was stored. Make room, then send it again."
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return "Lungline may not write to its data folder: nothing was stored. Allow it, then send it again."
    return f"The data folder does not work ({error.strerror or type(error).__name__}). Run `lungline doctor`."
