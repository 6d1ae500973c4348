"""What an upgrade leaves to the worker that starts after it, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from film_site import START, Bench
from flag_scenes import Scene
from sqlmodel import select

from core.types import TimeDoubt
from dashboard.services.worker import loop
from dashboard.services.worker.loop import revise_flags, run_worker
from db.engine import read_transaction, transaction
from db.models import FlagsToRevise
from db.repositories import films


@pytest.fixture
def scene(bench: Bench) -> Scene:
    """Return a site where a film from the future has resolved two patients' flags, and was placed by an upgrade."""
    scene = Scene(bench)
    for number in ("1", "2"):
        patient_id, _ = scene.admit(number, bed=number)
        scene.film(patient_id, 0, 1.0)
        scene.film(patient_id, 24, 6.0)
        ahead = scene.film(patient_id, 48, 1.0, at=36)
        with transaction(bench.engine) as session:
            film = films.get(ahead, session=session)
            film.stated_at, film.acquired_at = film.acquired_at, START + timedelta(hours=36)
            film.time_doubt = TimeDoubt.AHEAD
            session.add(FlagsToRevise(patient_id=patient_id))
    assert [one for one in scene.standing() if one[1] == "rise"] == [(2, "rise", "resolved"), (5, "rise", "resolved")]
    return scene


def waiting(scene: Scene) -> list[int]:
    with read_transaction(scene.bench.engine) as session:
        return list(session.scalars(select(FlagsToRevise.patient_id)))


def test_the_first_worker_brings_the_flags_in_step_once(scene: Scene) -> None:
    run_worker(once=True, site=scene.bench.site)
    assert scene.standing() == [
        (2, "rise", "open"),
        (3, "drop", "withdrawn"),
        (5, "rise", "open"),
        (6, "drop", "withdrawn"),
    ]
    assert waiting(scene) == []
    assert revise_flags(site=scene.bench.site) == 0


def test_ended_half_way_the_next_start_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loop.reevaluate

    def killed(patient_ids: set[int], **given: object) -> None:
        if patient_ids == {2}:
            raise KeyboardInterrupt
        whole(patient_ids, **given)  # type: ignore[arg-type] - as given

    with monkeypatch.context() as patch:
        patch.setattr(loop, "reevaluate", killed)
        with pytest.raises(KeyboardInterrupt):
            revise_flags(site=scene.bench.site)
    assert waiting(scene) == [2]
    assert revise_flags(site=scene.bench.site) == 1
    assert [one for one in scene.standing() if one[1] == "rise"] == [(2, "rise", "open"), (5, "rise", "open")]
