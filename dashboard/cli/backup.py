"""`backup`: a copy of everything a site has stored, looked through, and brought back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.counting import counted
from dashboard.cli.options import JsonOption, site_options
from dashboard.cli.output import print_json, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from dashboard.services.site.backup import BackupList

app = typer.Typer(help="Back a site up: its database and its films.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the backup.")]


@app.command("create", epilog="Example: lungline backup create /mnt/backup/2026-03-01")
@site_options
def create(
    folder: Folder,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Copy the database and its films into a new folder and verify the copy; films may arrive meanwhile."""
    from dashboard.services.site.backup_making import create as make

    made, findings = make(settings, folder, now=datetime.now(UTC))
    _print(made, findings, f"The backup is in {folder}", as_json=as_json)
    sys.exit(1 if findings else 0)


@app.command("verify", epilog="Example: lungline backup verify /mnt/backup/2026-03-01")
def verify(folder: Folder, as_json: JsonOption = False) -> None:
    """Read a backup whole and compare every hash."""
    from dashboard.services.site import backup

    made, findings = backup.verify(folder)
    _print(made, findings, "The backup is whole" if not findings else "The backup is not whole", as_json=as_json)
    sys.exit(1 if findings else 0)


@app.command("restore", epilog="Example: lungline backup restore /mnt/backup/2026-03-01 --data-dir /srv/lungline")
@site_options
def restore(
    folder: Folder,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Bring a backup back to a new place, or to a site that lost its database or films; what works is never replaced.

    Films that are there all stay; a damaged or empty database file is moved aside.
    """
    from dashboard.services.site.restore import restore as bring_back

    back = bring_back(settings, folder)
    _print(back.made, back.remarks, back.outcome.value, as_json=as_json)


def _print(made: BackupList, findings: Sequence[str], sentence: str, *, as_json: bool) -> None:
    if as_json:
        known = {"made_at": made.made_at, "films": len(made.films), "rows": made.rows}
        print_json({"outcome": sentence, **known, "findings": findings})
        return
    say(f"{sentence}: {counted(len(made.films), 'film')}, {counted(sum(made.rows.values()), 'row')}.")
    for finding in findings:
        say(finding)
