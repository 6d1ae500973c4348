"""The pointing game against radiologists' boxes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pointing_scorer import PointingScorer, Weighted

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import DataSetFilm
from core.research.evaluation.maps import boxes
from core.research.evaluation.maps.boxes import (
    HighestPlace,
    box_figures,
    boxed_films,
    highest_places,
    read_places,
    write_places,
)

HEADER = "film_id,x,y,width,height,label\n"


def film(name: str, patient: str, tmp_path: Path, age: str = "50", view: str = "AP") -> DataSetFilm:
    path = tmp_path / f"{name}.png"
    return DataSetFilm(name, "nih", path, patient, None, view, "F", "", "", "", age=age)


@pytest.fixture
def films(tmp_path: Path) -> list[DataSetFilm]:
    """Return four films with boxes in the upper left quarter, and the tables beside them."""
    rows = "a,0,0,100,100,Lung Opacity\nb,0,0,100,100,Lung Opacity\nc,0,0,100,100,Lung Opacity\n"
    (tmp_path / "rsna_boxes.csv").write_text(HEADER + rows)
    (tmp_path / "rsna_boxes_nih2.csv").write_text(HEADER)
    (tmp_path / "nih_boxes.csv").write_text(HEADER + "a,0,0,50,100,Pneumonia\nd,0,0,9,9,Mass\n")
    (tmp_path / "training.csv").write_text("film_id,trained\ne,normal\nf,lungs\n")
    return [
        film("a", "p1", tmp_path),
        film("b", "p2", tmp_path),
        film("c", "p3", tmp_path, age="9"),
        film("d", "p4", tmp_path),
        film("e", "p2", tmp_path),
        film("f", "p1", tmp_path),
    ]


def test_patients_that_taught_the_map_and_children_are_left_out(films: list[DataSetFilm], tmp_path: Path) -> None:
    judged, left_out = boxed_films(tmp_path, films, tmp_path / "training.csv")

    # Film f taught where lungs are, no more; a mass is no opacity of this kind.
    assert [(one.row.film_id, one.drawn_by) for one in judged] == [("a", "RSNA"), ("a", "NIH")]
    assert left_out == {"of patients whose films taught the scorer": 1, "of patients under 16 years": 1}


def test_a_place_is_inside_or_outside_and_is_kept(
    films: list[DataSetFilm], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.full((200, 200), 60, dtype=np.uint8)
    grey[40, 70] = 250
    Image.fromarray(grey).save(films[0].path)
    judged, _left_out = boxed_films(tmp_path, films, tmp_path / "training.csv")
    monkeypatch.setattr(boxes, "check_film", lambda read: type("Checked", (), {"film": read}))

    places = list(highest_places(judged, PointingScorer(Weighted(np.zeros((200, 200), dtype=np.float32)))))
    # The whole film is lung: a quarter of it is boxed, and an eighth.
    assert [(one.x, one.y, one.boxed_share) for one in places] == [(70.5, 40.5, 0.25), (70.5, 40.5, 0.125)]
    write_places(places, tmp_path / "places.csv")
    assert read_places(tmp_path / "places.csv", model_version="1") == places
    found = {one.films: (one.on_opacity.value, one.chance) for one in box_figures(judged, places)}
    assert found["RSNA, lung opacity"] == found["of these AP"] == found["of these women"] == (1.0, 0.25)
    assert found["NIH, pneumonia"] == (0.0, 0.125)


def test_a_film_without_lungs_is_a_miss(films: list[DataSetFilm], tmp_path: Path) -> None:
    judged, _left_out = boxed_films(tmp_path, films, tmp_path / "training.csv")
    places = [HighestPlace(one.drawn_by, "a", "p1", None, None, 0.0, "1") for one in judged]

    (first, *_others) = box_figures(judged, places)
    assert (first.on_opacity.value, first.n_without_map) == (0.0, 1)


def test_places_of_another_version_are_refused(tmp_path: Path) -> None:
    write_places([HighestPlace("RSNA", "a", "p1", 1.0, 2.0, 0.5, "0.3.0+x")], tmp_path / "places.csv")

    with pytest.raises(DataSetInvalidError, match=r"is of 0\.3\.0\+x\. Expected 0\.4\.0\+y"):
        read_places(tmp_path / "places.csv", model_version="0.4.0+y")


def test_a_film_without_a_place_is_named(films: list[DataSetFilm], tmp_path: Path) -> None:
    judged, _left_out = boxed_films(tmp_path, films, tmp_path / "training.csv")
    with pytest.raises(DataSetInvalidError, match="no place for a and 1 more"):
        box_figures(judged, [])
