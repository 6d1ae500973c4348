"""The errors of the services, the importers and the settings. Each message says what to do."""

from core.identity import Difference


class DashboardError(Exception):
    """Root of every error this layer raises on purpose."""


class ConfigurationError(DashboardError):
    """A setting is missing, contradictory or of the wrong kind."""


class StoredFilmDamagedError(DashboardError):
    """A stored film is missing, or its bytes no longer have the hash it is named by."""


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
