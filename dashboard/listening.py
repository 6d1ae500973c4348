"""Who may reach the dashboard: this machine only, and only pages that it gave itself."""

from __future__ import annotations

import ipaddress
import logging
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.errors import ConfigurationError, cause_for_log

INSECURE = "--insecure"
FOREIGN = (
    "This page was opened from another address. Open Lungline at its own address. If this is its address, through a "
    "proxy: let the proxy pass the Host header on, or set public_origins (LUNGLINE_PUBLIC_ORIGINS) to this address."
)
MAX_SOCKETS = 300
"""Pages that are open at once. Every one is a session with its own board; a ward has some dozens."""
FAILED = "An unexpected error occurred; the cause is in the log. Load the page again."

log = logging.getLogger(__name__)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_loopback(host: str, *, insecure: bool) -> None:
    """Refuse to listen beyond this machine, unless told to: nobody signs in.

    Raises
    ------
    ConfigurationError
    """
    if not is_loopback(host) and not insecure:
        message = (
            f"Address {host} can be reached from other machines, and nobody has to sign in. "
            f"Use the loopback address 127.0.0.1 behind a proxy that signs people in, or add {INSECURE}."
        )
        raise ConfigurationError(message)


class OwnOrigin:
    """Refuses what a page of another origin asks for; another port of the same machine is another origin.

    Streamlit would let every port of this machine in, and ask a server outside for this machine's address before it
    refuses the rest.

    Parameters
    ----------
    public : frozenset of str
        Origins that are this site's own whatever Host a request names.
    """

    def __init__(self, app: ASGIApp, public: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on where it names no origin or this one."""
        if scope["type"] not in {"http", "websocket"} or _is_own(scope):
            await self._app(scope, receive, send)
        elif len(origins := _values(scope, b"origin")) == 1 and origins[0] in self._public:
            # Settled here: Streamlit would compare it with the Host that the proxy has put in.
            headers = [(name, value) for name, value in scope["headers"] if name != b"origin"]
            await self._app({**scope, "headers": headers}, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            await PlainTextResponse(FOREIGN, status_code=403)(scope, receive, send)


class FewSockets:
    """Refuses a page's connection beyond the first `most`, so that those who are there go on; each costs memory."""

    def __init__(self, app: ASGIApp, most: int = MAX_SOCKETS) -> None:
        self._app, self._most, self._open = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on where it is no connection too many."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if self._open >= self._most:
            log.warning("refused a page: %d are open, the most at once. Close pages that nobody looks at.", self._most)
            await send({"type": "websocket.close", "code": 1013, "reason": ""})
            return
        self._open += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= 1


class PlainFailures:
    """Answers in a sentence where something unforeseen happens before an answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the cause of a failure goes to the log, without its text: that may name a patient."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            log.error("unforeseen at an address: %s", cause_for_log(error))  # noqa: TRY400 - as said above
            await PlainTextResponse(FAILED, status_code=500)(scope, receive, send)


def _is_own(scope: Scope) -> bool:
    try:
        asked = [urlsplit(origin).netloc for origin in _values(scope, b"origin")]
    except ValueError:
        return False
    return not asked or asked == _values(scope, b"host")


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for found, value in scope["headers"] if found == name]
