"""A site's own recalibration: proposed, activated as a version of its own, left again, and not of another base."""

from __future__ import annotations

import pytest
from film_site import Bench, dicom, prepared
from sqlalchemy import select

from core.human_reading import LungScores
from core.scoring.recalibration import recalibrated_score
from core.scoring.registry import read_scorer_card
from core.types import Measure
from dashboard.errors import NotAllowedError, ScorerMismatchError
from dashboard.services.patient.timeline import patient_trend
from dashboard.services.readers import draw as reading_draw
from dashboard.services.readers import sessions as reading
from dashboard.services.readers.agreement import site_recalibration
from dashboard.services.site import doctor, models, recalibrating
from dashboard.services.site.scorers import card_of, load_active_scorer
from dashboard.services.worker.loop import run_worker
from dashboard.services.worker.status import scoring_status
from db.engine import read_transaction
from db.models import AuditEntry
from db.repositories import recalibrations, scores

EXTENT = Measure.GEOGRAPHIC_EXTENT
PATIENTS, DAYS = 10, 3


@pytest.fixture
def read(bench: Bench) -> Bench:
    """Return a site with 30 scored films of 10 patients, read blind as 1 + 0.6 times the extent, give or take 0.1."""
    return prepared(bench, _fill)


def _fill(bench: Bench) -> None:
    for number in range(PATIENTS * DAYS):
        brightness = 0.3 + 0.7 * ((number * 7) % 30) / 29
        film = dicom(brightness, patient=f"P-{number % PATIENTS}", hours=24 * (number // PATIENTS), seed=number)
        receipt = bench.receive(film)
        if number < 2:
            assert receipt.patient_id is not None
            bench.admit(receipt.patient_id, bed=str(number + 1))
    bench.work()
    read_all(bench)


def read_all(bench: Bench, count: int = PATIENTS * DAYS, *, opacity_is_right: bool = False) -> None:
    """Read the films in a blind session, and finish it."""
    drawn = {"title": "Study", "reader": "Dr Ito", "blind": True, "n_films": count, "seed": 7, "actor": "Dr Ito"}
    session_id = reading_draw.draw_up(**drawn, site=bench.site).session_id  # type: ignore[arg-type]
    said = {row.film_id: row for row in bench.scores()}
    for step in reading.reading_list(session_id, site=bench.site).steps:
        score = said[step.film.film_id]
        jitter = 0.1 if step.film.film_id % 2 else -0.1
        extent = 1 + 0.6 * score.geographic_extent + jitter
        opacity = score.opacity if opacity_is_right else 1 + 0.6 * score.opacity + jitter
        lungs = LungScores(extent / 2, extent / 2, opacity / 2, opacity / 2)
        reading.read_film(session_id, step.place, lungs, site=bench.site)
    reading.finish(session_id, actor="Dr Ito", site=bench.site)


def activated(bench: Bench, actor: str = "Dr Okafor") -> models.Activation:
    """Recalibrate and activate, a minute later."""
    bench.wait(minutes=1)
    return recalibrating.activate(recalibrating.propose(site=bench.site).recalibration, actor=actor, site=bench.site)


def active(bench: Bench) -> tuple[str, str]:
    with read_transaction(bench.engine) as session:
        row = scores.active_model(session=session)
    assert row is not None
    return row.model, row.model_version


def test_a_proposal_says_what_would_change_and_stores_nothing(read: Bench) -> None:
    found = recalibrating.propose(site=read.site)
    line = found.recalibration.lines[EXTENT]
    assert (line.slope, line.offset) == (pytest.approx(0.6, abs=0.05), pytest.approx(1.0, abs=0.15))
    assert (found.recalibration.n_films, found.recalibration.n_patients, found.recalibration.n_readers) == (30, 10, 1)
    assert (found.preview.model, found.preview.version) == ("mean-grey", found.recalibration.version)
    assert (found.preview.active_version, found.preview.n_films) == ("1", 30)
    said = [row.geographic_extent for row in read.scores()]
    expected = sum(line.of(score, EXTENT) - score for score in said) / len(said)
    assert found.preview.shifts[EXTENT].mean == pytest.approx(expected, abs=1e-3)
    assert f"mean-grey {found.recalibration.version} minus mean-grey 1" in found.preview.text
    assert active(read) == ("mean-grey", "1")
    with read_transaction(read.engine) as session:
        assert recalibrations.list_all(session=session) == []


def test_an_activated_recalibration_scores_the_films_anew_as_a_version_of_its_own(read: Bench) -> None:
    base = {row.film_id: scores.to_score(row) for row in read.scores()}
    own = recalibrating.propose(site=read.site).recalibration
    done = activated(read)
    assert (done.model, done.version, done.films_to_score) == ("mean-grey", own.version, 30)
    assert own.version.startswith("1+site-")
    assert active(read) == ("mean-grey", own.version)
    assert run_worker(once=True, site=read.site).scored == 30
    new = {row.film_id: scores.to_score(row) for row in read.scores() if row.model_version == own.version}
    assert new == {film_id: recalibrated_score(score, own) for film_id, score in base.items()}
    # The base's scores stay, and a trend holds one version.
    assert len(read.scores()) == 60
    trend = patient_trend(1, site=read.site)
    assert {point.score.model_version for point in (one.film for one in trend.in_order)} == {own.version}
    status = scoring_status(site=read.site)
    assert status.card is not None
    assert status.card.summary.startswith(
        "This site's own recalibration of mean-grey 1, made by Dr Okafor on 2026-03-03 from 30 films of 10 patients, "
        "read blind by one person."
    )
    assert status.card.noise[EXTENT].slope == pytest.approx(0.9 / own.lines[EXTENT].slope, abs=1e-4)
    with read_transaction(read.engine) as session:
        (row,) = recalibrations.list_all(session=session)
        audit = session.scalars(select(AuditEntry).where(AuditEntry.action == "recalibrate")).one()
    assert (row.model_version, row.base_version, row.actor, row.made_at) == (own.version, "1", "Dr Okafor", read.now)
    assert (audit.actor, audit.subject_id, audit.detail["version"]) == ("Dr Okafor", row.id, own.version)


def test_the_list_and_the_doctor_name_it_and_the_way_back_is_an_activation(read: Bench) -> None:
    done = activated(read)
    base, own = (row for row in models.list_models(site=read.site) if row.model == "mean-grey")
    assert (base.version, base.active, base.recalibrated) == ("1", False, False)
    assert (own.version, own.active, own.recalibrated, own.available) == (done.version, True, True, True)
    assert own.title.startswith("This site's own recalibration of mean-grey 1, made by Dr Okafor on 2026-03-03")
    found = {one.subject: one for one in doctor.examine(read.settings)}
    assert found["active model"].text == f"mean-grey {done.version} (this site's own recalibration)"
    run_worker(once=True, site=read.site)
    read.wait(minutes=1)
    back = models.activate("mean-grey", actor="Dr A", site=read.site)
    # Its scores are there already.
    assert (back.version, back.films_to_score) == ("1", 0)
    assert [row.active for row in models.list_models(site=read.site) if row.model == "mean-grey"] == [True, False]
    # The same readings give the same version again, and who made it stays.
    assert activated(read, "Dr B").version == done.version
    with read_transaction(read.engine) as session:
        assert [row.actor for row in recalibrations.list_all(session=session)] == ["Dr Okafor"]


def test_a_new_one_starts_from_the_model_itself_also_for_films_that_it_never_scored(read: Bench) -> None:
    first = activated(read)
    run_worker(once=True, site=read.site)
    left = site_recalibration(site=read.site)
    assert left.version == first.version
    assert left.lines[0].slope.value == pytest.approx(1.0, abs=0.05)
    read.film_id(dicom(0.5, patient="P-0", hours=24 * DAYS, seed=99))
    read.work()
    assert len(read.scores()) == 61
    read_all(read, PATIENTS * DAYS + 1)
    second = recalibrating.propose(site=read.site).recalibration
    assert (second.base_version, second.n_films) == ("1", 31)
    assert second.version != first.version
    assert second.lines[EXTENT].slope > 0.3


def test_a_recalibration_does_not_outlive_the_version_it_belongs_to(
    read: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = activated(read)
    for module in ("scorers", "models"):
        monkeypatch.setattr(f"dashboard.services.site.{module}.scorer_version", lambda *_, **__: "2")
    with pytest.raises(ScorerMismatchError) as refused:
        run_worker(once=True, site=read.site)
    assert str(refused.value) == (
        f"The site scores with mean-grey {done.version}, its own recalibration of version 1; this machine has version "
        "2, to which it does not apply. Nothing is scored until they agree: run `lungline models activate mean-grey` "
        "for version 2 as it is, or `lungline models recalibrate` to recalibrate that one by the same readings."
    )
    found = {one.subject: one for one in doctor.examine(read.settings)}
    assert (found["active model"].sound, "to which it does not apply" in found["active model"].text) == (False, True)
    own = next(row for row in models.list_models(site=read.site) if row.recalibrated)
    assert (own.active, own.available) == (True, False)
    assert own.title.startswith("Does not apply: 1 is not the version on this machine. This site's own recalibration")
    read.wait(minutes=1)
    assert models.activate("mean-grey", actor="Dr A", site=read.site).version == "2"
    assert active(read) == ("mean-grey", "2")


def test_the_card_of_a_base_that_is_not_here_states_no_noise(read: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    done = activated(read)
    card = read_scorer_card("mean-grey")
    other = type(card)(**{**card.__dict__, "version": "2"})
    monkeypatch.setattr("dashboard.services.site.scorers.read_scorer_card", lambda _model: other)
    with read_transaction(read.engine) as session:
        found = card_of("mean-grey", done.version, session=session)
    assert (found.version, found.noise) == (done.version, {})
    assert found.summary.startswith("This site's own recalibration of version 1, which is not on this machine")


def test_too_few_readings_are_refused_with_what_to_do(bench: Bench) -> None:
    for number in range(3):
        bench.film_id(dicom(0.4 + 0.2 * number, patient=f"P-{number}", hours=number, seed=number))
    bench.work()
    read_all(bench, 3)
    with pytest.raises(NotAllowedError) as refused:
        recalibrating.propose(site=bench.site)
    assert str(refused.value) == (
        "3 films of 3 patients were read blind in finished sessions. Expected 30 films of 3 patients or more. Read "
        "more films on the screen Reading, and finish the session."
    )


def test_a_version_that_is_stored_is_the_one_that_scores(read: Bench) -> None:
    done = activated(read)
    with read_transaction(read.engine) as session:
        row = scores.active_model(session=session)
    assert row is not None
    scorer = load_active_scorer(row, site=read.site)
    assert (scorer.name, scorer.version, scorer.card.version) == ("mean-grey", done.version, done.version)
