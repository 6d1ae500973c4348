"""The dashboard's process: Streamlit, the routes of films and maps and the security headers in one server."""

from __future__ import annotations

import sys
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.errors import ConfigurationError
from dashboard.listening import INSECURE, FewSockets, OwnOrigin, PlainFailures, require_loopback
from dashboard.pictures import urls as film_urls
from dashboard.services.worker.supervise import end_with_parent
from dashboard.settings import Settings, load_settings

if TYPE_CHECKING:
    from dashboard.pictures.handlers import Answer

APP = Path(__file__).with_name("app.py")
STREAMLIT_CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"

STREAMLIT_INLINE_SCRIPT = "sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA="
"""Hash of the one inline script in Streamlit's page; a test compares it with the installed version."""

WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with

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


def guards(settings: Settings) -> list[Middleware]:
    """Return what every request passes, the outermost first."""
    own_origin = Middleware(OwnOrigin, public=settings.public_origin_set)
    return [Middleware(SecurityHeaders), own_origin, Middleware(FewSockets), Middleware(PlainFailures)]


def _routes(settings: Settings) -> list[Route]:
    """Return the routes of films and maps; what reads and draws them is imported with the first of them."""

    @cache
    def answers() -> Mapping[str, Answer]:
        from dashboard.pictures.handlers import answers as made  # noqa: PLC0415 - slow, and the dashboard starts without

        return made(settings)

    def route(path: str) -> Route:
        async def answer(request: Request) -> Response:
            return await (await run_in_threadpool(answers))[path](request)

        return Route(path, answer)

    return [route(path) for path in film_urls.ROUTES]


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
    # Where no address is set, Streamlit asks a server outside for this machine's own.
    shown = "localhost" if settings.host in WILDCARDS else settings.host
    return options | {
        "server.address": settings.host,
        "server.port": settings.port,
        "browser.serverAddress": shown,
    }


def _warm_up(settings: Settings) -> None:
    from dashboard.warm_up import warm_up  # noqa: PLC0415 - as above

    warm_up(settings)


def _lifespan(settings: Settings) -> Callable[[st.App], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(settings,), name="warm-up", daemon=True).start()
        yield

    return lifespan


def main() -> None:
    """Serve until ended."""
    end_with_parent()
    try:
        settings = load_settings()
        require_loopback(settings.host, insecure=INSECURE in sys.argv[1:])
    except ConfigurationError as error:
        sys.exit(str(error))
    app = st.App(APP, routes=_routes(settings), middleware=guards(settings), lifespan=_lifespan(settings))
    app.run(config=_streamlit_options(settings))


if __name__ == "__main__":
    main()
