"""A scorer on films whose extent it never learned."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import DataSetInvalidError
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation import external
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.external import evaluate_external
from core.research.evaluation.out_of_sample import LeftOutFilms, OutOfSample
from core.research.evaluation.pages.external import PAGE, external_page, write_external

EXPERTS = (0.0, 0.5, 6.0, 7.0, 2.0, 4.0)


def films(views: Sequence[str] = ("AP Supine", "PA")) -> list[DataSetFilm]:
    """Return 24 films of 12 patients, two each, a day apart; the second patient of two is taken differently."""
    return [
        DataSetFilm(
            f"f{place:02}",
            "hannover" if place < 12 else "cohen",
            Path(f"{place}.png"),
            f"p{place // 2:02}",
            place % 2,
            views[place % 2] if place % 4 < 2 else views[0],
            "F",
            "",
            "",
            "",
            experts={"geographic_extent": EXPERTS[place % 6], "opacity_0_8": EXPERTS[place % 6]},
        )
        for place in range(24)
    ]


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the scorer say half a point more than the experts, on every sixth film a whole one, and half the opacity.

    Returns the films it was told of, whose patients it may have learned from.
    """
    known: list[str] = []

    def predict(
        films: Sequence[DataSetFilm],
        name: str,
        *,
        only: Collection[str],
        of_scores: bool,
        **_rest: Any,  # noqa: ANN401 - folders
    ) -> OutOfSample:
        assert of_scores
        known.extend(film.film_id for film in films)
        judged = [film for film in films if film.film_id in only]
        values = {
            film.film_id: {
                "geographic_extent": (film.experts["geographic_extent"] + (1.0 if number % 6 == 5 else 0.5),),
                "opacity": (film.experts["opacity_0_8"] / 2,),
            }
            for number, film in enumerate(judged)
        }
        return OutOfSample(name, "1", values, frozenset({"f00"}), (LeftOutFilms("No lungs are found.", ("f99",)),))

    monkeypatch.setattr(external, "predict_out_of_sample", predict)
    return known


def test_every_group_of_films_has_its_figures(tmp_path: Path) -> None:
    found = evaluate_external(films(), "embedded", weights_dir=tmp_path, evidence=tmp_path, resamples=20)

    of = {group.name: group for group in found.extent}
    assert {name: group.agreement.n_films for name, group in of.items()} == {
        "all": 24, "AP": 18, "AP supine": 18, "from hannover": 12, "from cohen": 12,
    }  # fmt: skip
    # Films 5 and 17 are PA, 11 and 23 AP: two of 18 by a whole point, the others by half of one.
    assert of["AP"].agreement.mae.value == of["AP"].agreement.bias.value == pytest.approx((16 * 0.5 + 2) / 18)
    assert of["all"].expert_slope.value == pytest.approx(0.987, abs=1e-3)
    assert (found.n_out_of_fold, found.left_out) == (1, {"No lungs are found.": 1})
    # Six PA films are too few for a figure.
    assert "PA" not in of


def test_films_that_are_not_judged_still_tell_whose_films_taught(tmp_path: Path, known: list[str]) -> None:
    added = [replace(films()[0], film_id="brixia", experts={"brixia_senior": 4.0})]
    chosen = [film.film_id for film in films()[:12]]
    found = evaluate_external(films() + added, "x", weights_dir=tmp_path, evidence=tmp_path, only=chosen, resamples=20)

    assert known == [*(film.film_id for film in films()), "brixia"]
    assert {group.name: group.agreement.n_films for group in found.extent}["all"] == 12


def test_the_other_scale_of_opacity_is_reached_by_a_line(tmp_path: Path) -> None:
    (group,) = evaluate_external(films(), "x", weights_dir=tmp_path, evidence=tmp_path, resamples=20).opacity

    assert (group.name, group.agreement.n_films) == ("opacity_0_8", 24)
    assert group.agreement.mae.value == pytest.approx(0.0, abs=1e-9)


def test_the_ends_of_the_scale_stand_apart(tmp_path: Path) -> None:
    twice = [
        replace(film, film_id=f"{film.film_id}-{n}", patient_id=f"{film.film_id}-{n}")
        for n in range(2)
        for film in films()
    ]
    ends = evaluate_external(twice, "x", weights_dir=tmp_path, evidence=tmp_path, resamples=20).ends

    assert ends is not None
    assert (ends.n_severe, ends.n_clear) == (16, 16)
    assert (ends.severe_error.value, ends.severe_share.value, ends.clear_score.value) == (0.5, 1.0, 0.75)
    # Eight films at each end are too few.
    assert evaluate_external(films(), "x", weights_dir=tmp_path, evidence=tmp_path, resamples=20).ends is None


def test_changes_stand_apart_by_how_both_films_were_taken(tmp_path: Path) -> None:
    found = evaluate_external(films(), "x", weights_dir=tmp_path, evidence=tmp_path, resamples=20)

    of = {group.name: group for group in found.changes}
    assert {name: group.noise.n_pairs for name, group in of.items()} == {"all": 12, "AP-AP": 6, "taken differently": 6}
    assert of["AP-AP"].r.value > 0.99
    assert 0 < of["AP-AP"].noise.sd < 0.5


def test_too_few_films_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="9 films with an expert's geographic extent that x had not learned"):
        evaluate_external(films()[:9], "x", weights_dir=tmp_path, evidence=tmp_path)


def test_the_page_holds_what_was_found(tmp_path: Path) -> None:
    found = evaluate_external(films(), "x", weights_dir=tmp_path, evidence=tmp_path, resamples=20)
    kept, page = write_external(found, tmp_path)

    text = page.read_text(encoding="utf-8")
    assert json.loads(kept.read_text(encoding="utf-8"))["extent"][0]["agreement"]["n_films"] == 24
    assert text.startswith("# x 1 on films whose extent it never learned\n")
    assert "| AP | 18 / 12 | 0.56 (0.50 to " in text
    assert "| taken differently | 6 / 6 | " in text
    assert "The ends of the scale" not in text
    assert "Not judged: 1 films. No lungs are found." in text


def test_the_page_in_the_documents_is_that_of_the_kept_figures() -> None:
    assert external_page(EVIDENCE / "embedded-external.json") == (EVIDENCE / PAGE).read_text(encoding="utf-8")
