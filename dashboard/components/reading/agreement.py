"""Agreement of a reader and the model: figures with their intervals, and the films they rest on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.counting import counted
from core.evaluation.figures import EvidenceFigure, FigureFilm, FigureScale, bland_altman_figure
from core.evaluation.reader_study import FEW_PATIENTS, ScaleAgreement
from core.types import Measure
from dashboard.components.evidence.showing import draw_figure, draw_table, figure_colours
from dashboard.components.page.text import plain
from dashboard.services.readers.agreement import ReaderAgreement
from dashboard.services.readers.other_readers import OtherReader

WHAT = (
    "ICC(2,1): absolute agreement of two readings. Limits of agreement: mean difference -/+ 1.96 SD (Bland and Altman)."
    " Weighted kappa: quadratic weights, scores rounded to whole points. In brackets 95 % intervals by resampling "
    "patients."
)
AFTER = (
    "The reader saw the model's scores before reading: agreement is higher than that of independent readings, and no "
    "measure of the model."
)
WHOLE = frozenset(Measure)
TOO_FEW = "Agreement is shown once both have scored three films or more."


def draw_agreement(found: ReaderAgreement) -> None:
    """Draw how the reader agrees with the model, or what is missing for that."""
    st.header("Agreement with the model")
    if not found.facts.blind:
        plain(f"! {AFTER}", tone="warning")
    plain(_counted(found))
    if not found.scales:
        plain(TOO_FEW)
        return
    if found.n_patients < FEW_PATIENTS:
        plain(f"! Films of {counted(found.n_patients, 'patient')} only: the intervals are too narrow.", tone="warning")
    draw_table(
        "Agreement of reader and model, by scale",
        _columns("Model minus reader"),
        [_row(scale) for scale in found.scales],
        key="agreement",
    )
    plain(WHAT)
    # One lung's figures stand in the table: six plots hide the two that matter.
    whole = [scale for scale in found.scales if scale.scale.name in WHOLE]
    for column, one in zip(st.columns(len(whole), gap="large"), whole, strict=True):
        with column:
            draw_figure(_figure(one, found), key=f"bland-altman-{one.scale.name}")


def draw_other_readers(found: Sequence[OtherReader]) -> None:
    """Draw how the reader agrees with others who read the same films blind; nothing where nobody did."""
    if not found:
        return
    st.header("Agreement with other readers")
    rows = [
        (f"{reader.reader}: {cells[0]}", *cells[1:])
        for reader in found
        for cells in (_row(scale) for scale in reader.scales if scale.scale.name in WHOLE)
    ]
    columns = _columns("Other minus this reader")
    draw_table("Agreement with other readers, by scale", columns, rows, key="other-readers")
    few = [reader.reader for reader in found if reader.n_patients < FEW_PATIENTS]
    if few:
        plain(f"! Films of few patients with {', '.join(few)}: those intervals are too narrow.", tone="warning")


def _columns(difference: str) -> tuple[str, ...]:
    """Return the names of the columns, that of the mean difference as it is meant."""
    limits = ("Lower limit of agreement", "Upper limit")
    return ("Scale", "Films", "ICC(2,1)", difference, *limits, "Weighted kappa", "Mean absolute difference")


def _counted(found: ReaderAgreement) -> str:
    left = "; ".join(f"{count} {why}" for why, count in sorted(found.left_out.items()))
    films = f"{counted(found.n_films, 'film')} of {counted(found.n_patients, 'patient')}"
    return f"{found.model} {found.version} and {found.facts.reader}: {films}." + (f" Left out: {left}." if left else "")


def _row(one: ScaleAgreement) -> tuple[str, ...]:
    found = one.agreement
    return (
        f"{one.scale.label}, 0-{one.scale.maximum:g}",
        str(found.n_films),
        found.icc.in_words(),
        found.bias.in_words("+.2f"),
        found.limit_low.in_words("+.2f"),
        found.limit_high.in_words("+.2f"),
        found.kappa_quadratic.in_words(),
        found.mae.in_words(),
    )


def _figure(one: ScaleAgreement, found: ReaderAgreement) -> EvidenceFigure:
    films = [FigureFilm(f"Film {film.film_id}", "films", film.expert, film.said) for film in one.films]
    scale = FigureScale(one.scale.label, one.scale.maximum, found.model, reader="reader")
    limits = (one.agreement.limit_low, one.agreement.limit_high)
    return bland_altman_figure(
        films, scale, one.agreement.bias, limits, name=f"bland-altman-{one.scale.name}", colours=figure_colours()
    )
