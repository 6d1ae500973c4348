"""`models`: the scorers, their cards and weights, and which one is active."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from core.counting import counted
from dashboard.cli.options import ActorOption, site_options
from dashboard.cli.output import ERRORS, print_json, print_table, say
from dashboard.errors import ConfigurationError
from dashboard.settings import Settings

app = typer.Typer(help="The scorers: cards, weights, which one is active.", no_args_is_help=True)

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="Name as `lungline models list` shows it.")]


@app.command("list", epilog="Example: lungline models list --json")
@site_options
def list_models(*, settings: Settings, as_json: bool) -> None:
    """List the scorers, whether their weights are here, and which one is active."""
    from dashboard.services.site.models import list_models as known
    from dashboard.services.site.opening import open_site

    rows = known(site=open_site(settings))
    if as_json:
        print_json(rows)
        return
    table = [
        ("active" if row.active else "", row.model, row.version, "yes" if row.available else "no", row.title)
        for row in rows
    ]
    print_table(("", "model", "version", "weights here", "what it is"), table, empty="")


@app.command("show", epilog="Example: lungline models show embedded")
@site_options
def show(model: ModelArgument, *, settings: Settings, as_json: bool) -> None:
    """Show a scorer's card; where this site's own recalibration of it is active, the card of that."""
    from core.scoring.cards import card_markdown
    from core.scoring.registry import read_scorer_card
    from dashboard.services.site.belonging import has_database
    from dashboard.services.site.opening import open_site
    from dashboard.services.site.scorers import card_in_use

    site = open_site(settings) if has_database(settings) else None
    card = read_scorer_card(model) if site is None else card_in_use(model, site=site)
    if as_json:
        print_json(card)
    else:
        say(card_markdown(card))


@app.command("fetch", epilog="Example: lungline models fetch txrv-cohen2020")
@site_options(database=False)
def fetch(
    model: Annotated[str, typer.Argument(metavar="MODEL")] = "txrv-cohen2020",
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Download a scorer's published weights; a broken download continues where it stopped."""
    from core.scoring.weights import fetch_weights

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=ERRORS, disable=as_json or not ERRORS.is_terminal) as progress:
        task = progress.add_task(f"Fetching {model}", total=None)
        fetched = fetch_weights(
            model,
            weights_dir=settings.weights_dir,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    print_json(fetched) if as_json else say(f"The weights of {model} are here. Nothing was activated.")


@app.command("import", epilog="Example: lungline models import mlp_geo.pkl mlp_opa.pkl")
@site_options(database=False)
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Published weight files.")],
    model: Annotated[str | None, typer.Option("--model", help="Refuse a file of any other model.")] = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Import weight files; the model of each is recognised from its content."""
    from core.scoring.weights import import_weights

    imported = [import_weights(file, weights_dir=settings.weights_dir, model=model) for file in files]
    if as_json:
        print_json(imported)
    else:
        for file, weights in zip(files, imported, strict=True):
            say(f"{file.name}: {weights.part}, SHA-256 {weights.sha256[:16]}…, for {', '.join(weights.models)}.")


@app.command("activate", epilog="Example: lungline models activate txrv-cohen2020 --by 'Dr Okafor'")
@site_options
def activate(
    model: ModelArgument,
    actor: ActorOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Activate without asking.")] = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show how the scores of local films would change, then activate a scorer; open stays are scored again."""
    from dashboard.services.site.models import activate as make_active
    from dashboard.services.site.models import preview_activation
    from dashboard.services.site.opening import open_site

    if as_json and not yes:
        raise ConfigurationError("Add --yes to confirm the change together with --json.")
    site = open_site(settings)
    preview = preview_activation(model, site=site)
    if not as_json:
        say(preview.text)
    if not yes:
        typer.confirm(f"Make {model} the active scorer?", abort=True)
    activation = make_active(model, actor=actor or "command line", site=site)
    if as_json:
        print_json({"preview": preview, "activation": activation})
    else:
        say(
            f"{activation.model} {activation.version} is active. "
            f"{counted(activation.films_to_score, 'film')} to be scored by it."
        )


@app.command("recalibrate", epilog="Example: lungline models recalibrate --by 'Dr Okafor'")
@site_options
def recalibrate(
    actor: ActorOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Activate without asking.")] = False,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Recalibrate the active model to this site's blind readings, show what changes, then activate that version."""
    from core.scoring.recalibration import in_words
    from core.trend.wording import noise_in_words
    from dashboard.services.site.opening import open_site
    from dashboard.services.site.recalibrating import activate as make_active
    from dashboard.services.site.recalibrating import propose

    if not actor.strip():
        raise ConfigurationError("Say who recalibrates: --by NAME. The name stands on the card of the new version.")
    if as_json and not yes:
        raise ConfigurationError("Add --yes to confirm the change together with --json.")
    site = open_site(settings)
    proposal = propose(site=site)
    found = proposal.recalibration
    if not as_json:
        people = "one person" if found.n_readers == 1 else f"{found.n_readers} people"
        say(
            f"{found.model} {found.base_version}, {counted(found.n_films, 'film')} of "
            f"{counted(found.n_patients, 'patient')}, read blind by {people}:"
        )
        for sentence in in_words(found):
            say(f"- {sentence}")
        for measure, noise in found.noise.items():
            say(
                f"- Error of a change of {measure.label.lower()}: {noise_in_words(noise)}; {noise.slope:.2f} points of "
                "readers' change per point of the new score."
            )
        say(proposal.preview.text)
    if not yes:
        typer.confirm(f"Make {found.model} {found.version} the active version?", abort=True)
    activation = make_active(found, actor=actor, site=site)
    if as_json:
        print_json({"recalibration": found.as_json(), "preview": proposal.preview, "activation": activation})
    else:
        say(
            f"{activation.model} {activation.version} is active. "
            f"{counted(activation.films_to_score, 'film')} to be scored by it. "
            f"To go back: lungline models activate {activation.model}"
        )
