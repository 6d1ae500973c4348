"""A PostgreSQL server of the tests' own, started in a temporary folder and ended with them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = ("initdb", "pg_ctl", "postgres")
NOT_TRUSTED = "not_trusted"
"""A user who needs a password, for the test that makes it."""
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB"


@contextmanager
def cluster() -> Iterator[str]:
    """Start a server and give the URL of its maintenance database; skip where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not on this machine (initdb, pg_ctl and postgres on PATH or in /usr/lib/postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="lungline-pg-"))
    try:
        if os.geteuid() == 0:
            # initdb refuses root.
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        _run([programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        rules = folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all {NOT_TRUSTED} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        port = _start(programs, folder)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _stop(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name, reverse=True)
    on_path = shutil.which("pg_ctl")
    folders = installed + ([Path(on_path).resolve().parent] if on_path else [])
    return next((folder for folder in folders if all((folder / name).is_file() for name in PROGRAMS)), None)


def _start(programs: Path, folder: Path) -> int:
    for attempt in range(5):
        port = _free_port()
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {FAST}"
        command = [programs / "pg_ctl", "start", "-w", "-t", "60", "-D", folder / "data", "-l", folder / "log"]
        try:
            _run([*command, "-o", options])
        except subprocess.CalledProcessError:
            # Another process may have taken the port in between.
            if attempt == 4:
                raise
        else:
            return port
    raise AssertionError


def _stop(folder: Path) -> None:
    # The server removes this file as its last act.
    pid_file = folder / "data" / "postmaster.pid"
    pid = int(pid_file.read_text().splitlines()[0])
    with contextlib.suppress(ProcessLookupError):
        # At once, without writing anything down: the folder goes too.
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 20
        while pid_file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def _run(command: Sequence[str | Path]) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # The server inherits what it is given: a pipe would keep this call waiting for as long as it runs.
    subprocess.run(
        [*as_postgres, *map(str, command)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
