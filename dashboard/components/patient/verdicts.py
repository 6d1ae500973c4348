"""A film's verdicts with their basis, and how the patient stands as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import Change, FilmTrend, Reference
from core.trend.wording import REFERENCES_IN_WORDS, never_measured
from core.types import Measure
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.page.text import plain
from dashboard.services.patient.film_basis import FilmBasis, film_basis
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.ward.board import BoardRow
from dashboard.wording.moved import mark_lines
from dashboard.wording.palette import VERDICT_SHAPES, VERDICT_WORDS, verdict_text
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import (
    NOT_UP_TO_DATE,
    change_text,
    last_verdict_text,
    level_text,
    standing_lines,
    sustained_text,
)


def draw_standing(trend: PatientTrend, *, scale: TimeScale) -> None:
    """Say how the newest film on the trend compares, and what speaks against trusting it."""
    for mark in mark_lines(trend.timeline.films, scale):
        plain(mark, tone="warning")
    for line in standing_lines(trend, scale):
        plain(line.text, tone="warning" if line.warns else "")
    if trend.trends:
        newest = trend.in_order[-1]
        change = newest.change(Measure.GEOGRAPHIC_EXTENT, ALERTING_REFERENCE)
        if change is not None and change.unmeasured:
            plain(never_measured(change.unmeasured), tone="warning")
        shape = "" if change is None else _chip(change, before=trend.behind)
        st.html(
            f'<div class="ll-text">Last film on the trend: {shape} {escape(level_text(newest, change, scale))}</div>'
        )


def draw_physiology(trend: PatientTrend) -> None:
    """Say, second to the verdict, what oxygenation, ventilation and events say of the newest film's change."""
    if trend.in_order and not trend.behind:
        for explanation in film_basis(trend, trend.in_order[-1].film.film_id).explanations:
            plain(explanation.text)


def _chip(change: Change, *, before: bool) -> str:
    if before:
        # A verdict that is not the latest word must not look like the present state.
        return f'<span class="ll-chip ll-look">{NOT_UP_TO_DATE}</span> before: {escape(VERDICT_WORDS[change.verdict])}.'
    tone = VERDICT_SHAPES[change.verdict][1]
    return f'<span class="ll-chip ll-{tone}">{escape(verdict_text(change.verdict))}</span>'


def row_verdict_cell(row: BoardRow) -> Cell:
    """Return a stay's verdict as a cell; what keeps it from being the latest word comes first."""
    change = row.change
    if change is None or change.change is None:
        return Cell(row.status)
    if not row.behind:
        cell = verdict_cell(change)
        return replace(cell, small=(*cell.small, sustained_text(row.sustained))) if row.sustained else cell
    return Cell(f"! {row.status}", (f"before: {VERDICT_WORDS[change.verdict]}",), "look")


def verdict_cell(change: Change | None) -> Cell:
    """Return a verdict as a cell: shape, words, tone, size and gap."""
    if change is None:
        return Cell("")
    text = change_text(change)
    return Cell(verdict_text(change.verdict), (text,) if text else (), VERDICT_SHAPES[change.verdict][1])


def draw_verdict(
    film: FilmTrend,
    basis: FilmBasis,
    *,
    references: Sequence[Reference],
    key: str,
    dark: bool,
) -> None:
    """Draw a film's verdict and, one click away, its basis and the comparisons with `references`."""
    change = film.change(Measure.GEOGRAPHIC_EXTENT, ALERTING_REFERENCE)
    if change is None:
        return
    words = last_verdict_text(change, behind=False)
    with st.expander(f"Geographic extent against the recent level: {words}. Why?", key=f"{key}-why"):
        plain(change.basis)
        sustained = film.sustained_alone.basis if film.sustained_alone else ""
        for line in (sustained, *(explanation.text for explanation in basis.explanations)):
            if line:
                plain(line)
        others = {(change.measure, change.reference): change for change in (*film.changes, *basis.levels)}
        rows = [
            _row(others.get((measure, reference)), measure, reference)
            for measure in Measure
            for reference in references
        ]
        columns = ("Measure", "Against", "Verdict", "Basis")
        record_table("All comparisons of this film", columns, rows, key=f"{key}-verdicts", dark=dark)


def _row(change: Change | None, measure: Measure, reference: Reference) -> Record:
    # How the noise was measured, and on what it was not, stands above the table once.
    basis = "" if change is None else replace(change.reasons, beforehand="", measured="").text
    cells = (Cell(measure.label), Cell(REFERENCES_IN_WORDS[reference]), verdict_cell(change), Cell(basis))
    return Record(f"{measure.value}-{reference.value}", cells)


def verdicts_in_words(trends: Sequence[FilmTrend]) -> str:
    """Return the newest verdict in words, for those who cannot see the chart."""
    if not trends:
        return "no film on the trend"
    change = trends[-1].change(Measure.GEOGRAPHIC_EXTENT, ALERTING_REFERENCE)
    return "" if change is None else VERDICT_WORDS[change.verdict]
