"""What the trend takes and gives: scored films in, changes, verdicts and proposed flags out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from core.trend.reasons import Reasons
from core.types import Interval, Measure, PatientPosition, Score, TimeDoubt, TimePrecision, ViewPosition


class Verdict(StrEnum):
    """What a comparison of two films says of the film; never a diagnosis."""

    LARGE_RISE = "large_rise"
    RISE = "rise"
    NO_REAL_CHANGE = "no_real_change"
    DROP = "drop"
    LARGE_DROP = "large_drop"
    CANNOT_TELL = "cannot_tell"
    NOT_ASSESSED = "not_assessed"


class NoVerdict(StrEnum):
    """Why a comparison has no verdict: nothing to judge it by or to compare with, else what only a person can settle.

    Of the second kind TAKEN_DIFFERENTLY is a film in another projection or position, NONE_TAKEN_ALIKE the same of all
    earlier films, UNORDERED films of one day or instant, VERDICTS_DIFFER an earlier day whose films disagree,
    BEYOND_SCALE a change of clinical size where the scorer's error leaves no room to call any, TIME_IN_DOUBT a drop
    that a wrong clock may have made.
    """

    NOISE_NOT_MEASURED = "noise_not_measured"
    NOISE_WITHOUT_RELATION = "noise_without_relation"
    NO_STAY = "no_stay"
    FIRST_FILM = "first_film"
    NO_EARLIER_FILM = "no_earlier_film"
    NO_FILM_THEN = "no_film_then"
    TAKEN_DIFFERENTLY = "taken_differently"
    NONE_TAKEN_ALIKE = "none_taken_alike"
    UNORDERED = "unordered"
    VERDICTS_DIFFER = "verdicts_differ"
    BEYOND_SCALE = "beyond_scale"
    TIME_IN_DOUBT = "time_in_doubt"

    @property
    def verdict(self) -> Verdict:
        """Return what stands in place of a verdict."""
        return Verdict.NOT_ASSESSED if self in _NOTHING_TO_JUDGE else Verdict.CANNOT_TELL


_NOTHING_TO_JUDGE = frozenset(
    {
        NoVerdict.NOISE_NOT_MEASURED,
        NoVerdict.NOISE_WITHOUT_RELATION,
        NoVerdict.NO_STAY,
        NoVerdict.FIRST_FILM,
        NoVerdict.NO_EARLIER_FILM,
        NoVerdict.NO_FILM_THEN,
    }
)


class Reference(StrEnum):
    """Which earlier film a film is compared with."""

    RECENT = "recent"
    PREVIOUS = "previous"
    HOURS_24 = "24_h"
    HOURS_72 = "72_h"
    ADMISSION = "admission"
    LOWEST = "lowest"
    HIGHEST = "highest"

    @classmethod
    def _missing_(cls, value: object) -> Reference | None:
        # The labels that commands and addresses named references by, until they had codes.
        return _EARLIER_LABELS.get(str(value).lower().replace("-", " ").replace("_", " "))


_EARLIER_LABELS = {
    "recent level": Reference.RECENT,
    "previous film": Reference.PREVIOUS,
    "24 h": Reference.HOURS_24,
    "72 h": Reference.HOURS_72,
    "icu admission": Reference.ADMISSION,
    "lowest level of the stay": Reference.LOWEST,
    "highest level of the stay": Reference.HIGHEST,
}

FILM_REFERENCES = (
    Reference.RECENT,
    Reference.PREVIOUS,
    Reference.HOURS_24,
    Reference.HOURS_72,
    Reference.ADMISSION,
)
"""References that are scores of films, one or their mean; the others are smoothed levels of the stay, compared where
they are asked for."""


class Comparability(StrEnum):
    """Whether two films were taken alike.

    UNKNOWN: projection or position is not stated for one of them; compared, with wider noise.
    MIXED: projection or position differ; never a verdict, at most a request to look.
    """

    COMPARABLE = "comparable"
    UNKNOWN = "unknown"
    MIXED = "mixed"


class FlagKind(StrEnum):
    """Why a flag is raised. RISE alerts, DROP supports, LOOK asks for a look at the films."""

    RISE = "rise"
    DROP = "drop"
    LOOK = "look"


def acquisition_of(view: ViewPosition, position: PatientPosition) -> str:
    """Return projection and position as one word; strings are quick to look up."""
    return f"{view.value} {position.value}"


@dataclass(frozen=True)
class ScoredFilm:
    """One point of a trajectory: a film with its score by one model version.

    Attributes
    ----------
    film_id : int
        The database's own id.
    stay_id : int or None
        Films of different stays are never compared.
    acquired_at : datetime
        With time zone.
    received_at : datetime or None
        When it came; None where that plays no part.
    time_doubt : TimeDoubt or None
        What speaks against its time.
    """

    film_id: int
    stay_id: int | None
    acquired_at: datetime
    time_precision: TimePrecision
    view_position: ViewPosition
    patient_position: PatientPosition
    score: Score
    received_at: datetime | None = None
    time_doubt: TimeDoubt | None = None

    @cached_property
    def seconds(self) -> float:
        """Return its time in seconds since 1970, UTC."""
        return self.acquired_at.timestamp()

    @cached_property
    def acquisition(self) -> str:
        """Return projection and position as one word, for example "AP supine"."""
        return acquisition_of(self.view_position, self.patient_position)


class Basis(Protocol):
    """What a verdict rests on. It is put into words when read: few of the verdicts on a patient's films ever are."""

    def reasons(self, change: Change) -> Reasons:
        """Return the reasons of the change that holds this basis."""
        ...


@dataclass(frozen=True)
class Change:
    """A film compared with a chosen earlier one, on one measure.

    Attributes
    ----------
    reference_film_id, gap_hours, change : None where there is no film to compare with
        `change` in points of the measure's scale, as scored (no shrinkage); against RECENT the difference of the means
        and the newest of the earlier films, against LOWEST and HIGHEST the difference of the smoothed levels.
    now_film_ids, before_film_ids : tuple of int
        The films whose mean scores are compared; one each but for RECENT.
    unmeasured : tuple of str
        How films were taken, of those compared, on whose pairs the noise was never measured, for example "AP supine";
        expected change, interval and probabilities are then None: the verdict stands on the noise of other films.
    expected_change : float or None
        The expert's change to be expected, slope x change; None where the noise was not measured.
    interval : Interval or None
        Of the expected change.
    p_rise, p_drop : float or None
        P(true change > 0), P(true change < 0).
    p_large_rise, p_large_drop : float or None
        P(true change beyond the smallest important change), each direction.
    saturated : bool
        One of the two scores is at an end of the scale, so the change may be larger than shown.
    called_real_from, called_large_from : float or None
        From what size of `change` on the verdict is rise or drop, and large; points, the same in both directions. What
        would have changed the verdict.
    per_point : float or None
        True change expected for each point of `change`.
    because : Basis
        What says the reasons of this change (`core.trend.basis`, `core.trend.without_verdict`).
    why_not : NoVerdict or None
        Why there is no verdict; None where there is one.
    """

    measure: Measure
    reference: Reference
    film_id: int
    verdict: Verdict
    because: Basis
    why_not: NoVerdict | None = None
    reference_film_id: int | None = None
    now_film_ids: tuple[int, ...] = ()
    before_film_ids: tuple[int, ...] = ()
    gap_hours: float | None = None
    gap_in_days_only: bool = False
    unmeasured: tuple[str, ...] = ()
    change: float | None = None
    expected_change: float | None = None
    interval: Interval | None = None
    p_rise: float | None = None
    p_drop: float | None = None
    p_large_rise: float | None = None
    p_large_drop: float | None = None
    comparability: Comparability | None = None
    saturated: bool = False
    called_real_from: float | None = None
    called_large_from: float | None = None
    per_point: float | None = None

    @property
    def reasons(self) -> Reasons:
        """Return the reasons in plain words, by what each part is for."""
        return self.because.reasons(self)

    @property
    def basis(self) -> str:
        """Return the reasons as one text."""
        return self.reasons.text


@dataclass(frozen=True)
class ProposedFlag:
    """A flag that the films, as they stand, support. Its key is (film, kind, model, version)."""

    film_id: int
    kind: FlagKind
    change: Change


@dataclass(frozen=True)
class FilmTrend:
    """All comparisons of one film, and the flag it supports if any.

    Attributes
    ----------
    sustained : Change or None
        The large rise or drop of the stay's level over several films; only a rise makes a flag.
    """

    film: ScoredFilm
    changes: tuple[Change, ...]
    flag: ProposedFlag | None = None
    sustained: Change | None = None

    @property
    def sustained_alone(self) -> Change | None:
        """Return the sustained change where the recent level does not say as much."""
        sustained = self.sustained
        if sustained is None:
            return None
        recent = self.change(sustained.measure, Reference.RECENT)
        return None if recent is not None and recent.verdict is sustained.verdict else sustained

    def change(self, measure: Measure, reference: Reference) -> Change | None:
        """Return the comparison on `measure` against `reference`, None where it was not asked for."""
        for change in self.changes:
            if change.measure is measure and change.reference is reference:
                return change
        return None


@dataclass(frozen=True)
class TrendPolicy:
    """Conventions of the verdicts; a unit may set others. None of them is a measured figure.

    What the defaults find and how often they flag for nothing is simulated: `lungline evaluate simulate`,
    docs/evidence/trend.md.

    Attributes
    ----------
    important_geographic_extent, important_opacity : float
        Smallest important change, points of 8 and of 6.
    p_rise, p_large : float
        Probability from which a change counts as real, and as large. The noise holds the experts' own scatter, so these
        are no error rates: they were chosen by what experts saw (`lungline evaluate flags`).
    unknown_position_widening : float
        Factor on the noise's SD where projection or position is not stated.
    stale_after_hours : float
        From when the last film is called stale.
    """

    important_geographic_extent: float = 1.0
    important_opacity: float = 0.75
    p_rise: float = 0.85
    p_large: float = 0.70
    unknown_position_widening: float = 1.25
    stale_after_hours: float = 48.0

    def important_change(self, measure: Measure) -> float:
        """Return the smallest important change on `measure`'s scale."""
        return self.important_geographic_extent if measure is Measure.GEOGRAPHIC_EXTENT else self.important_opacity
