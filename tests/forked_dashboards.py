"""Dashboards that start quickly: forked from a process that has loaded what every dashboard loads.

A dashboard started by itself imports for seconds; the browser tests start some fifty. What is forked runs the
product's own `main`. The demo's tests and the benchmarks start the product as its users do.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

import psutil
from demo_browser import Running, free_port, wait_until_healthy

from dashboard.settings import Settings

END_SECONDS = 60.0
REPOSITORY = Path(__file__).resolve().parents[1]


class ForkedDashboards:
    """Starts dashboards of sites, one at a time, all at one address: a browser loads their scripts once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._port = free_port()

    @contextmanager
    def of(self, settings: Settings, *, log: Path) -> Iterator[Running]:
        """Run the dashboard of a site, without a worker; end it afterwards."""
        environment = {**settings.as_environment(), "LUNGLINE_PORT": str(self._port)}
        process_id = int(self._ask({"environment": environment, "log": str(log)}))
        address = f"http://localhost:{self._port}"
        try:
            wait_until_healthy(address, lambda: psutil.pid_exists(process_id), log)
            yield Running(address, process_id)
        finally:
            _end(process_id)

    def _ask(self, wanted: dict[str, object]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "The process that forks dashboards has ended; its message stands above."
        return answer


@contextmanager
def forked_dashboards() -> Iterator[ForkedDashboards]:
    """Give what starts dashboards."""
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    process = subprocess.Popen(
        [sys.executable, __file__],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield ForkedDashboards(process)
    finally:
        process.communicate(timeout=END_SECONDS)


def _end(process_id: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(process_id)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(END_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()


def _serve(wanted: dict[str, object]) -> None:
    """Be the dashboard that is asked for."""
    from dashboard.server import main  # noqa: PLC0415 - loaded before the fork

    stream = os.open(str(wanted["log"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((nothing, 0), (stream, 1), (stream, 2)):
        os.dup2(number, target)
    os.environ.update(wanted["environment"])  # type: ignore[arg-type] - made above
    main()


def _fork_on_request() -> None:
    from dashboard.warm_up import FIRST_USED  # noqa: PLC0415 - slow: only here

    for name in ("dashboard.server", "plotly.graph_objects", *FIRST_USED):
        import_module(name)
    # Nobody waits for them: the system removes those that have ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        process_id = os.fork()
        if process_id == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve(json.loads(line))
            os._exit(0)
        print(process_id, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    _fork_on_request()
