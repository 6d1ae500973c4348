"""May this film be scored? One set of rules for every check, and each check's own verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from film_factory import chest_values

from core.films import checks
from core.films.checks import CHECKS, Check, CheckedFilm, CorrectingCheck, check_film
from core.films.checks.projection import INVERTED_NOTE
from core.films.read import read_film
from core.films.recognition import view
from core.types import CheckResult, CheckVerdict, Film, FilmHeader, ViewPosition

PASSED, NOTED, REFUSED = CheckVerdict.PASSED, CheckVerdict.NOTED, CheckVerdict.REFUSED


def film(pixels: np.ndarray | None = None, **header: object) -> Film:
    if pixels is None:
        pixels = chest_values(320, 280) / 255
    rows, columns = pixels.shape
    stated = replace(FilmHeader(rows, columns, bits_stored=8), **header)
    return Film(pixels.astype(np.float32), stated, pixel_hash="0" * 64)


def verdicts(checked: CheckedFilm) -> dict[str, CheckVerdict]:
    return {result.name: result.verdict for result in checked.results}


def looks(monkeypatch: pytest.MonkeyPatch, *, p_lateral: float = 0.0, p_inverted: float = 0.0) -> list[Film]:
    """Replace the look at the picture; return the films that are looked at."""
    seen: list[Film] = []

    def estimate(looked_at: Film) -> view.ViewEstimate:
        seen.append(looked_at)
        return view.ViewEstimate(p_lateral, p_inverted)

    monkeypatch.setattr(view, "estimate_view", estimate)
    return seen


ODD_FILMS = [
    film(),
    film(np.zeros((300, 300))),
    film(np.ones((300, 300))),
    film(np.full((300, 300), 0.5)),
    film(np.zeros((1, 1))),
    film(np.zeros((1, 4000))),
    film(np.random.default_rng(0).random((300, 300))),
    film(modality="CT", body_part="HAND", view_position=ViewPosition.LATERAL),
    film(modality="\u202e<b>", body_part="\U0001f4a3" * 300),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
@pytest.mark.parametrize("odd", ODD_FILMS)
def test_every_check_gives_a_verdict_of_its_own_on_any_film(check: Check, odd: Film) -> None:
    before = odd.pixels.copy()
    result = check(odd)
    assert isinstance(check, Check)
    assert isinstance(result, CheckResult)
    assert (result.name, result.version) == (check.name, check.version)
    assert result == check(odd)
    np.testing.assert_array_equal(odd.pixels, before)
    if result.verdict is not PASSED:
        assert result.reason[0].isupper()
        assert result.reason.endswith(".")


def test_check_names_are_unique() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert [check.name for check in CHECKS if isinstance(check, CorrectingCheck)] == ["photometry", "sides"]


def test_a_good_film_passes_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    looks(monkeypatch)
    good = film(modality="DX", body_part="CHEST", view_position=ViewPosition.AP)
    checked = check_film(good)
    assert checked.film is good
    assert checked.refused is False
    assert checked.reason == ""
    assert set(verdicts(checked).values()) == {PASSED}
    assert [result.name for result in checked.results] == [check.name for check in CHECKS]


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((300, 300)), "empty or nearly one shade"),
        (np.full((300, 300), 0.7), "empty or nearly one shade"),
        (0.5 + np.random.default_rng(0).normal(0, 0.005, (300, 300)), "empty or nearly one shade"),
        (np.pad(np.random.default_rng(0).random((90, 90)), 105), "91% of the picture is one shade of grey"),
    ],
)
def test_empty_pictures_are_refused_and_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, pixels: np.ndarray, reason: str
) -> None:
    seen = looks(monkeypatch, p_lateral=1.0, p_inverted=1.0)
    checked = check_film(film(pixels))
    assert checked.refused
    assert reason in checked.reason
    assert verdicts(checked)["contents"] is REFUSED
    assert verdicts(checked)["frontal"] is PASSED
    assert seen == []


@pytest.mark.parametrize(
    ("shape", "name", "verdict"),
    [
        ((127, 300), "size", REFUSED),
        ((128, 300), "size", NOTED),
        ((223, 300), "size", NOTED),
        ((224, 300), "size", PASSED),
        ((300, 751), "aspect", REFUSED),
        ((751, 300), "aspect", REFUSED),
        ((300, 750), "aspect", PASSED),
    ],
)
def test_size_and_aspect(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int], name: str, verdict: CheckVerdict
) -> None:
    looks(monkeypatch)
    checked = check_film(film(chest_values(*shape) / 255))
    assert verdicts(checked)[name] is verdict
    assert checked.refused is (verdict is REFUSED)


@pytest.mark.parametrize("modality", ["", "CR", "DX", "DR", "OT", "RG"])
def test_xrays_pass(monkeypatch: pytest.MonkeyPatch, modality: str) -> None:
    looks(monkeypatch)
    assert not check_film(film(modality=modality)).refused


@pytest.mark.parametrize(
    ("modality", "reason"),
    [
        ("CT", "The file says that this is a CT image, not a chest X-ray."),
        ("MG", "The file says that this is a mammogram, not a chest X-ray."),
        ("ZZ", "The file says that this is an image of the kind 'ZZ', not a chest X-ray."),
    ],
)
def test_other_modalities_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, modality: str, reason: str) -> None:
    looks(monkeypatch)
    assert check_film(film(modality=modality)).reason == reason


@pytest.mark.parametrize(
    ("part", "verdict"),
    [
        ("", PASSED),
        ("CHEST", PASSED),
        ("PORT CHEST", PASSED),
        ("THORAX", PASSED),
        ("CHESTABDOMEN", PASSED),
        ("HAND", REFUSED),
        ("ABDOMEN", REFUSED),
        ("TSPINE", REFUSED),
        ("THORACIC SPINE", REFUSED),
        ("SKULL", REFUSED),
        ("OP-SAAL", NOTED),
        ("RIB", NOTED),
    ],
)
def test_body_part(monkeypatch: pytest.MonkeyPatch, part: str, verdict: CheckVerdict) -> None:
    looks(monkeypatch)
    assert verdicts(check_film(film(body_part=part)))["body part"] is verdict


def test_a_stated_lateral_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    looks(monkeypatch)
    checked = check_film(film(view_position=ViewPosition.LATERAL))
    assert checked.reason == "The file says that this is a lateral film. Only frontal films (AP or PA) are scored."


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (ViewPosition.UNKNOWN, "The picture looks like a lateral film."),
        (ViewPosition.AP, "The file calls this a frontal film (AP), but the picture looks like a lateral one."),
    ],
)
def test_a_film_that_looks_lateral_is_refused(
    monkeypatch: pytest.MonkeyPatch, stated: ViewPosition, reason: str
) -> None:
    looks(monkeypatch, p_lateral=view.LATERAL_THRESHOLD)
    checked = check_film(film(view_position=stated))
    assert checked.refused
    assert checked.reason.startswith(reason)
    assert "verrule if it is frontal." in checked.reason


def test_just_below_the_thresholds_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    looks(
        monkeypatch,
        p_lateral=np.nextafter(view.LATERAL_THRESHOLD, 0),
        p_inverted=np.nextafter(view.INVERTED_THRESHOLD, 0),
    )
    assert set(verdicts(check_film(film())).values()) == {PASSED}


def test_an_inverted_film_is_turned_round_and_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = looks(monkeypatch, p_inverted=view.INVERTED_THRESHOLD)
    upright = film()
    stored = replace(upright, pixels=1 - upright.pixels)
    checked = check_film(stored)
    np.testing.assert_allclose(checked.film.pixels, 1 - stored.pixels)
    assert checked.film.pixel_hash == stored.pixel_hash
    assert checked.refused is False
    noted = [result for result in checked.results if result.verdict is NOTED]
    assert [(result.name, result.reason) for result in noted] == [("photometry", INVERTED_NOTE)]
    # The last look, for the projection, is at the corrected film.
    assert seen[0] is stored
    assert seen[-1] is checked.film


def test_a_lateral_is_not_turned_round(monkeypatch: pytest.MonkeyPatch) -> None:
    looks(monkeypatch, p_lateral=1.0, p_inverted=1.0)
    stored = film()
    checked = check_film(stored)
    assert checked.film is stored
    assert checked.refused


def test_all_reasons_are_joined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks(monkeypatch)
    checked = check_film(film(modality="CT", body_part="HAND"))
    assert checked.reason == (
        "The file says that this is a CT image, not a chest X-ray. "
        "The file says that this film shows another part of the body: Hand."
    )
    twice = replace(checked, results=checked.results * 2)
    assert twice.reason == checked.reason


def test_a_new_check_is_one_class_and_a_registry_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class NeverCheck:
        name, version = "never", "1"

        def __call__(self, film: Film) -> CheckResult:
            return CheckResult(self.name, self.version, REFUSED, f"Not {film.header.rows} rows.")

    monkeypatch.setattr(checks, "CHECKS", (NeverCheck(),))
    assert isinstance(NeverCheck(), Check)
    assert check_film(film()).reason == "Not 320 rows."


def test_real_frontal_films_pass_and_a_negative_is_turned_round(shared_data: Path) -> None:
    paths = sorted((shared_data / "films" / "hannover").iterdir())[::20]
    films = [read_film(path.read_bytes(), site_zone=UTC) for path in paths]
    assert [check_film(each).refused for each in films] == [False] * len(films)
    turned = check_film(replace(films[0], pixels=1 - films[0].pixels))
    np.testing.assert_allclose(turned.film.pixels, films[0].pixels, atol=1e-6)


def test_a_film_is_reduced_once_for_all_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = film(), film()
    made, reduced = view.thumbnail, []

    def counted(pixels: np.ndarray) -> np.ndarray:
        reduced.append(pixels.shape)
        return made(pixels)

    monkeypatch.setattr(view, "thumbnail", counted)
    first, again = check_film(one), check_film(one)
    check_film(other)

    assert reduced == [(320, 280), (320, 280)]
    assert first.results == again.results
