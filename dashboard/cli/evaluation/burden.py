"""`evaluate burden`: how many flags each setting would have raised, on open stays or on the site's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.counting import counted
from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.evaluation.files import DEFAULT_OUT, FiguresOption, OutOption, publish
from dashboard.cli.options import parse_time, site_options
from dashboard.cli.output import print_table, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.evaluation.burden import Burden


@site_options
def burden(
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder with films.csv and clinical.csv: Hannover's ICU stays."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Count own stays from this time on; default: 30 days.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Count own stays until this time; default: now.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Count own stays of this unit only.")] = None,
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="Scorer whose scores are used, with --data.")
    ] = (DEFAULT_SCORER),
    out: OutOption = DEFAULT_OUT,
    figures: FiguresOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Count the flags that each setting would have raised: on the site's own stays, or with --data on Hannover's.

    Results on the open data are written as evidence; a site's own are only printed.
    """
    from core.evaluation.evidence import BURDEN
    from core.evaluation.figures.burden import burden_figures

    found = _open_stays(data, model, settings) if data else _own_stays(settings, since, until, unit)
    publish(
        found,
        lambda: burden_figures(found),
        lambda: _print(found),
        title="Flags on real stays",
        name=BURDEN if data else None,
        out=out,
        folder=figures,
        as_json=as_json,
    )


def _open_stays(data: Path, model: str, settings: Settings) -> Burden:
    from core.evaluation.burden import measure_burden
    from core.evaluation.evidence import EVIDENCE
    from core.research.evaluation.hannover import hannover_stays
    from core.scoring.registry import read_scorer_card

    card = read_scorer_card(model)
    return measure_burden(hannover_stays(data, card, evidence=EVIDENCE), card=card, policy=settings.trend_policy)


def _own_stays(settings: Settings, since: str | None, until: str | None, unit: str | None) -> Burden:
    from dashboard.services.evidence.own_films import site_burden
    from dashboard.services.site.opening import open_site

    site = open_site(settings)
    return site_burden(until=parse_time(until, settings), since=parse_time(since, settings), unit=unit, site=site)


def _print(found: Burden) -> None:
    say(
        f"{found.model} {found.model_version}: {counted(found.n_films, 'film')} of "
        f"{counted(found.n_stays, 'stay')} of {counted(found.n_patients, 'patient')}, {found.patient_days:.0f} "
        f"patient-days. Apart: {counted(found.n_single_film, 'patient')} with one film "
        f"({found.days_single_film:.0f} days), in whom nothing can be compared."
    )
    print_table(
        (
            "detector",
            "setting",
            "rises",
            "drops",
            "looks",
            "per 100 patient-days",
            "rises per 100",
            "patients flagged",
            "flags per patient",
            "days between",
        ),
        [
            (
                setting.family,
                f"{setting.setting}, as used" if setting.as_used else setting.setting,
                setting.n_rises,
                setting.n_drops,
                setting.n_looks if setting.as_used else "",
                setting.per_100_days.in_words(".1f"),
                setting.rises_per_100_days.in_words(".1f"),
                setting.ever_flagged.in_words(".0%"),
                f"{setting.flags_per_patient:.2f}",
                "" if setting.median_days_between is None else f"{setting.median_days_between:.1f}",
            )
            for setting in found.settings
        ],
        empty="",
    )
    say("Only rises alert. Nobody has judged which of these flags were right: this is their number, not their worth.")
