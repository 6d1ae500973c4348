"""The errors of the core. Each message gives the value, what was expected and what to do."""


class CoreError(Exception):
    """Root of every error the core raises on purpose."""


class FilmUnreadableError(CoreError):
    """The bytes are no film that Lungline reads: damaged, of another kind, too large, or in colour."""


class ScorerUnknownError(CoreError):
    """No scorer of that name is registered."""


class WeightsMissingError(CoreError):
    """A scorer's weights are not on this machine."""


class WeightsInvalidError(CoreError):
    """A weight file is damaged, hostile or of another model; nothing in it was run."""


class DataSetInvalidError(CoreError):
    """A table of films or scores has not the documented form."""
