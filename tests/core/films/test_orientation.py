"""Films that are stored mirrored, upside down or on their side, and what of it header and pixels say."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes, jpeg_bytes, png_bytes
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file, save_file

from core.errors import WeightsInvalidError, WeightsMissingError
from core.films.checks import check_film
from core.films.checks.sides import MIRRORED_NOTE
from core.films.read import read_film, read_full_range, read_header
from core.films.recognition import sides
from core.films.recognition.sides import SIDES_WEIGHTS, read_weights, sides_features, sides_log_odds
from core.films.recognition.view import film_grid
from core.types import CheckVerdict, Film, ViewPosition

CHEST = chest_values(320, 256, bits=12)
AS_STORED = {
    "L\\F": CHEST,
    "R\\F": CHEST[:, ::-1],
    "L\\H": CHEST[::-1],
    "R\\H": CHEST[::-1, ::-1],
    "F\\L": CHEST.T,
    "F\\R": CHEST.T[::-1],
    "H\\L": CHEST.T[:, ::-1],
    "H\\R": CHEST.T[::-1, ::-1],
}


def stored(pixels: NDArray[Any], orientation: str, **tags: object) -> bytes:
    codes = orientation.split("\\") if orientation else None
    return dicom_bytes(np.ascontiguousarray(pixels), bits_stored=12, PatientOrientation=codes or "", **tags)


def read(source: bytes) -> Film:
    return read_film(source, site_zone=ZoneInfo("Europe/Berlin"))


def remarks(film: Film) -> dict[str, str]:
    return {result.name: result.reason for result in check_film(film).results if result.verdict is CheckVerdict.NOTED}


@pytest.mark.parametrize("view", ["AP", "PA"])
@pytest.mark.parametrize("orientation", AS_STORED)
def test_a_film_hangs_as_its_header_says(orientation: str, view: str) -> None:
    source = stored(AS_STORED[orientation], orientation, ViewPosition=view)
    film = read(source)
    np.testing.assert_array_equal(film.pixels, read(stored(CHEST, "L\\F")).pixels)
    np.testing.assert_array_equal(read_full_range(source)[0], film.pixels)
    assert (film.header.rows, film.header.columns, film.sides_in_doubt) == (320, 256, False)
    turned = f"(Patient Orientation {orientation}); it was turned before scoring."
    assert [note[-len(turned) :] for note in film.notes] == ([] if orientation == "L\\F" else [turned])
    assert set(remarks(film)) == (set() if orientation == "L\\F" else {"reading"})


@pytest.mark.parametrize(
    ("orientation", "how"),
    [
        ("R\\F", "mirrored"),
        ("L\\H", "mirrored and upside down"),
        ("R\\H", "upside down"),
        ("F\\L", "mirrored and on its side"),
        ("F\\R", "on its side"),
        ("H\\L", "on its side"),
        ("H\\R", "mirrored and on its side"),
    ],
)
def test_a_header_that_the_pixels_contradict_leaves_the_sides_in_doubt(orientation: str, how: str) -> None:
    source = stored(CHEST, orientation)
    film = read(source)
    np.testing.assert_array_equal(film.pixels, read(stored(CHEST, "L\\F")).pixels)
    np.testing.assert_array_equal(read_full_range(source)[0], film.pixels)
    assert film.sides_in_doubt
    assert f"the file says that the film is stored {how} (Patient Orientation {orientation}), but" in film.notes[0]
    checked = check_film(film)
    assert checked.film.sides_in_doubt
    assert not checked.refused


@pytest.mark.parametrize("orientation", ["L\\F", "", "LP\\F", "L\\FA", "l\\f", "L", "L\\R", "X\\Y", "L\\F\\H"])
def test_a_film_that_hangs_right_or_does_not_say_stays(orientation: str) -> None:
    film = read(stored(CHEST, orientation))
    np.testing.assert_array_equal(film.pixels, (CHEST / 4095).astype(np.float32))
    assert (film.notes, film.sides_in_doubt, remarks(film)) == ((), False, {})


def test_oblique_and_small_letters_count_by_their_first() -> None:
    np.testing.assert_array_equal(read(stored(CHEST[:, ::-1], "ra\\fp")).pixels, read(stored(CHEST, "")).pixels)


@pytest.mark.parametrize(
    "tags",
    [
        {"FieldOfViewHorizontalFlip": "YES"},
        {"FieldOfViewRotation": "180"},
        {"ImageLaterality": "R"},
        {"Laterality": "L"},
    ],
    ids=lambda tags: next(iter(tags)),
)
def test_what_relates_the_film_to_its_detector_turns_nothing(tags: dict[str, str]) -> None:
    for orientation in ("L\\F", ""):
        film = read(stored(CHEST, orientation, **tags))
        np.testing.assert_array_equal(film.pixels, (CHEST / 4095).astype(np.float32))
        assert film.notes == ()


@pytest.mark.parametrize("orientation", ["L\\F", ""])
def test_a_mirrored_film_that_does_not_say_so_is_in_doubt(orientation: str) -> None:
    film = read(stored(CHEST[:, ::-1], orientation))
    assert (film.sides_in_doubt, film.notes) == (False, ())
    checked = check_film(film)
    assert checked.film.sides_in_doubt
    np.testing.assert_array_equal(checked.film.pixels, film.pixels)
    assert remarks(film) == {"sides": MIRRORED_NOTE}


@pytest.mark.parametrize("mirrored", [False, True])
def test_pictures_and_negatives_are_judged_too(*, mirrored: bool) -> None:
    grey = (CHEST >> 4).astype(np.uint8)[:, :: -1 if mirrored else 1]
    for picture in (png_bytes(np.ascontiguousarray(grey)), png_bytes(np.ascontiguousarray(255 - grey))):
        assert check_film(read(picture)).film.sides_in_doubt is mirrored


# What a camera stores so that the viewer, turning by the entry, sees the chest upright.
AS_TAKEN = {
    2: CHEST[:, ::-1],
    3: CHEST[::-1, ::-1],
    4: CHEST[::-1],
    5: CHEST.T,
    6: CHEST.T[::-1],
    7: CHEST.T[::-1, ::-1],
    8: CHEST.T[:, ::-1],
}
HOW = {
    2: "mirrored",
    3: "upside down",
    4: "mirrored and upside down",
    5: "mirrored and on its side",
    6: "on its side",
    7: "mirrored and on its side",
    8: "on its side",
}


def picture(pixels: NDArray[Any], entry: int, *, deep: bool = False) -> bytes:
    """Return a picture with an EXIF orientation, a PNG of 16 bits where it is to be deep."""
    if not deep:
        return jpeg_bytes(np.ascontiguousarray(pixels >> 4).astype(np.uint8), orientation=entry)
    exif, stream = Image.Exif(), BytesIO()
    exif[0x0112] = entry
    Image.fromarray(np.ascontiguousarray(pixels << 4)).save(stream, "PNG", exif=exif)
    return stream.getvalue()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("entry", AS_TAKEN)
def test_a_picture_hangs_as_its_exif_entry_says(entry: int, *, deep: bool) -> None:
    source = picture(AS_TAKEN[entry], entry, deep=deep)
    film = read(source)
    np.testing.assert_allclose(film.pixels, CHEST / 4095, atol=0.1)
    assert np.corrcoef(film.pixels.ravel(), CHEST.ravel())[0, 1] > 0.99
    np.testing.assert_array_equal(read_full_range(source)[0], film.pixels)
    assert (film.header.rows, film.header.columns, film.sides_in_doubt) == (320, 256, False)
    assert film.notes == (f"The film is stored {HOW[entry]} (EXIF Orientation {entry}); it was turned before scoring.",)
    assert film.pixel_hash == read(picture(AS_TAKEN[entry], 1, deep=deep)).pixel_hash


@pytest.mark.parametrize("entry", AS_TAKEN)
def test_an_exif_entry_that_the_pixels_contradict_leaves_the_sides_in_doubt(entry: int) -> None:
    source = picture(CHEST, entry)
    film = read(source)
    np.testing.assert_array_equal(film.pixels, read(picture(CHEST, 1)).pixels)
    np.testing.assert_array_equal(read_full_range(source)[0], film.pixels)
    assert film.sides_in_doubt
    assert f"the file says that the film is stored {HOW[entry]} (EXIF Orientation {entry}), but" in film.notes[0]
    # Before reading, nobody can say whether the entry is right: the header says what is stored.
    header = read_header(source, site_zone=ZoneInfo("Europe/Berlin"))
    assert (header.rows, header.columns) == (film.header.rows, film.header.columns) == (320, 256)
    checked = check_film(film)
    assert checked.film.sides_in_doubt
    assert not checked.refused


@pytest.mark.parametrize("entry", [0, 1, 9])
def test_an_exif_entry_that_turns_nothing_is_not_noted(entry: int) -> None:
    film = read(picture(CHEST, entry))
    assert (film.notes, film.sides_in_doubt, film.pixels.shape) == ((), False, (320, 256))


@pytest.mark.parametrize("orientation", ["A\\F", "P\\F", "F\\A", "H\\P"])
def test_a_lateral_is_not_turned(orientation: str) -> None:
    film = read(stored(CHEST, orientation))
    assert film.header.view_position is ViewPosition.LATERAL
    np.testing.assert_array_equal(film.pixels, (CHEST / 4095).astype(np.float32))


def test_the_hash_is_that_of_the_stored_pixels() -> None:
    mirrored = np.ascontiguousarray(CHEST[:, ::-1])
    assert read(stored(mirrored, "R\\F")).pixel_hash == read(stored(mirrored, "")).pixel_hash


def test_a_mirror_image_has_the_opposite_log_odds() -> None:
    film, mirror = read(stored(CHEST, "")), read(stored(CHEST[:, ::-1], ""))
    assert sides_log_odds(film) > 2
    assert sides_log_odds(mirror) == pytest.approx(-sides_log_odds(film), abs=0.2)  # edges are cut a pixel apart
    grid = film_grid(film)
    np.testing.assert_allclose(sides_features(np.ascontiguousarray(grid[:, ::-1])), -sides_features(grid), atol=1e-6)


def test_a_weight_file_that_is_gone_damaged_or_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(WeightsMissingError, match=r"weights.safetensors is missing. Install Lungline again"):
        read_weights(path)
    path.write_bytes(SIDES_WEIGHTS.read_bytes()[:100])
    with pytest.raises(WeightsInvalidError, match="damaged or of another model"):
        read_weights(path)
    save_file({"sides": load_file(SIDES_WEIGHTS)["sides"][:10]}, path)
    with pytest.raises(WeightsInvalidError, match=r"'sides': \(10,\)"):
        read_weights(path)
    assert read_weights(sides.SIDES_WEIGHTS).shape == (384,)
