"""Scorers, readers and peers side by side."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.agreement import JudgedFilm
from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.comparison import as_document, compare, peers_of
from core.research.evaluation.dataset import DataSetFilm, read_data_set
from core.research.evaluation.out_of_sample import LeftOutFilms, OutOfSample, predict_out_of_sample
from core.research.evaluation.peers import PeerColumn
from core.research.evaluation.subgroups import age_group, severity_thirds
from core.types import Measure

EXPERTS = (0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8)


def films() -> list[DataSetFilm]:
    """Return 12 films, two of the last patient, nine AP and three PA."""
    return [
        DataSetFilm(
            f"f{place:02}",
            "x",
            Path(f"{place}.png"),
            f"p{min(place, 10)}",
            None,
            "PA" if place < 3 else "AP",
            "F" if place % 2 else "",
            "",
            "",
            "",
            experts={"geographic_extent": float(value), "brixia_senior": 2.0 * value, "brixia_junior": 2.0 * value},
        )
        for place, value in enumerate(EXPERTS)
    ]


def said(offset: float) -> OutOfSample:
    values = {film.film_id: {"geographic_extent": (film.experts["geographic_extent"] + offset,)} for film in films()}
    left_out = (LeftOutFilms("No lungs are found.", ("f99",)),)
    return OutOfSample("embedded", "1", values, frozenset({"f00", "f01"}), left_out, "Young.")


def test_a_scorer_stands_as_given_and_recalibrated() -> None:
    comparison = compare(films(), [said(1)], resamples=50, remarks=["Nothing else."])

    extent, brixia = comparison.scales
    (scorer,) = extent.scorers
    assert (extent.column, extent.maximum, extent.n_films_with_expert) == ("geographic_extent", 8.0, 12)
    assert (scorer.n_out_of_fold, scorer.as_given.mae.value) == (2, 1.0)
    assert scorer.recalibrated.mae.value == pytest.approx(0.0, abs=1e-9)
    assert (brixia.column, brixia.scorers) == ("brixia_senior", ())
    assert comparison.left_out == {"embedded": {"No lungs are found.": ("f99",)}}
    assert comparison.remarks == ("Nothing else.", "embedded: Young.")


def test_a_second_reader_stands_beside_the_first() -> None:
    (reader,) = compare(films(), [], resamples=50).scales[1].readers

    assert (reader.reader, reader.against, reader.agreement.mae.value) == ("brixia_junior", "brixia_senior", 0.0)


def test_peers_and_the_scorer_are_recalibrated_on_the_same_films() -> None:
    noise = np.random.default_rng(1).normal(size=12)
    values = {film.film_id: 100 + film.experts["geographic_extent"] + noise[n] for n, film in enumerate(films()[:11])}
    peer = PeerColumn("elder", tuple(Measure), values)

    (found,) = compare(films(), [said(1)], peers=[peer], resamples=50).scales[0].peers

    assert (found.peer, found.scorer) == ("elder", "embedded")
    assert found.recalibrated.n_films == found.scorer_recalibrated.n_films == 11
    assert found.scorer_recalibrated.mae.value == pytest.approx(0.0, abs=1e-9)
    assert found.mae_of_scorer_minus_peer.value == pytest.approx(-found.recalibrated.mae.value)


def test_a_peer_with_too_few_films_is_passed_over() -> None:
    peer = PeerColumn("elder", tuple(Measure), {"f00": 1.0})

    assert compare(films(), [said(1)], peers=[peer], resamples=50).scales[0].peers == ()


def test_subgroups_are_measured_or_counted() -> None:
    (scorer,) = compare(films(), [said(1)], resamples=50).scales[0].scorers
    groups = {(group.by, group.value): group for group in scorer.subgroups}

    assert groups["source", "x"].agreement is not None
    assert (groups["view", "PA"].n_films, groups["view", "PA"].agreement) == (3, None)
    assert (groups["view", "AP"].n_films, groups["view", "AP"].n_patients) == (9, 8)
    assert groups["sex", "not stated"].n_films == 6
    assert [value for by, value in groups if by == "third"] == [
        "lowest (0 to 2)",
        "middle (3 to 5)",
        "highest (6 to 8)",
    ]


def test_an_age_belongs_to_its_group() -> None:
    ages = {
        "0": "0 to 39",
        "39": "0 to 39",
        "40": "40 to 59",
        "74": "60 to 74",
        "75": "75 and over",
        "50+": "not stated",
    }
    assert {age: age_group(age) for age in ages} == ages


def test_equal_values_are_of_one_third() -> None:
    judged = [JudgedFilm(f"f{n}", f"p{n}", value, (0.0,)) for n, value in enumerate((0, 0, 0, 0, 2, 5))]

    assert {name: len(members) for name, members in severity_thirds(judged).items()} == {
        "lowest (0 to 0)": 4,
        "highest (2 to 5)": 2,
    }
    assert severity_thirds([]) == {}


def test_a_data_set_without_experts_has_no_scale() -> None:
    blank = [DataSetFilm("a", "x", Path("a"), "p", None, "", "", "", "", "")]

    assert compare(blank, [said(1)]).scales == ()


def test_the_document_is_json_without_nan() -> None:
    constant = OutOfSample(
        "embedded", "1", {film.film_id: {"geographic_extent": (3.0,)} for film in films()}, frozenset(), ()
    )

    document = as_document(compare(films(), [constant], resamples=20))

    text = json.dumps(document, allow_nan=False)
    assert json.loads(text)["scales"][0]["scorers"][0]["as_given"]["r"] == [None, None, None]
    assert as_document(float("inf")) is None


def test_a_folder_without_peers_has_none(tmp_path: Path) -> None:
    assert peers_of(tmp_path) == ()


def test_the_real_data_set(shared_data: Path) -> None:
    data = read_data_set(shared_data)
    embedded = predict_out_of_sample(data, "embedded", weights_dir=shared_data, evidence=EVIDENCE)

    comparison = compare(data, [embedded], peers=peers_of(shared_data), resamples=50)

    assert [(scale.column, scale.scorers[0].as_given.n_films) for scale in comparison.scales] == [
        ("geographic_extent", 68),
        ("opacity", 68),
        ("brixia_senior", 141),
    ]
    assert all(scale.scorers[0].n_out_of_fold == scale.scorers[0].as_given.n_films for scale in comparison.scales)
    # The error of the junior reader that clinical papers are held against.
    assert comparison.scales[2].readers[0].agreement.mae.value == pytest.approx(2.04, abs=0.005)
    assert [peer.peer for peer in comparison.scales[1].peers] == [
        "bsnet_brixia",
        "pxs",
        "covidnet_s_opacity",
        "covidnet_sev_opacity",
    ]
    assert {peer.recalibrated.n_films for peer in comparison.scales[0].peers} == {67}
