"""Lungline in notebooks: a site's tables as pandas DataFrames, and single films scored. Nothing here changes a site.

>>> from dashboard import api                               # doctest: +SKIP
>>> site = api.open_site()                                  # doctest: +SKIP
>>> of_extent = api.verdicts(site).query(                   # doctest: +SKIP
...     "measure == 'geographic_extent' and reference == 'recent'"
... )
>>> of_extent.groupby("verdict").size()                     # doctest: +SKIP

The columns are those of `lungline export`; `data_dictionary` says what each holds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from core.quoting import quoted
from dashboard.errors import ConfigurationError
from dashboard.services.export import writing as export
from dashboard.services.export.columns import Table
from dashboard.services.export.tables import SiteSnapshot, frame
from dashboard.services.worker.score_files import ScoredFile, score_files
from dashboard.settings import load_settings

__all__ = [
    "SiteSnapshot",
    "data_dictionary",
    "events",
    "films",
    "flags",
    "observations",
    "open_site",
    "patients",
    "score_file",
    "scores",
    "verdicts",
]


def open_site(data_dir: str | Path | None = None, database: str | None = None) -> SiteSnapshot:
    """Return a site as it stands now; open it again to see what came since.

    It is read at once and in one transaction: all tables fit together, and nothing stays open.

    Parameters
    ----------
    data_dir : str, Path or None
        Folder of films and settings; None for that of the environment, as the command `lungline` finds it.
    database : str or None
        ``sqlite:///FILE`` or ``postgresql://…``; None for that of the settings.

    Raises
    ------
    ConfigurationError
        There is no site, or database and film folder do not belong together.
    DatabaseUnreachableError, SchemaOutdatedError
    """
    settings = load_settings(data_dir=data_dir, database_url=database)
    return export.snapshot_of(settings, now=datetime.now(UTC))


def patients(site: SiteSnapshot, *, names: bool = False) -> pd.DataFrame:
    """Return one row per patient; with `names` also name, number and birth date."""
    return frame(Table.PATIENTS, site, names=names)


def films(site: SiteSnapshot, *, names: bool = False) -> pd.DataFrame:
    """Return one row per film in every state; `off_trend` says why a film is not on the trend, null where it is."""
    return frame(Table.FILMS, site, names=names)


def scores(site: SiteSnapshot) -> pd.DataFrame:
    """Return one row per film and model version: geographic extent 0-8, opacity 0-6, and their parts."""
    return frame(Table.SCORES, site)


def verdicts(site: SiteSnapshot) -> pd.DataFrame:
    """Return one row per film on the trend, measure and reference, as the patient's page shows them.

    Probabilities (0-1) and intervals (points) are null where they are not stated. The lowest and highest level of the
    stay, which that page shows beside them, are not among the references.
    """
    return frame(Table.VERDICTS, site)


def flags(site: SiteSnapshot, *, names: bool = False) -> pd.DataFrame:
    """Return one row per flag in every state; with `names` also who took the last step, and why in words."""
    return frame(Table.FLAGS, site, names=names)


def observations(site: SiteSnapshot, *, names: bool = False) -> pd.DataFrame:
    """Return one row per measured value; with `names` also who entered it."""
    return frame(Table.OBSERVATIONS, site, names=names)


def events(site: SiteSnapshot, *, names: bool = False) -> pd.DataFrame:
    """Return one row per event; with `names` also what people wrote, and who entered it."""
    return frame(Table.EVENTS, site, names=names)


def data_dictionary(*, names: bool = False) -> pd.DataFrame:
    """Return one row per column of every table: table, column, type, unit, range, meaning."""
    return export.data_dictionary(names=names)


def score_file(path: str | Path, model: str | None = None, *, data_dir: str | Path | None = None) -> ScoredFile:
    """Return one film's score without storing anything; `status` and `reason` say so where it has none.

    Parameters
    ----------
    model : str or None
        As `lungline models list` shows it; None for the scorer of the settings.

    Raises
    ------
    ConfigurationError
        There is no such file, or it is a folder.
    CoreError
        The scorer is unknown or lacks its weights.
    """
    settings = load_settings(data_dir=data_dir)
    if Path(path).is_dir():
        raise ConfigurationError(f"{quoted(path)} is a folder. Name one film.")
    (scored,) = score_files([Path(path)], model=model or settings.scorer, settings=settings)
    return scored
