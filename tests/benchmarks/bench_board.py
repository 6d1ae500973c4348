"""`make bench-board`: a large ward's board in Chromium: from a choice to the changed rows, and to the address.

Sorting and filtering need no answer from the server; another reference of the change does. Prints median, 95th
percentile and maximum; the machine's load moves single figures.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script, it finds what the tests share

import bench
from demo_browser import chromium, running_dashboard, wait_for_page
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from core.scoring.registry import read_scorer_card
from dashboard.settings import load_settings
from db.engine import create_engine, transaction, upgrade
from db.repositories import scores

ROUNDS = 8
PAUSE_MS = 1500
"""Nobody chooses faster; the server has put the last choice into the address by then."""
CHOICES = (("sort", "bed"), ("verdict", "not-up-to-date"), ("verdict", ""), ("sort", "staleness"), ("sort", "concern"))
MEASURE = """async (board, [name, value]) => {
  const select = board.querySelector(`select[name=${name}]`)
  const began = performance.now()
  select.value = value
  select.dispatchEvent(new Event("change", { bubbles: true }))
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
  return performance.now() - began
}"""
ANSWER = """async (board, value) => {
  const select = board.querySelector("select[name=since]")
  const said = () => [...board.querySelectorAll("td.change")].slice(0, 20).map((cell) => cell.textContent).join()
  const before = said()
  const began = performance.now()
  select.value = value
  select.dispatchEvent(new Event("change", { bubbles: true }))
  while (said() === before && performance.now() - began < 20000) await new Promise((done) => setTimeout(done, 10))
  return performance.now() - began
}"""


def main() -> None:
    """Run the benchmark and print the table."""
    bench.NOW = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=folder, database_url=f"sqlite:///{folder}/bench.db")
        engine = create_engine(settings.database_url)
        upgrade(engine)
        version = read_scorer_card("embedded").version
        with transaction(engine) as session:
            scores.activate("embedded", version, actor="bench", now=bench.NOW, session=session)
            for number in range(bench.N_STAYS):
                bench.fill_stay(number, version, session)
        engine.dispose()
        with running_dashboard(settings, log=Path(folder) / "log") as started, chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(started.address)
            wait_for_page(page)
            page.locator(".board tbody tr").nth(bench.N_STAYS - 1).wait_for(state="attached", timeout=60_000)
            print_table(page)


def print_table(page: Page) -> None:
    """Measure and print."""
    board = page.locator(".board")
    chosen = []
    for one in CHOICES * ROUNDS:
        chosen.append(board.evaluate(MEASURE, list(one)))
        page.wait_for_timeout(PAUSE_MS)
    asked = [board.evaluate(ANSWER, value) for _ in range(ROUNDS) for value in ("previous-film", "recent-level")]
    table = Table("from the choice to changed text", "median ms", "95 % ms", "maximum ms", "of", box=None)
    for name, times in (("sort or filter", chosen), ("change since", asked)):
        figures = (statistics.median(times), statistics.quantiles(times, n=20)[-1], max(times))
        table.add_row(name, *(f"{one:.0f}" for one in figures), f"{bench.N_STAYS} patients x {bench.N_FILMS} films")
    Console().print(table)


if __name__ == "__main__":
    main()
