"""Kill -9 at random moments loses nothing that was acknowledged and doubles nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from film_site import PLUGINS, dicom
from sqlalchemy import select, update
from sqlmodel import col

from dashboard.services.receiving.film_store import FilmStore
from dashboard.services.receiving.receive import receive_film
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import MAX_DEATHS
from dashboard.settings import Settings, load_settings
from db.engine import check, create_engine, read_transaction, transaction
from db.models import Film, FilmScore, FilmState, FilmTransition

N_FILMS = 30
KILLS_EACH = 7
LONGEST_DELAY_S = 1.5


class Killable:
    """A process of the product, its printed lines gathered as they come."""

    def __init__(self, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("LUNGLINE_")}
        self._process = subprocess.Popen(
            [sys.executable, str(PLUGINS / "killable.py"), *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"OMP_NUM_THREADS": "1"},
        )
        self.lines: list[dict[str, Any]] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # The last line of a killed process may be cut short: it was not acknowledged.
            if line.endswith("\n"):
                self.lines.append(json.loads(line))
                self._ready.set()
        self._ready.set()

    def kill_after(self, delay_s: float) -> None:
        """Wait until it works, then so long, then kill it."""
        assert self._ready.wait(120)
        try:
            self._process.wait(delay_s)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
        self._end()

    def finish(self) -> None:
        """Let it run to its end."""
        assert self._process.wait(240) == 0
        self._end()
        assert self.lines[-1] == {"done": True}

    def _end(self) -> None:
        self._process.wait(30)
        self._reader.join(30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of films of twenty patients; every tenth film comes twice."""
    folder = tmp_path / "incoming"
    folder.mkdir()
    for number in range(N_FILMS):
        source = dicom(0.4 + 0.01 * number, patient=f"P{number % 20}", hours=number, seed=number)
        (folder / f"{number:03d}.dcm").write_bytes(source)
        if number % 10 == 0:
            (folder / f"{number:03d}-again.dcm").write_bytes(source)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Settings]:
    """Return a function that makes the settings of a site on a database."""
    return lambda url: load_settings(data_dir=tmp_path / "data", database_url=url, scorer="mean-grey", site_zone="UTC")


def test_a_killed_import_loses_and_doubles_nothing(
    sqlite_url: str, tmp_path: Path, folder: Path, settings: Callable[[str], Settings]
) -> None:
    moments = seeded(1)
    arguments = ("import", str(tmp_path / "data"), sqlite_url, str(folder))
    acknowledged: dict[str, int] = {}
    for _ in range(KILLS_EACH):
        if may_be_killed(sqlite_url):
            process = Killable(*arguments)
            process.kill_after(moments.uniform(0, LONGEST_DELAY_S))
            note(process, acknowledged)
    last = Killable(*arguments)
    last.finish()
    note(last, acknowledged)

    assert len(acknowledged) == N_FILMS
    assert_sound(sqlite_url, settings(sqlite_url), acknowledged)


def test_killed_workers_lose_and_double_nothing(
    sqlite_url: str, tmp_path: Path, folder: Path, settings: Callable[[str], Settings]
) -> None:
    moments = seeded(2)
    acknowledged = receive_all(sqlite_url, folder, settings(sqlite_url))
    arguments = ("worker", str(tmp_path / "data"), sqlite_url)
    for _ in range(KILLS_EACH):
        if may_be_killed(sqlite_url):
            Killable(*arguments).kill_after(moments.uniform(0, LONGEST_DELAY_S))
    Killable(*arguments).finish()

    assert_sound(sqlite_url, settings(sqlite_url), acknowledged)


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.release("long"))])
def test_two_workers_killed_in_turn_lose_and_double_nothing_on_sqlite(
    kills: int, sqlite_url: str, tmp_path: Path, folder: Path, settings: Callable[[str], Settings]
) -> None:
    moments = seeded(4)
    acknowledged = receive_all(sqlite_url, folder, settings(sqlite_url))
    arguments = ("worker", str(tmp_path / "data"), sqlite_url)
    pair = [Killable(*arguments), Killable(*arguments)]
    for number in range(kills):
        # The one that scores or the one that waits; another takes its place, so that there are always two.
        pair[number % 2].kill_after(moments.uniform(0, LONGEST_DELAY_S / 3))
        if not may_be_killed(sqlite_url):
            forgive(sqlite_url)
        pair[number % 2] = Killable(*arguments)
    for process in pair:
        process.finish()

    assert_sound(sqlite_url, settings(sqlite_url), acknowledged)


def test_two_killed_workers_share_a_list_on_postgresql(
    postgres_url: str, tmp_path: Path, folder: Path, settings: Callable[[str], Settings]
) -> None:
    moments = seeded(3)
    acknowledged = receive_all(postgres_url, folder, settings(postgres_url))
    arguments = ("worker", str(tmp_path / "data"), postgres_url)
    for _ in range(KILLS_EACH // 2):
        if not may_be_killed(postgres_url):
            break
        pair = [Killable(*arguments), Killable(*arguments)]
        for process in pair:
            process.kill_after(moments.uniform(0, LONGEST_DELAY_S))
    # Films in the hands of a killed worker are free again after a few seconds.
    while waiting(postgres_url):
        pair = [Killable(*arguments), Killable(*arguments)]
        for process in pair:
            process.finish()

    assert_sound(postgres_url, settings(postgres_url), acknowledged)


@pytest.mark.release("long: the real scorer in a process that is killed")
def test_an_import_with_the_real_scorer_survives_a_kill(sqlite_url: str, tmp_path: Path, folder: Path) -> None:
    for path in sorted(folder.iterdir())[12:]:
        path.unlink()
    arguments = ("import-embedded", str(tmp_path / "data"), sqlite_url, str(folder))
    acknowledged: dict[str, int] = {}
    first = Killable(*arguments)
    first.kill_after(6)
    note(first, acknowledged)
    last = Killable(*arguments)
    last.finish()
    note(last, acknowledged)

    engine = create_engine(sqlite_url)
    assert acknowledged
    with read_transaction(engine) as session:
        films = session.scalars(select(Film)).all()
        scored = Counter(session.scalars(select(col(FilmScore.film_id))))
    assert {film.content_hash for film in films} == set(acknowledged)
    assert {film.state.value for film in films} <= {"accepted", "rejected"}
    assert scored == Counter(film.id for film in films if film.state.value == "accepted")


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - moments of a kill, no secret


def receive_all(url: str, folder: Path, settings: Settings) -> dict[str, int]:
    """Receive the films of a folder without scoring any; return film ids by content hash."""
    site = Site.of(settings, create_engine(url))
    receipts = [receive_film(path.read_bytes(), actor="tests", site=site) for path in sorted(folder.iterdir())]
    site.engine.dispose()
    return {receipt.content_hash: receipt.film_id or 0 for receipt in receipts}


def note(process: Killable, acknowledged: dict[str, int]) -> None:
    """Take up what a process has acknowledged; the same film has the same id every time."""
    for line in process.lines:
        if "film_id" in line:
            assert acknowledged.setdefault(line["content_hash"], line["film_id"]) == line["film_id"]


def may_be_killed(url: str) -> bool:
    """Tell whether no film can be blamed for too many deaths yet: such a film is set aside, as it should be."""
    engine = create_engine(url)
    with read_transaction(engine) as session:
        most = max(session.scalars(select(col(Film.attempts))), default=0)
    engine.dispose()
    return most < MAX_DEATHS - 1


def forgive(url: str) -> None:
    """Forget the deaths that a film is blamed for, so that killing may go on."""
    engine = create_engine(url)
    with transaction(engine) as session:
        session.execute(update(Film).where(col(Film.attempts) > 1).values(attempts=1))
    engine.dispose()


def waiting(url: str) -> bool:
    engine = create_engine(url)
    with read_transaction(engine) as session:
        on_its_way = col(Film.state).in_([FilmState.RECEIVED, FilmState.ACCEPTED])
        unscored = select(col(Film.id)).where(
            on_its_way, ~select(FilmScore).where(col(FilmScore.film_id) == col(Film.id)).exists()
        )
        found = session.scalars(unscored).first() is not None
    engine.dispose()
    return found


def assert_sound(url: str, settings: Settings, acknowledged: dict[str, int]) -> None:
    """Hold the site to it: every acknowledged film once, with one score, its bytes whole, its way unbroken."""
    engine = create_engine(url)
    with read_transaction(engine) as session:
        films = session.scalars(select(Film)).all()
        scores = Counter(session.scalars(select(col(FilmScore.film_id))))
        steps = session.scalars(select(FilmTransition).order_by(col(FilmTransition.id))).all()
    assert {film.content_hash: film.id for film in films} == acknowledged
    assert Counter((film.state.value, film.reason) for film in films) == {("accepted", ""): len(acknowledged)}
    assert scores == Counter(acknowledged.values())
    for film in films:
        assert [step.state.value for step in steps if step.film_id == film.id] == ["received", "accepted"]
        assert (film.attempts, film.retry_at) == (0, None)
    store = FilmStore(settings.film_dir)
    assert set(store.hashes()) == set(acknowledged)
    assert all(store.get(content_hash) for content_hash in acknowledged)
    assert check(engine) == []
    engine.dispose()
