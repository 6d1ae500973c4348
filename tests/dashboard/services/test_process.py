"""The worker's steps: checked, scored, rejected, failed with another attempt, set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
from film_factory import chest_values, dicom_bytes
from film_site import CLEAR, MEDIUM, WHITE, Bench, dicom, png
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from core.errors import FilmNotScorableError
from core.films.checks import CheckedFilm
from core.scoring.registry import load_scorer
from core.types import Film, PatientIdentity, Score
from dashboard.errors import NotAllowedError
from dashboard.services.patient import corrections
from dashboard.services.site.opening import Site
from dashboard.services.worker import process
from dashboard.services.worker.scoring import PREPARING_THREADS, ScoringRun
from db.engine import read_transaction, transaction
from db.models import Film as FilmRow
from db.models import FilmCheck, FilmState
from db.read_models.patient import read_patient

EVA = PatientIdentity("77")


class Faulty:
    """The quick scorer with faults of the tests' choice."""

    def __init__(self, tmp_path: Path) -> None:
        self._scorer = load_scorer("mean-grey", weights_dir=tmp_path)
        self.name, self.version, self.card = self._scorer.name, self._scorer.version, self._scorer.card
        self.batches: list[int] = []
        self.prepared = 0
        self.refuses: dict[float, Exception] = {}

    def prepare(self, film: Film) -> NDArray[np.float32]:
        """Count, and do it."""
        self.prepared += 1
        return self._scorer.prepare(film)

    def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
        """Count, and refuse what is to be refused."""
        self.batches.append(len(prepared))
        for grey in prepared:
            for value, error in self.refuses.items():
                if abs(float(grey[0]) - value) < 0.03:
                    raise error
        return self._scorer.score(prepared)


def test_a_film_is_checked_and_scored_once(bench: Bench) -> None:
    film_id = bench.film_id(dicom(CLEAR))
    done = bench.work()

    film = bench.film(film_id)
    assert (done.checked, done.scored, done.failed) == (1, 1, 0)
    assert bench.way(film_id) == ["received", "accepted"]
    assert (film.attempts, film.retry_at, film.pixel_hash is not None) == (0, None, True)
    score = bench.scores()[0]
    assert (score.film_id, score.model, score.model_version) == (film_id, "mean-grey", "1")
    assert score.geographic_extent == pytest.approx(8 * 0.521 * CLEAR, abs=0.05)
    with read_transaction(bench.engine) as session:
        names = session.scalars(select(col(FilmCheck.name)).where(col(FilmCheck.film_id) == film_id)).all()
    assert len(names) == 12
    assert bench.work().scored == 0
    assert len(bench.scores()) == 1


def test_a_film_that_contradicts_its_header_is_scored_with_its_sides_in_doubt(bench: Bench) -> None:
    upright = chest_values(320, 256, bits=12)
    said = bench.film_id(dicom_bytes(upright, bits_stored=12, PatientOrientation=["R", "F"], SOPInstanceUID="1.2.3"))
    turned = np.ascontiguousarray(upright[:, ::-1])
    agreed = bench.film_id(dicom_bytes(turned, bits_stored=12, PatientOrientation=["R", "F"], SOPInstanceUID="1.2.4"))
    bench.work()
    bench.work()
    assert [bench.film(film_id).sides_in_doubt for film_id in (said, agreed)] == [True, False]
    with read_transaction(bench.engine) as session:
        timeline = read_patient(bench.film(said).patient_id, session=session)
        remarks = {
            row.film_id: row.reason
            for row in session.scalars(select(FilmCheck).where(col(FilmCheck.verdict) == "noted"))
        }
    scores = {film.film_id: film.score for film in timeline.films}
    assert {film_id: score and score.sides_in_doubt for film_id, score in scores.items()} == {said: True, agreed: False}
    assert remarks[said].startswith("Sides in doubt: the file says that the film is stored mirrored")
    assert remarks[agreed].endswith("(Patient Orientation R\\F); it was turned before scoring.")


def test_a_batch_is_decoded_once_and_scored_together(bench: Bench, tmp_path: Path) -> None:
    scorer = Faulty(tmp_path)
    for seed in range(11):
        bench.film_id(dicom(CLEAR, hours=seed, seed=seed))
    done = bench.work(scorer=scorer)

    assert (done.checked, done.scored) == (11, 11)
    # One more of each before the first film: the warm-up.
    assert scorer.prepared == 1 + 11
    assert scorer.batches == [1, 8, 3]


def test_a_film_refused_by_a_check_is_rejected_until_overruled(bench: Bench) -> None:
    lateral = bench.film_id(dicom(CLEAR, ViewPosition="LL"))
    bench.work()
    film = bench.film(lateral)
    assert film.state.value == "rejected"
    assert film.reason
    assert bench.scores() == []

    done = corrections.overrule(lateral, reason="it is frontal", actor="Dr A", site=bench.site)
    assert (done.state, bench.film(lateral).overruled) == ("accepted", True)
    bench.work()
    assert [score.film_id for score in bench.scores()] == [lateral]
    with pytest.raises(NotAllowedError, match="nothing to overrule"):
        corrections.overrule(lateral, actor="Dr A", site=bench.site)


def test_one_bad_film_of_a_batch_does_not_fail_the_others(bench: Bench, tmp_path: Path) -> None:
    scorer = Faulty(tmp_path)
    scorer.refuses[0.521 * WHITE] = RuntimeError("Doe^Jane")
    good, bad, also_good = (bench.film_id(dicom(level)) for level in (CLEAR, WHITE, MEDIUM))
    done = bench.work(scorer=scorer)

    assert (done.scored, done.failed) == (2, 1)
    assert scorer.batches == [1, 3, 1, 1, 1]
    assert [score.film_id for score in bench.scores()] == [good, also_good]
    film = bench.film(bad)
    assert (film.state.value, film.attempts) == ("failed", 1)
    # What the error says may be a patient's name: not shown, not logged.
    assert film.reason == "The film could not be read or scored (RuntimeError)."
    assert film.retry_at == bench.now + timedelta(minutes=1)


def test_a_failed_film_is_tried_again_later_and_given_up_after_five_attempts(bench: Bench, tmp_path: Path) -> None:
    scorer = Faulty(tmp_path)
    scorer.refuses[0.521 * WHITE] = RuntimeError()
    bad = bench.film_id(dicom(WHITE))
    waits = []
    for attempt in range(1, 6):
        bench.work(scorer=scorer)
        film = bench.film(bad)
        assert (film.state.value, film.attempts) == ("failed", attempt)
        assert bench.work(scorer=scorer).checked == 0
        if film.retry_at:
            waits.append((film.retry_at - bench.now).total_seconds() / 60)
            bench.now = film.retry_at
    assert waits == [1, 4, 16, 64]
    assert bench.film(bad).retry_at is None

    bench.wait(days=30)
    assert bench.work().checked == 0
    corrections.overrule(bad, actor="Dr A", site=bench.site)
    bench.work()
    assert bench.film(bad).state.value == "accepted"
    assert len(bench.scores()) == 1


def test_a_failed_film_that_can_be_scored_later_is_scored(bench: Bench, tmp_path: Path) -> None:
    scorer = Faulty(tmp_path)
    scorer.refuses[0.521 * WHITE] = RuntimeError()
    film_id = bench.film_id(dicom(WHITE))
    bench.work(scorer=scorer)
    scorer.refuses.clear()
    bench.wait(minutes=1)
    bench.work(scorer=scorer)

    assert bench.way(film_id) == ["received", "accepted", "failed", "accepted"]
    assert (bench.film(film_id).attempts, len(bench.scores())) == (0, 1)


def test_a_film_that_shows_nothing_to_score_is_rejected_with_the_reason(bench: Bench, tmp_path: Path) -> None:
    scorer = Faulty(tmp_path)
    scorer.refuses[0.521 * WHITE] = FilmNotScorableError("The film shows no lungs.", (0,))
    nothing, good = bench.film_id(dicom(WHITE)), bench.film_id(dicom(CLEAR))
    bench.work(scorer=scorer)

    film = bench.film(nothing)
    assert (film.state.value, film.reason, film.retry_at) == ("rejected", "The film shows no lungs.", None)
    assert [score.film_id for score in bench.scores()] == [good]
    corrections.overrule(nothing, actor="Dr A", site=bench.site)
    bench.work(scorer=scorer)
    assert (bench.film(nothing).state.value, bench.film(nothing).retry_at) == ("failed", None)


def test_a_scorer_that_loses_a_film_shifts_no_scores(bench: Bench, tmp_path: Path) -> None:
    class Losing(Faulty):
        def score(self, prepared: Sequence[NDArray[np.float32]]) -> list[Score]:
            return super().score(prepared)[: max(1, len(prepared) - 1)]

    first, second = bench.film_id(dicom(CLEAR)), bench.film_id(dicom(WHITE))
    bench.work(scorer=Losing(tmp_path))

    values = {score.film_id: score.geographic_extent for score in bench.scores()}
    assert values[first] == pytest.approx(8 * 0.521 * CLEAR, abs=0.05)
    assert values[second] == pytest.approx(8 * 0.521 * WHITE, abs=0.05)


def test_a_damaged_store_is_tried_again(bench: Bench) -> None:
    source = dicom(CLEAR)
    receipt = bench.receive(source)
    bench.site.store.path(receipt.content_hash).write_bytes(b"rotten")
    bench.work()
    film = bench.film(receipt.film_id or 0)
    assert (film.state.value, film.retry_at) == ("failed", bench.now + timedelta(minutes=1))
    assert "Restore the film folder" in film.reason

    bench.site.store.put(source)
    bench.wait(minutes=1)
    bench.work()
    assert len(bench.scores()) == 1


def test_a_film_that_stops_the_process_three_times_is_set_aside(bench: Bench) -> None:
    """The process dies between the claim and the outcome, three times; an innocent film of the batch is scored."""
    deadly, innocent = bench.film_id(dicom(WHITE)), bench.film_id(dicom(CLEAR))
    claim = lambda: process.claim_received(limit=8, claim_for=timedelta(0), actor="worker", site=bench.site)  # noqa: E731

    assert [film.film_id for film in claim().films] == [deadly, innocent]
    # Both were in flight, so each is taken alone; one that ends the process again comes after all others.
    assert [film.film_id for film in claim().films] == [deadly]
    assert [film.film_id for film in claim().films] == [innocent]
    settle = claim().films
    assert [film.film_id for film in settle] == [deadly]
    bench.work()
    assert bench.states(innocent, deadly) == ["accepted", "failed"]

    film = bench.film(deadly)
    assert (film.state.value, film.attempts, film.retry_at) == ("failed", 3, None)
    assert film.reason == process.STOPPED
    assert [score.film_id for score in bench.scores()] == [innocent]


def test_a_film_that_stops_the_scorer_three_times_is_set_aside(bench: Bench) -> None:
    film_id = bench.film_id(dicom(WHITE))
    checked = process.claim_received(limit=8, claim_for=timedelta(0), actor="worker", site=bench.site).films[0]
    found = process.Findings.of(process.examine(checked, site=bench.site))
    process.settle_checked(checked, found, actor="worker", site=bench.site)
    for _ in range(3):
        claim = process.claim_unscored(
            "mean-grey", "1", limit=8, claim_for=timedelta(0), actor="worker", site=bench.site
        )
        assert [film.film_id for film in claim.films] == [film_id]
    done = bench.work()

    assert (done.scored, done.failed) == (0, 1)
    assert (bench.film(film_id).state.value, bench.film(film_id).reason) == ("failed", process.STOPPED)


def test_a_claimed_film_is_left_alone_by_others_for_a_while(bench: Bench) -> None:
    bench.film_id(dicom(WHITE))
    two_minutes = timedelta(minutes=2)
    first = process.claim_received(limit=8, claim_for=two_minutes, actor="a", site=bench.site)
    second = process.claim_received(limit=8, claim_for=two_minutes, actor="b", site=bench.site)
    bench.wait(minutes=2)
    third = process.claim_received(limit=8, claim_for=two_minutes, actor="b", site=bench.site)

    assert (len(first.films), len(second.films), len(third.films)) == (1, 0, 1)


def test_a_film_retracted_while_it_is_worked_on_gets_no_score(bench: Bench) -> None:
    film_id = bench.film_id(dicom(WHITE))
    claimed = process.claim_received(limit=1, claim_for=timedelta(0), actor="worker", site=bench.site).films[0]
    found = process.Findings.of(process.examine(claimed, site=bench.site))
    corrections.retract(film_id, reason="wrong patient", actor="Dr A", site=bench.site)

    assert process.settle_checked(claimed, found, actor="worker", site=bench.site) is None
    score = load_scorer("mean-grey", weights_dir=bench.settings.weights_dir).score([np.array([0.5], np.float32)])[0]
    assert not process.settle_score(claimed, score, site=bench.site)
    assert process.settle_refusal(claimed, "no lungs", actor="worker", site=bench.site) is None
    process.settle_failure(claimed, "no", retry=True, actor="worker", site=bench.site)
    assert (bench.film(film_id).state.value, bench.scores()) == ("retracted", [])


def test_a_film_without_a_time_is_scored_and_stands_on_no_trend(bench: Bench) -> None:
    film_id = bench.film_id(png(CLEAR), identity=EVA)
    bench.work()

    assert [score.film_id for score in bench.scores()] == [film_id]
    assert bench.film(film_id).acquired_at is None


def test_pixels_are_let_go_as_soon_as_a_film_is_prepared(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for hours in range(3):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))
    seen: list[ref[Film]] = []
    held: list[int] = []
    examine, settle = process.examine, process.settle_checked

    def watched(claimed: process.Claimed, *, site: Site) -> CheckedFilm:
        checked = examine(claimed, site=site)
        seen.append(ref(checked.film))
        return checked

    def counted(claimed: process.Claimed, found: process.Findings, *, actor: str, site: Site) -> FilmState | None:
        held.append(sum(film() is not None for film in seen))
        return settle(claimed, found, actor=actor, site=site)

    monkeypatch.setattr(process, "examine", watched)
    monkeypatch.setattr(process, "settle_checked", counted)
    scorer = load_scorer("mean-grey", weights_dir=bench.settings.weights_dir)
    with ScoringRun(scorer, actor="worker", site=bench.site) as run:
        done = run.round()

    assert done is not None
    assert (done.checked, len(seen)) == (3, 3)
    assert held[-1] == 0


def test_the_threads_that_prepare_films_are_not_torchs_too(bench: Bench, tmp_path: Path) -> None:
    import torch  # noqa: PLC0415  takes seconds, in each process that only looks for tests too

    threads = torch.get_num_threads()
    torch.set_num_threads(PREPARING_THREADS + 3)
    try:
        with ScoringRun(Faulty(tmp_path), actor="worker", site=bench.site):
            assert torch.get_num_threads() == 3
        assert torch.get_num_threads() == PREPARING_THREADS + 3
        torch.set_num_threads(1)
        with ScoringRun(Faulty(tmp_path), actor="worker", site=bench.site):
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)


def test_a_database_that_fails_is_not_the_films_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    film_id = bench.film_id(dicom(CLEAR))

    def down(*_args: object, **_named: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(process, "settle_checked", down)
    scorer = load_scorer("mean-grey", weights_dir=bench.settings.weights_dir)
    with ScoringRun(scorer, actor="worker", site=bench.site) as run, pytest.raises(OperationalError):
        run.round()
    monkeypatch.undo()
    assert bench.film(film_id).state.value == "received"
    with transaction(bench.engine) as session:
        row = session.get(FilmRow, film_id)
        assert row is not None
        row.retry_at = bench.now
    assert bench.film(film_id).attempts == 1
