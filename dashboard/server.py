"""The dashboard's process: Streamlit, the routes of films and maps and the security headers in one server."""

from __future__ import annotations

import gc
import json
import threading
import time
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import CoreError
from core.scoring.saliency import MapKind
from dashboard import film_urls
from dashboard.errors import DashboardError
from dashboard.film_pictures import FilmGreys, film_greys, film_picture
from dashboard.map_pictures import overlay_picture
from dashboard.services.film_store import FilmStore
from dashboard.services.site import utc_now
from dashboard.services.supervise import end_with_parent
from dashboard.services.ward import ward_board
from dashboard.settings import Settings, load_settings
from db.engine import create_engine, reading
from db.errors import DatabaseError
from db.models import Film, FilmMap, MapState
from db.repositories import maps

APP = Path(__file__).with_name("app.py")
STREAMLIT_CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"
SUMMARY_HEADER = "x-map-summary"
"""Carries a map's summary, percent-encoded, for those who cannot see it."""
GREYS_HEADER = "x-film-greys"
"""Says as JSON what the grey values are: size, window, size of the film itself."""
GREYS_KEPT = 6
"""Films whose grey values stay in memory, at most 8 MB each."""
KEPT_BY_BROWSER = {"cache-control": f"private, max-age={film_urls.VALID_SECONDS}"}
NOT_VALID = "This address is not valid any more. Reload the page."

FIRST_USED = ("pandas", "dashboard.commands")
"""Slow to import: by Streamlit with the first component of our own, and by every view."""

Made = TypeVar("Made", bytes, FilmGreys)

STREAMLIT_INLINE_SCRIPT = "sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
"""Hash of the one inline script in Streamlit's page; a test compares it with the installed version."""

SECURITY_HEADERS = {
    "content-security-policy": (
        f"default-src 'self'; script-src 'self' blob: '{STREAMLIT_INLINE_SCRIPT}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class SecurityHeaders:
    """Adds `SECURITY_HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class FilmPictures:
    """Serves the pictures and the grey values of films to whoever holds a signed address."""

    def __init__(self, settings: Settings) -> None:
        self._engine = create_engine(settings.database_url)
        self._store = FilmStore(settings.film_dir)
        self._zone = settings.zone
        self._picture = lru_cache(maxsize=64)(self._draw)
        self._greys = lru_cache(maxsize=GREYS_KEPT)(self._read)

    def _draw(self, content_hash: str) -> bytes:
        return film_picture(self._store.get(content_hash), site_zone=self._zone)

    def _read(self, content_hash: str) -> FilmGreys:
        return film_greys(self._store.get(content_hash))

    def _content_hash(self, film_id: int) -> str | None:
        with reading(self._engine) as session:
            film = session.get(Film, film_id)
            return film.content_hash if film else None

    async def answer(self, request: Request) -> Response:
        """Return the PNG, or a plain sentence why there is none."""
        found = await self._made(request, self._picture)
        if isinstance(found, Response):
            return found
        return Response(found, media_type="image/png", headers=KEPT_BY_BROWSER)

    async def greys(self, request: Request) -> Response:
        """Return the grey values, what they are in `GREYS_HEADER`; or a plain sentence why there are none."""
        found = await self._made(request, self._greys)
        if isinstance(found, Response):
            return found
        said = {name: value for name, value in vars(found).items() if name != "values"}
        # "identity" keeps the server from packing: noise does not shrink, and it would take longer than to send it.
        headers = {**KEPT_BY_BROWSER, GREYS_HEADER: json.dumps(said), "content-encoding": "identity"}
        return Response(found.values, media_type="application/octet-stream", headers=headers)

    async def _made(self, request: Request, make: Callable[[str], Made]) -> Made | PlainTextResponse:
        if not _is_permitted(request):
            return PlainTextResponse(NOT_VALID, status_code=403)
        content_hash = await run_in_threadpool(self._content_hash, int(request.path_params["film_id"]))
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
        with reading(self._engine) as session:
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
        found = await run_in_threadpool(self._found, int(request.path_params["map_id"]))
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


def _is_permitted(request: Request) -> bool:
    query = request.query_params
    return film_urls.is_signed(
        request.url.path, expires=query.get("expires", ""), signature=query.get("signature", ""), now=time.time()
    )


def _routes(settings: Settings) -> list[Route]:
    pictures, overlays = FilmPictures(settings), FilmMaps(settings)
    return [
        Route(film_urls.FILM_ROUTE, pictures.answer),
        Route(film_urls.GREYS_ROUTE, pictures.greys),
        Route(film_urls.MAP_ROUTE, overlays.answer),
        Route(film_urls.PLANES_ROUTE, overlays.planes),
    ]


def _streamlit_options(settings: Settings) -> dict[str, Any]:
    """Return `.streamlit/config.toml` as dotted names, with the address from the settings."""
    options: dict[str, Any] = {}

    def flatten(prefix: str, table: dict[str, Any]) -> None:
        for name, value in table.items():
            dotted = f"{prefix}{name}"
            if isinstance(value, dict):
                flatten(f"{dotted}.", value)
            else:
                options[dotted] = value

    flatten("", tomllib.loads(STREAMLIT_CONFIG.read_text(encoding="utf-8")))
    return options | {"server.address": settings.host, "server.port": settings.port}


def _warm_up(settings: Settings) -> None:
    """Do once what the first visitor would wait for, and freeze what that left behind.

    Streamlit collects garbage after every run, and would walk all of it.
    """
    with suppress(Exception):  # only for its side effects: whoever opens the board is told what is wrong
        for name in FIRST_USED:
            import_module(name)
        engine = create_engine(settings.database_url)
        ward_board(settings, engine, now=utc_now())
        engine.dispose()
    gc.collect()
    gc.freeze()


def _lifespan(settings: Settings) -> Callable[[st.App], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(settings,), name="warm-up", daemon=True).start()
        yield

    return lifespan


def main() -> None:
    """Serve until ended."""
    end_with_parent()
    settings = load_settings()
    app = st.App(APP, routes=_routes(settings), middleware=[Middleware(SecurityHeaders)], lifespan=_lifespan(settings))
    app.run(config=_streamlit_options(settings))


if __name__ == "__main__":
    main()
