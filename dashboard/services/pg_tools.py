"""PostgreSQL's own programs for backups: found on this machine and run without a password among their arguments."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from dashboard.errors import ConfigurationError

INSTALLED = Path("/usr/lib/postgresql")

log = logging.getLogger(__name__)


def run_pg_tool(name: str, arguments: list[str], *, url: URL) -> None:
    """Run ``pg_dump`` or ``pg_restore`` on the database of `url`.

    Raises
    ------
    ConfigurationError
        The program is not on this machine, or it fails; what it says goes to the log.
    OSError
        ``pg_dump`` finds no room for its file.
    """
    # In English, so that a full disk is recognised by its words: these programs end with 1 whatever fails.
    environment = dict(os.environ) | {"LC_ALL": "C"}
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    shown = url.set(drivername="postgresql", password=None).render_as_string(hide_password=True)
    command = [str(_found(name)), *arguments, f"--dbname={shown}"]
    done = subprocess.run(  # noqa: S603 - a program of this machine, arguments from this program
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        log.warning("%s: %s", name, done.stderr.strip())
        if name == "pg_dump" and os.strerror(errno.ENOSPC) in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        first = next(iter(done.stderr.strip().splitlines()), "no reason given")
        raise ConfigurationError(f"{name} failed: {first}")


def _found(name: str) -> Path:
    """Return the program; the newest that is installed, as an older one refuses a newer server."""
    versions = sorted(INSTALLED.glob(f"*/bin/{name}"), key=_version, reverse=True)
    on_path = shutil.which(name)
    if versions:
        return versions[0]
    if on_path is None:
        raise ConfigurationError(
            f"{name} is not on this machine. Install PostgreSQL's client programs, or add it to PATH."
        )
    return Path(on_path)


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parent.parent.name.split(".") if part.isdigit())
