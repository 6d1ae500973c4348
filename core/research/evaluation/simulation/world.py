"""What the simulated patients, their films and the scorer's errors are like; every number a stated assumption."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

from core.errors import DataSetInvalidError
from core.evaluation.evidence import simulation as names
from core.types import Measure, ScorerCard

MEASURE = Measure.GEOGRAPHIC_EXTENT
TOP = MEASURE.maximum


@dataclass(frozen=True)
class FilmTimes:
    """When films are taken.

    The gap to the next film is log-normal; its median shrinks with the true level, since sicker patients have more
    films: ``median_hours * 2 ** (-level / halving_points)``. The defaults give about 0.8 films a day at level 2 and 1.3
    at level 5, around the 0.75 a day of films taken on demand; Hannover's ICU stays have 0.4.
    """

    median_hours: float = 36.0
    halving_points: float = 5.0
    log_sd: float = 0.6
    shortest_hours: float = 1.0


@dataclass(frozen=True)
class StayShape:
    """How long a stay is watched, and when its truth changes."""

    days: float = 12.0
    onset_days: tuple[float, float] = (4.0, 6.0)
    course_days: float = 5.0
    oscillation_days: float = 3.0
    oscillation_points: float = 1.0


@dataclass(frozen=True)
class Projections:
    """How films are taken where projections mix: AP supine the likelier the sicker the patient is, else PA erect.

    Nobody has measured this scorer's shift between them: `shift_points` and `shift_sd` are guesses of a size that other
    films show.

    Attributes
    ----------
    even_level : float
        Level at which both are as likely.
    log_odds_per_point : float
        By what each point more raises the log odds of AP supine: 18 % at level 0, 82 % at 6 by default.
    shift_points, shift_sd : float
        AP supine scores higher, by this much on average; SD between patients.
    share_not_stated : float
        AP films whose position is not stated.
    """

    even_level: float = 3.0
    log_odds_per_point: float = 0.5
    shift_points: float = 0.5
    shift_sd: float = 0.5
    share_not_stated: float = 0.25


@dataclass(frozen=True)
class ErrorModel:
    """How the predicted score follows the truth: ``middle + gain (truth - middle) + patient's bias + film's error``.

    Attributes
    ----------
    gain : float
    film_sd : float
        SD of the part that is new on every film.
    bias_sd : float
        SD of the part that all films of a patient share.
    change_sd : float
        SD of true changes between consecutive films, for which the card's relation holds.
    reader_sd : float
        SD of the experts' own scatter on one film: they read the truth with it.
    """

    gain: float
    film_sd: float
    bias_sd: float
    change_sd: float
    reader_sd: float = 0.0


ERROR_CORRELATION = 0.6
"""Of the errors of two films of one patient; .5-.7, computed from published predictions of several models."""


def error_model(card: ScorerCard, *, change_sd: float | None = None, film_sd: float | None = None) -> ErrorModel:
    """Return the error model that gives back the card's relation of changes.

    The card states ``expert's change = slope * predicted change + error`` of SD s. Where experts' changes have SD e and
    all is normal, their correlation with predicted changes is ``R2 = 1 - s² / e²``, and predicted changes have the
    variance ``R2 e² / slope²``. Less the films' own scatter, two variances of a film, that is ``gain² t²`` for true
    changes of SD t; ``gain t² = R2 e² / slope`` gives both. What is left of e² is the readers' scatter. The largest
    scatter of films leaves readers none: ``R2 (1 - R2) e² / slope²``.

    Parameters
    ----------
    card : ScorerCard
    change_sd : float or None
        SD of the experts' changes on the films where the noise was measured; None takes that of the card's noise.
    film_sd : float or None
        Of the films' own scatter; None takes that of the card's levels, and the largest one where it states none.

    Raises
    ------
    DataSetInvalidError
        The card has no noise of a change that follows the experts', or the SD is not stated or not beyond the noise.
    """
    noise = card.noise.get(MEASURE)
    spread = change_sd if change_sd is not None or noise is None else noise.expert_sd
    if noise is None or noise.slope <= 0:
        message = f"The card of {card.model} states no noise of a change that follows the experts'. Measure it first."
        raise DataSetInvalidError(message)
    if spread is None or spread <= noise.sd:
        message = (
            f"The SD of the experts' changes is {spread}. Expected more than the {noise.sd:.2f} points of the noise: "
            "give the SD of the films where the noise was measured."
        )
        raise DataSetInvalidError(message)
    share = 1 - noise.sd**2 / spread**2
    predicted = share * spread**2 / noise.slope**2
    largest = (1 - share) * predicted / 2
    level = card.level_noise.get(MEASURE)
    stated = film_sd if film_sd is not None or level is None else level.film_sd
    film_variance = largest if stated is None else min(stated**2, largest)
    followed = predicted - 2 * film_variance
    true_variance = (noise.slope * predicted) ** 2 / followed
    bias_variance = film_variance * ERROR_CORRELATION / (1 - ERROR_CORRELATION)
    return ErrorModel(
        gain=followed / (noise.slope * predicted),
        film_sd=math.sqrt(film_variance),
        bias_sd=math.sqrt(bias_variance),
        change_sd=math.sqrt(true_variance),
        reader_sd=math.sqrt(max(spread**2 - true_variance, 0.0) / 2),
    )


@dataclass(frozen=True)
class Condition:
    """What is unlike the card, or hard for a detector.

    Attributes
    ----------
    noise_factor, bias_factor : float
        On the SD of a film's error and of the patient's bias; the detectors keep the card's.
    heavy_tails : bool
        Film errors from Student's t with 4 degrees of freedom, of the same SD.
    at_ends : bool
        Levels at the ends of the scale, so that scores are cut off.
    projections : str
        "alike" (AP supine), "not stated" (AP, position unknown) or "mixed".
    readers_exact : bool
        The experts' own scatter counts as the scorer's: the most that its noise can be (`World.largest`).
    """

    name: str
    noise_factor: float = 1.0
    bias_factor: float = 1.0
    heavy_tails: bool = False
    at_ends: bool = False
    projections: str = "alike"
    readers_exact: bool = False


AS_MEASURED = Condition(names.AS_MEASURED)
TOGETHER = Condition(names.TOGETHER, at_ends=True, projections="mixed")
CONDITIONS = (
    AS_MEASURED,
    Condition("readers' scatter counted as the scorer's", readers_exact=True),
    Condition("noise 35 % larger", noise_factor=1.35),
    Condition("noise 35 % smaller", noise_factor=0.65),
    Condition("heavy tails", heavy_tails=True),
    Condition("patient's bias doubled", bias_factor=2.0),
    Condition("position not stated", projections="not stated"),
    Condition("ends of the scale", at_ends=True),
    Condition("mixed projections", projections="mixed"),
    TOGETHER,
)
"""Times are irregular in all of them."""


@dataclass(frozen=True)
class World:
    """Everything a simulation assumes.

    Attributes
    ----------
    errors, largest : ErrorModel
        As the card's series show them, and with the films' largest scatter that the card allows.
    process_sd : float
        Of a DIFFUSING truth, points per square root of a day.
    """

    errors: ErrorModel
    largest: ErrorModel
    process_sd: float = 0.5
    times: FilmTimes = FilmTimes()
    stay: StayShape = StayShape()
    projections: Projections = Projections()

    @classmethod
    def of(cls, card: ScorerCard, *, change_sd: float | None = None) -> Self:
        """Return the world whose films err as a card says.

        Raises
        ------
        DataSetInvalidError
            As `error_model`.
        """
        largest = error_model(card, change_sd=change_sd, film_sd=math.inf)
        return cls(error_model(card, change_sd=change_sd), largest)

    def under(self, condition: Condition) -> World:
        """Return the world as a condition has it."""
        return replace(self, errors=self.largest) if condition.readers_exact else self
