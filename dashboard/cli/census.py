"""`stay` and `patient`: who lies where; listing, finding and merging patients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from core.counting import counted
from core.types import PatientIdentity
from dashboard.cli.options import ActorOption, DifferentPersonOption, parse_time, site_options
from dashboard.cli.output import clock_text, plain, print_json, print_table, say
from dashboard.cli.people import PatientArgument, confirmable, print_identities, resolve_patient, shown
from dashboard.errors import ConfigurationError
from dashboard.services.patient import census, merging
from dashboard.services.site.opening import Site, open_site
from dashboard.settings import Settings
from dashboard.wording.times import TimeScale
from db.read_models.lists import ListedPatient

COMMAND_LINE = "command line"

stay = typer.Typer(help="Admit, move and discharge patients.", no_args_is_help=True)
patient = typer.Typer(help="List, find and merge patients.", no_args_is_help=True)

UnitOption = Annotated[str, typer.Option("--unit", help="Unit, for example 'ICU A'.")]
BedOption = Annotated[str, typer.Option("--bed", help="Bed within the unit.")]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="Time, ISO 8601; now if left out.", show_default=False)
]


@stay.command("admit", epilog="Example: lungline stay admit 4711 --unit 'ICU A' --bed 3 --new --name 'Ito, Hana'")
@site_options
def admit(
    number: PatientArgument,
    unit: UnitOption,
    bed: BedOption = "",
    at: AtOption = None,
    new: Annotated[bool, typer.Option("--new", help="The patient is new: create the record.")] = False,
    name: Annotated[str, typer.Option("--name", help="Name of a new patient.")] = "",
    issuer: Annotated[str, typer.Option("--issuer", help="Who gave a new patient's number, as films state it.")] = "",
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Open a stay; films taken since then belong to it."""
    stated_at = parse_time(at, settings)
    site = open_site(settings)
    admitted_at = stated_at or site.clock()
    with _said_plainly():
        who = PatientIdentity(number, issuer=issuer, name=name) if new else resolve_patient(number, site=site)
        if at is None and isinstance(who, int):
            _require_no_film_before(admitted_at.astimezone(settings.zone), who, site=site)
        opened = census.admit(who, unit=unit, bed=bed, admitted_at=admitted_at, actor=actor, site=site)
    if as_json:
        print_json(opened.model_dump())
    else:
        say(f"Stay {opened.id} in {opened.unit} {opened.bed}".strip() + " is open.")


def _require_no_film_before(admitted_at: datetime, patient_id: int, *, site: Site) -> None:
    """Ask for the time of admission where films of the last day would stay off the board without it."""
    recent = census.recent_films(patient_id, site=site.at(admitted_at))
    if recent:
        oldest = recent[0].astimezone(admitted_at.tzinfo).isoformat(timespec="seconds")
        raise ConfigurationError(
            f"Films of the last day ({len(recent)}) were taken before now and would belong to no stay. Give the time "
            f"of admission, for example --at {oldest} for the oldest of them."
        )


@stay.command("move", epilog="Example: lungline stay move 4711 --unit 'ICU B' --bed 1")
@site_options
def move(
    number: PatientArgument,
    unit: UnitOption,
    bed: BedOption = "",
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Move a patient's open stay to another unit or bed."""
    site = open_site(settings)
    with _said_plainly():
        moved = census.move(_open_stay(number, site=site), unit=unit, bed=bed, actor=actor, site=site)
    if as_json:
        print_json(moved.model_dump())
    else:
        say(f"Stay {moved.id} is in {moved.unit} {moved.bed}".strip() + " now.")


@stay.command("discharge", epilog="Example: lungline stay discharge 4711 --at 2026-03-01T14:00")
@site_options
def discharge(
    number: PatientArgument,
    at: AtOption = None,
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """End a patient's open stay; its open, acknowledged and snoozed flags are resolved."""
    site = open_site(settings)
    ended = census.discharge(
        _open_stay(number, site=site), at=parse_time(at, settings) or site.clock(), actor=actor, site=site
    )
    print_json(ended.model_dump()) if as_json else say(f"Stay {ended.id} has ended.")


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Turn a number, unit or bed that cannot be stored into an error of the command line."""
    try:
        yield
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _open_stay(number: str, *, site: Site) -> int:
    found = census.open_stay_of(resolve_patient(number, site=site), site=site)
    if found is None or found.id is None:
        raise ConfigurationError(f"Patient {number} has no open stay. `lungline stay admit` opens one.")
    return found.id


@patient.command("list", epilog="Example: lungline patient list --unit 'ICU A'")
@site_options
def list_all(
    unit: Annotated[str | None, typer.Option("--unit", help="Only patients with an open stay in this unit.")] = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """List all patients: films on the trend, open stay, and when the last film was taken."""
    rows = census.all_patients(unit=unit, site=open_site(settings))
    if as_json:
        print_json([plain(row, TimeScale(settings.zone, row.patient.relative_day_zero)) for row in rows])
        return
    print_table(
        ("id", "number", "name", "films on the trend", "unit", "bed", "last film"),
        [_listed_line(row, settings) for row in rows],
        empty="No patient yet. `lungline import` takes films in, `lungline stay admit` admits a patient."
        if unit is None
        else f"No patient has an open stay in {unit}. Without --unit all patients are listed.",
    )
    if rows:
        say(f"Times in {settings.site_zone}. Films on the trend have a time and a score by the active model.")


def _listed_line(row: ListedPatient, settings: Settings) -> tuple[object, ...]:
    person, last = row.patient, row.last_film
    scale = TimeScale(settings.zone, person.relative_day_zero)
    place = (row.stay.unit, row.stay.bed) if row.stay else ("no open stay", "")
    taken = clock_text(last.acquired_at, last.time_precision, scale) if last else "none on the trend"
    return (f"id:{person.patient_id}", person.identifier, person.name, row.films_on_trend, *place, taken)


@patient.command("find", epilog="Example: lungline patient find okafor")
@site_options
def find(
    text: Annotated[str, typer.Argument(help="Part of a name or number.")],
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Find patients by name or number, also discharged ones."""
    rows = census.find(text, site=open_site(settings))
    if as_json:
        print_json([plain(row, TimeScale(settings.zone, row.patient.relative_day_zero)) for row in rows])
        return
    table = [
        (
            f"id:{row.patient.patient_id}",
            row.patient.identifier,
            row.patient.issuer,
            row.patient.name,
            row.patient.birth_date,
            f"{row.stay.unit} {row.stay.bed}".strip() if row.stay and row.present else "not present",
        )
        for row in rows
    ]
    print_table(("id", "number", "issuer", "name", "born", "where"), table, empty="Nobody found.")


@patient.command("merge", epilog="Example: lungline patient merge id:12 id:7 --yes")
@site_options
def merge(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Record that is given up.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Record that remains.")],
    yes: Annotated[bool, typer.Option("--yes", help="Merge without asking.")] = False,
    confirmed: DifferentPersonOption = False,
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Merge two records of one person: films, stays, values and events go to the second."""
    site = open_site(settings)
    source_id, target_id = resolve_patient(source, site=site), resolve_patient(target, site=site)
    if not yes:
        if as_json:
            raise ConfigurationError("Merging cannot be undone. Add --yes to confirm it together with --json.")
        given_up, remains = (census.identity_of(one, site=site) for one in (source_id, target_id))
        print_identities({"given up": given_up, "remains": remains})
        typer.confirm(f"Merge {shown(given_up)} into {shown(remains)}? This cannot be undone.", abort=True)
    with confirmable():
        done = merging.merge(source_id, target_id, actor=actor, confirmed=confirmed, site=site)
    if as_json:
        print_json(done)
    else:
        say(
            f"Merged; {counted(len(done.other_film_ids), 'other film')} affected. "
            f"The remaining record is id:{target_id}."
        )
