"""Worker and dashboard side by side: started again when they end, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from dashboard.services.worker import supervise
from dashboard.services.worker.supervise import SupervisedProcess, wait_until_answering

WAIT_SECONDS = 30.0
SUPERVISOR = """
import sys, threading
from dashboard.services.worker.supervise import SupervisedProcess, supervise
child = (
    "import os, pathlib, sys, time;"
    "from dashboard.services.worker.supervise import end_with_parent;"
    "end_with_parent();"
    "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()));"
    "time.sleep(600)"
)
supervise([SupervisedProcess("child", ["-c", child, sys.argv[1]], {})], stop=threading.Event())
"""


def until(found: Callable[[], object]) -> bool:
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        if found():
            return True
        time.sleep(0.05)
    return False


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    # A process that has ended but was not waited for yet still has its number.
    state = Path(f"/proc/{process_id}/stat")
    return not state.exists() or state.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"


def test_a_process_that_ends_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "RESTART_SECONDS", (0.05,))
    starts = tmp_path / "starts"
    script = f"open({str(starts)!r}, 'a').write('x')"
    stop = threading.Event()
    process = SupervisedProcess("short", ["-c", script], {})
    options = {"stop": stop, "pause_seconds": 0.02}
    thread = threading.Thread(target=supervise.supervise, args=([process],), kwargs=options)
    thread.start()
    try:
        assert until(lambda: starts.exists() and len(starts.read_text(encoding="utf-8")) >= 3)
    finally:
        stop.set()
        thread.join(WAIT_SECONDS)
    assert process.process_id is None


def test_pauses_grow_between_restarts() -> None:
    process = SupervisedProcess("failing", ["-c", "raise SystemExit(3)"], {})
    starts = []
    now = 0.0
    while len(starts) < 4:
        before = process.process_id
        process.look(now)
        if process.process_id not in {None, before}:
            starts.append(now)
            assert until(lambda: process._process is None or process._process.poll() is not None)
        now += 0.5
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    # Looked at every half second: the pause, rounded up to the next look, and the look that saw the end.
    assert gaps == [1.5, 2.5, 5.5]
    process.end()


def test_stopping_ends_the_children() -> None:
    process = SupervisedProcess("long", ["-c", "import time; time.sleep(600)"], {})
    process.look(time.monotonic())
    process_id = process.process_id
    assert process_id is not None
    assert is_running(process_id)
    process.end()
    assert not is_running(process_id)
    assert process.process_id is None


def test_children_end_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(mark)])
    try:
        assert until(lambda: mark.exists() and mark.read_text(encoding="utf-8"))
        child = int(mark.read_text(encoding="utf-8"))
        assert is_running(child)
        os.kill(supervisor.pid, signal.SIGKILL)
        assert until(lambda: not is_running(child))
    finally:
        supervisor.kill()
        supervisor.wait()


def test_waiting_ends_when_the_dashboard_answers() -> None:
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == supervise.HEALTH_PATH else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Healthy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert wait_until_answering("127.0.0.1", server.server_port, stop=threading.Event(), seconds=WAIT_SECONDS)
    server.shutdown()
    server.server_close()
    assert not wait_until_answering("127.0.0.1", server.server_port, stop=threading.Event(), seconds=0.3)


def test_waiting_ends_when_told_to_stop() -> None:
    stop = threading.Event()
    stop.set()
    assert not wait_until_answering("127.0.0.1", 1, stop=stop, seconds=WAIT_SECONDS)
