"""Figures with their intervals, and those made from a scorer's card."""

from __future__ import annotations

from core.evaluation.card_figures import error_figures, noise_figures
from core.evaluation.figures import DARK, IntervalRow, Reference, interval_figure
from core.scoring.registry import read_scorer_card
from core.types import Measure

ROWS = (IntervalRow("all <b>films</b> (n = 3)", 1.0, 0.5, 2.0), IntervalRow("severe (n = 1)", 3.0, 2.0, 3.5))


def test_rows_bars_reference_and_text() -> None:
    one = interval_figure(
        ROWS, name="x", title="Error", axis="error, points", reference=Reference(2.5, "of a constant"), note="Bars."
    )
    rows, line = one.figure.data
    assert list(rows.x) == [1.0, 3.0]
    assert (list(rows.error_x.array), list(rows.error_x.arrayminus)) == ([1.0, 0.5], [0.5, 1.0])
    assert (list(line.x), line.name) == ([2.5, 2.5], "of a constant")
    assert [one.text for one in one.figure.layout.annotations] == [
        "all &lt;b&gt;films&lt;/b&gt; (n = 3)",
        "severe (n = 1)",
    ]
    assert one.text == (
        "error, points: all <b>films</b> (n = 3) 1.00 (0.50 to 2.00); severe (n = 1) 3.00 (2.00 to 3.50). "
        "Held against 2.50: of a constant. Bars."
    )


def test_the_card_s_own_numbers_are_drawn() -> None:
    card = read_scorer_card("embedded")
    figures = {error_figure.name: error_figure for error_figure in error_figures(card, colours=DARK)}
    agreement = card.evidence["agreement"]["geographic_extent"]  # type: ignore[index]
    error = figures["geographic_extent-error"].figure
    assert error.data[0].x[0] == agreement["mae"][0]
    assert error.data[1].x[0] == agreement["mae_constant"]
    coverage = figures["opacity-coverage"].figure
    assert coverage.data[1].x[0] == card.evidence["interval"]["level"]  # type: ignore[index]
    assert "films-without-finding" in figures
    extent = noise_figures(card)[0].figure.data[0]
    assert extent.x[0] == card.noise[Measure.GEOGRAPHIC_EXTENT].sd


def test_a_card_without_such_evidence_has_no_figures() -> None:
    for scorer in ("txrv-cohen2020", "txrv-ralo"):
        card = read_scorer_card(scorer)
        assert error_figures(card) == ()
        assert noise_figures(card) == ()
