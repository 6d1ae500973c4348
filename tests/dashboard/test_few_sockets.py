"""Pages beyond the most that may be open are refused; those that are open go on, and a closed one makes room."""

from __future__ import annotations

import asyncio
from typing import Any

from core.films.limits import MAX_AT_ONCE, too_many_at_once
from dashboard.listening import FewSockets


def test_a_page_too_many_is_refused_until_another_closes() -> None:
    async def scenario() -> None:
        closing = asyncio.Event()
        sent: list[Any] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG001 - ASGI
            await send(scope["type"])
            await closing.wait()

        async def send(message: Any) -> None:  # noqa: ANN401 - ASGI
            sent.append(message)

        async def receive() -> Any:  # noqa: ANN401 - ASGI
            return {}

        guard = FewSockets(app, most=1)
        first = asyncio.create_task(guard({"type": "websocket"}, receive, send))
        await asyncio.sleep(0)
        await guard({"type": "websocket"}, receive, send)
        assert sent == ["websocket", {"type": "websocket.close", "code": 1013, "reason": ""}]
        closing.set()
        await first
        await guard({"type": "websocket"}, receive, send)
        await guard({"type": "http"}, receive, send)
        assert sent[2:] == ["websocket", "http"]

    asyncio.run(scenario())


def test_more_files_than_one_upload_may_hold_are_refused_with_the_limit() -> None:
    assert not too_many_at_once(MAX_AT_ONCE)
    assert too_many_at_once(1201) == (
        "1,201 files are chosen; at most 200 can be added at once. Choose fewer, or add a folder with "
        "`lungline import`. Nothing was stored."
    )
