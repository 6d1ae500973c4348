"""`flags`: the work list, the history of each flag, and what a person decides about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from core.trend.reasons import joined
from core.trend.wording import VERDICTS_IN_WORDS
from dashboard.cli.options import AsOfOption, ReasonOption, parse_time, required_time, site_options
from dashboard.cli.output import plain, print_json, print_table, say
from dashboard.cli.people import shown
from dashboard.services.flags import decisions
from dashboard.services.flags.work_list import FlagEntry, flag_entry, work_list
from dashboard.services.site.opening import open_site
from dashboard.services.ward.assembly import ward_board
from dashboard.services.ward.by_eye import ToCompare, to_compare
from dashboard.settings import Settings
from dashboard.wording.row import by_eye_text, overdue_text
from dashboard.wording.times import TimeScale
from db.models import FlagState

app = typer.Typer(help="List the flags and their history, and decide on one.", no_args_is_help=True)

FlagArgument = Annotated[int, typer.Argument(metavar="FLAG", help="The flag's number, as `lungline flags list` shows.")]
PersonOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides; recorded with the flag.")]


@app.command("list", epilog="Example: lungline flags list --state open --state snoozed --json")
@site_options
def list_(
    state: Annotated[
        list[FlagState] | None, typer.Option("--state", help="Flags in this state; several may be given.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Flags in every state, not only open ones.")] = False,
    unit: Annotated[str | None, typer.Option("--unit", help="One unit only.")] = None,
    as_of: AsOfOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """List the flags with their basis, and the films that only a person can compare."""
    states = tuple(FlagState) if every else tuple(state or (FlagState.OPEN,))
    opened, moment = open_site(settings), parse_time(as_of, settings)
    # The flags and the films to compare are of one moment.
    site = opened.at(opened.clock())
    entries = work_list(states, unit=unit, as_of=moment, site=site)
    found: tuple[ToCompare, ...] = ()
    if FlagState.OPEN in states:
        board = ward_board(as_of=moment, unit=unit, site=site)
        found = to_compare(board, as_of=moment, site=site)
    if as_json:
        flags = [_document(entry, settings) for entry in entries]
        print_json(
            {"flags": flags, "films_to_compare_by_eye": [_by_eye_document(question, settings) for question in found]}
        )
        return
    print_table(
        ("flag", "state", "patient", "bed", "verdict", "films", "asks for", "basis"),
        [_line(entry, settings) for entry in entries],
        empty=_nothing(states),
    )
    _say_by_eye(found)


def _say_by_eye(found: Sequence[ToCompare]) -> None:
    if not found:
        return
    say(f"Films to compare by eye ({len(found)}):")
    for question in found:
        stay = question.row.stay
        where = f"{stay.unit} {stay.bed}".strip()
        said = joined(question.change.reasons.finding, *question.beside)
        say(f"{stay.name or 'no name'} ({stay.identifier}), {where}: {by_eye_text(question.change)}. {said}")


def _by_eye_document(one: ToCompare, settings: Settings) -> dict[str, Any]:
    stay, change = one.row.stay, one.change
    return {
        "stay": plain(stay, TimeScale(settings.zone, stay.relative_day_zero)),
        "film_id": change.film_id,
        "reference_film_id": change.reference_film_id,
        "change": change.change,
        "gap_hours": change.gap_hours,
        "basis": change.reasons.finding,
        "beside": one.beside,
    }


def _document(entry: FlagEntry, settings: Settings) -> Any:  # noqa: ANN401 - JSON
    return plain(entry, TimeScale(settings.zone, entry.row.patient.relative_day_zero))


def _nothing(states: tuple[FlagState, ...]) -> str:
    if states == (FlagState.OPEN,):
        return "No open flag. `lungline ward` says whether films are missing or stale."
    return "No flag in this state. `lungline flags list --all` lists every one."


def _line(entry: FlagEntry, settings: Settings) -> tuple[object, ...]:
    row, flag = entry.row, entry.row.flag
    place = f"{row.unit or ''} {row.bed or ''}".strip()
    films = ", ".join(str(film.film_id) for film in entry.films)
    return (
        flag.flag_id,
        _state(entry, settings),
        shown(row.patient),
        place,
        VERDICTS_IN_WORDS[flag.verdict],
        films,
        entry.asks_for,
        flag.basis,
    )


def _state(entry: FlagEntry, settings: Settings) -> str:
    if entry.state is FlagState.SNOOZED and entry.row.flag.snoozed_until:
        return f"snoozed until {_clock(entry.row.flag.snoozed_until, settings)}"
    if entry.overdue_minutes is not None:
        return f"{entry.state.value}, {overdue_text(entry.overdue_minutes)}"
    quiet = f", quiet until {_clock(entry.quiet_until, settings)}" if entry.quiet_until else ""
    return f"{entry.state.value}{quiet}"


def _clock(at: datetime, settings: Settings) -> str:
    return at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M")


@app.command("history", epilog="Example: lungline flags history 12")
@site_options
def history(
    flag: FlagArgument,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show the history of one flag: time, state, author and reason of each step."""
    entry = flag_entry(flag, site=open_site(settings))
    if as_json:
        print_json(_document(entry, settings))
        return
    verdict = VERDICTS_IN_WORDS[entry.row.flag.verdict]
    say(f"Flag {flag}, {verdict}, {shown(entry.row.patient)}: {_state(entry, settings)}")
    say(entry.asks_for)
    say(entry.row.flag.basis)
    print_table(
        ("when", "state", "by", "why"),
        [
            (_clock(step.at, settings), _step(step.state, step.snoozed_until, settings), step.actor, step.reason)
            for step in entry.history
        ],
        empty="No step is recorded.",
    )


def _step(state: FlagState, until: datetime | None, settings: Settings) -> str:
    return f"{state.value} until {_clock(until, settings)}" if until else state.value


@app.command("acknowledge", epilog="Example: lungline flags acknowledge 12 --by 'Dr Ito' --reason 'known effusion'")
@site_options
def acknowledge(
    flag: FlagArgument,
    by: PersonOption,
    reason: ReasonOption,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Record that a person has seen the change and takes care of it. A further large change that way opens it again."""
    decisions.acknowledge(flag, reason=reason, actor=by, site=open_site(settings))
    _done(flag, settings, as_json=as_json)


@app.command(
    "snooze", epilog="Example: lungline flags snooze 12 --until 2026-03-01T14:00 --by 'Dr Ito' --reason 'at 14 h'"
)
@site_options
def snooze(
    flag: FlagArgument,
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="When the flag opens again by itself, ISO 8601.")
    ],
    by: PersonOption,
    reason: ReasonOption,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Snooze a flag until a later time."""
    site = open_site(settings)
    decisions.snooze(flag, until=required_time(until, settings), reason=reason, actor=by, site=site)
    _done(flag, settings, as_json=as_json)


@app.command("resolve", epilog="Example: lungline flags resolve 12 --by 'Dr Ito' --reason 'drained'")
@site_options
def resolve(
    flag: FlagArgument,
    by: PersonOption,
    reason: ReasonOption,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Close a flag. Only a further large change, on a film that it does not list, raises a new flag."""
    decisions.resolve(flag, reason=reason, actor=by, site=open_site(settings))
    _done(flag, settings, as_json=as_json)


def _done(flag: int, settings: Settings, *, as_json: bool) -> None:
    entry = flag_entry(flag, site=open_site(settings))
    if as_json:
        print_json(_document(entry, settings))
    else:
        say(f"Flag {flag} is {_state(entry, settings)}.")
