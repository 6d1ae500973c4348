"""Maps of films: asked for, drawn by the worker, kept; one that cannot be drawn says why and stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from film_site import CLEAR, Bench, dicom
from PIL import Image
from sqlalchemy.exc import OperationalError

from core.errors import FilmNotScorableError
from core.scoring.saliency import MapKind
from core.types import Film, FilmMasks, ScorerCard
from dashboard.errors import ConfigurationError
from dashboard.services.worker import loop as worker
from dashboard.services.worker import maps as service
from dashboard.services.worker.loop import run_worker
from dashboard.services.worker.maps import MAX_ATTEMPTS, STOPPED, MapRequest, MapStanding, make_next, write_maps
from dashboard.services.worker.scoring import SHARED_CLAIM
from db.engine import read_transaction
from db.errors import NotFoundError
from db.models import FilmMap, MapState
from db.repositories import maps


class Outlining:
    """The quick scorer, which also outlines the halves of a film as lungs."""

    def __init__(self, outline: Callable[[Film], FilmMasks] | None = None, *, version: str = "1") -> None:
        self.name, self.version = "mean-grey", version
        self.card = ScorerCard("mean-grey", version, "", "", "", "")
        self._outline = outline or halves

    def prepare(self, film: Film) -> np.ndarray:
        """Return one pixel."""
        return film.pixels[:1, :1]

    def score(self, prepared: object) -> list:
        """Give no score."""
        raise NotImplementedError

    def masks(self, film: Film) -> FilmMasks:
        """Outline what the test says."""
        return self._outline(film)


def halves(film: Film) -> FilmMasks:
    right = np.zeros_like(film.pixels)
    right[:, : film.pixels.shape[1] // 2] = 1
    return FilmMasks(right, 1 - right, right)


def refuse(error: BaseException) -> Callable[[Film], FilmMasks]:
    def outline(_film: Film) -> FilmMasks:
        raise error

    return outline


def request_of(bench: Bench, film_id: int, kind: MapKind = MapKind.MASKS) -> MapRequest:
    return MapRequest(bench.film(film_id).content_hash, "mean-grey", "1", kind)


def standing(bench: Bench, request: MapRequest) -> MapStanding:
    found = service.standing(request, site=bench.site)
    assert found is not None
    return found


def stored(bench: Bench, map_id: int) -> FilmMap:
    with read_transaction(bench.engine) as session:
        row = maps.get(map_id, session=session)
    assert row is not None
    return row


@pytest.fixture
def request_(bench: Bench) -> MapRequest:
    """Return a request for the masks of a film, not made yet."""
    return request_of(bench, bench.film_id(dicom(CLEAR)))


def test_nothing_is_drawn_before_somebody_asks(bench: Bench, request_: MapRequest) -> None:
    assert service.standing(request_, site=bench.site) is None
    assert make_next(Outlining(), site=bench.site) is False


def test_a_map_is_drawn_once_and_kept(bench: Bench, request_: MapRequest) -> None:
    asked = service.ask(request_, site=bench.site)
    assert (asked.state, asked.reason) == (MapState.WAITING, "")
    assert make_next(Outlining(), site=bench.site) is True
    assert standing(bench, request_) == MapStanding(asked.map_id, MapState.MADE, "")
    row = stored(bench, asked.map_id)
    assert row.summary == "Opacity is marked in the right lung only."
    assert row.picture is not None
    with Image.open(BytesIO(row.picture)) as picture:
        assert (picture.mode, picture.size) == ("RGB", (140, 160))
        assert picture.getpixel((10, 10)) == (255, 0, 255)
        assert picture.getpixel((130, 10)) == (0, 255, 0)
    assert service.ask(request_, site=bench.site).state is MapState.MADE
    assert make_next(Outlining(), site=bench.site) is False


def test_a_request_to_another_version_waits_for_it(bench: Bench, request_: MapRequest) -> None:
    service.ask(request_, site=bench.site)
    assert make_next(Outlining(version="2"), site=bench.site) is False
    assert standing(bench, request_).state is MapState.WAITING


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FilmNotScorableError("No lungs were found on this film.", (0,)), "No lungs were found on this film."),
        (ValueError("Doe^Jane"), "The map could not be made (ValueError)."),
        (MemoryError(), "The map could not be made (MemoryError)."),
    ],
)
def test_a_map_that_fails_says_why_and_is_tried_again_when_asked(
    bench: Bench, request_: MapRequest, error: Exception, reason: str
) -> None:
    asked = service.ask(request_, site=bench.site)
    assert make_next(Outlining(refuse(error)), site=bench.site) is True
    assert standing(bench, request_) == MapStanding(asked.map_id, MapState.FAILED, reason)
    assert make_next(Outlining(), site=bench.site) is False
    assert service.ask(request_, site=bench.site).state is MapState.WAITING
    assert make_next(Outlining(), site=bench.site) is True
    assert standing(bench, request_).state is MapState.MADE


def test_a_scorer_that_draws_no_such_map_says_so(bench: Bench) -> None:
    request = request_of(bench, bench.film_id(dicom(CLEAR)), MapKind.GRADIENT_OPACITY)
    service.ask(request, site=bench.site)
    make_next(Outlining(), site=bench.site)
    assert standing(bench, request).reason.startswith("The scores of mean-grey cannot be followed back")


def test_a_damaged_film_fails_with_its_reason(bench: Bench, request_: MapRequest) -> None:
    service.ask(request_, site=bench.site)
    bench.site.store.path(request_.content_hash).write_bytes(b"other bytes")
    make_next(Outlining(), site=bench.site)
    assert "is damaged. Restore the film folder from its backup." in standing(bench, request_).reason


def test_a_map_that_ends_the_process_is_given_up(bench: Bench, request_: MapRequest) -> None:
    service.ask(request_, site=bench.site)
    for _death in range(MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            make_next(Outlining(refuse(KeyboardInterrupt())), site=bench.site)
        bench.now += SHARED_CLAIM
    assert standing(bench, request_).state is MapState.WAITING
    assert make_next(Outlining(), site=bench.site) is True
    assert standing(bench, request_).reason == STOPPED


def test_a_database_that_cannot_be_reached_is_not_the_maps_fault(bench: Bench, request_: MapRequest) -> None:
    service.ask(request_, site=bench.site)
    with pytest.raises(OperationalError):
        make_next(Outlining(refuse(OperationalError("select", {}, Exception()))), site=bench.site)
    assert standing(bench, request_).state is MapState.WAITING


def test_the_worker_draws_what_is_asked_for_beside_scoring(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    film_id = bench.film_id(dicom(CLEAR))
    monkeypatch.setattr(worker, "POLL_S", 0.01)
    for kind in MapKind:
        service.ask(request_of(bench, film_id, kind), site=bench.site)
    done = run_worker(once=True, site=bench.site)
    assert done.scored == 1
    # The quick scorer draws none; what counts is that each was tried, and that the film was scored nevertheless.
    assert {standing(bench, request_of(bench, film_id, kind)).state for kind in MapKind} == {MapState.FAILED}


def test_maps_of_a_film_are_written_as_pictures(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film_id = bench.film_id(dicom(CLEAR))
    monkeypatch.setattr(service, "load_active_scorer", lambda *_which, **_where: Outlining())
    written, reasons = write_maps(film_id, tmp_path / "maps", site=bench.site)
    assert [one.path.name for one in written] == [f"film-{film_id}-masks.png"]
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [f"film-{film_id}-masks.png"]
    with Image.open(written[0].path) as picture:
        assert (picture.mode, picture.size) == ("RGB", (280, 320))
    assert [reason.partition(":")[0] for reason in reasons] == [kind.value for kind in MapKind if kind.measure]


def test_maps_of_no_film_or_into_no_folder(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "load_active_scorer", lambda *_which, **_where: Outlining())
    with pytest.raises(NotFoundError, match="no film with the id 99"):
        write_maps(99, tmp_path, site=bench.site)
    film_id = bench.film_id(dicom(CLEAR))
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigurationError, match="Choose another folder with --out"):
        write_maps(film_id, tmp_path / "file", site=bench.site)
