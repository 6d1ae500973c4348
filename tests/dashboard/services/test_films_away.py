"""While the film folder is away films wait, and are scored once it is back; on both databases."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from film_site import CLEAR, Bench, dicom

from core.scoring.base import Scorer
from core.scoring.saliency import MapKind
from dashboard.errors import StorageFailedError, StoredFilmDamagedError
from dashboard.services.site.doctor import examine
from dashboard.services.site.opening import open_site
from dashboard.services.site.scorers import load_active_scorer
from dashboard.services.worker import loop as worker
from dashboard.services.worker import maps, process
from dashboard.services.worker.loop import run_worker
from dashboard.services.worker.maps import MapRequest
from dashboard.services.worker.process import Claim
from dashboard.services.worker.scoring import ScoringRun
from dashboard.services.worker.status import scoring_status
from db.models import MapState


@pytest.fixture
def waiting(bench: Bench) -> Bench:
    """Return a site of which one film is accepted and waits for its score, and two wait to be checked."""
    open_site(bench.settings).engine.dispose()
    bench.film_id(dicom(CLEAR, hours=0, seed=0))
    with ScoringRun(scorer_of(bench), actor="worker", site=bench.site) as run:
        run.round()
    for hours in (1, 2):
        bench.film_id(dicom(CLEAR, hours=hours, seed=hours))
    assert bench.states(1, 2, 3) == ["accepted", "received", "received"]
    return bench


def scorer_of(bench: Bench) -> Scorer:
    return load_active_scorer(bench.activation, site=bench.site)


def away(bench: Bench) -> Callable[[], object]:
    """Take the film folder away, as a disk that is not connected; return what brings it back."""
    folder = bench.settings.film_dir
    shutil.move(folder, folder.with_name("away"))
    folder.mkdir()  # the empty place where it was mounted

    def back() -> None:
        folder.rmdir()
        shutil.move(folder.with_name("away"), folder)

    return back


def untouched(bench: Bench) -> bool:
    return all((film.attempts, film.retry_at) == (0, None) for film in map(bench.film, (1, 2, 3)))


@pytest.mark.parametrize("within", [None, "claim_received", "claim_unscored"])
def test_films_wait_while_the_folder_is_away(
    waiting: Bench, monkeypatch: pytest.MonkeyPatch, within: str | None
) -> None:
    """Also where it goes away between a claim and the reading of its films."""
    backs = []

    def claimed(*args: object, **options: object) -> Claim:
        found: Claim = claim(*args, **options)
        backs.append(away(waiting))
        return found

    with monkeypatch.context() as patched:
        if within is None:
            backs.append(away(waiting))
        else:
            claim = getattr(process, within)
            patched.setattr(process, within, claimed)
        with pytest.raises(StorageFailedError, match=r"^The film folder is away"):
            waiting.work()
    assert waiting.states(1) == ["accepted"]
    assert set(waiting.states(2, 3)) <= {"received", "accepted"}
    assert untouched(waiting)
    backs[0]()
    waiting.work()
    assert len(waiting.scores()) == 3
    assert not any("failed" in step for film_id in (1, 2, 3) for step in waiting.way(film_id))


def test_a_worker_goes_on_once_the_folder_is_back(waiting: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    stop, back = threading.Event(), away(waiting)
    with pytest.raises(StorageFailedError):
        run_worker(once=True, site=waiting.site)
    waits, real = [], stop.wait

    def wait(timeout: float | None = None) -> bool:
        waits.append(timeout)
        if len(waits) == 3:
            back()
        return real(timeout)

    monkeypatch.setattr(stop, "wait", wait)
    run_worker(stop_event=stop, on_progress=lambda done: done.scored == 3 and stop.set(), site=waiting.site)
    assert len(waiting.scores()) == 3
    assert untouched(waiting)


def test_a_map_waits_too(waiting: Bench) -> None:
    waiting.work()
    scorer = scorer_of(waiting)
    request = MapRequest(waiting.film(1).content_hash, scorer.name, scorer.version, next(iter(MapKind)))
    maps.ask(request, site=waiting.site)
    away(waiting)
    with pytest.raises(StorageFailedError):
        maps.make_next(scorer, site=waiting.site)
    assert maps.ask(request, site=waiting.site).state is MapState.WAITING


def test_it_is_said_on_screen_and_by_doctor(waiting: Bench) -> None:
    from dashboard.components.page.head import scoring_alert  # noqa: PLC0415  imports streamlit

    back = away(waiting)
    status = scoring_status(site=waiting.site)
    assert scoring_alert(status, waiting.now) == (
        "The film folder is away: no film is received, scored or shown. What is shown may be out of date. Check that "
        "its disk is connected; 3 films to score then."
    )
    (finding,) = [one for one in examine(waiting.settings) if one.subject == "database"]
    assert (finding.sound, finding.text.split(":")[0]) == (
        False,
        "The film folder is not the one of this database",
    )
    back()
    assert not scoring_status(site=waiting.site).films_away


def test_doctor_says_it_also_of_a_site_without_films(bench: Bench) -> None:
    open_site(bench.settings).engine.dispose()
    away(bench)
    (finding,) = [one for one in examine(bench.settings) if one.subject == "film folder"]
    assert not finding.sound
    assert finding.text.startswith(f"{bench.settings.film_dir} is away, so no film is stored or scored: connect")


def test_one_film_that_is_missing_is_still_the_films_own_fault(waiting: Bench) -> None:
    lost: Path = waiting.site.store.path(waiting.film(2).content_hash)
    lost.unlink()
    with pytest.raises(StoredFilmDamagedError):
        waiting.site.store.get(waiting.film(2).content_hash)
    waiting.work()
    assert waiting.states(1, 2, 3) == ["accepted", "failed", "accepted"]
    assert len(waiting.scores()) == 2
