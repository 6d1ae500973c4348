"""A site's readings become a version of the model: lines, width of intervals, noise of a change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import DataSetInvalidError
from core.evaluation.reader_study import ReadFilm
from core.evaluation.site_version import recalibration_of
from core.human_reading import LungScores
from core.scoring.recalibration import at_slope
from core.scoring.registry import read_scorer_card
from core.types import Interval, Measure, PairClass, Score, ScorerCard, ViewPosition

EXTENT, OPACITY = Measure.GEOGRAPHIC_EXTENT, Measure.OPACITY
REACH = 1.0


@pytest.fixture(scope="module")
def card() -> ScorerCard:
    return read_scorer_card("embedded")


def films(
    count: int,
    *,
    patients: int,
    scatter: float = 0.2,
    slope: float = 0.6,
    serial: bool = False,
    view: str = "AP supine",
) -> list[ReadFilm]:
    """Return films whose readers say 1 + `slope` times the model's extent, and whose opacity the model gets right."""
    random = np.random.default_rng(3)
    found = []
    for number in range(count):
        said = float(random.uniform(0.5, 7.5))
        read = float(np.clip(1 + slope * said + random.normal(0, scatter), 0, 8))
        opacity = float(random.uniform(0.5, 5.5))
        seen = float(np.clip(opacity + random.normal(0, 0.3), 0, 6))
        score = Score(
            "embedded",
            "0",
            said,
            opacity,
            Interval(max(0.0, said - REACH), min(8.0, said + REACH), 0.9),
            Interval(max(0.0, opacity - REACH), min(6.0, opacity + REACH), 0.9),
        )
        day = number // patients if serial else None
        lungs = LungScores(read / 2, read / 2, seen / 2, seen / 2)
        found.append(ReadFilm(f"{number:03}", f"P{number % patients}", lungs, score, day, view))
    return found


def test_a_measure_whose_line_helps_is_recalibrated_and_the_other_stays(card: ScorerCard) -> None:
    own = recalibration_of(films(40, patients=20), card, n_readers=2)
    assert set(own.lines) == {EXTENT}
    line = own.lines[EXTENT]
    assert (line.slope, line.offset) == (pytest.approx(0.6, abs=0.03), pytest.approx(1.0, abs=0.1))
    assert line.slope == round(line.slope, 4)
    assert (line.n_films, line.n_patients, own.n_films, own.n_patients, own.n_readers) == (40, 20, 40, 20, 2)
    assert line.gain[2] < 0 < line.after[0] < line.before[0]
    assert own.base_version == card.version
    assert own.version == recalibration_of(films(40, patients=20), card, n_readers=2).version
    assert own.version.startswith(f"{card.version}.site-")


def test_the_interval_holds_the_readers_by_split_conformal_without_the_patient(card: ScorerCard) -> None:
    given = films(40, patients=20)
    line = recalibration_of(given, card, n_readers=1).lines[EXTENT]
    assert line.n_width_patients == 20
    # Each patient twice: of 20 patients and one more, 90 % are 18.9 patients, the 38th of the 40 residuals.
    errors = sorted(abs(line.of(_said(film), EXTENT) - film.read.geographic_extent) for film in given)
    assert line.width * REACH == pytest.approx(errors[37], abs=0.05)
    # These readers scatter little: narrower than the base's, stretched.
    assert line.width < line.slope


def test_too_few_patients_keep_the_stretched_width_of_the_base_or_more(card: ScorerCard) -> None:
    line = recalibration_of(films(40, patients=8), card, n_readers=1).lines[EXTENT]
    assert (line.n_width_patients, line.width) == (0, line.slope)
    wide = recalibration_of(films(60, patients=8, scatter=0.9, slope=0.4), card, n_readers=1).lines[EXTENT]
    assert wide.n_width_patients == 0
    assert wide.width > 2 * wide.slope


def test_a_model_without_intervals_gets_none(card: ScorerCard) -> None:
    given = [
        replace(film, said=Score("embedded", "0", _said(film), 2.0 + film.read.opacity / 10))
        for film in films(40, patients=20)
    ]
    line = recalibration_of(given, card, n_readers=1).lines[EXTENT]
    assert (line.width, line.n_width_patients) == (None, 0)


def test_the_noise_is_the_bases_stretched_while_serial_pairs_are_few(card: ScorerCard) -> None:
    # 10 patients with 4 films on 4 days each, so 30 pairs; one of them has no day.
    given = films(40, patients=10, serial=True)
    given[-1] = replace(given[-1], day=None)
    own = recalibration_of(given, card, n_readers=1)
    slope = own.lines[EXTENT].slope
    assert own.n_own_pairs == 0
    assert own.noise == {EXTENT: at_slope(card.noise[EXTENT], slope), OPACITY: card.noise[OPACITY]}
    assert own.noise[EXTENT].slope == pytest.approx(card.noise[EXTENT].slope / slope, abs=1e-4)
    assert own.mixed_noise[EXTENT] == at_slope(card.mixed_noise[EXTENT], slope)
    assert own.class_noise[EXTENT][PairClass.PA] == at_slope(card.class_noise[EXTENT][PairClass.PA], slope)
    assert own.level_noise[EXTENT].process_sd == pytest.approx(card.level_noise[EXTENT].process_sd * slope, abs=1e-4)
    assert own.level_noise[OPACITY] == card.level_noise[OPACITY]
    assert (own.verdicts, own.change_views) == (card.verdicts, card.change_views)


def test_the_noise_is_measured_on_thirty_serial_pairs_of_the_sites_own(card: ScorerCard) -> None:
    given = films(40, patients=10, serial=True)
    own = recalibration_of(given, card, n_readers=1)
    noise = own.noise[EXTENT]
    assert (own.n_own_pairs, noise.n_pairs, noise.n_patients) == (30, 30, 10)
    # From one of a patient's films to the next, ten films on in the list, by the line that the readers followed.
    errors = [film.read.geographic_extent - 0.6 * _said(film) for film in given]
    changes = [later - earlier for earlier, later in zip(errors, errors[10:], strict=False)]
    assert noise.sd == pytest.approx(float(np.std(changes)), abs=0.03)
    assert noise.slope == pytest.approx(1.0, abs=0.1)
    assert noise.source.startswith("Serial films of one patient read blind at this site")
    assert noise.source.endswith("taken: AP supine.")
    # Opacity has no line, so it keeps the base's; pairs taken differently are too few.
    assert own.noise[OPACITY] == card.noise[OPACITY]
    assert own.mixed_noise[EXTENT] == at_slope(card.mixed_noise[EXTENT], own.lines[EXTENT].slope)
    assert set(own.class_noise[EXTENT]) == {PairClass.AP, PairClass.VIEW}
    # Verdicts on films that were never paired here state no probability, and the base's record is not this version's.
    assert (own.change_views, own.verdicts) == ((ViewPosition.AP,), None)


def test_pairs_taken_differently_do_not_make_the_noise_of_those_taken_alike(card: ScorerCard) -> None:
    given = films(80, patients=10, serial=True)
    turned = [replace(film, view="PA erect") if (film.day or 0) % 2 else film for film in given]
    own = recalibration_of(turned, card, n_readers=1)
    assert own.n_own_pairs == 0
    assert own.noise[EXTENT] == at_slope(card.noise[EXTENT], own.lines[EXTENT].slope)


def test_where_no_error_falls_or_too_little_was_read_it_is_said_why(card: ScorerCard) -> None:
    with pytest.raises(DataSetInvalidError, match=r"29 films of 10 patients were read blind\. Expected 30 films"):
        recalibration_of(films(29, patients=10), card, n_readers=1)
    right = [
        replace(film, read=LungScores(_said(film) / 2, _said(film) / 2, 1.0, 1.0)) for film in films(40, patients=10)
    ]
    with pytest.raises(DataSetInvalidError, match=r"geographic extent: no difference shown; opacity: not usable.*Keep"):
        recalibration_of(right, card, n_readers=1)


def _said(film: ReadFilm) -> float:
    assert isinstance(film.said, Score)
    return film.said.geographic_extent
