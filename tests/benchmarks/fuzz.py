"""`make fuzz`: 2,000 damaged films, pictures and tables through the reading path; none may crash it or hold it up.

The files are the same in each run (seeded): bytes flipped, stretches cut out, repeated, moved or taken from another
file, lengths changed, the end cut off. Each is read in one process of its own kind, so that a crash is seen, with its
time and the process's peak memory. Ends with 1 if anything but a film, a table or a refusal in a sentence came out.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC
from functools import cache
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from rich.console import Console

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # run as a script, it finds what the tests share

from film_factory import chest_values, dicom_bytes, jpeg_bytes, png_bytes  # noqa: E402

from core.errors import CoreError  # noqa: E402
from core.films.checks import check_film  # noqa: E402
from core.films.kinds import kind_of  # noqa: E402
from core.films.read import read_film, read_header  # noqa: E402
from dashboard.intake.detect import Dataset, read_plan  # noqa: E402

N_FILES = 2_000
SEED = 20_261_130
LIMIT_SECONDS = 60
TABLE = (
    "path;patient_id;acquired_at;day;view;name;birth_date;sex\n"
    + "".join(f"f{n}.png;47{n};2026-03-0{n % 9 + 1}T06:10;;AP Supine;Müller, Jörg;1950-02-03;M\n" for n in range(20))
).encode()
SYNTAXES = (
    *(ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian) * 3,
    *(JPEGBaseline8Bit, JPEG2000Lossless) * 2,
    *(JPEGLosslessSV1, JPEGLSLossless, RLELossless),
)
Mutation = Callable[[np.random.Generator, bytearray, bytes], bytearray]


def main() -> None:
    """Read all files and print what became of them."""
    say = Console(width=160, highlight=False, markup=False).print
    started = time.monotonic()
    outcomes: Counter[str] = Counter()
    slowest, peak, bad = (0.0, ""), 0.0, []
    answers, process = _started(0)
    number = 0
    while number < N_FILES:
        try:
            found = answers.recv() if answers.poll(LIMIT_SECONDS) else None
        except EOFError:
            found = ("crash", 0.0, 0.0, _file(number)[0])
        if found is None or found[0] == "crash":
            process.kill()
            bad.append(f"file {number}: {'no answer in time' if found is None else 'the process died'}")
            outcomes["hang" if found is None else "crash"] += 1
            answers, process = _started(number + 1)
        else:
            outcome, seconds, memory, name = found
            outcomes[outcome] += 1
            slowest, peak = max(slowest, (seconds, f"file {number}, {name}")), max(peak, memory)
            bad += [f"file {number}, {name}: {outcome}"] if outcome.startswith("!") else []
        number += 1
    process.join()
    for outcome, count in outcomes.most_common():
        say(f"{count:5} {outcome}")
    say(f"slowest {slowest[0]:.2f} s ({slowest[1]}), peak memory {peak:.0f} MB, {time.monotonic() - started:.0f} s")
    say("\n".join(bad))
    sys.exit(1 if bad else 0)


def _started(first: int) -> tuple[Connection, multiprocessing.Process]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_read_all, args=(first, theirs), daemon=False)
    process.start()
    theirs.close()
    return ours, process


def _read_all(first: int, answers: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, N_FILES):
            name, source = _file(number)
            started = time.monotonic()
            outcome = _read(name, source, Path(folder))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            answers.send((outcome, time.monotonic() - started, peak, name))


def _read(name: str, source: bytes, folder: Path) -> str:
    kind_of(source[:4096])
    try:
        if name == "table":
            (folder / "films.csv").write_bytes(source)
            plan = read_plan(folder / "films.csv", Dataset.MANIFEST, None, site_zone=ZoneInfo("UTC"))
            return f"table read ({'all' if all(item.identity for item in plan.items) else 'some rows refused'})"
        read_header(source, site_zone=UTC)
        check_film(read_film(source, site_zone=UTC))
    except CoreError as error:
        return f"{'table' if name == 'table' else 'film'} refused: {type(error).__name__}"
    except BaseException as error:  # noqa: BLE001 - what must not come out is looked for
        return f"! {type(error).__name__}: {error}"
    return "film read"


def _file(number: int) -> tuple[str, bytes]:
    """Return the name of the kind and the bytes of one damaged file."""
    random = np.random.default_rng((SEED, number))
    name, source = _whole(random)
    _, other = _whole(random)
    changed = bytearray(source)
    for _ in range(int(random.integers(1, 4))):
        mutation = MUTATIONS[int(random.integers(len(MUTATIONS)))]
        changed = mutation(random, changed, other)
    return name, bytes(changed)


def _whole(random: np.random.Generator) -> tuple[str, bytes]:
    kind, seed = int(random.integers(10)), int(random.integers(4))
    return _made(kind, seed, int(random.integers(2, 5)), int(random.integers(len(SYNTAXES))))


@cache
def _made(kind: int, seed: int, form: int, syntax: int) -> tuple[str, bytes]:
    values = chest_values(96, 80, seed=seed)
    if kind == 0:
        return "table", TABLE
    if kind == 1:
        return "png", png_bytes(np.dstack([values] * form))
    if kind == 2:
        return "jpeg", jpeg_bytes(values, orientation=2 * form)
    if kind == 3:
        stream = BytesIO()
        Image.fromarray(values).save(stream, ("TIFF", "PNG", "BMP")[form - 2])
        return "picture", stream.getvalue()
    name = SYNTAXES[syntax].name
    return f"dicom {name}", dicom_bytes(values, transfer_syntax=SYNTAXES[syntax], window=(120, 200))


def _place(random: np.random.Generator, changed: bytearray) -> int:
    """Return a place, half of the time near the beginning, where headers are."""
    return int(random.integers(max(1, min(len(changed), 600 if random.integers(2) else len(changed)))))


def _flip(random: np.random.Generator, changed: bytearray, _other: bytes) -> bytearray:
    for _ in range(int(random.integers(1, 30))):
        if changed:
            changed[_place(random, changed)] ^= 1 << int(random.integers(8))
    return changed


def _length(random: np.random.Generator, changed: bytearray, _other: bytes) -> bytearray:
    at = _place(random, changed)
    words = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xfe\xff\xff\x7f", b"\xff\xff", b"\0\0\1\0", random.bytes(4))
    word = words[int(random.integers(len(words)))]
    changed[at : at + len(word)] = word
    return changed


def _cut(random: np.random.Generator, changed: bytearray, _other: bytes) -> bytearray:
    return changed[: _place(random, changed)]


def _leave_out(random: np.random.Generator, changed: bytearray, _other: bytes) -> bytearray:
    at = _place(random, changed)
    del changed[at : at + int(random.integers(1, 200))]
    return changed


def _repeat(random: np.random.Generator, changed: bytearray, _other: bytes) -> bytearray:
    at = _place(random, changed)
    part = changed[at : at + int(random.integers(1, 200))]
    changed[at:at] = part * int(random.integers(1, 2_000))
    return changed


def _splice(random: np.random.Generator, changed: bytearray, other: bytes) -> bytearray:
    at, start = _place(random, changed), _place(random, bytearray(other))
    changed[at:] = other[start:]
    return changed


MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _length, _length, _cut, _leave_out, _repeat, _splice)


if __name__ == "__main__":
    main()
