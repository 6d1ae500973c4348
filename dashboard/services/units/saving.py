"""Settings of units: read, saved with who and when, and the flags of their patients updated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboard.errors import NotAllowedError
from dashboard.services.site.opening import Site
from dashboard.services.units.settings import UnitSettings, stored_settings
from dashboard.services.worker.process import reevaluate
from db.engine import read_transaction, transaction
from db.models import FlagCause, UnitSettingsChange
from db.read_models.lists import list_units
from db.repositories import stays
from db.repositories import unit_settings as stored
from db.repositories.site import write_audit


@dataclass(frozen=True)
class SettingsChange:
    """What a unit had set from `changed_at` on."""

    settings: UnitSettings
    changed_at: datetime
    actor: str
    reason: str


@dataclass(frozen=True)
class Saved:
    """What saving did: the patients whose flags were re-evaluated, those with an open stay in the unit."""

    unit: str
    settings: UnitSettings
    patients: int


def known_units(*, site: Site) -> tuple[str, ...]:
    """Return the units that have or had a stay, or set something, by name."""
    with read_transaction(site.engine) as session:
        return list_units(session=session)


def settings_of(unit: str, *, site: Site) -> UnitSettings:
    """Return what a unit has set; all of the site's where it never set anything."""
    with read_transaction(site.engine) as session:
        return stored_settings(stored.newest(session=session).get(unit.strip()))


def settings_history(unit: str, *, site: Site) -> tuple[SettingsChange, ...]:
    """Return every change of a unit's settings, the newest first."""
    with read_transaction(site.engine) as session:
        rows = stored.history(unit, session=session)
    return tuple(_change(row) for row in reversed(rows))


def save(unit: str, wanted: UnitSettings, *, actor: str, reason: str, site: Site) -> Saved:
    """Store what a unit sets from now on, and re-evaluate the flags of the patients who are there.

    Flags of discharged patients stay as they are.

    Raises
    ------
    NotAllowedError
        Nobody is named, no reason is given, nothing differs, or the unit has no name that can be stored.
    """
    if not actor.strip() or not reason.strip():
        raise NotAllowedError("Settings of a unit are changed by a person, with a reason. Give both.")
    now = site.clock()
    with transaction(site.engine) as session:
        if stored_settings(stored.newest(session=session).get(unit.strip())) == wanted:
            raise NotAllowedError(f"The unit {unit.strip()} has these settings already.")
        try:
            row = stored.add(unit, actor=actor, reason=reason, now=now, session=session, **wanted.values)
        except ValueError as error:
            raise NotAllowedError(str(error)) from error
        patients = stays.patients_present(row.unit, session=session)
        reevaluate(patients, now=now, site=site, session=session, because=FlagCause.SETTINGS_CHANGED)
        write_audit(actor, "set", "unit", row.id, {"unit": row.unit}, now=now, session=session)
        return Saved(row.unit, wanted, len(patients))


def _change(row: UnitSettingsChange) -> SettingsChange:
    return SettingsChange(stored_settings(row), row.changed_at, row.actor, row.reason)
