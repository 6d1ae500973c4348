"""`evaluate`: the evidence commands; every accuracy figure of Lungline comes from one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.evaluation.bedside import bedside
from dashboard.cli.evaluation.burden import burden
from dashboard.cli.evaluation.change import change, site_noise
from dashboard.cli.evaluation.external import external
from dashboard.cli.evaluation.flags import flags
from dashboard.cli.evaluation.outcomes import trajectory_outcomes
from dashboard.cli.evaluation.robustness import robustness
from dashboard.cli.evaluation.simulate import simulate
from dashboard.cli.options import JsonOption, site_options
from dashboard.cli.output import print_json, print_table, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.research.evaluation.checks.likeness import Refused
    from core.research.evaluation.checks.photograph import Noted

app = typer.Typer(help="Evidence: accuracy, checks, parity, each figure recomputed.", no_args_is_help=True)
app.command("robustness", epilog="Example: lungline evaluate robustness --data ../shared/data --json")(robustness)
app.command("change", epilog="Example: lungline evaluate change --data ../shared/data --json")(change)
app.command("site-noise", epilog="Example: lungline evaluate site-noise --json")(site_noise)
app.command("burden", epilog="Example: lungline evaluate burden --since 2026-02-01 --unit 'ICU A'")(burden)
app.command("flags", epilog="Example: lungline evaluate flags --data ../shared/data --json")(flags)
app.command("trajectory-outcomes", epilog="Example: lungline evaluate trajectory-outcomes --data ../shared/data")(
    trajectory_outcomes
)
app.command("external", epilog="Example: lungline evaluate external --data DIR --scores DIR/more/scores.csv --json")(
    external
)
app.command("bedside", epilog="Example: lungline evaluate bedside --data ../shared/data --json")(bedside)
app.command("simulate", epilog="Example: lungline evaluate simulate --patients 100 --json")(simulate)

DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and scores.csv.")]


@app.command("parity", epilog="Example: lungline evaluate parity --data ../shared/data")
@site_options(database=False)
def parity(
    data: DataOption,
    films: Annotated[int, typer.Option("--films", help="How many films, besides the DICOM ones.")] = 60,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Compare txrv-cohen2020 with torchxrayvision plus the published formula, film by film."""
    from core.research.evaluation.published.parity import evaluate_parity

    table = evaluate_parity(data, site_zone=settings.zone, weights_dir=settings.weights_dir, films=films)
    if as_json:
        print_json(table)
        return
    rows = [
        (row.film, f"{row.library_geographic_extent:.4f}", f"{row.geographic_extent:.4f}", f"{row.difference:.1e}")
        for row in table.rows
    ]
    print_table(("film", "library, geographic extent", "Lungline", "largest difference"), rows, empty="")
    weights = "random weights in the published format" if table.random_weights else "the published weights"
    say(
        f"{len(table.rows)} films, {weights}: largest difference {table.largest_difference:.1e} points, "
        f"SD of the scores {table.spread:.2f}, {table.films_at_an_end} at an end of the scale."
    )
    for reason in table.not_read:
        say(f"Not compared: {reason}")


@app.command("view", epilog="Example: lungline evaluate view --json")
def view(
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Needed to refit.")] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Repeat the cross-validation, not only the counting.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Report how well laterals and inverted films are told apart, cross-validated by patient."""
    from core.research.evaluation.checks.view import evaluate_view

    evidence = evaluate_view(data, refit=refit)
    if as_json:
        print_json(evidence)
        return
    frontal = evidence.frontal
    rows = [
        ("laterals refused", evidence.laterals_caught),
        ("frontals refused", frontal.refused),
        ("upright frontals turned round", frontal.wrongly_inverted),
        ("inverted frontals recognised", frontal.inverted_detected),
    ]
    print_table(
        ("", "films", "share", "95 % interval"),
        [
            (name, f"{one.count} of {one.n}", f"{one.count / one.n:.2%}", f"{one.low:.2%} to {one.high:.2%}")
            for name, one in rows
        ],
        empty="",
    )
    say(f"Cross-validated by patient; {evidence.rule}.")


@app.command("likeness", epilog="Example: lungline evaluate likeness --json")
def likeness(
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Needed to refit.")] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Repeat the cross-validation, not only the counting.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Report how well pictures that are no frontal chest film are told apart, and photographs of films."""
    from core.research.evaluation.checks.likeness import evaluate_likeness
    from core.research.evaluation.checks.photograph import evaluate_photographs

    evidence, photographs = evaluate_likeness(data, refit=refit), evaluate_photographs()
    if as_json:
        print_json({"likeness": evidence, "photographs": photographs})
        return
    unseen = {unseen_kind.kind: unseen_kind for unseen_kind in evidence.unseen_kinds}
    totals = (evidence.frontal, evidence.whole, evidence.laterals_by_either, evidence.changed)
    print_table(
        ("refused", "pictures", "share", "95 % interval"),
        [(film.kind, f"{film.count} of {film.n}", *_with_interval(film)) for film in (*totals, *evidence.chest)],
        empty="",
    )
    print_table(
        ("kind", "refused", "share", "kind left out of training", "95 % interval"),
        [
            (kind.kind, f"{kind.count} of {kind.n}", f"{kind.count / kind.n:.1%}", *_with_interval(unseen[kind.kind]))
            for kind in evidence.kinds
        ],
        empty="",
    )
    say("Out of sample: by patient, and by picture for what was cut out of one.")
    noted = (*photographs.by_source, photographs.digital_out_of_fold, photographs.seen_by_eye)
    print_table(
        ("noted as photograph or print", "films", "share", "95 % interval"),
        [(film.source, f"{film.count} of {film.n}", *_with_interval(film)) for film in noted],
        empty="",
    )


def _with_interval(share: Refused | Noted) -> tuple[str, str]:
    return f"{share.count / share.n:.1%}", f"{share.low:.1%} to {share.high:.1%}"


@app.command("card", epilog="Example: lungline evaluate card --data ../shared/data --json")
def card(data: DataOption, as_json: JsonOption = False) -> None:
    """Recompute the figures of the embedded scorer's card from its out-of-fold predictions."""
    from core.research.evaluation.embedded import evaluate_embedded
    from core.scoring.cards import evidence_lines

    figures = evaluate_embedded(data)
    if as_json:
        print_json(figures)
    else:
        for line in evidence_lines(figures):
            say(line)


@app.command("agreement", epilog="Example: lungline evaluate agreement --data ../shared/data --json")
@site_options(database=False)
def agreement(
    data: DataOption,
    models: Annotated[
        list[str] | None, typer.Option("--model", metavar="MODEL", help="Only this scorer; may be repeated.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="Draw the first scorer's figures into this folder.")
    ] = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Compare every scorer there is, and published models, with the experts' scores of any data set."""
    from core.evaluation.evidence import EVIDENCE
    from core.research.evaluation.comparison import as_document, compare, peers_of
    from core.research.evaluation.dataset import read_data_set
    from core.research.evaluation.out_of_sample import predict_all_out_of_sample
    from dashboard.cli.evaluation.tables import draw_figures, print_comparison

    films = read_data_set(data)
    predictions, remarks = predict_all_out_of_sample(
        films, models or (), weights_dir=settings.weights_dir, evidence=EVIDENCE
    )
    comparison = compare(films, predictions, peers=peers_of(data), remarks=remarks)
    written = draw_figures(films, predictions, figures, weights_dir=settings.weights_dir) if figures else ()
    if as_json:
        print_json(as_document(comparison))
        return
    print_comparison(comparison)
    if figures:
        say(f"Drawn into {written[0]}." if written else "No figure was drawn: too few films have a prediction.")


@app.command("features", epilog="Example: lungline evaluate features --data ../shared/data")
@site_options(database=False)
def features(
    data: DataOption,
    model: Annotated[
        str | None, typer.Option("--model", metavar="MODEL", help="txrv-cohen2020 (as the paper) or embedded.")
    ] = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Fit severity by a line to sets of a network's outputs, over 50 random halves of the patients."""
    from core.evaluation.evidence import EVIDENCE
    from core.research.evaluation.comparison import as_document
    from core.research.evaluation.dataset import read_data_set
    from core.research.evaluation.features.study import evaluate_features
    from dashboard.cli.evaluation.tables import print_study

    study = evaluate_features(read_data_set(data), model, weights_dir=settings.weights_dir, evidence=EVIDENCE)
    if as_json:
        print_json(as_document(study))
    else:
        print_study(study)


@app.command("saliency", epilog="Example: lungline evaluate saliency --data ../shared/data")
@site_options(database=False)
def saliency(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv, opacity.csv and masks.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="Whose maps.")] = DEFAULT_SCORER,
    films: Annotated[int | None, typer.Option("--films", min=1, help="Use at most this many films.")] = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Check maps of what moves a score: pointing game against radiologists' masks, and shuffled weights."""
    from core.research.evaluation.maps.saliency import DESTROYED_BELOW, evaluate_saliency
    from core.scoring.registry import load_scorer

    scorer = load_scorer(model, weights_dir=settings.weights_dir)
    found = evaluate_saliency(data, scorer, site_zone=settings.zone, limit=films)
    if as_json:
        print_json(found)
        return
    say(f"Pointing game: how often the highest place of a map of {model} lies on opacity that radiologists painted.")
    rows = [
        (
            figures.kind.value,
            figures.films,
            f"{figures.n_films} / {figures.n_patients}",
            figures.on_opacity.in_words(".0%"),
            f"{figures.chance:.0%}",
            figures.above_chance.in_words(".0%"),
            figures.in_lungs.in_words(".0%"),
        )
        for figures in found.pointing
    ]
    headings = ("map", "films", "films / patients", "on opacity", "chance", "above chance", "in the lungs")
    print_table(headings, rows, empty=f"{model} draws no maps.")
    say("Chance: the painted share of the lungs. Intervals: 95 %, by resampling patients.")
    say(found.training)
    say("Shuffled weights: rank correlation of each map with that of the same network with its weights shuffled.")
    print_table(
        ("map", "films / patients", "rank correlation", "highest", f"destroyed (below {DESTROYED_BELOW:g})"),
        [
            (
                figures.kind.value,
                f"{figures.n_films} / {figures.n_patients}",
                figures.rank_correlation.in_words(),
                f"{figures.highest:.2f}",
                "yes" if figures.destroyed else "NO",
            )
            for figures in found.sanity
        ],
        empty=f"The scores of {model} cannot be followed back to places on the film.",
    )
    for reason in found.not_used:
        say(f"Not used: {reason}")


@app.command("segmentation", epilog="Example: lungline evaluate segmentation --data ../shared/data")
def segmentation(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and opacity.csv.")],
    as_json: JsonOption = False,
) -> None:
    """Compare each segmentation's out-of-fold masks with those that radiologists drew."""
    from core.research.evaluation.opacity.segmentation import MARKED_OPACITY, evaluate_segmentations

    figures = evaluate_segmentations(data)
    if as_json:
        print_json({system: one.as_evidence() for system, one in figures.items()})
        return
    names = {
        "lungs_dice": "lungs, Dice",
        "right_dice": "right lung, Dice",
        "left_dice": "left lung, Dice",
        "opacity_dice": "opacity, Dice, mean over films",
        "opacity_dice_marked": f"opacity, Dice, films with ≥ {MARKED_OPACITY:g} %",
        "opacity_dice_pooled": "opacity, Dice, all pixels together",
        "fraction_mae": "opacity fraction, MAE in percentage points",
        "fraction_bias": "opacity fraction, bias in percentage points",
        "fraction_r": "opacity fraction, r",
    }
    rows = [
        (label, *(getattr(figure, name).in_words() for figure in figures.values())) for name, label in names.items()
    ]
    films = ("films / patients", *(f"{figure.n_films} / {figure.n_patients}" for figure in figures.values()))
    print_table(("", *figures), [films, *rows], empty="")
    say("Each network had not seen the patients it is tested on. Intervals: 95 %, by resampling patients.")


@app.command("opacity-outcomes", epilog="Example: lungline evaluate opacity-outcomes --data ../shared/data")
def opacity_outcomes(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and clinical.csv.")],
    as_json: JsonOption = False,
) -> None:
    """Relate the percentage of opacity to intensive care and death: area under the ROC curve."""
    from core.research.evaluation.opacity.outcomes import OUTCOMES, evaluate_opacity_outcomes

    found = evaluate_opacity_outcomes(data)
    if as_json:
        print_json(found.as_evidence())
        return
    rows = [
        (
            figure.system,
            OUTCOMES[figure.outcome],
            figure.film,
            f"{figure.n_events} / {figure.n_patients}",
            figure.auc.in_words(),
            f"{figure.median_with_event:.0f} % / {figure.median_without_event:.0f} %",
        )
        for figure in found.figures
    ]
    headings = (
        "segmentation",
        "outcome",
        "film",
        "events / patients",
        "area under the curve",
        "median, with / without",
    )
    print_table(headings, rows, empty="No outcome is stated for any film that was read.")
    for outcome, count in found.one_sided_patients.items():
        if count:
            say(f"Left out of {outcome}: {count} patients whose source states only one side of it.")
    for note in found.notes:
        say(note)
