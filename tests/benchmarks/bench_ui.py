"""`make bench-ui`: the dashboard with 300 patients x 20 films in a real browser, and with twenty open boards.

Prints minimum, median, 95th percentile and maximum over several runs. Browser and dashboard share the machine, so its
load moves every figure; the twenty boards are connections that do what a browser's board does, without drawing it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, BrowserContext, Page
from rich.console import Console
from rich.table import Table

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # run as a script, it finds what the tests share

from board_choices import change_reference, sort_and_filter  # noqa: E402
from demo_browser import WAIT_MS, chromium, running_dashboard  # noqa: E402
from film_factory import chest_values, dicom_bytes  # noqa: E402
from large_ward import N_FILMS, N_PATIENTS, add_real_films, fill_large_ward  # noqa: E402
from open_boards import watch_boards  # noqa: E402

from dashboard.services.site.opening import open_site  # noqa: E402
from dashboard.settings import load_settings  # noqa: E402

RUNS = 9
BOARDS, WATCHED_SECONDS = 20, 60.0
FILM_SIDE = 1500
WIDTH, HEIGHT = 1280, 1600
"""High enough that the films of a patient's page are in sight: a browser loads no others."""
MEGABYTE = 1e6

NEW_VISITS = 5
PAUSE_MS = 1500
"""Between two steps: the page follows the last one."""
FIRST_ROW = ".board tbody tr"
STEP = """async key => {
  const roots = [document, ...[...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean)]
  const inside = (name) => roots.map((root) => root.querySelector(name)).find(Boolean)
  const strip = inside(".strip .film.chosen"), before = inside(".shown .title").textContent
  const start = performance.now()
  strip.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }))
  while (inside(".shown .title").textContent === before) await new Promise(requestAnimationFrame)
  await inside(".shown img").decode()
  await new Promise(requestAnimationFrame)
  return performance.now() - start
}"""
"""Finds the strip whether or not the browser keeps it in a tree of its own."""
ALL_LOADED = "films => films.every((film) => film.complete && film.naturalWidth > 0)"
POLL_SECONDS = 0.02
AT_REST_PERCENT, AT_REST_SECONDS = 10, 1.0
"""Share of a core below which the dashboard has done what it does beside its start."""
LOOKED_AT_MS = 6000
"""A person looks at the board before opening a patient; the browser has brought the chart library by then."""


@dataclass(frozen=True)
class Figure:
    """What was measured, in its unit, and what is aimed at."""

    name: str
    values: list[float]
    aim: str


def main() -> None:
    """Run the benchmark and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=folder, database_url=f"sqlite:///{folder}/bench.db")
        site = open_site(settings)
        patient_id = fill_large_ward(site)[0]
        films = [
            dicom_bytes(chest_values(FILM_SIDE, FILM_SIDE, bits=12, seed=seed), bits_stored=12, PatientID="B-0000")
            for seed in (1, 2)
        ]
        add_real_films(site, patient_id, list(zip(films, (3.0, 1.0), strict=True)))
        site.engine.dispose()
        started = time.perf_counter()
        with running_dashboard(settings, log=Path(folder) / "log") as server:
            figures = [Figure("dashboard started, s", [time.perf_counter() - started], "< 3")]
            process = psutil.Process(server.process_id)
            with chromium() as browser:
                figures.append(Figure("board, at once after the start, s", [_new_visit(browser, server.address)], ""))
                while process.cpu_percent(AT_REST_SECONDS) > AT_REST_PERCENT:
                    pass
                figures += _in_browser(browser, server.address, patient_id)
            figures += _with_open_boards(server.address, process)
            figures.append(Figure("memory of the dashboard, MB", [process.memory_info().rss / MEGABYTE], "< 400"))
    _print(figures)


def _in_browser(browser: Browser, address: str, patient_id: int) -> list[Figure]:
    """Time pages from their address to what they are opened for; a browser keeps scripts after the first of them."""
    patient_page = f"{address}/patient?id={patient_id}"
    new = Figure("board, to a new visitor, s", [_new_visit(browser, address) for _ in range(NEW_VISITS)], "< 1.8")
    own = Figure("of that Streamlit's own start, s", [_own_start(browser, address) for _ in range(NEW_VISITS)], "")
    visitor = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    found = [
        new,
        own,
        Figure("board, again, s", [_opened(visitor, address, _board_seen) for _ in range(RUNS)], "< 1.2"),
        Figure(
            "patient's page by its address, with chart and films, s",
            [_opened(visitor, patient_page, _patient_seen) for _ in range(RUNS)],
            "< 0.8",
        ),
        *_from_the_board(visitor, address, patient_id),
        Figure("a step in the film strip, ms", _steps(visitor, patient_page), "< 100"),
    ]
    visitor.close()
    return [*found, *_choices(browser, address)]


def _board_seen(page: Page) -> None:
    page.locator(FIRST_ROW).first.wait_for(timeout=WAIT_MS)


def _patient_seen(page: Page) -> None:
    page.locator(".js-plotly-plot .scatterlayer .point").first.wait_for(timeout=WAIT_MS)
    films = page.locator(".films figure img")
    films.nth(1).wait_for(timeout=WAIT_MS)
    while not films.evaluate_all(ALL_LOADED):
        time.sleep(POLL_SECONDS)


def _from_the_board(visitor: BrowserContext, address: str, patient_id: int) -> list[Figure]:
    """Time a patient's page from the press on his row, as nearly everybody opens it, and the way back."""
    page = visitor.new_page()
    page.goto(address)
    _board_seen(page)
    there, back = [], []
    for _ in range(RUNS):
        page.wait_for_timeout(LOOKED_AT_MS)
        start = time.perf_counter()
        page.locator(f"a[data-patient='{patient_id}']").click()
        _patient_seen(page)
        there.append(time.perf_counter() - start)
        start = time.perf_counter()
        page.go_back()
        _board_seen(page)
        back.append(time.perf_counter() - start)
    page.close()
    return [
        Figure("from the board to a patient's page, with chart and films, s", there, "< 0.8"),
        Figure("back to the board, s", back, "< 0.7"),
    ]


def _steps(visitor: BrowserContext, address: str) -> list[float]:
    """Time steps from the key to the large film drawn, back and forth between the two films that have a file."""
    page = visitor.new_page()
    page.goto(address)
    _patient_seen(page)
    page.locator(".strip .film.chosen").focus()
    page.wait_for_timeout(LOOKED_AT_MS)
    found = []
    for place in range(2 * RUNS):
        found.append(page.evaluate(STEP, "ArrowLeft" if place % 2 == 0 else "ArrowRight"))
        page.wait_for_timeout(PAUSE_MS)
    page.close()
    return found


def _own_start(browser: Browser, address: str) -> float:
    """Time from the address to Streamlit's empty frame: before that no page of any program is seen."""
    visitor = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    found = _opened(visitor, address, lambda page: page.locator("[data-testid=stApp]").wait_for(timeout=WAIT_MS))
    visitor.close()
    return found


def _new_visit(browser: Browser, address: str) -> float:
    visitor = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    found = _opened(visitor, address, _board_seen)
    visitor.close()
    return found


def _choices(browser: Browser, address: str) -> list[Figure]:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(address)
    page.locator(FIRST_ROW).nth(N_PATIENTS - 1).wait_for(state="attached", timeout=WAIT_MS)
    found = [
        Figure("sort or filter to the next frame, ms", sort_and_filter(page), "95 % < 300"),
        Figure("change since another film to changed rows, ms", change_reference(page), "95 % < 300"),
    ]
    page.close()
    return found


def _opened(visitor: BrowserContext, address: str, seen: Callable[[Page], None]) -> float:
    page = visitor.new_page()
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    seen(page)
    found = time.perf_counter() - start
    page.close()
    return found


def _with_open_boards(address: str, process: psutil.Process) -> list[Figure]:
    before, start = process.cpu_times(), time.perf_counter()
    reruns = asyncio.run(watch_boards(address, boards=BOARDS, seconds=WATCHED_SECONDS))
    after, passed = process.cpu_times(), time.perf_counter() - start
    share = (after.user + after.system - before.user - before.system) / passed
    return [
        Figure(f"{BOARDS} open boards: a refresh, ms", [1000 * rerun for rerun in reruns], "95 % < 110"),
        Figure(f"{BOARDS} open boards: share of one core, %", [100 * share], "< 25"),
    ]


def _print(figures: list[Figure]) -> None:
    table = Table("step", "minimum", "median", "95 %", "maximum", "n", "aim", box=None)
    for figure in figures:
        cells = (f"{float(cell):.2f}" for cell in np.quantile(figure.values, (0, 0.5, 0.95, 1)))
        table.add_row(figure.name, *cells, str(len(figure.values)), figure.aim)
    Console(width=110).print(f"{N_PATIENTS} patients x {N_FILMS} films", table)


if __name__ == "__main__":
    main()
