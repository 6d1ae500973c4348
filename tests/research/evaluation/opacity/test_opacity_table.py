"""Opacity of films with an outcome: held out, or of patients a scorer did not learn from."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core.errors import DataSetInvalidError, FilmNotScorableError
from core.research.evaluation.opacity.table import write_opacity_table
from core.types import Film, Score

FILMS = "film_id,source,path,patient_id,day,view,sex,finding,licence,url"


class BrightShare(SimpleNamespace):
    """A scorer whose opacity is the bright share of the film; it refuses a film without any."""

    name = "embedded"

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Return the film as it is."""
        return film.pixels

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Score one film."""
        share = 100 * float((prepared[0] > 0.5).mean())
        if not share:
            raise FilmNotScorableError("No lungs were found.", (0,))
        return [
            Score(
                "embedded",
                "1",
                geographic_extent=0.0,
                opacity=0.0,
                opacity_fraction=share,
                opacity_fraction_right=share,
                opacity_fraction_left=share,
            )
        ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return films of a trained patient (a), a held-out one (b), and two who are new (c, d); e is of another source."""
    films = [FILMS]
    for name, bright in (("a1", 20), ("b1", 20), ("b2", 20), ("c1", 20), ("d1", 0), ("e1", 20)):
        pixels = np.zeros((40, 40), dtype=np.uint8)
        pixels[:bright] = 250
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        source = "nih" if name == "e1" else "cohen"
        films.append(f"{name},{source},{name}.png,{name[0]},,PA,,,CC BY,https://example.org")
    (tmp_path / "films.csv").write_text("\n".join(films) + "\n", encoding="utf-8")
    (tmp_path / "embedded-training-films.csv").write_text("film_id\na1\n", encoding="utf-8")
    table = "film_id,fold,fraction,fraction_right,fraction_left\nb1,3,12.5,20.0000,5.0000\n"
    (tmp_path / "embedded-segmentation-out-of-fold.csv").write_text(table, encoding="utf-8")
    return tmp_path


def test_films_are_held_out_or_of_new_patients(data: Path) -> None:
    path = write_opacity_table(data, BrightShare(), evidence=data)

    with path.open(newline="", encoding="utf-8") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    assert path.name == "embedded-opacity.csv"
    assert rows == [
        ("b1", "3", "12.5", "20.0000", "5.0000"),
        ("c1", "", "50.0000", "50.0000", "50.0000"),
        ("d1", "", "", "", ""),
    ]


def test_without_the_list_of_training_films_nothing_is_written(data: Path) -> None:
    (data / "embedded-training-films.csv").unlink()

    with pytest.raises(DataSetInvalidError, match=r"embedded-training-films\.csv is not in"):
        write_opacity_table(data, BrightShare(), evidence=data)
    assert not (data / "embedded-opacity.csv").exists()
