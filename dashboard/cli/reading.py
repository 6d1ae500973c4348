"""`reading`: sessions in which people score films, their agreement with the model, and what they say of its scale."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from core.counting import counted
from core.quoting import quoted
from dashboard.cli.options import site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.errors import ConfigurationError
from dashboard.services.readers.sessions import all_sessions
from dashboard.services.site.opening import open_site
from dashboard.settings import Settings

app = typer.Typer(help="Films scored by people: sessions, agreement, recalibration.", no_args_is_help=True)

SessionArgument = Annotated[
    int, typer.Argument(metavar="SESSION", help="The session's number, as `lungline reading list` shows.")
]


AGREEMENT = {
    "icc": "ICC(2,1)",
    "bias": "model minus reader",
    "limit_low": "lower limit",
    "limit_high": "upper limit",
    "kappa_quadratic": "weighted kappa",
    "mae": "mean absolute difference",
}


@app.command("list", epilog="Example: lungline reading list --json")
@site_options
def list_(*, settings: Settings, as_json: bool) -> None:
    """List the reading sessions, the newest first."""
    found = all_sessions(site=open_site(settings))
    if as_json:
        print_json(found)
        return
    print_table(
        ("session", "title", "reader", "mode", "read", "made", "finished"),
        [
            (
                session_facts.session_id,
                session_facts.title,
                session_facts.reader,
                "blind" if session_facts.blind else "after the model",
                f"{session_facts.n_read} of {session_facts.n_films}",
                f"{session_facts.created_at.astimezone(settings.zone):%Y-%m-%d %H:%M}",
                f"{session_facts.finished_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
                if session_facts.finished_at
                else "",
            )
            for session_facts in found
        ],
        empty="No reading session. Make one on the screen Reading.",
    )


@app.command("agreement", epilog="Example: lungline reading agreement 3")
@site_options
def agreement(
    session: SessionArgument,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show how the reader of a session agrees with the model; of a blind session once it is finished."""
    from dashboard.services.readers.agreement import reader_agreement

    found = reader_agreement(session, site=open_site(settings))
    if as_json:
        print_json(
            {
                "session": found.facts.session_id,
                "blind": found.facts.blind,
                "model": found.model,
                "model_version": found.version,
                "n_films": found.n_films,
                "n_patients": found.n_patients,
                "left_out": found.left_out,
                "scales": {
                    scale.scale.name: {name: getattr(scale.agreement, name).as_list() for name in AGREEMENT}
                    for scale in found.scales
                },
            }
        )
        return
    say(
        f"{found.model} {found.version} and {found.facts.reader}: {counted(found.n_films, 'film')} of "
        f"{counted(found.n_patients, 'patient')}"
    )
    if not found.facts.blind:
        say("The reader saw the model's scores: this is no measure of the model.")
    for why, count in sorted(found.left_out.items()):
        say(f"Left out: {count} {why}")
    print_table(
        ("scale", *AGREEMENT.values()),
        [
            (scale.scale.label, *(getattr(scale.agreement, name).in_words() for name in AGREEMENT))
            for scale in found.scales
        ],
        empty="Agreement is shown once both have scored three films or more.",
    )


@app.command("recalibration", epilog="Example: lungline reading recalibration --json")
@site_options
def recalibration(*, settings: Settings, as_json: bool) -> None:
    """Show the line from the active model's scores to all blind readings; `models recalibrate` puts it to use."""
    from core.scoring.recalibration import is_recalibrated
    from dashboard.services.readers.agreement import site_recalibration

    found = site_recalibration(site=open_site(settings))
    if as_json:
        lines: dict[str, Any] = {
            line.measure.value: {
                "slope": line.slope.as_list(),
                "offset": round(line.offset, 4),
                "error_now": line.before.as_list(),
                "error_recalibrated": line.after.as_list(),
                "difference": line.gain.as_list(),
                "answer": line.answer,
            }
            for line in found.lines
        }
        counts = {name: getattr(found, name) for name in ("model", "version", "n_films", "n_patients", "n_readers")}
        print_json(counts | {"lines": lines, "activated": is_recalibrated(found.version)})
        return
    say(
        f"{found.model} {found.version}: {counted(found.n_films, 'film')} of {counted(found.n_patients, 'patient')} "
        "read blind"
    )
    print_table(
        ("measure", "slope", "offset", "error now", "error recalibrated", "difference", ""),
        [
            (
                line.measure.label,
                line.slope.in_words(),
                f"{line.offset:+.2f}",
                line.before.in_words(),
                line.after.in_words(),
                line.gain.in_words("+.2f"),
                line.answer,
            )
            for line in found.lines
        ],
        empty="Too few films: 30 of 3 patients or more are needed, read blind in finished sessions.",
    )


@app.command("export", epilog="Example: lungline reading export --out readings.csv")
@site_options
def export(
    session: Annotated[int | None, typer.Option("--session", metavar="SESSION", help="One session only.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write a CSV file.")] = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Export every reading, corrected ones too, with the model's scores; patients by the database's own numbers."""
    from dashboard.services.export.spreadsheet import inert
    from dashboard.services.readers.agreement import export_rows

    if (out is None) is not as_json:
        raise ConfigurationError("Say where the readings go: --out FILE for a CSV file, or --json.")
    rows = export_rows(session, site=open_site(settings))
    if out is None:
        print_json(rows)
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]) if rows else ["session"])
            writer.writeheader()
            writer.writerows({name: inert(value) for name, value in row.items()} for row in rows)
    except OSError as error:
        raise ConfigurationError(
            f"The file {quoted(out)} cannot be written ({error.strerror}). Choose another."
        ) from error
    say(f"{counted(len(rows), 'reading')} written to {out}.")
