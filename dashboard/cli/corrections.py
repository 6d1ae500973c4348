"""`film`: films that are not on a trend, what a person corrects, and maps of a film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.types import PatientIdentity
from dashboard.cli.options import ActorOption, DifferentPersonOption, ReasonOption, required_time_or_day, site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.cli.people import PatientArgument, confirmable, print_identities, resolve_patient, shown
from dashboard.services.patient import census, corrections
from dashboard.services.patient.corrections import Correction
from dashboard.services.receiving import film_time
from dashboard.services.site.opening import open_site
from dashboard.settings import Settings
from dashboard.wording.times import TimeScale
from db.engine import read_transaction
from db.read_models.facts import PatientFacts
from db.read_models.films import films_not_scored, read_film

COMMAND_LINE = "command line"

app = typer.Typer(
    help="List films that are not on a trend, correct them, and draw maps of a film.", no_args_is_help=True
)

FilmArgument = Annotated[int, typer.Argument(metavar="FILM", help="Film id, as `lungline film list` shows it.")]


@app.command("list", epilog="Example: lungline film list --json")
@site_options
def list_films(*, settings: Settings, as_json: bool) -> None:
    """List the films without a score, each with its reason."""
    with read_transaction(open_site(settings).engine) as session:
        found = films_not_scored(session=session)
    if as_json:
        print_json(found)
        return
    table = [
        (
            row.film.film_id,
            row.film.state.value,
            shown(row.patient),
            row.stated.name,
            TimeScale(settings.zone, row.patient.relative_day_zero).text(row.film.acquired_at, row.film.time_precision),
            row.film.reason,
        )
        for row in found.films
    ]
    print_table(("film", "state", "patient", "it says", "acquired", "reason"), table, empty="Every film has its score.")
    beyond = sum(count.count for count in found.counts) - len(found.films)
    if beyond > 0:
        say(f"… and {beyond} more.")


@app.command("retract", epilog="Example: lungline film retract 17 --reason 'film of another patient'")
@site_options
def retract(
    film: FilmArgument,
    reason: ReasonOption = "",
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Take a film off its trend, with its score and flags. Its record stays."""
    _print(corrections.retract(film, reason=reason, actor=actor, site=open_site(settings)), as_json=as_json)


@app.command("overrule", epilog="Example: lungline film overrule 17 --reason 'frontal film, badly rotated'")
@site_options
def overrule(
    film: FilmArgument,
    reason: ReasonOption = "",
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Have a rejected film scored, or accept a quarantined one."""
    _print(corrections.overrule(film, reason=reason, actor=actor, site=open_site(settings)), as_json=as_json)


@app.command("undo-retraction", epilog="Example: lungline film undo-retraction 17 --reason 'was right'")
@site_options
def undo_retraction(
    film: FilmArgument,
    reason: ReasonOption = "",
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Undo a retraction: the film is checked and scored again for its patient."""
    done = corrections.undo_retraction(film, reason=reason, actor=actor, site=open_site(settings))
    _print(done, as_json=as_json)


@app.command("move", epilog="Example: lungline film move 17 4711 --reason 'sent under the wrong number'")
@site_options
def move(
    film: FilmArgument,
    patient: PatientArgument,
    reason: ReasonOption = "",
    new: Annotated[
        bool, typer.Option("--new", help="The number is new: create the patient's record from what the film states.")
    ] = False,
    confirmed: DifferentPersonOption = False,
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Move a film to another patient; both trends are updated. A retracted film is checked and scored again there."""
    site = open_site(settings)
    with read_transaction(site.engine) as session:
        detail = read_film(film, session=session)
    said = detail.stated
    recipient: int | PatientIdentity
    target: PatientFacts | PatientIdentity
    if new:
        recipient = target = PatientIdentity(patient, "", said.name, said.birth_date, said.sex)
    else:
        recipient = resolve_patient(patient, site=site)
        target = census.identity_of(recipient, site=site)
    if not as_json:
        print_identities({"the film itself says": said, "filed under": detail.patient, "moved to": target})
    with confirmable():
        done = corrections.move(film, recipient, reason=reason, actor=actor, confirmed=confirmed, site=site)
    _print(done, as_json=as_json)


@app.command("time", epilog="Example: lungline film time 17 --at 2026-03-02T06:10 --reason 'clock of the device'")
@site_options
def correct_time(
    film: FilmArgument,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it was taken: date and time, or a date alone.")],
    reason: ReasonOption = "",
    actor: ActorOption = COMMAND_LINE,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Correct when a film was taken. The time that the film states is kept, and the trend is updated."""
    time = required_time_or_day(at, settings)
    done = film_time.correct_time(
        film, acquired_at=time.at, time_precision=time.precision, reason=reason, actor=actor, site=open_site(settings)
    )
    _print(done, as_json=as_json)


@app.command("maps", epilog="Example: lungline film maps 17 --out maps")
@site_options
def maps_of_film(
    film: FilmArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the pictures; created if missing.")],
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Write a film with each map of the active scorer over it: its masks, and what moved its scores."""
    from dashboard.services.worker.maps import write_maps

    written, reasons = write_maps(film, out, site=open_site(settings))
    if as_json:
        print_json({"written": written, "not_drawn": reasons})
        return
    print_table(
        ("picture", "what it shows"),
        [(written_map.path, written_map.summary) for written_map in written],
        empty="No map was drawn.",
    )
    for reason in reasons:
        say(f"Not drawn: {reason}")
    say("A map shows what moved the score, not where disease is.")


def _print(done: Correction, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    state = done.state.value if done.state else ""
    say(f"Film {done.film_id} is {state}, patient id:{done.patient_id}." + (f" {done.reason}" if done.reason else ""))
    if done.other_film_ids:
        say(f"Changed with it: films {', '.join(map(str, done.other_film_ids))}.")
