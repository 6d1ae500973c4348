"""`backup`: copy everything that a site has stored, verify the copy, and restore it."""

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
    """Read the whole backup and compare every hash."""
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
    """Restore a backup to a new place, or to a site that lost its database or films; nothing that works is replaced.

    All films that are there stay. A damaged or empty database file is moved aside.
    """
    from dashboard.services.site.restore import Outcome
    from dashboard.services.site.restore import restore as bring_back

    back = bring_back(settings, folder)
    if as_json:
        films = {"films_missing": back.n_missing, "films_put_back": back.n_put}
        print_json({"outcome": back.outcome.value, **_known(back.made), **films, "findings": back.remarks})
    elif back.outcome is Outcome.FILMS_PUT:
        n_lacked = counted(back.n_put + back.n_missing, "missing film")
        _say(f"{back.outcome.value}: {back.n_put} of {n_lacked} put back.", back.remarks)
    else:
        _say(f"{back.outcome.value}: {_held(back.made, back.n_missing)}.", back.remarks)
    sys.exit(1 if back.n_missing else 0)


def _print(made: BackupList, findings: Sequence[str], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"outcome": sentence, **_known(made), "findings": findings})
        return
    _say(f"{sentence}: {_held(made)}.", findings)


def _known(made: BackupList) -> dict[str, object]:
    return {"made_at": made.made_at, "films": len(made.films), "rows": made.rows}


def _held(made: BackupList, n_missing: int = 0) -> str:
    of_all = f"{len(made.films) - n_missing} of " if n_missing else ""
    return f"{of_all}{counted(len(made.films), 'film')}, {counted(sum(made.rows.values()), 'row')}"


def _say(sentence: str, findings: Sequence[str]) -> None:
    say(sentence)
    for finding in findings:
        say(finding)
