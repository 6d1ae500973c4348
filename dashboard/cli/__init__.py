"""The `lungline` command."""

from __future__ import annotations

import logging
import os
import sys
import warnings

import typer
from sqlalchemy.exc import OperationalError
from typer.exceptions import TyperException

from core.errors import CoreError
from dashboard.cli import (
    admin,
    backup,
    census,
    corrections,
    export,
    flags,
    intake,
    models,
    reading,
    report,
    run,
    trend,
    unit,
)
from dashboard.cli.evaluation import commands as evaluate
from dashboard.cli.output import warn
from dashboard.errors import DashboardError, storage_trouble
from db.errors import DatabaseError

USAGE_ERROR = 2

app = typer.Typer(
    name="lungline",
    help="Follow the lungs of ICU patients on serial bedside chest films. Research use; clinicians decide.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (run, intake, trend, report, export):
    group.register(app)
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(flags.app, name="flags")
app.add_typer(unit.app, name="unit")
app.add_typer(reading.app, name="reading")
app.add_typer(census.stay, name="stay")
app.add_typer(census.patient, name="patient")
app.add_typer(corrections.app, name="film")
app.add_typer(admin.db, name="db")
app.add_typer(backup.app, name="backup")
admin.register(app)


def main() -> None:
    """Run the command. Every expected error is one sentence that says what to do."""
    # Threads that wait for each other sleep instead of spinning: where other processes use the cores (the dashboard,
    # another worker), spinning makes a film up to ten times as slow. torch reads this when it is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # What pydicom cannot read is said in the film's own reason.
    logging.getLogger("pydicom").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=UserWarning, module="pydicom")
    try:
        code = app(standalone_mode=False)
    except (CoreError, DatabaseError, DashboardError) as error:
        warn(str(error))
        sys.exit(USAGE_ERROR)
    except TyperException as error:
        warn(f"{error} `lungline --help` and `lungline COMMAND --help` list the commands and their options.")
        sys.exit(USAGE_ERROR)
    except OperationalError as error:
        logging.getLogger(__name__).debug("database", exc_info=error)
        cause = (str(error.orig).strip() or "no reason given").splitlines()[0]
        warn(f"The database failed ({cause}). Run `lungline doctor`, then try again.")
        sys.exit(USAGE_ERROR)
    except OSError as error:
        warn(storage_trouble(error))
        sys.exit(USAGE_ERROR)
    except (typer.Abort, KeyboardInterrupt):
        warn("Stopped.")
        sys.exit(130)
    except Exception as error:
        logging.getLogger(__name__).debug("unforeseen", exc_info=error)
        cause = f"{type(error).__name__}: {next(iter(str(error).splitlines()), 'no reason given')}"
        warn(f"An unexpected error occurred ({cause}). Run `lungline doctor`, then try again.")
        sys.exit(USAGE_ERROR)
    sys.exit(code if isinstance(code, int) else 0)
