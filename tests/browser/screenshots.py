"""Make the pictures of every view, of the synthetic demo ward: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

# Run as a script, it finds the packages and what the tests share.
sys.path[:0] = [str(Path(__file__).resolve().parents[up]) for up in (2, 1)]

# They need the line above.
from demo_browser import WAIT_MS, chromium, running_demo, wait_for_page, wait_until_scored  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WIDTH, HEIGHT = 1280, 900
LONGEST = 1830
"""Pixels; a page below that is cut."""
VIEWS = ("round", "flags", "census", "films", "upload", "units", "evidence")
FILMLESS = 1
"""Patients of the demo without a film; before all films came there are more, and none of them waits for a score."""
STEADY_MS = 15_000
"""The last films are scored a moment after the board first shows none waiting."""
DRAWN_MS = 8_000


def main(folder: Path) -> None:
    """Write every view, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch)) as address, chromium() as browser:
        page = browser.new_page()
        page.goto(address)
        wait_until_scored(page)
        expect(page.locator(".board tbody tr", has_text="no film yet")).to_have_count(FILMLESS, timeout=4 * WAIT_MS)
        page.wait_for_timeout(STEADY_MS)
        wait_until_scored(page)
        patient = page.locator(".board td.who a").first.get_attribute("href") or ""
        page.close()
        shown = {"ward": "/", "patient": patient, "compare": patient.replace("/patient", "/compare")}
        shown |= {view: f"/{view}" for view in VIEWS} | {"reading": _begin_reading(browser, address)}
        for theme in ("light", "dark"):
            for name, path in shown.items():
                _shoot(browser, address + path, theme, folder / f"{name}-{theme}.png")


def _begin_reading(browser: Browser, address: str) -> str:
    """Draw up a blind session; return its address."""
    page = browser.new_page()
    page.goto(f"{address}/reading")
    wait_for_page(page)
    page.get_by_label("Title").fill("First reading")
    page.get_by_label("Your name").fill("Dr Ito")
    page.keyboard.press("Enter")
    page.locator(".pad").wait_for(timeout=WAIT_MS)
    page.close()
    return "/reading?session=1"


def _shoot(browser: Browser, address: str, theme: str, path: Path) -> None:
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light", viewport={"width": WIDTH, "height": HEIGHT}
    )
    page = context.new_page()
    page.goto(address)
    wait_for_page(page)
    # What draws itself last, films and charts, says so nowhere.
    page.wait_for_timeout(DRAWN_MS)
    height = int(page.locator('[data-testid="stMain"]').evaluate("main => main.scrollHeight"))
    page.set_viewport_size({"width": WIDTH, "height": min(height + 20, LONGEST)})
    page.wait_for_timeout(2000)
    page.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
