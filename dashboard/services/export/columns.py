"""The tables of an export and their columns: the one place that names them, and what the data dictionary says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from core.trend.types import FILM_REFERENCES, Comparability, FlagKind, Verdict
from core.types import Measure, PatientPosition, TimeDoubt, TimePrecision, ViewPosition
from dashboard.services.patient.standing import Absence
from db.models import EventKind, FilmState, FlagCause, FlagState


class Table(StrEnum):
    """What an export consists of; each is a file of that name."""

    PATIENTS = "patients"
    FILMS = "films"
    SCORES = "scores"
    VERDICTS = "verdicts"
    FLAGS = "flags"
    OBSERVATIONS = "observations"
    EVENTS = "events"


class Format(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


class Kind(StrEnum):
    """What a column holds; the value is its type in pandas."""

    INTEGER = "Int64"
    NUMBER = "float64"
    TEXT = "string"
    BOOLEAN = "boolean"
    TIME = "datetime64[us, UTC]"
    DAY = "datetime64[us]"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    bounds : str
        The values that it can take, "" where any.
    personal : bool
        Whether it may name a person or carry what people wrote: left out unless names are asked for.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    bounds: str = ""
    personal: bool = False


def code(one: Enum | None) -> str | None:
    """Return the code of an enum's member as tables have it."""
    return None if one is None else str(one.value)


def _codes(members: Iterable[Enum]) -> str:
    return " | ".join(str(code(member)) for member in members)


def _text(name: str, meaning: str, bounds: str = "") -> Column:
    return Column(name, Kind.TEXT, meaning, bounds=bounds)


def _yes(name: str, meaning: str) -> Column:
    return Column(name, Kind.BOOLEAN, meaning, bounds="true | false")


def _id(name: str, meaning: str) -> Column:
    return Column(name, Kind.INTEGER, meaning)


def _number(name: str, meaning: str, unit: str, bounds: str = "") -> Column:
    return Column(name, Kind.NUMBER, meaning, unit, bounds)


def _time(name: str, meaning: str) -> Column:
    return Column(name, Kind.TIME, meaning, "UTC")


def _personal(name: str, meaning: str, kind: Kind = Kind.TEXT) -> Column:
    return Column(name, kind, meaning, personal=True)


def _when(prefix: str, what: str) -> tuple[Column, ...]:
    """Return the columns of a time that may be known to the day only, or count from an arbitrary day 0."""
    return (
        _time(f"{prefix}_at", f"{what}; empty where only the day is known"),
        Column(f"{prefix}_on", Kind.DAY, f"{what}: the day in the site's time zone; empty for days from a day 0"),
        _number(f"{prefix}_day", f"{what}, where the source states days only: days from the patient's day 0", "d"),
        _text("time_precision", "how exactly that is known", _codes(TimePrecision)),
    )


def _score(name: str, measure: str, top: int) -> Column:
    return _number(name, measure, "%" if top == 100 else "points", f"0-{top}")


_PATIENT = _id("patient_id", "the patient's pseudonym: the number in “Patient #12” on the screens; the same for good")
_FILM = _id("film_id", "the film")
_MODEL = (_text("model", "the scorer"), _text("model_version", "its version"))
_SCORES = (
    ("geographic_extent", "share of the lungs that is opaque, both lungs", 8),
    ("geographic_extent_low", "lower end of its interval; empty where never calibrated", 8),
    ("geographic_extent_high", "upper end of its interval", 8),
    ("opacity", "how dense the opacity is, both lungs", 6),
    ("opacity_low", "lower end of its interval; empty where never calibrated", 6),
    ("opacity_high", "upper end of its interval", 6),
    ("geographic_extent_right", "right lung; by side empty where sides are in doubt or not scored", 4),
    ("geographic_extent_left", "left lung", 4),
    ("opacity_right", "right lung", 3),
    ("opacity_left", "left lung", 3),
    ("opacity_fraction", "opaque share of the lung fields, by segmentation", 100),
    ("opacity_fraction_right", "the same, right lung", 100),
    ("opacity_fraction_left", "the same, left lung", 100),
    ("brixia", "Brixia score, the sum of six zones", 18),
    *((f"brixia_zone_{zone}", "Brixia zone: a-c right lung from above, d-f left", 3) for zone in "abcdef"),
)

COLUMNS: Mapping[Table, tuple[Column, ...]] = {
    Table.PATIENTS: (
        _PATIENT,
        _text("sex", "sex as registered", "F | M | O"),
        Column("age_years", Kind.INTEGER, "age at the first film; 90 means 90 or more", "a", "0-90"),
        _yes("days_from_day_zero", "the source states days from an arbitrary day 0 instead of dates"),
        Column("n_films", Kind.INTEGER, "films in every state", bounds="0 or more"),
        _personal("name", "name"),
        _personal("identifier", "hospital's or data set's number"),
        _personal("issuer", "who gave that number"),
        _personal("birth_date", "birth date", Kind.DAY),
    ),
    Table.FILMS: (
        _FILM,
        _PATIENT,
        _id("stay_id", "the stay it belongs to; empty for none. Only films of one stay are compared"),
        _text("unit", "the unit of that stay"),
        *_when("acquired", "when the film was taken"),
        _time("stated_at", "what the film itself says, where it stands at another time"),
        _text("time_doubt", "what speaks against its time", _codes(TimeDoubt)),
        _time("received_at", "when it came"),
        _text("modality", "DICOM modality (0008,0060)"),
        _text("view_position", "projection", _codes(ViewPosition)),
        _text("patient_position", "how the patient lay or sat", _codes(PatientPosition)),
        _yes("portable", "taken at the bedside; empty where the film does not say"),
        _text("device", "device that took it, as the film says"),
        _yes("synthetic", "drawn by the program, no patient's film"),
        _text("state", "where the film is on its way", _codes(FilmState)),
        _text("off_trend", "why it is not on the trend; empty where it is", _codes(Absence)),
        _text("refused_by", "checks that refused it, several with “;”"),
        _yes("overruled", "a person admitted it against a check"),
        _id("duplicate_of_film_id", "the film that stands for it"),
        _yes("names_other_person", "a person gave it to this patient although it names another"),
        _yes("sides_in_doubt", "right and left may be swapped"),
        _personal("reason", "why it is in its state, in words; a person's own where a person decided"),
        _personal("original_name", "file name as it came"),
    ),
    Table.SCORES: (
        _FILM,
        _PATIENT,
        *_MODEL,
        _yes("active", "scored by the model and version that is active; trends use no other"),
        *(_score(*one) for one in _SCORES),
        _number("interval_level", "probability that an interval is to hold the expert's value", "", "0-1"),
        _time("scored_at", "when it was scored"),
    ),
    Table.VERDICTS: (
        _FILM,
        _PATIENT,
        _text("measure", "what is compared: geographic extent 0-8, opacity 0-6", _codes(Measure)),
        _text("reference", "with what it is compared", _codes(FILM_REFERENCES)),
        _text("verdict", "what the comparison says", _codes(Verdict)),
        _number("change", "now minus before, as scored; empty where there is nothing to compare with", "points"),
        _number("expected_change", "the change that readers would see; empty where not stated", "points"),
        _number("interval_low", "lower end of its interval", "points"),
        _number("interval_high", "upper end of its interval", "points"),
        _number("interval_level", "probability that the interval is to hold the true change", "", "0-1"),
        _number("p_rise", "P(true change > 0); empty where not stated, as the four that follow", "", "0-1"),
        _number("p_drop", "P(true change < 0)", "", "0-1"),
        _number("p_large_rise", "P(true change > smallest important change)", "", "0-1"),
        _number("p_large_drop", "the same, downwards", "", "0-1"),
        _text("comparability", "whether the films were taken alike", _codes(Comparability)),
        _text("unmeasured", "how films were taken on whose pairs the noise was never measured, several with “;”"),
        _yes("saturated", "a score is at an end of its scale: the change may be larger"),
        _number("gap_hours", "time between the films; whole days x 24 where only days are known", "h"),
        _yes("gap_in_days_only", "that time is known in whole days only"),
        _number("called_real_from", "size of change from which the verdict is rise or drop", "points"),
        _number("called_large_from", "size of change from which the verdict is large", "points"),
        _id("reference_film_id", "the film compared with, of several the newest"),
        _text("now_film_ids", "films whose mean is compared, with spaces"),
        _text("before_film_ids", "films whose mean it is compared with, with spaces"),
        _text("basis", "the reasons in words; why not, where the verdict is “cannot tell” or “not assessed”"),
        *_MODEL,
    ),
    Table.FLAGS: (
        _id("flag_id", "the flag"),
        _PATIENT,
        _id("film_id", "the film that opened it"),
        _id("reference_film_id", "the film that one was compared with"),
        _text("kind", "what it asks for", _codes(FlagKind)),
        _text("verdict", "the verdict it opened with", _codes(Verdict)),
        _number("change", "change of geographic extent it opened with", "points", "-8-8"),
        _text("state", "where it is in its life", _codes(FlagState)),
        _yes("is_open", "it asks for somebody now; a snooze that has ended does"),
        _time("opened_at", "when it was opened"),
        _time("snoozed_until", "until when it is snoozed"),
        _time("quiet_until", "end of the quiet hours it opened in"),
        _text("film_ids", "films that support it, with spaces"),
        _id("resolved_by_film_id", "the later film with which the level had come back"),
        _text("last_cause", "why it took its last step", _codes(FlagCause)),
        _time("last_at", "when it took its last step"),
        _text("basis", "the reasons in words"),
        *_MODEL,
        _personal("last_actor", "who took the last step"),
        _personal("last_reason", "the reason of the last step in words"),
    ),
    Table.OBSERVATIONS: (
        _id("observation_id", "the measured value"),
        _PATIENT,
        _text("name", "quantity"),
        _number("value", "value; the limit itself where a comparator is given", "as in column unit"),
        _text("comparator", "beyond the limit of detection", "< | >"),
        _text("unit", "unit of the value"),
        *_when("measured", "when it was measured"),
        _personal("added_by", "who entered it"),
    ),
    Table.EVENTS: (
        _id("event_id", "the event"),
        _PATIENT,
        _text("kind", "what happened", _codes(EventKind)),
        *_when("happened", "when it happened"),
        _personal("note", "what people wrote, comments among it"),
        _personal("added_by", "who entered it"),
    ),
}
"""Each table's columns in their order."""


def columns_of(table: Table, *, names: bool) -> tuple[Column, ...]:
    """Return the columns of a table, those that may name a person only with `names`."""
    return tuple(column for column in COLUMNS[table] if names or not column.personal)
