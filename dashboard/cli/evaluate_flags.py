"""`evaluate flags`: flags held against the change that experts saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.evidence_files import DEFAULT_OUT, FiguresOption, OutOption, draw, keep
from dashboard.cli.options import DataDirOption, JsonOption, settings_for
from dashboard.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from core.evaluation.bootstrap import Estimate
    from core.evaluation.expert_flags import FlagStudy


def flags(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and scores.csv.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="Whose scores.")] = DEFAULT_SCORER,
    out: OutOption = DEFAULT_OUT,
    figures: FiguresOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold the flags of every detector against the experts' changes on serial films, out of sample."""
    from core.evaluation.comparison import as_document
    from core.evaluation.dataset import read_data_set
    from core.evaluation.evidence import EVIDENCE
    from core.evaluation.expert_flags import evaluate_flags
    from core.evaluation.expert_flags.figures import flag_figures
    from core.evaluation.out_of_sample import predict_out_of_sample
    from core.evaluation.trend_page import FLAGS
    from core.scoring.registry import read_scorer_card

    settings = settings_for(None, data_dir)
    films = read_data_set(data)
    said = predict_out_of_sample(films, model, weights_dir=settings.weights_dir, evidence=EVIDENCE)
    study = evaluate_flags(films, said, read_scorer_card(model), settings.trend_policy)
    document = as_document(study)
    written = keep(document, FLAGS, out)
    page = draw(flag_figures(study), figures, "Flags against experts") if figures else None
    if as_json:
        print_json(document)
        return
    _print(study)
    say(f"Written: {written}{f' and {page}' if page else ''}.")


def _print(study: FlagStudy) -> None:
    if not study.scales:
        say("Too few films of one patient have both an expert's value and a prediction: the data cannot tell.")
    for scale in study.scales:
        say(
            f"{scale.column} 0-{scale.maximum:g} by {scale.said_by}: {scale.n_pairs} pairs of films of "
            f"{scale.n_patients} patients ({scale.n_taken_differently} taken differently); {scale.n_real} changes of "
            f"the expert of {scale.real_change:.1f} or more, {scale.n_real_rises} of them rises. Signs agree in "
            f"{_percent(scale.changes.sign_agreement)}; changes correlate {_figure(scale.changes.correlation)}."
        )
        print_table(
            ("detector", "sensitivity", "specificity", "AUC, rise", "specificity minus raw step's", "answer"),
            [
                (
                    one.setting,
                    _percent(one.sensitivity),
                    _percent(one.specificity),
                    _figure(one.auc_rise),
                    "" if one.specificity_minus_raw_step is None else _percent(one.specificity_minus_raw_step),
                    one.answer,
                )
                for one in scale.flags
            ],
            empty="",
        )
    for note in study.notes:
        say(note)


def _figure(estimate: Estimate) -> str:
    value, low, high = estimate.as_list()
    return "not determined" if value is None else f"{value:.2f} ({low} to {high})"


def _percent(estimate: Estimate) -> str:
    value, low, high = estimate.as_list()
    if value is None or low is None or high is None:
        return "not determined"
    return f"{value:.0%} ({low:.0%} to {high:.0%})"
