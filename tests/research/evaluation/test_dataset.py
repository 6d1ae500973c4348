"""The documented tables of films and scores."""

from pathlib import Path

import pytest

from core.errors import DataSetInvalidError
from core.research.evaluation.dataset import read_data_set

HEADER = "film_id,source,path,patient_id,day,view,sex,finding,licence,url\n"
ZONES = ",".join(f"brixia_senior_{zone}" for zone in "ABCDEF")


def folder(tmp_path: Path, films: str, scores: str | None = None) -> Path:
    (tmp_path / "films.csv").write_text(films, encoding="utf-8")
    if scores is not None:
        (tmp_path / "scores.csv").write_text(scores, encoding="utf-8")
    return tmp_path


def test_films_come_with_their_experts_values(tmp_path: Path) -> None:
    data = folder(
        tmp_path,
        HEADER + "a,cohen,films/a.jpg,p1,-3,PA,F,COVID-19,CC BY-NC-ND 4.0,x\nb,nih,films/b.jpg,p2,,frontal,,,CC BY,y\n",
        f"film_id,geographic_extent,opacity,{ZONES}\na,3.7,,0,1,2,3,0,1\n",
    )

    first, second = read_data_set(data)

    assert (first.film_id, first.day, first.path) == ("a", -3, tmp_path / "films/a.jpg")
    assert first.experts["geographic_extent"] == 3.7
    assert "opacity" not in first.experts
    assert first.zones == (0, 1, 2, 3, 0, 1)
    assert first.no_derivatives
    assert (second.day, second.experts, second.zones, second.no_derivatives) == (None, {}, None, False)


def test_a_data_set_may_have_no_scores(tmp_path: Path) -> None:
    assert read_data_set(folder(tmp_path, HEADER)) == []


FILM = "a,cohen,films/a.jpg,p1,0,PA,F,,CC BY,x\n"


@pytest.mark.parametrize(
    ("films", "scores", "message"),
    [
        ("film_id,source\n", None, "lacks the column 'path'"),
        (HEADER + FILM + FILM, None, "names a film twice"),
        (HEADER + FILM.replace(",0,", ",first,"), None, "whole numbers"),
        (HEADER + FILM, "film_id,opacity\nz,1\n", "values for 'z'"),
        (HEADER + FILM, "film_id,opacity\na,1\na,2\n", "names 'a' twice"),
        (HEADER + FILM, "film_id,opacity\na,7\n", "opacity of 'a' is 7. Expected 0-6"),
        (HEADER + FILM, "film_id,opacity\na,much\n", "opacity of 'a' is 'much'. Expected a number"),
        (HEADER + FILM, f"film_id,{ZONES}\na,0,0,4,0,0,0\n", "brixia_senior_C of 'a' is 4. Expected 0-3"),
        (HEADER + FILM, "opacity\n1\n", "lacks the column 'film_id'"),
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, films: str, scores: str | None, message: str) -> None:
    with pytest.raises(DataSetInvalidError, match=message):
        read_data_set(folder(tmp_path, films, scores))


def test_a_folder_without_films_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetInvalidError, match=r"films\.csv is not in"):
        read_data_set(tmp_path)


def test_the_real_tables_are_read(shared_data: Path) -> None:
    films = read_data_set(shared_data)

    assert sum("geographic_extent" in film.experts for film in films) == 68
    assert sum(film.zones is not None for film in films) == 141
    assert sum(film.no_derivatives for film in films) == 30


def test_more_films_and_values_come_on_request_alone(tmp_path: Path) -> None:
    data = folder(
        tmp_path, HEADER + FILM + "n,nih,films/n.png,p2,,frontal,,No Finding,,y\n", "film_id,geographic_extent\na,1\n"
    )
    more = tmp_path / "more"
    more.mkdir()
    folder(more, HEADER + "b,nih2,films/b.jpg,p2,,AP,,,,z\n", "film_id,geographic_extent,opacity_0_8\nn,2,7.5\n")

    assert [film.film_id for film in read_data_set(data)] == ["a", "n"]
    old, scored, added = read_data_set(data, more=True)

    assert old.experts == {"geographic_extent": 1.0}
    assert scored.experts == {"geographic_extent": 2.0, "opacity_0_8": 7.5}
    assert (added.path, added.experts) == (tmp_path / "more/films/b.jpg", {})


def test_the_real_tables_with_more_are_read(shared_data: Path) -> None:
    films = read_data_set(shared_data, more=True)

    scored = [film for film in films if "geographic_extent" in film.experts]
    assert len(films) == 2183
    assert (len(scored), len({film.patient_id for film in scored})) == (328, 184)
    assert sum("opacity_0_8" in film.experts for film in scored) == 260
