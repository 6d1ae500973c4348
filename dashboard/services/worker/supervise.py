"""Starting the worker and the dashboard side by side, and keeping them running."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

_LOG = logging.getLogger(__name__)

RESTART_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pause before each restart; the last holds for all further ones."""
HEALTHY_SECONDS = 60.0
"""A process that ran this long starts the pauses anew."""
END_SECONDS = 10.0
START_SECONDS = 60.0
HEALTH_PATH = "/_stcore/health"
SUPERVISED = "LUNGLINE_SUPERVISED"


def end_with_parent() -> None:
    """End this process when the one that supervises it is gone, however it went.

    The supervisor holds the writing end of this process's standard input and never writes: end of file means
    that it is no more. Does nothing in a process that nobody supervises.
    """
    if os.environ.get(SUPERVISED) != "1":
        return

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os._exit(0)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()


@dataclass
class SupervisedProcess:
    """One child process, started again whenever it ends."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _restarts: int = 0
    _next_start: float = field(default=0.0)

    def look(self, now: float) -> None:
        """Start the process where it does not run and its pause is over."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            self._restarts = 0 if now - self._started > HEALTHY_SECONDS else self._restarts
            pause = RESTART_SECONDS[min(self._restarts, len(RESTART_SECONDS) - 1)]
            self._restarts += 1
            self._next_start = now + pause
            _LOG.warning("The %s ended with code %s; starting it again in %g s.", self.name, code, pause)
        if now >= self._next_start:
            self._started = now
            self._process = subprocess.Popen(  # noqa: S603 - own modules, arguments from this program
                [sys.executable, *self.arguments],
                env={**os.environ, **self.environment, SUPERVISED: "1"},
                stdin=subprocess.PIPE,
            )

    @property
    def process_id(self) -> int | None:
        """Return the id of the running process, None between two."""
        return self._process.pid if self._process else None

    def end(self) -> None:
        """Ask the process to end, and end it if it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def wait_until_answering(host: str, port: int, *, stop: threading.Event, seconds: float = START_SECONDS) -> bool:
    """Wait until the dashboard answers at an address; False where it did not in time, or `stop` was set."""
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}{HEALTH_PATH}"
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stop.is_set():
        with suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
        stop.wait(0.2)
    return False


def supervise(processes: Sequence[SupervisedProcess], *, stop: threading.Event, pause_seconds: float = 0.5) -> None:
    """Keep `processes` running until `stop` is set, then end them."""
    try:
        while not stop.is_set():
            for process in processes:
                process.look(time.monotonic())
            stop.wait(pause_seconds)
    finally:
        for process in processes:
            process.end()
