"""`evaluate change`, `evaluate site-noise`: the noise of a change, against experts and in the site's own series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.types import ChangeNoise
from dashboard.cli.options import JsonOption, site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.evaluation.site_noise import SiteNoise
    from core.research.evaluation.noise.trend_noise import ScaleNoise


def change(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and scores.csv.")],
    model: Annotated[str | None, typer.Option("--model", metavar="MODEL", help="Only this scorer.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the figures into the scorer's card.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure the noise of a scorer's change against experts, out of sample, by class of pair of films."""
    from core.evaluation.evidence import EVIDENCE
    from core.research.evaluation.noise.trend_noise import measure_trend_noise, with_trend_noise
    from core.scoring.cards import write_card
    from core.scoring.registry import card_path, read_scorer_card, scorer_names

    names = [name for name in scorer_names() if (EVIDENCE / f"{name}-out-of-fold.csv").is_file()]
    found = {}
    for name in names if model is None else [model]:
        card = read_scorer_card(name)
        found[name] = measure_trend_noise(data, card, EVIDENCE)
        if write:
            write_card(with_trend_noise(card, data, EVIDENCE), card_path(name))
    if as_json:
        print_json(found)
        return
    for name, scales in found.items():
        _print_scorer(name, scales)
    say("Each scorer had not seen the patient. Intervals: 95 %, by resampling patients; wandering: profile likelihood.")


def _print_scorer(name: str, scales: Mapping[str, ScaleNoise]) -> None:
    rows = []
    for scale, noise in scales.items():
        rows.append(_line(scale, "taken alike", noise.n_alike, noise.alike))
        rows += [_line(scale, pair_class.label, one.n_pairs, one) for pair_class, one in noise.classes.items()]
        rows.append(_line(scale, "taken differently", noise.n_differently, noise.differently))
    say(f"{name}: error of the change between consecutive films of one patient")
    headings = ("scale", "films", "pairs / patients", "SD", "95 % interval", "slope", "detectable from")
    print_table(headings, rows, empty="No consecutive films with experts' values.")
    for scale, noise in scales.items():
        say(f"{scale}: error that stays the same in one patient, SD {noise.bias_sd:.2f}.")
        if noise.process:
            one = noise.process
            say(
                f"{scale}: levels wander by {one.sd:.2f} points per √day ({one.low:.2f} to {one.high:.2f}; "
                f"{one.n_films} films of {one.n_stays} series); a slope of their own adds {one.slope_gain:.1f} to the "
                "log-likelihood."
            )


def _line(scale: str, films: str, n_pairs: int, noise: ChangeNoise | None) -> tuple[object, ...]:
    if noise is None:
        return (scale, films, n_pairs, "not measured: fewer than 5 pairs", "", "", "")
    own = "" if noise.own_sd is None else f" (own {noise.own_sd:.2f})"
    return (
        scale,
        films,
        f"{noise.n_pairs} / {noise.n_patients}",
        f"{noise.sd:.2f}{own}",
        f"{noise.sd_low:.2f} to {noise.sd_high:.2f}",
        f"{noise.slope:.2f}",
        f"{1.96 * noise.sd:.1f}",
    )


@site_options
def site_noise(*, settings: Settings, as_json: bool) -> None:
    """Compare the scatter of this site's own series with the noise on the active scorer's card."""
    from dashboard.services.evidence.own_films import measure_site_noise
    from dashboard.services.site.opening import open_site

    found = measure_site_noise(site=open_site(settings))
    if as_json:
        print_json(found)
        return
    print_table(
        ("measure", "triples / patients", "SD of a film here", "95 % interval", "on the card"),
        [_site_line(noise) for noise in found],
        empty="No scorer is active, or its noise was not measured: there is nothing to compare with.",
    )
    for scale in found:
        if scale.warning:
            say(f"{scale.measure.label}: {scale.warning}")
    say(
        "Scatter of the middle one of three successive films about the line between its neighbours, less the wandering "
        "of levels on the card; errors that stay the same in one patient are not seen."
    )


def _site_line(one: SiteNoise) -> tuple[object, ...]:
    films = f"{one.n_triples} / {one.n_patients}"
    if one.film_sd is None or one.low is None or one.high is None:
        return (one.measure.label, films, "too few triples", "", f"{one.card_film_sd:.2f}")
    return (
        one.measure.label,
        films,
        f"{one.film_sd:.2f}",
        f"{one.low:.2f} to {one.high:.2f}",
        f"{one.card_film_sd:.2f}",
    )
