"""Options that every command takes, and how they become settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from core.stated_time import StatedTime, stated_time
from core.trend.types import Reference
from dashboard.errors import ConfigurationError
from dashboard.settings import Settings, load_settings

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="Database: sqlite:///FILE or postgresql://…", show_default=False),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Folder of films, weights and settings.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Show the site as it was then, for example 2026-03-01T06:00+01:00."),
]
ActorOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Your name; recorded with the change.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; recorded with the change.")]
REFERENCES = f"[{'|'.join(Reference)}]"
"""How help names the references that `parse_reference` takes."""
DifferentPersonOption = Annotated[
    bool,
    typer.Option("--confirm-different-person", help="Go on although name, birth date or sex differ."),
]


def site_options(command: Callable[..., None] | None = None, *, database: bool = True) -> Callable[..., Any]:
    """Hand a command its site's `settings`, from the options `--database` and `--data-dir` that it gets.

    A command that takes `as_json` gets `--json` as well; it is given both by name.

    Parameters
    ----------
    database : bool
        False for a command that asks no database.
    """
    if command is None:
        return partial(site_options, database=database)
    options = {"database": DatabaseOption} if database else {}
    parameters = [
        one.replace(annotation=hint, kind=Parameter.KEYWORD_ONLY)
        for one, hint in _hinted(command)
        if one.name not in {"settings", "as_json"}
    ]
    parameters += [_option(name, hint) for name, hint in {**options, "data_dir": DataDirOption}.items()]
    if "as_json" in signature(command).parameters:
        parameters.append(_option("as_json", JsonOption, default=False))

    def run(**given: Any) -> None:  # noqa: ANN401 - options are of any type
        settings = settings_for(given.pop("database", None), given.pop("data_dir"))
        command(**given, settings=settings)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _hinted(command: Callable[..., None]) -> Iterator[tuple[Parameter, Any]]:
    hints = get_type_hints(command, include_extras=True)
    for parameter in signature(command).parameters.values():
        yield parameter, hints[parameter.name]


def _option(name: str, hint: Any, *, default: object = None) -> Parameter:  # noqa: ANN401 - a hint of any type
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)


def settings_for(database: str | None, data_dir: Path | None, **others: object) -> Settings:
    """Return the settings with what the command line says on top."""
    return load_settings(database_url=database, data_dir=data_dir, **others)


def parse_reference(text: str) -> Reference:
    """Return a reference by its code; labels of earlier versions are understood too.

    Raises
    ------
    typer.BadParameter
        There is no such reference.
    """
    try:
        return Reference(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(Reference)}.") from error


def parse_time(text: str | None, settings: Settings) -> datetime | None:
    """Return an aware time as `required_time` does, None where none was given."""
    return None if text is None else required_time(text, settings)


def required_time(text: str, settings: Settings) -> datetime:
    """Return an aware time; one without a zone is meant in the site's zone, a day alone as its beginning.

    Raises
    ------
    ConfigurationError
        The text is no ISO 8601 time.
    """
    return required_time_or_day(text, settings).begins


def required_time_or_day(text: str, settings: Settings) -> StatedTime:
    """Return a time with its precision, or raise as `required_time` does."""
    try:
        time = stated_time(text, settings.zone)
        # Refuses a time so far away that spans around it have no date.
        time.at.astimezone(UTC) - timedelta(days=36_525), time.at.astimezone(UTC) + timedelta(days=36_525)
    except (ValueError, OverflowError) as error:
        message = f"Time {text!r} is not understood. Write it like 2026-03-01T06:00 or 2026-03-01T06:00+01:00."
        raise ConfigurationError(message) from error
    return time
