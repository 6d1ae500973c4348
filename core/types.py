"""The values that pass between the layers. All frozen; none exists half-valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]


class Measure(StrEnum):
    """What a scorer measures on a film (Cohen et al. 2020, doi:10.7759/cureus.9448)."""

    GEOGRAPHIC_EXTENT = "geographic_extent"
    OPACITY = "opacity"

    @property
    def maximum(self) -> float:
        """Top of the scale: 8 for geographic extent, 6 for opacity; the bottom is 0."""
        return 8.0 if self is Measure.GEOGRAPHIC_EXTENT else 6.0

    @property
    def label(self) -> str:
        """Return the name on screen."""
        return "Geographic extent" if self is Measure.GEOGRAPHIC_EXTENT else "Opacity"


class ViewPosition(StrEnum):
    """Projection, as in DICOM View Position (0018,5101)."""

    PA = "PA"
    AP = "AP"
    LATERAL = "L"
    UNKNOWN = "unknown"


class PatientPosition(StrEnum):
    """How the patient lay or sat for the film."""

    SUPINE = "supine"
    SEMI_ERECT = "semi-erect"
    ERECT = "erect"
    UNKNOWN = "unknown"


class TimePrecision(StrEnum):
    """How exactly the time of a film is known. Films of one DAY have no order among themselves."""

    SECOND = "second"
    DAY = "day"


class TimeDoubt(StrEnum):
    """What speaks against the time that a film states.

    AHEAD: it arrived before the time that it states. It stands at its time of receipt, resolves no flag and supports no
    drop. LATE: it arrived after a film that was taken later, so it is late or its device's clock is behind. It keeps
    its time. IMPOSSIBLE: before the patient's birth, before 1980, or more than a day ahead; it waits for a person.
    """

    AHEAD = "ahead"
    LATE = "late"
    IMPOSSIBLE = "impossible"


class Photometry(StrEnum):
    """Which way the stored grey values run."""

    MONOCHROME1 = "MONOCHROME1"
    MONOCHROME2 = "MONOCHROME2"


@dataclass(frozen=True)
class PatientIdentity:
    """Who the film says it shows.

    Attributes
    ----------
    identifier : str
        Hospital number or data-set id, DICOM Patient ID (0010,0020). Never empty;
        `core.patient_number.NOT_STATED` for a film that states none.
    issuer : str
        Who gave the identifier: DICOM Issuer of Patient ID (0010,0021), a data set's name, or "".
    name : str
        As text, "" when unknown. Never markup.
    birth_date : date or None
    sex : str
        "F", "M", "O" or "".
    """

    identifier: str
    issuer: str = ""
    name: str = ""
    birth_date: date | None = None
    sex: str = ""

    def __post_init__(self) -> None:
        if not self.identifier.strip():
            message = "A patient needs an identifier; this film has none. Name the patient when you add it."
            raise ValueError(message)


@dataclass(frozen=True)
class FilmHeader:
    """What a film says of itself beside its pixels.

    Attributes
    ----------
    identity : PatientIdentity or None
        None for a picture without a header.
    sop_instance_uid, study_instance_uid : str or None
        Validated ([0-9.]{1,64}); None when absent or invalid.
    acquired_at : datetime or None
        Acquisition time with time zone; None when the film does not say.
    time_precision : TimePrecision
    modality : str
        DICOM modality ("CR", "DX", "DR", "OT"…), "" for a picture.
    view_position, patient_position
    portable : bool or None
        None when the film does not say.
    rows, columns : int
        Pixels; of a film that was read as it hangs, after Patient Orientation or EXIF orientation.
    bits_stored : int
        8 to 16.
    synthetic : bool
        True for films of `core.films.synthetic`.
    device : str
        Which device took it: DICOM Station Name (0008,1010), else manufacturer and model; "" when it does not say.
    body_part : str
        DICOM Body Part Examined (0018,0015) or Anatomic Region, upper case; "" when the film does not say.
    """

    rows: int
    columns: int
    bits_stored: int
    identity: PatientIdentity | None = None
    sop_instance_uid: str | None = None
    study_instance_uid: str | None = None
    acquired_at: datetime | None = None
    time_precision: TimePrecision = TimePrecision.SECOND
    modality: str = ""
    view_position: ViewPosition = ViewPosition.UNKNOWN
    patient_position: PatientPosition = PatientPosition.UNKNOWN
    portable: bool | None = None
    synthetic: bool = False
    body_part: str = ""
    device: str = ""

    def __post_init__(self) -> None:
        if self.acquired_at is not None and self.acquired_at.tzinfo is None:
            message = f"Acquisition time {self.acquired_at} has no time zone. Attach the site's zone when reading."
            raise ValueError(message)


@dataclass(frozen=True, eq=False)
class Film:
    """One chest film, ready to be checked and scored.

    Attributes
    ----------
    pixels : float32 array, (rows, columns)
        0 (darkest, air) to 1 (brightest, dense): display sense, MONOCHROME1 already turned round.
        1 is the full scale of a picture (255 or 65535), the top of the window of a DICOM film with VOI, and
        the full scale of the stored bits (2^bits - 1) of a DICOM film without one, as torchxrayvision reads it; where
        a film uses less than a quarter of that, the range it uses.
    header : FilmHeader
    pixel_hash : str
        SHA-256 (hex) of shape and stored grey values, independent of file format and of header.
    notes : tuple of str
        Remarks of the reader, in plain words.
    sides_in_doubt : bool
        Whether the patient's right and left may be swapped on the picture.
    """

    pixels: FloatImage
    header: FilmHeader
    pixel_hash: str
    notes: tuple[str, ...] = ()
    sides_in_doubt: bool = False

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype != np.float32:
            message = f"Film pixels are {self.pixels.ndim}-d {self.pixels.dtype}. Expected a 2-d float32 array in 0…1."
            raise ValueError(message)


class CheckVerdict(StrEnum):
    """Outcome of one check. NOTED lets the film pass with a remark (for example a corrected photometry)."""

    PASSED = "passed"
    NOTED = "noted"
    REFUSED = "refused"


@dataclass(frozen=True)
class CheckResult:
    """One check's verdict on one film, with a reason a nurse understands."""

    name: str
    version: str
    verdict: CheckVerdict
    reason: str = ""

    def __post_init__(self) -> None:
        if self.verdict is not CheckVerdict.PASSED and not self.reason:
            message = f"Check {self.name!r} gave {self.verdict.value!r} without a reason. Say why in plain words."
            raise ValueError(message)


@dataclass(frozen=True)
class Interval:
    """Closed interval that should hold the expert's value with probability `level` (0-1)."""

    low: float
    high: float
    level: float

    def __post_init__(self) -> None:
        if not self.low <= self.high or not 0 < self.level < 1:
            message = f"Interval {self.low}…{self.high} at level {self.level}. Expected low ≤ high and 0 < level < 1."
            raise ValueError(message)


_PARTS = {
    "geographic_extent_right": 4.0,
    "geographic_extent_left": 4.0,
    "opacity_right": 3.0,
    "opacity_left": 3.0,
    "opacity_fraction": 100.0,
    "opacity_fraction_right": 100.0,
    "opacity_fraction_left": 100.0,
}


@dataclass(frozen=True)
class Score:
    """One scorer's severity of one film.

    Attributes
    ----------
    model, model_version : str
    geographic_extent : float
        0-8.
    opacity : float
        0-6.
    geographic_extent_interval, opacity_interval : Interval or None
        None for a scorer whose interval was never calibrated.
    geographic_extent_right, geographic_extent_left : float or None
        0-4 each: the patient's right and left lung. None where the scorer does not separate them.
    opacity_right, opacity_left : float or None
        0-3 each, likewise.
    opacity_fraction, opacity_fraction_right, opacity_fraction_left : float or None
        0-100 %: share of the lung fields (of both, of the right, of the left) that is opaque. None for a
        scorer that does not segment.
    brixia_zones : tuple of 6 float, or None
        0-3 each: Brixia zones A, B, C (right lung, from above) and D, E, F (left lung).
    sides_in_doubt : bool
        Whether right and left may be swapped on the film; scores of both lungs together still hold.
    """

    model: str
    model_version: str
    geographic_extent: float
    opacity: float
    geographic_extent_interval: Interval | None = None
    opacity_interval: Interval | None = None
    geographic_extent_right: float | None = None
    geographic_extent_left: float | None = None
    opacity_right: float | None = None
    opacity_left: float | None = None
    opacity_fraction: float | None = None
    opacity_fraction_right: float | None = None
    opacity_fraction_left: float | None = None
    brixia_zones: tuple[float, ...] | None = None
    sides_in_doubt: bool = False

    def __post_init__(self) -> None:
        for measure in Measure:
            value = self.value(measure)
            if not 0 <= value <= measure.maximum:
                message = (
                    f"{measure.value} {value} of {self.model} is outside 0-{measure.maximum:g}. Clamp or refuse it."
                )
                raise ValueError(message)
        for name, maximum in _PARTS.items():
            part: float | None = getattr(self, name)
            if part is not None and not 0 <= part <= maximum:
                message = f"{name} {part} of {self.model} is outside 0-{maximum:g}. Clamp or refuse it."
                raise ValueError(message)
        zones = self.brixia_zones
        if zones is not None and (len(zones) != 6 or not all(0 <= zone <= 3 for zone in zones)):
            message = f"Brixia zones {zones} of {self.model}. Expected six values of 0-3."
            raise ValueError(message)

    @property
    def brixia(self) -> float | None:
        """Return the Brixia score, 0-18: the sum of the six zones; None for a scorer that does not read them."""
        return None if self.brixia_zones is None else sum(self.brixia_zones)

    def value(self, measure: Measure) -> float:
        """Return the score on `measure`'s scale."""
        return self.geographic_extent if measure is Measure.GEOGRAPHIC_EXTENT else self.opacity

    def interval(self, measure: Measure) -> Interval | None:
        """Return the interval of `measure`, None where never calibrated."""
        return self.geographic_extent_interval if measure is Measure.GEOGRAPHIC_EXTENT else self.opacity_interval


@dataclass(frozen=True, eq=False)
class FilmMasks:
    """Where the lungs and their opacity lie on a film, as a scorer sees them.

    Attributes
    ----------
    right_lung, left_lung, opacity : float32 array, (rows, columns)
        Probability, 0-1. One grid for all three: the whole film, its aspect kept, the longer side at most 512 pixels.
    """

    right_lung: FloatImage
    left_lung: FloatImage
    opacity: FloatImage

    def __post_init__(self) -> None:
        if not self.right_lung.shape == self.left_lung.shape == self.opacity.shape:
            message = "The masks of lungs and opacity differ in size. Draw all three on one grid."
            raise ValueError(message)


@dataclass(frozen=True)
class ChangeNoise:
    """Measured noise of a scorer's change between two films of one patient.

    The expert's change is modelled as ``slope * predicted change + error``, error normal with SD `sd`; the
    slope carries the shrinkage, `sd` the scatter that is left. Measured out of sample on serial films
    scored by experts, never derived from single-film error.

    Attributes
    ----------
    sd : float
        SD of the error, in points of the measure's scale.
    slope : float
        Expert's change per point of predicted change.
    n_pairs, n_patients : int
    sd_low, sd_high : float
        95 % patient-bootstrap interval of `sd`.
    source : str
        Which films, which readers, which views; and what it does not cover.
    raw_sd : float or None
        SD of predicted minus expert's change, without the slope; None where it was not kept.
    own_sd : float or None
        For a class of pairs: its own SD, before `sd` was drawn towards that of all pairs; None where it was not.
    expert_sd : float or None
        SD of the experts' changes on those films, which slope and `sd` hold for; None where it was not kept.
    """

    sd: float
    slope: float
    n_pairs: int
    n_patients: int
    sd_low: float
    sd_high: float
    source: str
    raw_sd: float | None = None
    own_sd: float | None = None
    expert_sd: float | None = None

    def __post_init__(self) -> None:
        if not self.sd > 0 or self.n_pairs < 2:
            message = f"Noise with SD {self.sd} from {self.n_pairs} pairs is not a measurement. Leave it out instead."
            raise ValueError(message)

    @property
    def unshrunk_sd(self) -> float:
        """Return the SD of predicted minus expert's change.

        Where it was not kept, it follows from slope and `sd` if the slope comes of scatter alone (errors in the
        predicted change): sd / sqrt(slope); a slope outside 0.25-1 is taken as that end.
        """
        return self.raw_sd or self.sd / sqrt(min(max(self.slope, 0.25), 1.0))

    @property
    def film_sd(self) -> float:
        """Return the SD of the error of one film that differs from film to film: two of them make a change's error."""
        return self.unshrunk_sd / sqrt(2)

    def of_means(self, now: int, before: int) -> tuple[float, float]:
        """Return slope and SD where the means of several films are compared, points.

        Films' errors are independent of each other, so the error variance of the difference of means is a share
        ``(1 / now + 1 / before) / 2`` of a pair's. With normal changes of SD `expert_sd` the pair's `slope` and `sd`
        are those of the normal posterior; a smaller error moves both: less shrinkage, less scatter. Without
        `expert_sd`, or one that is not beyond `sd`, the pair's own are returned, which are never too narrow.

        Parameters
        ----------
        now, before : int
            Films on each side, 1 or more.
        """
        share = (1 / now + 1 / before) / 2
        if self.expert_sd is None or self.expert_sd <= self.sd or share == 1:
            return self.slope, self.sd
        prior = 1 / self.expert_sd**2
        told = 1 / self.sd**2 - prior
        variance = 1 / (prior + told / share)
        return self.slope * variance / (self.sd**2 * share), sqrt(variance)


class PairClass(StrEnum):
    """Class of a pair of films; the noise of a change may differ between classes.

    The first two are films taken alike, by their projection; the last two are films taken differently.
    """

    AP = "ap"
    PA = "pa"
    VIEW = "view"
    POSITION = "position"

    @classmethod
    def _missing_(cls, value: object) -> PairClass | None:
        # Cards of scorers named the classes by their labels until they had codes.
        return next((one for one in cls if one.label == value), None)

    @property
    def label(self) -> str:
        """Return the name on screen."""
        return _PAIR_CLASSES_IN_WORDS[self]


_PAIR_CLASSES_IN_WORDS = {
    PairClass.AP: "both AP",
    PairClass.PA: "both PA",
    PairClass.VIEW: "one AP, one PA",
    PairClass.POSITION: "position changed",
}


@dataclass(frozen=True)
class LevelNoise:
    """What the level behind a patient's films needs to be known beside the noise of a change.

    Attributes
    ----------
    process_sd : float
        By how much patients' levels wander: SD in points per square root of a day.
    process_low, process_high : float
        95 % interval of `process_sd` by profile likelihood.
    n_films, n_stays : int
        On which `process_sd` rests.
    bias_sd : float
        SD between patients of the part of a score's error that stays the same from film to film, points. It is in the
        band of a level, never in that of a change.
    source : str
    film_sd, film_low, film_high : float or None
        SD of the part of a score's error that is new on every film, as series of scores show it, points, with its
        95 % interval; unlike the noise of a change it holds nothing of the readers' own scatter. None where it was not
        estimated: `ChangeNoise.film_sd` then stands for it.
    """

    process_sd: float
    process_low: float
    process_high: float
    n_films: int
    n_stays: int
    bias_sd: float
    source: str
    film_sd: float | None = None
    film_low: float | None = None
    film_high: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.process_low <= self.process_sd <= self.process_high or not self.bias_sd >= 0:
            message = (
                f"Level noise {self.process_sd} ({self.process_low} to {self.process_high}), bias {self.bias_sd}. "
                "Expected SDs of 0 or more and the estimate within its interval."
            )
            raise ValueError(message)


@dataclass(frozen=True)
class VerdictRecord:
    """How verdicts stood against the changes that experts saw between films taken alike, out of sample.

    Attributes
    ----------
    p_rise, p_large : float
        The rule that was judged: from which probability a change counted as real, and as large.
    n_patients : int
    n_changes, n_stable : float
        Films that experts read 2 points or more away from the recent level, and those less than 1 point away. These and
        all that follow are means over the partitions.
    found, found_large : float
        Changes named in their direction, and those of them called large.
    named, named_large : float
        Stable films that were named, and called large.
    """

    p_rise: float
    p_large: float
    n_patients: int
    n_changes: float
    n_stable: float
    found: float
    found_large: float
    named: float
    named_large: float


@dataclass(frozen=True)
class ScorerCard:
    """What a scorer is, what it was measured on, and what it does not assess.

    `noise` holds only measures whose change was measured on comparable films; `mixed_noise` the same for films of
    different projection or position. `class_noise` divides both by class of pair, for people to see; `level_noise` is
    for the smoothed level, `verdicts` how verdicts by `noise` stood against experts. `severity_views` are the
    projections of the films on which the error of severity was measured, `change_views` those of the films whose pairs
    `noise` rests on: of other films no probability of a change is stated. Absent means not measured.
    """

    model: str
    version: str
    title: str
    summary: str
    licence: str
    citation: str
    noise: Mapping[Measure, ChangeNoise] = field(default_factory=dict)
    mixed_noise: Mapping[Measure, ChangeNoise] = field(default_factory=dict)
    class_noise: Mapping[Measure, Mapping[PairClass, ChangeNoise]] = field(default_factory=dict)
    level_noise: Mapping[Measure, LevelNoise] = field(default_factory=dict)
    evidence: Mapping[str, object] = field(default_factory=dict)
    not_assessed: tuple[str, ...] = ()
    severity_views: tuple[ViewPosition, ...] = ()
    change_views: tuple[ViewPosition, ...] = ()
    verdicts: VerdictRecord | None = None
    weights_sha256: str = ""
