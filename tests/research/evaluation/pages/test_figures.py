"""Figures of the evidence: what they hold, and what they say to who cannot see them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import FilmNotScorableError
from core.evaluation.bootstrap import Estimate
from core.evaluation.figures import DARK, CoveragePoint, FigureFilm, FigureScale, WorstFilm, bland_altman_figure
from core.evaluation.proportion import share_in_words, wilson_interval
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.out_of_sample import OutOfSample
from core.research.evaluation.pages.figures.coverage import coverage_figure
from core.research.evaluation.pages.figures.of_agreement import agreement_figures
from core.research.evaluation.pages.figures.page import write_figures
from core.research.evaluation.pages.figures.predicted import predicted_figure
from core.research.evaluation.pages.figures.worst import LUNGS, OPACITY, outlined, worst_errors_figure
from core.types import Film, FilmMasks

SCALE = FigureScale("Opacity", 6.0, "embedded", "A note.")
FILMS = (
    FigureFilm("a<b>", "AP", 2.0, 3.0, 1.5, 4.5),
    FigureFilm("b", "PA", 4.0, 3.0, 3.5, 3.9),
    FigureFilm("c", "PA", 5.0, 5.5),
)


def test_predicted_stands_over_expert_with_its_interval() -> None:
    drawn = predicted_figure(FILMS, SCALE, name="opacity-predicted")

    identity, ap, pa = drawn.figure.data
    assert (list(identity.x), list(identity.y)) == ([0, 6.0], [0, 6.0])
    assert (ap.name, list(ap.x), list(ap.y)) == ("AP (n = 1)", [2.0], [3.0])
    assert (list(ap.error_y.array), list(ap.error_y.arrayminus)) == ([1.5], [1.5])
    assert list(pa.error_y.array) == pytest.approx([0.9, 0.0])
    assert ap.marker.symbol != pa.marker.symbol
    assert ap.marker.color != pa.marker.color
    # Names from outside are text, never markup.
    assert ap.text[0] == "a&lt;b&gt;<br>expert 2.0, predicted 3.0, interval 1.5 to 4.5"
    assert (drawn.figure.layout.xaxis.title.text, drawn.figure.layout.yaxis.title.text) == (
        "experts, 0-6",
        "predicted, 0-6",
    )
    assert "the line on which both are equal is 0.83; 67% of the films lie above it. 50% of 2 bars" in drawn.text
    assert drawn.text.endswith("A note.")


def test_figures_follow_the_theme() -> None:
    assert predicted_figure(FILMS, SCALE, name="x", colours=DARK).figure.layout.paper_bgcolor == DARK.ground


def test_differences_stand_over_the_mean_with_the_limits() -> None:
    bias, limits = Estimate(0.2, -0.1, 0.5), (Estimate(-0.9, -1.2, -0.7), Estimate(1.3, 1.0, 1.6))

    drawn = bland_altman_figure(FILMS, SCALE, bias, limits, name="opacity-difference")

    lines, points = drawn.figure.data[:3], drawn.figure.data[3:]
    assert [line.y[0] for line in lines] == [0.2, -0.9, 1.3]
    assert lines[0].name == "bias +0.20 (-0.10 to +0.50)"
    assert [list(point.y) for point in points] == [[1.0], [-1.0, 0.5]]
    assert [list(point.x) for point in points] == [[2.5], [3.5, 5.25]]
    assert len(drawn.figure.layout.shapes) == 3
    assert "limits of agreement -0.90 and +1.30; 1 films lie outside them" in drawn.text


def test_coverage_stands_over_the_promise() -> None:
    points = [
        CoveragePoint("all films", 0.9, 0.85, 40),
        CoveragePoint("all films", 0.5, 0.55, 40),
        CoveragePoint("severe", 0.9, 1.0, 10),
    ]

    drawn = coverage_figure(points, SCALE, name="opacity-coverage")

    promised, everyone, severe = drawn.figure.data
    assert (list(promised.x), list(promised.y)) == ([0, 1], [0, 1])
    assert (list(everyone.x), list(everyone.y), everyone.name) == ([0.5, 0.9], [0.55, 0.85], "all films (n = 40)")
    low, high = wilson_interval(1.0, 10)
    assert (severe.error_y.arrayminus[0], severe.error_y.array[0]) == pytest.approx((1 - low, high - 1))
    assert "severe, n = 10: 100% (72% to 100%)" in drawn.text
    assert "farther than 10% from what was promised" in drawn.text


def test_a_share_stands_beside_its_number_and_interval() -> None:
    assert share_in_words(0.0, 5) == "0% of 5 (0% to 43%)"
    assert share_in_words(0.9, 68) == "90% of 68 (81% to 95%)"
    assert share_in_words(0.0, 0) == "none of 0"


def test_wilsons_interval_is_the_published_one() -> None:
    # 81 of 263: Newcombe, Stat Med 1998;17:857-872, Table I, method 3.
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0.0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(("level", "share", "n"), [(1.0, 0.5, 3), (0.9, 1.5, 3), (0.9, 0.5, 0)])
def test_coverage_that_cannot_be_is_refused(level: float, share: float, n: int) -> None:
    with pytest.raises(ValueError, match="Expected shares of 0-1 and 1 film"):
        CoveragePoint("all films", level, share, n)


def masks(rows: int = 20, columns: int = 40) -> FilmMasks:
    right, left, opacity = (np.zeros((rows, columns), dtype=np.float32) for _ in range(3))
    right[4:16, 4:16] = left[4:16, 24:36] = 1
    opacity[8:14, 6:14] = 0.8
    return FilmMasks(right, left, opacity)


def test_outlines_are_drawn_on_the_film() -> None:
    picture = np.full((40, 80), 100, dtype=np.uint8)

    coloured = outlined(WorstFilm("a", 1, 5, picture, masks()))

    assert coloured.shape == (40, 80, 3)
    assert tuple(coloured[20, 8]) == LUNGS
    assert tuple(coloured[20, 12]) == OPACITY
    assert tuple(coloured[20, 20]) == tuple(coloured[0, 0]) == (100, 100, 100)
    assert (outlined(WorstFilm("a", 1, 5, picture)) == 100).all()


def test_worst_errors_are_shown_with_their_values() -> None:
    picture = np.full((40, 80), 100, dtype=np.uint8)
    films = [WorstFilm(name, 1.0, 5.0, picture, masks() if name == "a" else None) for name in ("a", "b", "c", "d")]

    drawn = worst_errors_figure(films, SCALE, name="opacity-largest-errors")

    images = [trace for trace in drawn.figure.data if trace.type == "image"]
    assert len(images) == 4
    assert all(image.source.startswith("data:image/png;base64,") for image in images)
    assert drawn.figure.layout.annotations[0].text == "a<br>expert 1.0, predicted 5.0"
    assert {trace.name for trace in drawn.figure.data if trace.type == "scatter"} == {
        "lungs, outlined by embedded",
        "opacity, outlined by embedded",
    }
    assert "a: expert 1.0, predicted 5.0; b: expert" in drawn.text
    assert "No outlines" in worst_errors_figure(films[1:], SCALE, name="x").text


def test_a_page_needs_nothing_from_the_network(tmp_path: Path) -> None:
    drawn = [predicted_figure(FILMS, SCALE, name=name) for name in ("one", "two")]

    page, first, second = write_figures(drawn, tmp_path / "new" / "folder", "Title & more")

    text = page.read_text(encoding="utf-8")
    assert page.name == "figures.html"
    assert text.count("plotly.js v") == 1
    assert "<script src=" not in text
    assert "default-src 'none'" in text
    assert "<h1>Title &amp; more</h1>" in text
    assert text.count("<figcaption>3 films; each point") == 2
    assert (first.name, second.name) == ("one.json", "two.json")
    assert json.loads(first.read_text(encoding="utf-8"))["layout"]["title"]["text"].startswith("Opacity")


def data(tmp_path: Path, count: int) -> tuple[list[DataSetFilm], OutOfSample]:
    films, said = [], {}
    for number in range(count):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.full((64, 80), 10 * number, dtype=np.uint8)).save(path)
        film = DataSetFilm(
            f"f{number}", "x", path, f"p{number}", None, "AP", "", "", "", "", experts={"opacity": number % 7}
        )
        films.append(film)
        said[film.film_id] = {"opacity": (min(6.0, number % 7 + 0.2), min(6.0, number % 7 + 0.1 * (number == 9)))}
    return films, OutOfSample("embedded", "1", said, frozenset(said), ())


def test_a_scorers_agreement_is_drawn_on_every_scale_with_enough_patients(tmp_path: Path) -> None:
    films, prediction = data(tmp_path, 24)
    films[9].path.unlink()
    seen: list[Film] = []

    def mask(film: Film) -> FilmMasks:
        seen.append(film)
        if len(seen) == 1:
            message = "No lungs are found."
            raise FilmNotScorableError(message, (0,))
        return masks(32, 40)

    drawn = agreement_figures(films, prediction, mask=mask)

    assert [one.name for one in drawn] == [
        "opacity-predicted",
        "opacity-difference",
        "opacity-coverage",
        "opacity-largest-errors",
    ]
    assert "Points are means over 2 cross-validations" in drawn[0].text
    assert "f9: expert 2.0" in drawn[3].text
    assert "may have learned from these films" in drawn[3].text
    assert len(seen) == 5
    assert agreement_figures(films[:19], prediction) == ()
