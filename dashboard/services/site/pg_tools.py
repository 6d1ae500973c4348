"""PostgreSQL's own programs for backups: found on this machine and run without a password among their arguments."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import subprocess
from itertools import takewhile
from pathlib import Path

from sqlalchemy import URL

from dashboard.errors import ConfigurationError

INSTALLED = Path("/usr/lib/postgresql")
PASSWORD = "password"  # noqa: S105 - where a URL may carry one
QUOTES_A_ROW = re.compile(r"\s*(?:\w+: )?(?:CONTEXT|DETAIL|QUERY|STATEMENT|Command was)\b", re.IGNORECASE)

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
    if password := url.password or url.query.get(PASSWORD):
        environment["PGPASSWORD"] = str(password)
    command = [str(_found(name)), *arguments, f"--dbname={_without_password(url)}"]
    done = subprocess.run(  # noqa: S603 - a program of this machine, arguments from this program
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = _without_values(done.stderr) or "no reason given"
        log.warning("%s: %s", name, said)
        if name == "pg_dump" and os.strerror(errno.ENOSPC) in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise ConfigurationError(f"{name} failed: {said.splitlines()[0]}")


def _without_password(url: URL) -> str:
    # `URL.set` takes None for "as it is".
    query = {name: value for name, value in url.query.items() if name != PASSWORD}
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, query).render_as_string()


def _without_values(said: str) -> str:
    """Return what a program says up to where it quotes a row, which may hold a patient's name."""
    return "\n".join(takewhile(lambda line: QUOTES_A_ROW.match(line) is None, said.strip().splitlines()))


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
