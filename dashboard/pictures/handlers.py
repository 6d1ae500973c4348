"""What answers at the addresses of films and maps.

A module of its own, imported with the first of them: what reads films is slow to import, and the dashboard starts
without.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.errors import CoreError
from core.scoring.saliency import MapKind
from dashboard.errors import DashboardError
from dashboard.pictures import urls as film_urls
from dashboard.pictures.films import FilmGreys, film_greys, film_picture, film_thumbnail
from dashboard.pictures.maps import overlay_picture
from dashboard.pictures.thumbnails import Thumbnails
from dashboard.services.receiving.film_store import FilmStore
from dashboard.settings import Settings
from db.engine import create_engine, read_transaction
from db.errors import DatabaseError, DatabaseFailedError
from db.models import Film, FilmMap, MapState
from db.repositories import maps

SUMMARY_HEADER = "x-map-summary"
"""Carries a map's summary, percent-encoded, for those who cannot see it."""
GREYS_HEADER = "x-film-greys"
"""Says as JSON what the grey values are: size, windows, size of the film itself and distance of its pixels."""
GREYS_KEPT = 6
"""Films whose grey values stay in memory, at most 8 MB each."""
KEPT_BY_BROWSER = {"cache-control": f"private, max-age={film_urls.VALID_SECONDS}"}
NOT_VALID = "This address is not valid any more. Reload the page."

Answer = Callable[[Request], Awaitable[Response]]
Made = TypeVar("Made", bytes, FilmGreys)


def answers(settings: Settings) -> Mapping[str, Answer]:
    """Return what answers at each route of `film_urls.ROUTES`."""
    pictures, overlays = FilmPictures(settings), FilmMaps(settings)
    return {
        film_urls.FILM_ROUTE: pictures.answer,
        film_urls.THUMBNAIL_ROUTE: pictures.thumbnail,
        film_urls.GREYS_ROUTE: pictures.greys,
        film_urls.MAP_ROUTE: overlays.answer,
        film_urls.PLANES_ROUTE: overlays.planes,
    }


class FilmPictures:
    """Serves the pictures and the grey values of films to whoever holds a signed address."""

    def __init__(self, settings: Settings) -> None:
        self._engine = create_engine(settings.database_url)
        self._store = FilmStore(settings.film_dir)
        self._zone = settings.zone
        self._picture = lru_cache(maxsize=64)(self._draw)
        self._thumbnails = Thumbnails(settings.thumbnail_dir, self._draw_thumbnail)
        self._greys = lru_cache(maxsize=GREYS_KEPT)(self._read)

    def _draw(self, content_hash: str) -> bytes:
        return film_picture(self._store.get(content_hash), site_zone=self._zone)

    def _draw_thumbnail(self, content_hash: str) -> bytes:
        return film_thumbnail(self._store.get(content_hash), site_zone=self._zone)

    def _read(self, content_hash: str) -> FilmGreys:
        return film_greys(self._store.get(content_hash))

    def _content_hash(self, film_id: int) -> str | None:
        with read_transaction(self._engine) as session:
            film = session.get(Film, film_id)
            return film.content_hash if film else None

    async def answer(self, request: Request) -> Response:
        """Return the PNG, or a plain sentence why there is none."""
        found = await self._made(request, self._picture)
        if isinstance(found, Response):
            return found
        return Response(found, media_type="image/png", headers=KEPT_BY_BROWSER)

    async def thumbnail(self, request: Request) -> Response:
        """Return the thumbnail as JPEG, or a plain sentence why there is none."""
        found = await self._made(request, self._thumbnails.get)
        if isinstance(found, Response):
            return found
        return Response(found, media_type="image/jpeg", headers=KEPT_BY_BROWSER)

    async def greys(self, request: Request) -> Response:
        """Return the grey values, what they are in `GREYS_HEADER`; or a plain sentence why there are none."""
        found = await self._made(request, self._greys)
        if isinstance(found, Response):
            return found
        said = {name: value for name, value in vars(found).items() if name not in {"values", "spacing"}}
        said["spacing"] = asdict(found.spacing) if found.spacing else None
        # "identity" keeps the server from packing: noise does not shrink, and it would take longer than to send it.
        headers = {**KEPT_BY_BROWSER, GREYS_HEADER: json.dumps(said), "content-encoding": "identity"}
        return Response(found.values, media_type="application/octet-stream", headers=headers)

    async def _made(self, request: Request, make: Callable[[str], Made]) -> Made | PlainTextResponse:
        if not _is_permitted(request):
            return PlainTextResponse(NOT_VALID, status_code=403)
        try:
            content_hash = await run_in_threadpool(self._content_hash, int(request.path_params["film_id"]))
        except DatabaseFailedError as error:
            return _database_away(error)
        if content_hash is None:
            return PlainTextResponse("There is no such film.", status_code=404)
        try:
            return await run_in_threadpool(make, content_hash)
        except (CoreError, DashboardError, DatabaseError, OSError):
            return PlainTextResponse("This film cannot be shown.", status_code=422)


class FilmMaps:
    """Serves the maps of films to whoever holds a signed address; what is not made yet is said, with status 202."""

    def __init__(self, settings: Settings) -> None:
        self._engine = create_engine(settings.database_url)

    def _found(self, map_id: int) -> FilmMap | None:
        with read_transaction(self._engine) as session:
            return maps.get(map_id, session=session)

    async def answer(self, request: Request) -> Response:
        """Return the map in colours, or a plain sentence why there is none."""
        return await self._answer(request, overlay_picture)

    async def planes(self, request: Request) -> Response:
        """Return the map as it is stored, or a plain sentence why there is none."""
        return await self._answer(request, lambda _kind, stored: stored)

    async def _answer(self, request: Request, draw: Callable[[MapKind, bytes], bytes]) -> Response:
        if not _is_permitted(request):
            return PlainTextResponse(NOT_VALID, status_code=403)
        try:
            found = await run_in_threadpool(self._found, int(request.path_params["map_id"]))
        except DatabaseFailedError as error:
            return _database_away(error)
        if found is None:
            return PlainTextResponse("There is no such map. Choose it again.", status_code=404)
        # What is not final must be asked for again.
        again = {"cache-control": "no-store"}
        if found.state is MapState.FAILED:
            return PlainTextResponse(found.reason, status_code=422, headers=again)
        if found.picture is None:
            return PlainTextResponse("This map is being made.", status_code=202, headers=again)
        drawn = await run_in_threadpool(draw, found.kind, found.picture)
        headers = {**KEPT_BY_BROWSER, SUMMARY_HEADER: quote(found.summary)}
        return Response(drawn, media_type="image/png", headers=headers)


def _database_away(error: DatabaseFailedError) -> PlainTextResponse:
    return PlainTextResponse(str(error), status_code=503, headers={"cache-control": "no-store"})


def _is_permitted(request: Request) -> bool:
    query = request.query_params
    return film_urls.is_signed(
        request.url.path, expires=query.get("expires", ""), signature=query.get("signature", ""), now=time.time()
    )
