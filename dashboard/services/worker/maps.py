"""Maps of films: asked for on a screen, made by the worker, kept in the database."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import OperationalError

from core.errors import FilmNotScorableError, FilmUnreadableError, MapNotPossibleError
from core.quoting import quoted
from core.scoring.base import Scorer
from core.scoring.saliency import MapKind, draw_map
from dashboard.errors import ConfigurationError, DashboardError, StorageFailedError, StoredFilmDamagedError
from dashboard.pictures.maps import map_over_film, stored_picture
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import load_active_scorer
from dashboard.services.worker.process import Claimed, examine
from dashboard.services.worker.scoring import SHARED_CLAIM
from db.engine import read_transaction, transaction
from db.errors import DatabaseFailedError
from db.models import FilmMap, MapState
from db.read_models.stored import stated_view
from db.repositories import films, maps, scores

MAX_ATTEMPTS = 2
STOPPED = "Making this map stopped the worker twice. Ask for it again, or look into the worker's log."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MapRequest:
    """A map of a film's bytes by one model version."""

    content_hash: str
    model: str
    model_version: str
    kind: MapKind


@dataclass(frozen=True)
class MapStanding:
    """How a request stands.

    Attributes
    ----------
    reason : str
        Why it failed; "" otherwise.
    """

    map_id: int
    state: MapState
    reason: str


@dataclass(frozen=True)
class WrittenMap:
    """A picture of a film with one map over it."""

    kind: MapKind
    path: Path
    summary: str


def standing(request: MapRequest, *, site: Site) -> MapStanding | None:
    """Return how a request stands, None where nobody has asked."""
    with read_transaction(site.engine) as session:
        row = maps.find(request.content_hash, request.model, request.model_version, request.kind, session=session)
        return None if row is None else _standing(row)


def ask(request: MapRequest, *, site: Site) -> MapStanding:
    """Ask for a map; what failed before is tried again, what is there stays.

    Raises
    ------
    ConflictError
    """
    with transaction(site.engine) as session:
        row = maps.request(
            request.content_hash,
            request.model,
            request.model_version,
            request.kind,
            now=site.clock(),
            session=session,
        )
        return _standing(row)


def make_next(scorer: Scorer, *, site: Site) -> bool:
    """Make the map that has waited longest for this scorer; return whether there was one.

    The attempt is counted before anything is drawn, so that a map that ends the process is not tried forever.
    """
    claim_for = timedelta(0) if site.engine.dialect.name == "sqlite" else SHARED_CLAIM
    with transaction(site.engine) as session:
        row = maps.claim(scorer.name, scorer.version, claim_for, now=site.clock(), session=session)
        if row is None:
            return False
        map_id, kind, content_hash = row.id or 0, row.kind, row.content_hash
        if row.attempts > MAX_ATTEMPTS:
            maps.settle_failed(map_id, STOPPED, now=site.clock(), session=session)
            return True
        # As for its score.
        view = stated_view(content_hash, session=session)
    try:
        drawn = draw_map(scorer, examine(Claimed(0, content_hash, view), site=site).film, kind)
        picture = stored_picture(drawn)
    except (OperationalError, DatabaseFailedError, StorageFailedError):
        # Not the film's fault.
        raise
    except Exception as error:  # one map's fault must not end the scoring
        log.warning("map %s failed: %s", map_id, type(error).__name__)
        log.debug("map %s failed", map_id, exc_info=error)
        with transaction(site.engine) as session:
            maps.settle_failed(map_id, _reason(error), now=site.clock(), session=session)
        return True
    with transaction(site.engine) as session:
        maps.settle_made(map_id, picture, drawn.summary, now=site.clock(), session=session)
    return True


def write_maps(film_id: int, folder: Path, *, site: Site) -> tuple[tuple[WrittenMap, ...], tuple[str, ...]]:
    """Write a film with each map of the active scorer over it as PNG into a folder; the database stays as it is.

    Returns
    -------
    tuple of WrittenMap, tuple of str
        What was written, and why the other maps were not drawn.

    Raises
    ------
    NotFoundError
        No such film.
    FilmUnreadableError, StoredFilmDamagedError
        The film cannot be read.
    ConfigurationError
        The folder cannot be written to.
    """
    with read_transaction(site.engine) as session:
        row = films.get(film_id, session=session)
        active = scores.active_model(session=session)
    if active is None:
        raise DashboardError("No model is active. Run `lungline models activate`.")
    scorer = load_active_scorer(active, site=site)
    film = examine(Claimed(film_id, row.content_hash, row.view_position), site=site).film
    written, reasons = [], []
    for kind in MapKind:
        try:
            drawn = draw_map(scorer, film, kind)
        except (MapNotPossibleError, FilmNotScorableError) as error:
            reasons.append(f"{kind.value}: {error}")
            continue
        path = folder / f"film-{film_id}-{kind.value}.png"
        _write(path, map_over_film(film.pixels, kind, stored_picture(drawn)))
        written.append(WrittenMap(kind, path, drawn.summary))
    return tuple(written), tuple(reasons)


def _write(path: Path, picture: bytes) -> None:
    unfinished = path.with_name(f".unfinished-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(picture)
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise ConfigurationError(
            f"{quoted(path)} cannot be written ({error.strerror}). Choose another folder with --out."
        ) from error


def _standing(row: FilmMap) -> MapStanding:
    return MapStanding(row.id or 0, row.state, row.reason)


def _reason(error: Exception) -> str:
    known = (MapNotPossibleError, FilmNotScorableError, FilmUnreadableError, StoredFilmDamagedError)
    # The text of an unforeseen error may hold what a film says of its patient: its kind is enough here.
    return str(error) if isinstance(error, known) else f"The map could not be made ({type(error).__name__})."
