"""Error and calibration of the active model against experts, from its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.evaluation.bootstrap import interval
from core.evaluation.card_figures import SCALES, error_figures
from core.evaluation.proportion import share_in_words
from core.scoring.cards import evidence_lines
from core.types import ScorerCard
from dashboard.components.evidence.showing import draw_figure, draw_table, figure_colours
from dashboard.components.page.text import facts, plain

NOT_HERE = (
    "Single films are not drawn here: the experts' values belong to the public data sets and are not part of Lungline. "
    "With them in a folder DIR, predicted against expert, Bland-Altman plots, coverage over all levels and the largest "
    "errors are drawn by: lungline evaluate agreement --data DIR --figures OUT"
)
AGREEMENT = {
    "mae": "Mean absolute error",
    "bias": "Mean difference",
    "r": "Correlation",
    "slope": "Slope",
    "icc": "ICC",
}
SEGMENTATION = {
    "lungs_dice": "Lungs: overlap (Dice)",
    "opacity_dice": "Opacity: overlap (Dice), mean over films",
    "opacity_dice_pooled": "Opacity: overlap (Dice), all pixels together",
    "fraction_mae": "Opaque share of the lungs: mean absolute error, percentage points",
    "fraction_bias": "Opaque share of the lungs: mean difference, percentage points",
}


def draw_error(card: ScorerCard) -> None:
    """Draw the tables and figures that the card's evidence has; all of it is one click away."""
    evidence = card.evidence
    said = {_words(name): str(one) for name, one in evidence.items() if isinstance(one, str) and name != "method"}
    if not evidence:
        plain("This model's card holds no evidence: its error was not measured here.")
        return
    if "method" in evidence:
        plain(str(evidence["method"]))
    if said:
        facts(said)
    _draw_agreement(evidence.get("agreement"))
    _draw_coverage(evidence)
    _draw_segmentation(evidence.get("segmentation"))
    plain(NOT_HERE)
    for figure in error_figures(card, colours=figure_colours()):
        draw_figure(figure)
    with st.expander("All figures of the card", key="card-evidence"):
        st.code("\n".join(evidence_lines(evidence)), language=None, wrap_lines=True)


def _draw_agreement(agreement: Any) -> None:  # noqa: ANN401 - a card's evidence is free in form
    if not isinstance(agreement, Mapping):
        return
    st.header("Against the experts")
    rows = [
        (
            SCALES.get(scale, _words(scale)),
            f"{one['n_films']} / {one['n_patients']}",
            *(interval(one[name]) for name in AGREEMENT),
            f"{one['mae_constant']:.2f}",
        )
        for scale, one in agreement.items()
    ]
    columns = ("Scale", "Films / patients", *AGREEMENT.values(), "Error of one constant value")
    draw_table("Agreement with the experts, by scale", columns, rows, key="agreement")


def _draw_coverage(evidence: Mapping[str, Any]) -> None:
    """Draw how often the intervals held the expert's value, with n and interval, for cards that tell it."""
    told = evidence.get("interval")
    if not isinstance(told, Mapping):
        return
    rows: list[tuple[str, str, str]] = []
    for scale, found in told.get("coverage_leaving_each_patient_out", {}).items():
        label = SCALES.get(scale, _words(scale))
        # An older card tells the share over all films only.
        n_films = evidence.get("agreement", {}).get(scale, {}).get("n_films", 0)
        groups = found if isinstance(found, Mapping) else {"all": {"share": (found,), "n_films": n_films}}
        rows += [(label, name, share_in_words(one["share"][0], one["n_films"])) for name, one in groups.items()]
    for scale, found in told.get("coverage_leaving_each_source_out", {}).items():
        label = SCALES.get(scale, _words(scale))
        rows += [
            (label, f"from {source}, by films of the other sources", share_in_words(one["share"][0], one["n_films"]))
            for source, one in found.items()
        ]
    if rows:
        st.header(f"How often the {told['level'] * 100:g} % interval held the expert's value")
        plain("Each film's interval is made from all other patients' errors; in brackets 95 % Wilson intervals.")
        if "opacity_0_8" in evidence.get("agreement", {}):
            plain("Opacity that experts scored 0-8 counts here as moved to 0-6 by a line.")
        draw_table("Coverage of the intervals", ("Scale", "Films", "Held"), rows, key="coverage")


def _draw_segmentation(found: Any) -> None:  # noqa: ANN401 - likewise
    if not isinstance(found, Mapping):
        return
    st.header("Masks, against those that radiologists drew")
    rows: Sequence[tuple[str, str]] = [
        (words, interval(found[name])) for name, words in SEGMENTATION.items() if name in found
    ]
    plain(f"{found.get('n_films', '?')} films of {found.get('n_patients', '?')} patients.")
    draw_table("Masks against those of radiologists", ("Figure", "Value (95 % interval)"), rows, key="segmentation")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
