"""Tables and figures of the evidence commands `agreement` and `features`, for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.counting import counted
from core.evaluation.bootstrap import Estimate
from core.quoting import quoted
from core.research.evaluation.comparison import Comparison, ScaleComparison, ScorerAgreement
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.features.features import Spread
from core.research.evaluation.features.study import PUBLISHED, PUBLISHED_MAE, FeatureStudy
from core.research.evaluation.out_of_sample import OutOfSample
from core.research.evaluation.pages.figures.of_agreement import agreement_figures
from core.research.evaluation.pages.figures.page import write_figures
from core.scoring.base import MaskingScorer
from core.scoring.registry import load_scorer
from core.types import Measure
from dashboard.cli.output import print_table, say
from dashboard.errors import ConfigurationError

Cells = tuple[object, ...]

_NAMES = {
    "geographic_extent": "Geographic extent",
    "opacity": "Opacity",
    "brixia_senior": "Brixia score, senior reader",
}
_FIGURES = {
    "mae": "mean absolute error",
    "bias": "bias",
    "limit_low": "lower limit of agreement",
    "limit_high": "upper limit of agreement",
    "r": "r",
    "r2": "R²",
    "slope": "slope",
    "icc": "ICC(2,1)",
    "kappa_linear": "kappa, linear weights",
    "kappa_quadratic": "kappa, quadratic weights",
}
_MOST_NAMED = 5
"""Films left out that are named; the others are counted."""


def print_comparison(comparison: Comparison) -> None:
    """Print every scale: scorers and readers as they are, then beside the peers, then by subgroup."""
    if not comparison.scales:
        say("The data set has no expert's value of geographic extent, opacity or Brixia score: nothing to compare.")
    for scale in comparison.scales:
        _print_scale(scale)
    for scorer, groups in comparison.left_out.items():
        for reason, film_ids in groups.items():
            named = ", ".join(film_ids[:_MOST_NAMED])
            more = f" and {len(film_ids) - _MOST_NAMED} more" if len(film_ids) > _MOST_NAMED else ""
            say(f"{scorer} is not judged on {counted(len(film_ids), 'film')} ({named}{more}). {reason}")
    for remark in comparison.remarks:
        say(remark)
    say(
        "Each figure with its 95 % interval, by resampling patients. MAE: mean absolute error; bias: predicted minus "
        "expert; limits of agreement: bias -/+ 1.96 SD of the differences; slope: of predicted on expert; ICC(2,1): "
        "two-way random, absolute agreement, one reading (Shrout and Fleiss 1979); kappa: Cohen's, of whole points. "
        "Films are known by their film_id: the same film under another id is not recognised as one the scorer learned "
        "from."
    )


def print_study(study: FeatureStudy) -> None:
    """Print the table of linear readings, and first what it is read from."""
    for remark in study.remarks:
        say(remark)
    for measure in Measure:
        paper = study.model == PUBLISHED and measure is Measure.GEOGRAPHIC_EXTENT
        say(
            f"{measure.label}, 0-{measure.maximum:g}: {study.n_films[measure.value]} films of "
            f"{study.n_patients[measure.value]} patients, outputs of {study.model} {study.model_version}."
        )
        rows = [
            (
                row.features,
                row.n_features,
                *(_spread(figure) for figure in (row.r, row.r2, row.mae, row.mse)),
                *([PUBLISHED_MAE.get(row.n_features, "")] if paper else []),
            )
            for row in study.rows
            if row.measure is measure
        ]
        print_table(
            ("outputs", "number", "r", "R²", "MAE", "MSE", *(["MAE in the paper"] if paper else [])), rows, empty=""
        )
    say(
        f"Mean and SD over {study.n_splits} random halves of the patients: a linear regression fitted on one half, "
        "judged on the other."
    )
    for reason, film_ids in study.left_out.items():
        say(f"No part: {counted(len(film_ids), 'film')}. {reason}")


def draw_figures(
    films: Sequence[DataSetFilm], predictions: Sequence[OutOfSample], folder: Path, *, weights_dir: Path
) -> tuple[Path, ...]:
    """Draw the first scorer's figures, with the masks that it finds; return the files, the page first.

    Returns
    -------
    tuple of Path
        Empty where too few films have a prediction.

    Raises
    ------
    ConfigurationError
        The folder cannot be written.
    """
    if not predictions:
        return ()
    prediction = predictions[0]
    scorer = load_scorer(prediction.scorer, weights_dir=weights_dir)
    mask = scorer.masks if isinstance(scorer, MaskingScorer) else None
    drawn = agreement_figures(films, prediction, mask=mask)
    try:
        return write_figures(drawn, folder, f"Agreement of {prediction.scorer} with the experts") if drawn else ()
    except OSError as error:
        message = f"The figures cannot be written into {quoted(folder)} ({error.strerror}). Name another folder."
        raise ConfigurationError(message) from error


def _print_scale(scale: ScaleComparison) -> None:
    say(f"{_NAMES[scale.column]}, 0-{scale.maximum:g}: {scale.n_films_with_expert} films with an expert's value.")
    columns = [(f"{scorer.scorer} {scorer.version}{_origin(scorer)}", scorer.as_given) for scorer in scale.scorers]
    columns += [(f"{reader.reader} against {reader.against}", reader.agreement) for reader in scale.readers]
    rows: list[Cells] = [
        ("films / patients", *(f"{agreement.n_films} / {agreement.n_patients}" for _name, agreement in columns)),
        *((label, *(_shown(getattr(one, name)) for _name, one in columns)) for name, label in _FIGURES.items()),
        ("error of always saying the median of the others", *(f"{one.mae_constant:.2f}" for _name, one in columns)),
    ]
    headings = ("", *(name for name, _agreement in columns))
    print_table(headings, rows if columns else [], empty="Too few of them have a prediction that may be judged.")
    if scale.peers:
        _print_peers(scale)
    for one in scale.scorers:
        _print_subgroups(one)


def _print_peers(scale: ScaleComparison) -> None:
    say("Beside published models, all recalibrated by a line that leaves out the patient, on the same films:")
    rows = [
        (
            peer.peer,
            f"{peer.recalibrated.n_films} / {peer.recalibrated.n_patients}",
            _shown(peer.recalibrated.mae),
            _shown(peer.recalibrated.r),
            _shown(peer.scorer_recalibrated.mae),
            _shown(peer.mae_of_scorer_minus_peer),
        )
        for peer in scale.peers
    ]
    scorer = scale.peers[0].scorer
    headings = ("model", "films / patients", "MAE", "r", f"MAE of {scorer}", f"MAE of {scorer} minus the model's")
    print_table(headings, rows, empty="")


def _print_subgroups(one: ScorerAgreement) -> None:
    rows: list[Cells] = [
        (
            f"{group.by}: {group.value}",
            f"{group.n_films} / {group.n_patients}",
            *(
                ("too few", "", "")
                if group.agreement is None
                else (_shown(group.agreement.mae), _shown(group.agreement.bias), _shown(group.agreement.r))
            ),
        )
        for group in one.subgroups
    ]
    print_table((f"{one.scorer} by subgroup", "films / patients", "MAE", "bias", "r"), rows, empty="")


def _origin(one: ScorerAgreement) -> str:
    if one.n_out_of_fold == one.as_given.n_films:
        return ", out of fold"
    return f", {one.n_out_of_fold} out of fold" if one.n_out_of_fold else ""


def _shown(estimate: Estimate) -> str:
    return estimate.in_words(undetermined="not defined")


def _spread(spread: Spread) -> str:
    if spread.mean is None:
        return "not defined"
    return f"{spread.mean:.2f}" if spread.sd is None else f"{spread.mean:.2f} ± {spread.sd:.2f}"
