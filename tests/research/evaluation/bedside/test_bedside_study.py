"""The embedded scorer out of fold, on films whose answers are known."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.evaluation.agreement import evaluate_agreement
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.bedside.earlier import EARLIER, read_earlier
from core.research.evaluation.bedside.misses import misses
from core.research.evaluation.bedside.study import TRAINING, BedsideStudy, evaluate_bedside
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.evaluation.embedded import OUT_OF_FOLD
from core.research.evaluation.groups import grouped
from core.research.evaluation.maps.boxes import PLACES, box_figures, boxed_films, read_places
from core.research.evaluation.out_of_sample import judged_films
from core.research.evaluation.pages.bedside import KEPT, PAGE, bedside_page, write_bedside
from core.research.evaluation.pages.external import kept_release
from core.research.evaluation.prediction import read_out_of_fold
from core.scoring.registry import read_scorer_card

EXPERTS = (0.0, 0.5, 6.0, 7.0, 2.0, 4.0)
LUNGS = [f"{scale}_{side}" for scale in ("geographic_extent", "opacity") for side in ("right", "left")]
ZONES = [f"zone_{zone}" for zone in "ABCDEF"]


def films() -> list[DataSetFilm]:
    """Return 48 films of 24 patients, two each, a day apart; the first half old and PA, the second new and AP."""
    return [
        DataSetFilm(
            f"f{place:02}", "cohen", Path(f"{place}.png"), f"p{place // 2:02}", place % 2,
            "PA" if place < 24 else "AP", "F" if place % 4 < 2 else "M", "", "", "",
            age="30" if place < 24 else "50+",
            experts={
                "geographic_extent": EXPERTS[place % 6],
                "opacity" if place < 24 else "opacity_0_8": EXPERTS[place % 6] / 2,
                "brixia_senior": 2 * EXPERTS[place % 6],
            },
        )
        for place in range(48)
    ]  # fmt: skip


def off(film: DataSetFilm) -> float:
    """Return the scorer's error: too low on films of 4 points, else too high."""
    return -0.5 if film.experts["geographic_extent"] == 4 else 0.5


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Return a folder of predictions: half a point off the experts by this version, a whole one by the earlier."""
    with (tmp_path / OUT_OF_FOLD).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["film_id", "partition", "fold", *LUNGS, *ZONES])
        for film in films():
            extent, brixia = film.experts["geographic_extent"], film.experts["brixia_senior"]
            lungs = [(extent + off(film)) / 2] * 2 + [extent / 4] * 2
            for partition in (1, 2):
                writer.writerow([film.film_id, partition, 0, *lungs, *[brixia / 6] * 6])
    rows = [f"{film.film_id},,{film.experts['geographic_extent'] + 2 * off(film)},," for film in films()[2:]]
    (tmp_path / EARLIER).write_text("\n".join(["film_id,partition,geographic_extent,opacity,brixia", *rows, ""]))
    (tmp_path / TRAINING).write_text("film_id,trained\n")
    for name in ("rsna_boxes.csv", "rsna_boxes_nih2.csv", "nih_boxes.csv"):
        (tmp_path / name).write_text("film_id,x,y,width,height,label\n")
    return tmp_path


def study(evidence: Path, of: list[DataSetFilm] | None = None) -> BedsideStudy:
    return evaluate_bedside(of or films(), version="9.9.9+abc", more=evidence, evidence=evidence, resamples=20)


def test_new_and_old_films_stand_apart(evidence: Path) -> None:
    found = study(evidence)

    counts = {group.name: (group.agreement.n_films, group.agreement.n_patients) for group in found.extent}
    assert counts == {
        "all": (48, 24), "new": (24, 12), "old": (24, 12), "PA": (24, 12), "AP": (24, 12), "from cohen": (48, 24),
    }  # fmt: skip
    assert {group.agreement.mae.value for group in found.extent} == {0.5}
    assert found.extent[0].agreement.bias.value == pytest.approx(1 / 3)
    said = [film.experts["geographic_extent"] + off(film) for film in films()[:6]]
    assert found.extent[0].expert_slope.value == pytest.approx(float(np.polyfit(said, EXPERTS, 1)[0]))
    assert (found.n_partitions, found.not_predicted) == (2, 0)
    assert (found.brixia[0].name, found.brixia[0].agreement.mae.value) == ("all", pytest.approx(0.0))
    assert [(group.name, group.agreement.mae.value) for group in found.opacity] == [
        ("opacity", pytest.approx(0.0)),
        ("opacity_0_8", pytest.approx(0.0, abs=1e-9)),
    ]


def test_a_film_without_a_prediction_is_counted(evidence: Path) -> None:
    assert study(evidence, [*films(), replace(films()[0], film_id="added", patient_id="q")]).not_predicted == 1


def test_errors_are_paired_with_those_of_the_earlier_version(evidence: Path) -> None:
    found = {one.name: one for one in study(evidence).against_earlier}

    # The first patient is not among the films that the earlier version may be judged on.
    assert {name: one.n_films for name, one in found.items()} == {"all": 46, "new": 24, "old": 22, "AP": 24, "PA": 22}
    assert {(one.mae.value, one.mae_of_other.value, one.difference.high) for one in found.values()} == {(0.5, 1, -0.5)}


def test_a_radiologist_on_the_line_is_nearer(evidence: Path) -> None:
    found = study(evidence)

    assert [(one.name, one.n_films) for one in found.against_reader] == [("new", 24), ("old", 24)]
    assert [one.mae_of_other.value for one in found.against_reader] == pytest.approx([0, 0], abs=1e-9)
    assert [one.difference.value for one in found.against_reader] == pytest.approx([0.5, 0.5])
    said = (
        "On the new films a radiologist is nearer to the experts: the scorer errs by 0.50 (0.50 to 0.50) points more."
    )
    assert said in list(misses(found))


def test_changes_and_ends_stand_apart_by_projection(evidence: Path) -> None:
    found = study(evidence)

    counts = {one.group.name: one.group.noise.n_pairs for one in found.changes}
    assert counts == {"all": 24, "taken alike": 24, "PA-PA": 12, "AP-AP": 12}
    # Changes of the experts by 0.5, 1 and 2; the last is scored as 1.
    assert found.changes[0].slope.value == pytest.approx((0.25 + 1 + 2) / (0.25 + 1 + 1))
    assert found.changes[0].group.noise.expert_sd == pytest.approx(0.637, abs=1e-3)
    assert [(one.name, one.n_pairs) for one in found.changes_against_earlier] == [
        ("all", 23), ("taken alike", 23), ("PA-PA", 11), ("AP-AP", 12),
    ]  # fmt: skip
    # Eight films at each end of one projection are too few.
    (ends,) = found.ends
    assert (ends.name, ends.ends.n_severe, ends.n_severe_patients, ends.n_clear_patients) == ("all", 16, 8, 8)
    assert (ends.ends.severe_error.value, ends.ends.severe_share.value, ends.ends.clear_score.value) == (0.5, 1, 0.75)


def test_sex_and_age_have_their_figures(evidence: Path) -> None:
    found = {(one.by, one.value): one.n_films for one in study(evidence).subgroups}
    # "50+" is no age.
    assert found == {("sex", "F"): 24, ("sex", "M"): 24, ("age", "0 to 39"): 24, ("age", "not stated"): 24}


def test_the_page_says_the_misses_first(evidence: Path) -> None:
    kept, page = write_bedside(study(evidence), evidence)

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# embedded 9.9.9 on bedside films\n")
    assert text.index("## What it still does badly") < text.index("## Geographic extent, 0-8")
    assert "| old | 22 / 11 | 0.50 (0.50 to 0.50) | 1.00 (1.00 to 1.00) | -0.50 (-0.50 to -0.50) |" in text
    assert "Where the map of opacity is highest" not in text
    assert bedside_page(kept) == text


def test_too_few_films_are_refused(evidence: Path) -> None:
    with pytest.raises(DataSetInvalidError, match="9 films with experts' geographic extent and a prediction"):
        study(evidence, films()[:9])


def test_a_table_of_an_earlier_version_has_a_film_in_one_way(tmp_path: Path) -> None:
    table = tmp_path / EARLIER
    table.write_text("film_id,partition,geographic_extent,opacity,brixia\na,1,2,1,\na,2,3,1,\nb,,4,2,9\n")

    found = read_earlier(table)
    assert found.said == {
        "a": {"geographic_extent": (2.0, 3.0), "opacity": (1.0, 1.0)},
        "b": {"geographic_extent": (4.0,), "opacity": (2.0,), "brixia_senior": (9.0,)},
    }
    assert found.n_out_of_fold == 1
    table.write_text(table.read_text() + "b,1,4,2,9\n")
    with pytest.raises(DataSetInvalidError, match="'b' by a cross-validation and by weights"):
        read_earlier(table)


def test_the_page_in_the_documents_is_that_of_the_kept_figures() -> None:
    assert bedside_page(EVIDENCE / KEPT) == (EVIDENCE / PAGE).read_text(encoding="utf-8")


def test_the_kept_figures_are_those_of_the_kept_predictions(shared_data: Path) -> None:
    rows = read_data_set(shared_data, more=True)
    judged = judged_films(rows, read_out_of_fold(EVIDENCE / OUT_OF_FOLD), "geographic_extent")
    groups = dict(grouped(judged, {film.film_id: film for film in rows}))
    page = (EVIDENCE / PAGE).read_text(encoding="utf-8")
    for name, n in {"all": 328, "AP": 178, "AP supine": 29, "PA": 139}.items():
        found = evaluate_agreement(groups[name])
        assert found.n_films == n
        assert f"| {name} | {n} / {found.n_patients} | {found.mae.in_words()} | " in page


def test_the_earlier_version_is_the_one_of_its_own_page(shared_data: Path) -> None:
    earlier = read_earlier(EVIDENCE / EARLIER)
    new = [film for film in read_data_set(shared_data, more=True) if "opacity_0_8" in film.experts]
    found = evaluate_agreement(judged_films(new, earlier.said, "geographic_extent"))

    assert kept_release(EVIDENCE, "embedded") == earlier.version
    assert earlier.n_out_of_fold == 129
    external = (EVIDENCE / "external.md").read_text(encoding="utf-8")
    assert f"| all | {found.n_films} / {found.n_patients} | {found.mae.in_words()} | " in external


def test_the_kept_places_lie_in_the_boxes_as_the_page_says(shared_data: Path) -> None:
    rows = read_data_set(shared_data, more=True)
    boxed, left_out = boxed_films(shared_data / "more", rows, EVIDENCE / TRAINING)
    places = read_places(EVIDENCE / PLACES, model_version=read_scorer_card("embedded").version)

    first, *_others, last = box_figures(boxed, places)
    assert (first.n_films, round(first.on_opacity.value, 2), round(first.chance, 2)) == (118, 0.78, 0.34)
    assert (last.films, last.n_films, round(last.on_opacity.value, 2)) == ("NIH, pneumonia", 42, 0.55)
    assert list(left_out.values()) == [9, 6]
