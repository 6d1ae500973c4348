"""The RALO set in its own format."""

from datetime import date, time
from pathlib import Path

import pytest
from ralo_set import HEADER, HEADINGS, ROWS, write_ralo

from core.errors import DataSetInvalidError
from core.evaluation.ralo import LungReading, RaloReading, is_ralo_table, ralo_test_films, read_ralo_table
from core.research.evaluation.comparison import compare
from core.research.evaluation.dataset import read_data_set, remarks_on


def test_a_row_has_two_readings_on_lunglines_scales(tmp_path: Path) -> None:
    first, second, third, fourth = read_ralo_table(write_ralo(tmp_path, b"x"))

    assert (first.number, first.subject_id, first.image_name) == (0, "S1", "0.jpg")
    # Opacity 6 of 8 is 4.5 of 6; a white-out, 4 of 4, is 3 of 3.
    assert first.readings[0] == RaloReading(3.0, 4.5, LungReading(1.0, 3.0), LungReading(2.0, 1.5))
    assert first.readings[1] == RaloReading(5.0, 3.0, LungReading(2.0, 1.5), LungReading(3.0, 1.5))
    assert (first.taken_on, first.taken_at) == (date(2020, 4, 1), time(6, 30))
    assert (second.taken_on, second.taken_at) == (date(2020, 4, 3), None)
    assert (third.taken_on, third.taken_at) == (None, None)
    assert (fourth.taken_on, fourth.taken_at, fourth.readings[1]) == (date(2020, 4, 5), None, None)


def test_the_set_becomes_films_with_the_means_of_both_readers(tmp_path: Path) -> None:
    write_ralo(tmp_path, b"x")

    first, second, third, fourth = read_data_set(tmp_path)

    assert (first.film_id, first.patient_id, first.source, first.view) == ("ralo-0", "ralo-S1", "ralo", "AP")
    assert first.path == tmp_path / "CXR_images_scored" / "0.jpg"
    assert (first.day, second.day, third.day) == (0, 2, None)
    assert first.experts == {
        "geographic_extent": 4.0,
        "geographic_extent_reader_1": 3.0,
        "geographic_extent_reader_2": 5.0,
        "geographic_extent_right": 1.5,
        "geographic_extent_left": 2.5,
        "opacity": 3.75,
        "opacity_reader_1": 4.5,
        "opacity_reader_2": 3.0,
        "opacity_right": 2.25,
        "opacity_left": 1.5,
    }
    assert third.experts["opacity"] == 5.25
    # One reader alone is no mean of two.
    assert fourth.experts == {}
    assert not first.no_derivatives
    assert "10.5281/zenodo.4634000" in first.url


def test_the_published_test_films_are_known(tmp_path: Path) -> None:
    write_ralo(tmp_path, b"x")

    assert [film.split for film in read_data_set(tmp_path)] == ["test", "train", "train", "train"]
    assert len(ralo_test_films()) == 495
    assert {0, 14, 2358} <= ralo_test_films()
    assert max(ralo_test_films()) < 2373


def test_a_table_that_was_read_and_saved_again_is_read(tmp_path: Path) -> None:
    names = HEADER.strip().split(",")
    renamed = [f"{name}.1" if name in names[:place] else name for place, name in enumerate(names)]
    path = write_ralo(tmp_path, b"x", table=",".join(renamed) + "\n" + "".join(ROWS))

    assert is_ralo_table(path)
    assert read_ralo_table(path)[0].readings[1] == RaloReading(5.0, 3.0, LungReading(2.0, 1.5), LungReading(3.0, 1.5))


def test_a_lung_that_was_left_out_leaves_the_totals(tmp_path: Path) -> None:
    path = write_ralo(tmp_path, b"x", table=HEADINGS + HEADER + "S1,20200401,,,2,2,3,6,,2,2,3,2,5,4,,2,2\n")

    (row,) = read_ralo_table(path)
    assert row.readings[0] == RaloReading(3.0, 4.5, None, LungReading(2.0, 1.5))
    (film,) = read_data_set(tmp_path)
    assert film.experts["geographic_extent"] == 4.0
    assert "geographic_extent_right" not in film.experts
    assert film.experts["geographic_extent_left"] == 2.5


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (HEADINGS + HEADER + ROWS[0].replace(",1,4,2,2,", ",5,4,2,2,"), "film 0: Right GEOGRAPHIC is '5'.*0-4"),
        (HEADINGS + HEADER + ROWS[0].replace(",3,6,", ",3,9,"), "film 0: Total OPACITY is '9'.*0-8"),
        (HEADINGS + HEADER + ROWS[0].replace(",3,6,", ",some,6,"), "film 0: Total GEOGRAPHIC is 'some'"),
        ("a,b\n1,2\n", "has no header with the columns Subject_ID"),
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, table: str, message: str) -> None:
    path = write_ralo(tmp_path, b"x", table=table)

    with pytest.raises(DataSetInvalidError, match=message):
        read_ralo_table(path)


def test_a_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ralo-dataset-metadata.csv"
    path.write_bytes(b"\xff\xfe\x00")

    assert not is_ralo_table(path)
    with pytest.raises(DataSetInvalidError, match="breaks off or is damaged within its UTF-16 text"):
        read_ralo_table(path)


def test_missing_images_are_said(tmp_path: Path) -> None:
    write_ralo(tmp_path, b"x")
    (tmp_path / "CXR_images_scored" / "2.jpg").unlink()

    with pytest.raises(DataSetInvalidError, match=r"lacks 2\.jpg and 0 more of 4 images\. Unpack the whole set there"):
        read_data_set(tmp_path)


def test_the_conversion_is_said_with_every_figure(tmp_path: Path) -> None:
    write_ralo(tmp_path, b"x")
    films = read_data_set(tmp_path)

    (remark,) = remarks_on(films)

    assert "converted from the set's 0-8 to 0-6 by 6/8" in remark
    assert compare(films, []).remarks == (remark,)
    assert remarks_on([]) == ()
