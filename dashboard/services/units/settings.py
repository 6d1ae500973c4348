"""What a unit may set for its trends and flags: typed, with help, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.flags.quiet_hours import QuietHours
from core.trend.types import Reference, TrendPolicy
from core.trend.wording import REFERENCES_IN_WORDS
from dashboard.errors import ConfigurationError
from db.models import UnitSettingsChange

POLICY_FIELDS = ("important_geographic_extent", "important_opacity", "p_rise", "p_large", "stale_after_hours")
LONGEST_STALE_HOURS = 720.0
OVERDUE_AFTER_MINUTES = 30.0
"""Where a unit sets no other."""
LONGEST_OVERDUE_MINUTES = 1440.0


class WallNames(StrEnum):
    """How patients are named on a unit's wall screen, which visitors see too."""

    FULL = "full"
    INITIALS = "initials"
    NONE = "none"


NAMES_ON_WALL = WallNames.INITIALS
"""Where a unit sets no other."""
WALL_NAMES_IN_WORDS = {
    WallNames.FULL: "whole names",
    WallNames.INITIALS: "initials",
    WallNames.NONE: "beds only",
}


class UnitSettings(BaseModel):
    """What a unit sets for itself; None stands for what the site sets. Build one with `unit_settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    important_geographic_extent: float | None = Field(
        default=None,
        gt=0,
        le=8,
        title="Smallest important change, geographic extent",
        description="Points of 8. A change is large when it is probably beyond this; only a large one raises a flag. "
        "Larger: fewer flags, later.",
    )
    important_opacity: float | None = Field(
        default=None,
        gt=0,
        le=6,
        title="Smallest important change, opacity",
        description="Points of 6. Decides which changes of opacity are called large; opacity raises no flag.",
    )
    p_rise: float | None = Field(
        default=None,
        ge=0.5,
        lt=1,
        title="Probability from which a change is real",
        description="0.5 to below 1. A film reads a rise or drop when its probability reaches this. "
        "Higher: fewer false ones, but later, and more true ones missed. How often the default is right against "
        "experts stands with the model's evidence.",
    )
    p_large: float | None = Field(
        default=None,
        ge=0.5,
        lt=1,
        title="Probability from which a change is large",
        description="0.5 to below 1. How probable it must be that the change is beyond the smallest important one.",
    )
    references_shown: tuple[Reference, ...] | None = Field(
        default=None,
        title="References shown",
        description="Which earlier films a film is compared with on the patient's page. They are shown only: whichever "
        "are chosen, only geographic extent against the recent level raises flags; it is always among them.",
    )
    quiet_from: time | None = Field(
        default=None,
        title="Quiet hours from",
        description="By the clock on the wall. A flag that opens in quiet hours is open and listed at once, marked "
        "'quiet until'. A large rise is never quiet.",
    )
    quiet_until: time | None = Field(
        default=None,
        title="Quiet hours until",
        description="When the quiet hours end; a time before their start is one of the next day.",
    )
    stale_after_hours: float | None = Field(
        default=None,
        gt=0,
        le=LONGEST_STALE_HOURS,
        title="Stale after hours",
        description="From when the last film no longer counts as showing the present. At most 720 (30 days).",
    )
    overdue_after_minutes: float | None = Field(
        default=None,
        gt=0,
        le=LONGEST_OVERDUE_MINUTES,
        title="Large rise stands out more after minutes",
        description="An open flag of a large rise that nobody has acknowledged for so long is marked as overdue on "
        "every screen. At most 1440 (a day).",
    )
    wall_names: WallNames | None = Field(
        default=None,
        title="Names on the wall screen",
        description="Visitors see that screen too.",
    )

    @field_validator("references_shown", mode="after")
    @classmethod
    def _with_the_alerting_one(cls, value: tuple[Reference, ...] | None) -> tuple[Reference, ...] | None:
        if value is None:
            return None
        # In one order, each once, whatever was entered.
        return tuple(reference for reference in Reference if reference in value or reference is ALERTING_REFERENCE)

    @model_validator(mode="after")
    def _whole_quiet_hours(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need a start and an end, for example 22:00-06:00")
        _ = self.quiet_hours
        return self

    @property
    def quiet_hours(self) -> QuietHours | None:
        """Return the quiet hours, None where there are none."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_until)

    @property
    def references(self) -> tuple[Reference, ...]:
        """Return the references shown; all of them where the unit has set none."""
        return tuple(Reference) if self.references_shown is None else self.references_shown

    @property
    def overdue_after(self) -> timedelta:
        """Return for how long a large rise may wait for somebody before it is marked as overdue."""
        return timedelta(minutes=self.overdue_after_minutes or OVERDUE_AFTER_MINUTES)

    @property
    def names_on_wall(self) -> WallNames:
        """Return how patients are named on the wall screen."""
        return self.wall_names or NAMES_ON_WALL

    def policy(self, of_site: TrendPolicy) -> TrendPolicy:
        """Return the site's policy with what the unit sets on top."""
        own = {name: value for name in POLICY_FIELDS if (value := getattr(self, name)) is not None}
        return replace(of_site, **own)

    @property
    def in_words(self) -> str:
        """Return what the unit itself has set on one line."""
        own = [
            f"{field.title}: {shown(value)}"
            for name, field in type(self).model_fields.items()
            if (value := getattr(self, name)) is not None
        ]
        return "; ".join(own) or "nothing: all as the site"

    @property
    def values(self) -> Mapping[str, Any]:
        """Return what the database stores."""
        shown, names = self.references_shown, self.wall_names
        return self.model_dump() | {
            "references_shown": None if shown is None else [reference.value for reference in shown],
            "wall_names": None if names is None else names.value,
        }


AS_THE_SITE = UnitSettings()


def unit_settings(**values: object) -> UnitSettings:
    """Return the settings of these values.

    Raises
    ------
    ConfigurationError
        With one sentence that names the setting, its value and what was expected.
    """
    try:
        return UnitSettings.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        message = fault["msg"].removeprefix("Value error, ")
        message = f"{message[0].lower()}{message[1:].rstrip('.')}."
        name = str(fault["loc"][0]) if fault["loc"] else ""
        subject = f"Setting {name} is {shown(fault['input'])}" if name else "Settings of the unit"
        raise ConfigurationError(f"{subject}: {message}") from None


def stored_settings(row: UnitSettingsChange | None) -> UnitSettings:
    """Return the settings of a stored row; those of the site where there is none."""
    if row is None:
        return AS_THE_SITE
    return unit_settings(**{name: getattr(row, name) for name in UnitSettings.model_fields})


def site_value(name: str, of_site: TrendPolicy) -> str:
    """Return what holds for a setting that a unit leaves to the site, for people."""
    if name in POLICY_FIELDS:
        return str(getattr(of_site, name))
    if name == "references_shown":
        return "all"
    return shown({"overdue_after_minutes": OVERDUE_AFTER_MINUTES, "wall_names": NAMES_ON_WALL}.get(name, "none"))


def shown(value: object) -> str:
    """Return a setting's value for people."""
    if isinstance(value, tuple | list):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, Reference):
        return REFERENCES_IN_WORDS[value]
    if isinstance(value, WallNames):
        return WALL_NAMES_IN_WORDS[value]
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)
