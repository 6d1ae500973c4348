"""Writing a site's tables into a new folder: all of one moment, and whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from dashboard.services.evidence.studies import program_version
from dashboard.services.export.columns import Format, Kind, Table, columns_of
from dashboard.services.export.spreadsheet import inert
from dashboard.services.export.tables import SiteSnapshot, frame, read_snapshot
from dashboard.services.receiving.film_store import fsync
from dashboard.services.site.backup_trouble import plain_trouble
from dashboard.services.site.opening import Site
from dashboard.services.site.read_only import opened_for_reading, require_empty
from dashboard.settings import Settings

DICTIONARY, README = "data-dictionary.csv", "README.txt"
NOT_MADE = "nothing was exported"


@dataclass(frozen=True)
class Exported:
    """What was exported; `model` and `model_version` are empty where none was active yet."""

    made_at: datetime
    model: str
    model_version: str
    names: bool
    rows: Mapping[Table, int]


def snapshot_of(settings: Settings, *, now: datetime) -> SiteSnapshot:
    """Return a site as it stands, without making or changing anything.

    Raises
    ------
    ConfigurationError
        There is no site, or database and film folder do not belong together.
    DatabaseUnreachableError, SchemaOutdatedError
    """
    with opened_for_reading(settings) as engine:
        return read_snapshot(site=Site.of(settings, engine, lambda: now))


def export(settings: Settings, folder: Path, *, form: Format, names: bool = False, now: datetime) -> Exported:
    """Write every table of a site with its data dictionary into a new or empty folder.

    The files are written beside it under another name and moved there at the end.

    Raises
    ------
    ConfigurationError
        There is no site, or the folder is not empty or cannot be written to.
    """
    folder = folder.resolve()
    require_empty(folder)
    with plain_trouble(folder, NOT_MADE):
        snapshot = snapshot_of(settings, now=now)
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-export-", dir=folder.parent))
        try:
            exported = _fill(unfinished, snapshot, form=form, names=names)
            require_empty(folder)
            unfinished.replace(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        fsync(folder.parent)
    return exported


def _fill(folder: Path, snapshot: SiteSnapshot, *, form: Format, names: bool) -> Exported:
    rows = {}
    for table in Table:
        data = frame(table, snapshot, names=names)
        rows[table] = len(data)
        path = folder / f"{table.value}.{form.value}"
        if form is Format.CSV:
            write_csv(data, path)
        else:
            data.to_parquet(path, index=False)
    model = snapshot.records.model
    exported = Exported(snapshot.moment, model.name, model.version, names, rows)
    write_csv(data_dictionary(names=names), folder / DICTIONARY)
    (folder / README).write_text(_readme(exported, snapshot, form), encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        fsync(path)
    return exported


def write_csv(data: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in UTF-8, with no text that a spreadsheet would take for a formula."""
    safe = data.copy()
    for name in data.columns[data.dtypes == Kind.TEXT.value]:
        safe[name] = data[name].map(inert, na_action="ignore")
    # RFC 4180; with another line end, cells that hold one would not be put in quotes.
    safe.to_csv(path, index=False, lineterminator="\r\n")


def data_dictionary(*, names: bool) -> pd.DataFrame:
    """Return the columns of all tables: table, column, type, unit, range, meaning."""
    rows = [
        (table.value, column.name, column.kind.name.lower(), column.unit, column.bounds, column.meaning)
        for table in Table
        for column in columns_of(table, names=names)
    ]
    return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "range", "meaning"], dtype="string")


def _readme(exported: Exported, snapshot: SiteSnapshot, form: Format) -> str:
    who = WITH_NAMES if exported.names else PSEUDONYMS
    model = f"{exported.model} {exported.model_version}" if exported.model else "none is active yet"
    counts = "\n".join(f"  {table.value}.{form.value}: {n} rows" for table, n in exported.rows.items())
    made_at = exported.made_at.isoformat(timespec="seconds")
    return f"""Lungline export. Research use only; not a medical device.

Made: {made_at} by Lungline {program_version()}, all tables as the site stood then.
Active model: {model}
Time zone of the site: {snapshot.zone.key}

{counts}

{DICTIONARY} says what every column holds.

{who}

Times are UTC. Where only the day is known, the time is empty and the day is given; patients whose source states days
only have days from an arbitrary day 0. Films of every state are in the table of films, retracted and quarantined ones
too; "off_trend" says why a film is on no trend. Verdicts are those of the films on the trend, by the active model.
Values and events that were taken back are left out.
In CSV files a text that a spreadsheet would take for a formula begins with an apostrophe.
"""


PSEUDONYMS = """Patients are pseudonyms: the number that the screens show as "Patient #12" while names are hidden. It is
the same for good, and cannot be computed from a hospital's number; whoever may use the site can find the person by it.
Names, numbers, birth dates, names of files and of staff, and what people wrote (comments, reasons) are left out.
Dates are real, and films may carry names in their pixels."""
WITH_NAMES = """WITH NAMES: patients and staff are named, and what people wrote is in it. Keep it as you keep patients'
records."""
