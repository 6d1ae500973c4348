"""`export`: a site's tables as files for research."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.counting import counted
from dashboard.cli.options import site_options
from dashboard.cli.output import print_json, say
from dashboard.services.export.columns import Format
from dashboard.settings import Settings

DOCUMENT = ("made_at", "model", "model_version", "names", "rows")


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    app.command("export", epilog="Example: lungline export /tmp/tables --format parquet")(export)


@site_options
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
    form: Annotated[Format, typer.Option("--format", help="Kind of files.")] = Format.CSV,
    names: Annotated[
        bool, typer.Option("--names", help="With names, numbers, birth dates and what people wrote.")
    ] = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Write patients (pseudonyms), films, scores, verdicts, flags, values and events as tables with a dictionary."""
    from dashboard.services.export.writing import export as write

    made = write(settings, folder, form=form, names=names, now=datetime.now(UTC))
    if as_json:
        print_json({"folder": folder, "format": form, **{name: getattr(made, name) for name in DOCUMENT}})
        return
    rows = ", ".join(f"{table.value} {n}" for table, n in made.rows.items())
    say(f"{counted(sum(made.rows.values()), 'row')} written to {folder}: {rows}.")
    say(
        "With names: keep it as you keep patients' records."
        if names
        else "Patients are pseudonyms (--names for names)."
    )
