"""`make bench`: where the time goes: flags of patients, a film's bytes to its score, a large ward's board.

Prints minimum, median and maximum over several runs; the machine's load moves single figures, so compare ratios
within one run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import large_ward
import numpy as np
from large_ward import fill_large_ward
from rich.console import Console
from rich.table import Table

from core.films.checks import check_film
from core.films.read import read_film
from core.films.synthetic import LungSeverity, draw_film, write_dicom
from core.scoring.registry import DEFAULT_SCORER, load_scorer, read_scorer_card
from core.trend import DETECTORS, Detector, ScoredFilm, TrendPolicy, assess_trend, load_detector, stay_levels
from core.types import Measure, PatientIdentity, PatientPosition, Score, ScorerCard, TimePrecision, ViewPosition
from dashboard.services.site.opening import open_site
from dashboard.services.ward.assembly import ward_board
from dashboard.settings import load_settings

N_PATIENTS = 1000
LONG_STAY = 200
N_FILMS = 20
BATCH = 8
RUNS = 9
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def main() -> None:
    """Run the benchmarks and print the table."""
    table = Table("step", "minimum ms", "median ms", "maximum ms", "of", box=None)
    for name, unit, times in [*trend_steps(), *film_steps(), *board_steps()]:
        table.add_row(name, *(f"{1000 * one:.1f}" for one in (min(times), statistics.median(times), max(times))), unit)
    Console().print(table)


def timed(step: Callable[[], object], *, per: int = 1, runs: int = RUNS) -> list[float]:
    """Return seconds per item of several runs, after one that is not counted."""
    step()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        step()
        found.append((time.perf_counter() - start) / per)
    return found


def trend_steps() -> list[tuple[str, str, list[float]]]:
    """Time the evaluation of flags by each detector, and the level of a stay; one core."""
    wandering, card = np.random.default_rng(0), read_scorer_card(DEFAULT_SCORER)

    def stay(n_films: int) -> list[ScoredFilm]:
        levels = np.clip(4 + np.cumsum(wandering.normal(0, 0.7, n_films)), 0, 8)
        return [film_of_level(number, float(level), card) for number, level in enumerate(levels)]

    long, ward = stay(LONG_STAY), [stay(N_FILMS) for _patient in range(N_PATIENTS)]
    steps = []
    for name in DETECTORS:
        detector = load_detector(name)

        def assess(films: Sequence[ScoredFilm], detector: Detector = detector) -> object:
            return detector.assess(films, card=card, policy=TrendPolicy())

        steps += [
            (f"flags, {name}", f"a patient with {LONG_STAY} films", timed(lambda assess=assess: assess(long))),
            (
                f"flags, {name}",
                f"{N_PATIENTS} patients x {N_FILMS} films",
                timed(lambda assess=assess: [assess(films) for films in ward], runs=3),
            ),
        ]
    return [
        *steps,
        (
            "all verdicts of the patient's page",
            f"a patient with {LONG_STAY} films",
            timed(lambda: assess_trend(long, card=card, policy=TrendPolicy())),
        ),
        (
            "smoothed level",
            f"a patient with {LONG_STAY} films",
            timed(lambda: stay_levels(long, Measure.GEOGRAPHIC_EXTENT, card=card, policy=TrendPolicy())),
        ),
    ]


def film_of_level(number: int, level: float, card: ScorerCard) -> ScoredFilm:
    """Return a film of a stay with one every 12 hours."""
    return ScoredFilm(
        number,
        1,
        NOW + timedelta(hours=12 * number),
        TimePrecision.SECOND,
        ViewPosition.AP,
        PatientPosition.SUPINE,
        Score(card.model, card.version, level, level * 0.75),
    )


def film_steps() -> list[tuple[str, str, list[float]]]:
    """Time a film's way with the embedded scorer."""
    lung = LungSeverity(2.0, 2.0)
    drawn = draw_film(patient_seed=1, film_seed=1, right=lung, left=lung)
    source = write_dicom(drawn, identity=PatientIdentity("1"), acquired_at=NOW)
    film = read_film(source, site_zone=UTC)
    scorer = load_scorer(DEFAULT_SCORER, weights_dir=Path())
    prepared = scorer.prepare(film)
    size = f"a {film.header.columns} x {film.header.rows} 12-bit DICOM film"
    return [
        ("read", size, timed(lambda: read_film(source, site_zone=UTC))),
        ("check", size, timed(lambda: check_film(film))),
        (f"prepare for {scorer.name}", size, timed(lambda: scorer.prepare(film))),
        ("score, one film", "a film", timed(lambda: scorer.score([prepared]))),
        (
            f"score with {scorer.name}, in {BATCH}s",
            "a film",
            timed(lambda: scorer.score([prepared] * BATCH), per=BATCH),
        ),
    ]


def board_steps() -> list[tuple[str, str, list[float]]]:
    """Time the board of a large ward on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=folder, database_url=f"sqlite:///{folder}/bench.db")
        site = open_site(settings, lambda: NOW)
        fill_large_ward(site)
        found = timed(lambda: ward_board(site=site))
        site.engine.dispose()
    return [("ward board", f"{large_ward.N_PATIENTS} patients x {large_ward.N_FILMS} films", found)]


if __name__ == "__main__":
    sys.exit(main())
