"""`evaluate flags`: flags compared with the changes that experts saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.scoring.registry import DEFAULT_SCORER
from dashboard.cli.evaluation.files import DEFAULT_OUT, FiguresOption, OutOption, publish
from dashboard.cli.options import site_options
from dashboard.cli.output import print_table, say
from dashboard.settings import Settings

if TYPE_CHECKING:
    from core.evaluation.evidence.expert_flags import FlagStudy


@site_options(database=False)
def flags(
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with films.csv and scores.csv.")],
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="Whose scores.")] = DEFAULT_SCORER,
    out: OutOption = DEFAULT_OUT,
    figures: FiguresOption = None,
    *,
    settings: Settings,
    as_json: bool,
) -> None:
    """Compare the flags of every detector with the changes that experts saw on serial films, out of sample."""
    from core.evaluation.evidence import EVIDENCE, FLAGS
    from core.evaluation.figures.expert_flags import flag_figures
    from core.research.evaluation.dataset import read_data_set
    from core.research.evaluation.expert_flags import evaluate_flags
    from core.research.evaluation.out_of_sample import predict_out_of_sample
    from core.scoring.registry import read_scorer_card

    films = read_data_set(data, more=True)
    said = predict_out_of_sample(films, model, weights_dir=settings.weights_dir, evidence=EVIDENCE)
    study = evaluate_flags(films, said, read_scorer_card(model), settings.trend_policy)
    publish(
        study,
        lambda: flag_figures(study),
        lambda: _print(study),
        title="Flags against experts",
        name=FLAGS,
        out=out,
        folder=figures,
        as_json=as_json,
    )


def _print(study: FlagStudy) -> None:
    from core.evaluation.expert_verdicts import verdict_tables

    if not study.scales:
        say("Too few films of one patient have both an expert's value and a prediction: the data cannot tell.")
    for scale in study.scales:
        say(
            f"{scale.column} 0-{scale.maximum:g} by {scale.said_by}: {scale.n_pairs} pairs of films of "
            f"{scale.n_patients} patients ({scale.n_taken_differently} taken differently); {scale.n_real} changes of "
            f"the expert of {scale.real_change:.1f} or more, {scale.n_real_rises} of them rises. Signs agree in "
            f"{scale.changes.sign_agreement.in_words('.0%')}; changes correlate {scale.changes.correlation.in_words()}."
        )
        print_table(
            ("detector", "sensitivity", "specificity", "AUC, rise", "specificity minus raw step's", "answer"),
            [
                (
                    flag.setting,
                    flag.sensitivity.in_words(".0%"),
                    flag.specificity.in_words(".0%"),
                    flag.auc_rise.in_words(),
                    flag.specificity_minus_raw_step.in_words(".0%") if flag.specificity_minus_raw_step else "",
                    flag.answer,
                )
                for flag in scale.flags
            ],
            empty="",
        )
    for counted in verdict_tables(study):
        say(counted.said)
        if counted.rows:
            print_table(counted.columns, counted.rows, empty="")
    for note in study.notes:
        say(note)
