"""`db`, `config`, `doctor`: the database's schema, the settings, and what this machine lacks."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dashboard.cli.options import ActorOption, site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.settings import Settings, sources

db = typer.Typer(help="The database's schema.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("config", epilog="Example: lungline config --json")(config)
    app.command("doctor", epilog="Example: lungline doctor")(doctor)


@db.command("upgrade", epilog="Example: lungline db upgrade --database postgresql://lungline@db/lungline")
@site_options
def upgrade(*, settings: Settings, as_json: bool) -> None:
    """Bring the database to the schema of this program."""
    from dashboard.services.site.upgrading import upgrade_database

    done = upgrade_database(settings)
    before, after = done.before, done.after
    if as_json:
        print_json({"before": before, "after": after})
    else:
        say(f"Schema version {after}." if before == after else f"Schema version {before or 'none'} → {after}.")


@db.command("check", epilog="Example: lungline db check --json")
@site_options
def check(
    films: Annotated[bool, typer.Option("--films", help="Also read every stored film and compare its hash.")] = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Look for damage: schema, references between rows, the file itself, and whether the films belong to it."""
    from dashboard.services.site.belonging import require_no_restore
    from dashboard.services.site.soundness import look_for_damage

    require_no_restore(settings)
    findings = look_for_damage(settings, films=films)
    if as_json:
        print_json({"findings": findings})
    else:
        for finding in findings or ["The database is sound."]:
            say(finding)
    sys.exit(1 if findings else 0)


@db.command("adopt", epilog="Example: lungline db adopt --by 'N. Weber'")
@site_options
def adopt(*, settings: Settings, actor: ActorOption = "admin") -> None:
    """Confirm that this database and this film folder belong together, where Lungline refuses them."""
    from dashboard.services.site.belonging import adopt as join_on_purpose

    join_on_purpose(settings, actor=actor)
    say(f"{settings.shown_database_url} and {settings.film_dir} now belong together.")


@site_options
def config(*, settings: Settings, as_json: bool) -> None:
    """List the settings and where each value comes from."""
    rows = sources(settings)
    if as_json:
        print_json(rows)
    else:
        print_table(("setting", "value", "source"), [(row.name, row.value, row.source) for row in rows], empty="")


@site_options
def doctor(*, settings: Settings, as_json: bool) -> None:
    """Say what is missing on this machine and how to mend it."""
    from dashboard.services.site.doctor import examine

    findings = examine(settings)
    if as_json:
        print_json(findings)
    else:
        rows = [("ok" if finding.sound else "MEND", finding.subject, finding.text) for finding in findings]
        print_table(("", "what", "finding"), rows, empty="")
    sys.exit(0 if all(finding.sound for finding in findings) else 1)
