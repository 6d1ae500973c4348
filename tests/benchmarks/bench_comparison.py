"""`make bench-comparison`: two films of 2,000 pixels a side, until they are seen and while they are windowed.

Prints minimum, median and maximum over several runs; the machine's load moves single figures, and without a graphics
card the browser draws with the processor.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser
from rich.console import Console
from rich.table import Table

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]  # run as a script, it finds what the tests share

from demo_browser import WAIT_MS, chromium, running_dashboard  # noqa: E402
from film_factory import chest_values  # noqa: E402
from ward_site import open_ward_site  # noqa: E402

SIDE = 2000
RUNS = 7
DRAG_STEPS = 120
WIDTH, HEIGHT = 1280, 900

COUNT_FRAMES = """() => {
  window.lunglineFrames = []
  const count = (at) => { window.lunglineFrames.push(at); window.lunglineFrame = requestAnimationFrame(count) }
  window.lunglineFrame = requestAnimationFrame(count)
}"""
FRAMES = "() => { cancelAnimationFrame(window.lunglineFrame); return window.lunglineFrames }"


def main() -> None:
    """Run the benchmark and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        ward = open_ward_site(Path(folder))
        patient_id = ward.admit("Bench", "A-01")
        for hours, seed in ((27, 1), (3, 2)):
            ward.film(patient_id, hours, 2.0, pixels=chest_values(SIDE, SIDE, bits=12, seed=seed))
        with running_dashboard(ward.settings, log=Path(folder) / "log") as server, chromium() as browser:
            address = f"{server.address}/compare?id={patient_id}"
            measure(browser, address)  # the first one fills the caches of the server
            found = [measure(browser, address) for _ in range(RUNS)]
    table = Table("step", "minimum", "median", "maximum", box=None)
    for number, name in enumerate(
        ("page asked for to films seen, s", "films asked for to seen, s", "frames/s, windowing")
    ):
        values = [one[number] for one in found]
        table.add_row(name, *(f"{value:.2f}" for value in (min(values), statistics.median(values), max(values))))
    Console().print(table)


def measure(browser: Browser, address: str) -> tuple[float, float, float]:
    """Return seconds to both films, from the page's address and from theirs, and frames a second while windowing."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator('.comparison .film[aria-busy="false"]').nth(1).wait_for(timeout=WAIT_MS)
    seen = time.perf_counter() - start
    asked = page.evaluate(
        "() => performance.now() - Math.min(...performance.getEntriesByType('resource')"
        ".filter((one) => one.name.includes('.grey16')).map((one) => one.startTime))"
    )
    pane = page.locator(".comparison .film").first
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    if box is None:
        raise RuntimeError("The films are not on the page.")
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"], 300) / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(COUNT_FRAMES)
    for step in range(DRAG_STEPS):
        page.mouse.move(x + step, y + step % 20)
    frames = page.evaluate(FRAMES)
    page.mouse.up()
    context.close()
    return seen, asked / 1000, 1000 * (len(frames) - 1) / (frames[-1] - frames[0])


if __name__ == "__main__":
    main()
