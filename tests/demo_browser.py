"""Starting the demo and the system's Chromium, for the browser tests and the screenshots."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from dashboard.settings import Settings

Theme = Literal["light", "dark"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSER_TEST = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package chromium"),
]
"""Marks of a module that needs a real browser."""
START_SECONDS = 120.0
WAIT_MS = 90_000
"""A busy machine is slow; nothing here measures time."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Running:
    """A command that serves."""

    address: str
    process_id: int


@contextmanager
def running(arguments: list[str], *, port: int, environment: dict[str, str], log: Path) -> Iterator[Running]:
    """Run a command of Lungline's until it serves at `port`; end it afterwards."""
    address = f"http://localhost:{port}"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_healthy(address, lambda: process.poll() is None, log)
            yield Running(address, process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running_dashboard(settings: Settings, *, log: Path) -> Iterator[Running]:
    """Run the dashboard of a site, without a worker."""
    port = free_port()
    environment = {**settings.as_environment(), "LUNGLINE_PORT": str(port)}
    with running(["-m", "dashboard.server"], port=port, environment=environment, log=log) as started:
        yield started


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Run `lungline demo` with its data below `folder`."""
    port = free_port()
    arguments = ["-m", "dashboard.cli", "demo", "--port", str(port), "--data-dir", str(folder / "demo")]
    with running(arguments, port=port, environment={}, log=folder / "demo.log") as demo:
        yield demo.address


def wait_until_healthy(address: str, is_running: Callable[[], bool], log: Path) -> None:
    """Wait until a dashboard answers; fail with what it said where it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and is_running():
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise AssertionError(f"The dashboard did not start at {address}. It said:\n{said}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give the system's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Profile:
    """Chromium with a profile: what it has loaded it keeps, compiled, as at home: a third of a page's time."""

    context: BrowserContext

    def new_page(self, *, width: int = 1280, height: int = 900, theme: Theme = "light") -> Page:
        """Open a tab."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        return page

    @property
    def browser(self) -> Browser:
        """Return the browser, for windows without a profile."""
        assert self.context.browser is not None
        return self.context.browser


@contextmanager
def chromium_of(folder: Path) -> Iterator[Profile]:
    """Give the system's Chromium with the profile in `folder`, without a window."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, executable_path=CHROMIUM, args=ARGUMENTS)
        yield Profile(context)
        context.close()


def wait_for_page(page: Page) -> None:
    """Wait until a page of Lungline's is drawn."""
    page.get_by_text("Research use only, not a medical device").wait_for(timeout=WAIT_MS)


class Watched:
    """A page whose complaints and requests are written down."""

    def __init__(
        self, browser: Profile, address: str, *, width: int = 1280, height: int = 900, theme: Theme = "light"
    ) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page = browser.new_page(width=width, height=height, theme=theme)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self._request)

    def open(self, path: str = "/") -> Page:
        """Open a path and wait until the page is drawn."""
        self.page.goto(self.address + path)
        wait_for_page(self.page)
        return self.page

    def _console(self, message: ConsoleMessage) -> None:
        # Below a page's own address Streamlit first looks for its server where there is none, by design.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        own = (self.address, self.address.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(own):
            self.outside.append(request.url)

    def assert_clean(self) -> None:
        """Assert that the console is free of errors and nothing was asked of any other machine."""
        assert self.complaints == []
        assert self.outside == []


def expect_fits(page: Page) -> None:
    """Expect that nothing makes the page scroll sideways."""
    sizes = page.locator('[data-testid="stMain"]').evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert sizes[0] <= sizes[1]
    assert page.locator("html").evaluate("html => html.scrollWidth <= html.clientWidth")


def expect_accessible(page: Page) -> None:
    """Expect that axe finds nothing, once nothing is being drawn anew: till then the old is pale."""
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_have_count(1, timeout=WAIT_MS)
    expect(page.locator('[data-stale="true"]')).to_have_count(0, timeout=WAIT_MS)
    found = Axe().run(page)
    violations = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found.response["violations"]]
    assert not violations, violations


def wait_until_scored(page: Page) -> None:
    """Wait on the ward board until no film of it waits any more."""
    expect(page.locator(".board tbody tr").first).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".board", has_text="large rise")).to_be_visible(timeout=2 * WAIT_MS)
    expect(page.locator(".board", has_text="waiting for its")).to_have_count(0, timeout=2 * WAIT_MS)
