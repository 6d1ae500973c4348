"""What the header of hostile files of 200 MB costs: processor time and memory beside the file, each in its own process.

Run as `python tests/benchmarks/bench_headers.py`; acceptance is 0.5 s and 200 MB for each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC
from pathlib import Path

from rich.console import Console

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # run as a script, it finds what the tests share

from hostile_films import DICOM, PICTURES, SYNTAXES, film_with  # noqa: E402

from core.errors import FilmUnreadableError  # noqa: E402
from core.films.read import read_header  # noqa: E402

SIZE = 190_000_000
NOT_MADE = {("long_patient_id", "deflated")}
INFLATED = 31_000_000
"""Of a deflated file, which is kept to what a header may inflate to."""


def say(line: str) -> None:
    """Print one line as it is."""
    Console(width=200, highlight=False, markup=False).print(line)


def main() -> None:
    """Print one line per file."""
    wanted = sys.argv[1:]
    if wanted[:1] == ["--read"]:
        _read(Path(wanted[1]))
        return
    say(f"{'file':45} {'MB':>7} {'s of processor':>15} {'MB of memory':>13}  outcome")
    names = (
        *(f"{made} / {syntax}" for made in DICOM for syntax in SYNTAXES if (made, syntax) not in NOT_MADE),
        *PICTURES,
    )
    for name in names:
        if not wanted or any(word in name for word in wanted):
            _measure(name)


def _measure(name: str) -> None:
    kind, _, syntax = name.partition(" / ")
    size = INFLATED if syntax == "deflated" and kind != "many_meta_elements" else SIZE
    with tempfile.NamedTemporaryFile() as file:
        file.write(DICOM[kind](size, SYNTAXES[syntax]) if syntax else PICTURES[kind](size))
        file.flush()
        command = [sys.executable, __file__, "--read", file.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    say(f"{name:45} {done.stdout.strip() or done.stderr[-200:]}")


def _read(path: Path) -> None:
    with suppress(FilmUnreadableError):
        read_header(film_with(b""), site_zone=UTC)  # what is loaded with the first film
    source = path.read_bytes()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Linux: the peak is taken anew
    before, started = _memory("VmRSS"), time.process_time()
    try:
        header = read_header(source, site_zone=UTC)
        outcome = f"read: {header.identity.identifier[:8] if header.identity else None}"
    except FilmUnreadableError as error:
        outcome = str(error)
    spent, used = time.process_time() - started, _memory("VmHWM") - before
    say(f"{len(source) / 1e6:7.1f} {spent:15.3f} {used:13.1f}  {outcome[:60]}")


def _memory(field: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1e3
    return 0.0


if __name__ == "__main__":
    main()
