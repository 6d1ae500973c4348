"""The errors of the core. Each message gives the value, what was expected and what to do."""


class CoreError(Exception):
    """Root of every error the core raises on purpose."""


class FilmUnreadableError(CoreError):
    """The bytes are no film that Lungline reads: damaged, of another kind, too large, or in colour."""


class ScorerUnknownError(CoreError):
    """No scorer of that name is registered."""


class ScorerBrokenError(CoreError):
    """A scorer's package is installed but cannot be imported."""


class WeightsMissingError(CoreError):
    """A scorer's weights are not on this machine."""


class WeightsInvalidError(CoreError):
    """A weight file is damaged, hostile or of another model; nothing in it was run."""


class DataSetInvalidError(CoreError):
    """A table of films or scores has not the documented form."""


class EvidenceMissingError(CoreError):
    """A document of the evidence is not on this machine."""


class FilmNotScorableError(CoreError):
    """A film shows nothing the scorer can score, for example no lungs; it is not assessable, never zero.

    Attributes
    ----------
    positions : tuple of int
        Places of such films in the batch given to `Scorer.score`; the others of the batch can be scored without them.
    """

    def __init__(self, message: str, positions: tuple[int, ...]) -> None:
        super().__init__(message)
        self.positions = positions


class DetectorUnknownError(CoreError):
    """No detector of change is registered under that name."""


class MapNotPossibleError(CoreError):
    """A scorer draws no such map, or nothing on the film moves its score."""


class AlignmentNotPossibleError(CoreError):
    """The lungs of two films cannot be laid over each other: one is not outlined, or they do not fit."""
