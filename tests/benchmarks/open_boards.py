"""Open boards without browsers: connections that start the page and then refresh its parts when a browser would."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

LONGEST_MESSAGE = 50_000_000


async def watch_boards(address: str, *, boards: int, seconds: float) -> list[float]:
    """Keep so many boards open for a time; return how long each refresh took, s, those of the first seconds left out.

    A refresh is timed from its request to the server's word that it is done.
    """
    ends = time.perf_counter() + seconds
    found = await asyncio.gather(*(_watch(address, place / boards, ends) for place in range(boards)))
    return [one for times in found for one in times]


async def _watch(address: str, phase: float, ends: float) -> list[float]:
    parts = urlsplit(address)
    stream = f"ws://{parts.netloc}/_stcore/stream"
    async with connect(stream, origin=address, subprotocols=["streamlit"], max_size=LONGEST_MESSAGE) as board:
        known: set[str] = set()
        intervals = await _run(board, BackMsg(), known)
        if not intervals:
            raise RuntimeError("The board asked for no refresh. Does it still refresh by itself?")
        # Boards are opened at different moments.
        start = time.perf_counter() + phase * min(intervals.values())
        due = {part: start + every for part, every in intervals.items()}
        times = []
        while (at := min(due.values())) < ends:
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            part = min(due, key=lambda one: due[one])
            request = BackMsg()
            request.rerun_script.fragment_id = part
            request.rerun_script.is_auto_rerun = True
            asked = time.perf_counter()
            await _run(board, request, known)
            times.append(time.perf_counter() - asked)
            due[part] = max(at + intervals[part], time.perf_counter())
    return times


async def _run(board: ClientConnection, request: BackMsg, known: set[str]) -> dict[str, float]:
    """Send a request and wait until the server is done; return the parts that ask for refreshes, with their seconds.

    Like a browser's, the board says which large messages it has kept (`known`), so that they are not sent again.
    """
    request.rerun_script.cached_message_hashes.extend(known)
    if not request.HasField("rerun_script"):
        request.rerun_script.query_string = ""
    await board.send(request.SerializeToString())
    asked: dict[str, float] = {}
    while True:
        message = ForwardMsg.FromString(await board.recv(decode=False))
        if message.metadata.cacheable and message.hash:
            known.add(message.hash)
        if message.HasField("auto_rerun"):
            asked[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        if message.WhichOneof("type") == "script_finished":
            return asked
