"""`report`: one patient on one page, as PDF."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from core.quoting import quoted
from dashboard.cli.options import AsOfOption, parse_time, site_options
from dashboard.cli.output import print_json, say
from dashboard.cli.people import PatientArgument, resolve_patient
from dashboard.errors import ConfigurationError
from dashboard.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    app.command("report", epilog="Example: lungline report DEMO-001 --out DEMO-001.pdf")(report)


@site_options
def report(
    patient: PatientArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The PDF to write; an older one is replaced.")],
    as_of: AsOfOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Write one page on a patient: trajectory, last two comparable films, verdict with basis, flags, events."""
    from dashboard.reports import patient_report
    from dashboard.services.site.opening import open_site

    site = open_site(settings)
    patient_id = resolve_patient(patient, site=site)
    moment = parse_time(as_of, settings)
    page = patient_report(patient_id, as_of=moment, site=site)
    _replace(out, page)
    if as_json:
        print_json({"patient_id": patient_id, "file": out, "bytes": len(page)})
    else:
        say(f"Written: {out}. It names the patient: keep it where patients' data may be.")


def _replace(out: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    ConfigurationError
        It cannot be written.
    """
    temporary = None
    try:
        # Only its owner can read a file made this way.
        with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(content)
        temporary.replace(out)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ConfigurationError(
            f"{quoted(out)} cannot be written ({error.strerror}). Name a file in a folder that is there with --out."
        ) from error
