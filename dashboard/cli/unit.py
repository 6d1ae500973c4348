"""`unit`: what a unit sets for its trends and flags, and what that would have done last month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

import typer

from core.trend.types import Reference
from dashboard.cli.options import REFERENCES, parse_reference, site_options
from dashboard.cli.output import plain, print_json, print_table, say
from dashboard.errors import ConfigurationError
from dashboard.services.site.opening import Site, open_site
from dashboard.services.units import saving as units
from dashboard.services.units.preview import Preview, preview
from dashboard.services.units.settings import UnitSettings, WallNames, shown, site_value, unit_settings
from dashboard.settings import Settings

app = typer.Typer(help="What a unit sets for itself.", no_args_is_help=True)

NO_QUIET = "none"


@app.callback()
def _unit() -> None:
    """Keep `settings` a command of its own; Typer would drop the name of an only one."""


@app.command(
    "settings", epilog="Example: lungline unit settings 'ICU A' --important-change 1.5 --quiet 22:00-06:00 --preview"
)
@site_options
def settings_(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit, as stays name it.")],
    important_change: Annotated[
        float | None, typer.Option("--important-change", help="Smallest important change, points of 8.")
    ] = None,
    important_opacity: Annotated[
        float | None, typer.Option("--important-opacity", help="Smallest important change, points of 6.")
    ] = None,
    p_rise: Annotated[float | None, typer.Option("--p-rise", help="Probability from which a change is real.")] = None,
    p_large: Annotated[
        float | None, typer.Option("--p-large", help="Probability from which a change is large.")
    ] = None,
    reference: Annotated[
        list[Reference] | None,
        typer.Option(
            "--reference",
            parser=parse_reference,
            metavar=REFERENCES,
            help="Reference to show; several may be given.",
        ),
    ] = None,
    quiet: Annotated[
        str | None,
        typer.Option("--quiet", metavar="HH:MM-HH:MM", help="Quiet hours, or 'none'. A large rise is never quiet."),
    ] = None,
    stale_after: Annotated[float | None, typer.Option("--stale-after", help="Hours.")] = None,
    overdue_after: Annotated[
        float | None,
        typer.Option("--overdue-after", help="Minutes after which a large rise that nobody acknowledged stands out."),
    ] = None,
    wall_names: Annotated[WallNames | None, typer.Option("--wall-names", help="Names on the wall screen.")] = None,
    as_site: Annotated[
        list[str] | None, typer.Option("--as-site", metavar="NAME", help="Use the site's value of this setting again.")
    ] = None,
    show_effect: Annotated[
        bool, typer.Option("--preview", help="Count the flags of the last 30 days; change nothing.")
    ] = False,
    past: Annotated[bool, typer.Option("--history", help="Show every change, the newest first.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who changes it; recorded.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; recorded.")] = "",
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Show or change a unit's settings; with --preview, show their effect first."""
    site = open_site(settings)
    if past:
        _print_history(unit, as_json=as_json, site=site)
        return
    given = {
        "important_geographic_extent": important_change,
        "important_opacity": important_opacity,
        "p_rise": p_rise,
        "p_large": p_large,
        "references_shown": tuple(reference) if reference else None,
        "stale_after_hours": stale_after,
        "overdue_after_minutes": overdue_after,
        "wall_names": wall_names,
        **_quiet(quiet),
    }
    present = units.settings_of(unit, site=site)
    proposed = _proposed(present, given, quiet, as_site or [])
    if show_effect:
        effect = preview(unit, proposed, site=site)
        print_json(_effect_document(effect, proposed)) if as_json else say(effect.text)
        return
    if proposed != present:
        saved = units.save(unit, proposed, actor=by, reason=reason, site=site)
        if not as_json:
            say(f"Saved for {saved.unit}; flags of the patients there were re-evaluated: {saved.patients}.")
    _print(proposed, settings, as_json=as_json)


def _effect_document(effect: Preview, proposed: UnitSettings) -> dict[str, Any]:
    rates = {
        f"{name}_per_100_patient_days": getattr(effect, name).per_100_patient_days for name in ("present", "proposed")
    }
    return {"effect": plain(effect) | rates, "settings": proposed.model_dump(mode="json")}


def _proposed(
    present: UnitSettings, given: Mapping[str, object], quiet: str | None, as_site: list[str]
) -> UnitSettings:
    unknown = sorted(set(as_site) - set(UnitSettings.model_fields))
    if unknown:
        raise ConfigurationError(
            f"{unknown[0]!r} is no setting of a unit. Expected one of: {', '.join(UnitSettings.model_fields)}."
        )
    values = present.model_dump() | {name: value for name, value in given.items() if value is not None}
    if quiet == NO_QUIET:
        values |= {"quiet_from": None, "quiet_until": None}
    return unit_settings(**(values | dict.fromkeys(as_site)))


def _quiet(text: str | None) -> dict[str, time | None]:
    if text is None or text == NO_QUIET:
        return {"quiet_from": None, "quiet_until": None}
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError as error:
        raise ConfigurationError(
            f"Quiet hours {text!r} are not understood. Expected two times such as 22:00-06:00, or none."
        ) from error
    return {"quiet_from": start, "quiet_until": end}


def _print(of_unit: UnitSettings, of_site: Settings, *, as_json: bool) -> None:
    if as_json:
        print_json(of_unit.model_dump(mode="json"))
        return
    rows = []
    for name, field in UnitSettings.model_fields.items():
        own = getattr(of_unit, name)
        value = shown(own) if own is not None else site_value(name, of_site.trend_policy)
        rows.append((name, value, "the unit" if own is not None else "the site", field.description))
    print_table(("setting", "value", "set by", "what it does"), rows, empty="")


def _print_history(unit: str, *, as_json: bool, site: Site) -> None:
    changes = units.settings_history(unit, site=site)
    if as_json:
        print_json(
            [
                {
                    "changed_at": change.changed_at,
                    "actor": change.actor,
                    "reason": change.reason,
                    "settings": change.settings.model_dump(mode="json"),
                }
                for change in changes
            ]
        )
        return
    print_table(
        ("when", "by", "why", "set by the unit"),
        [
            (
                change.changed_at.astimezone(site.zone).strftime("%Y-%m-%d %H:%M"),
                change.actor,
                change.reason,
                change.settings.in_words,
            )
            for change in changes
        ],
        empty=f"{unit} has never set anything: the site's settings hold.",
    )
