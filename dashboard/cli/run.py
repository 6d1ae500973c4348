"""`demo`, `serve`, `worker`: the processes that run."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from dashboard.cli.options import DatabaseOption, DataDirOption, settings_for, site_options
from dashboard.cli.output import ERRORS, say, warn
from dashboard.errors import ConfigurationError
from dashboard.intake.run import run_import
from dashboard.listening import INSECURE, is_loopback, require_loopback
from dashboard.services.site.demo import admit_demo_ward, demo_settings, send_demo_films, unused_variables
from dashboard.services.site.opening import open_site
from dashboard.services.worker.supervise import SupervisedProcess, end_with_parent, supervise, wait_until_answering
from dashboard.settings import Settings

SYNTHETIC = "synthetic"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command("demo", epilog="Example: lungline demo --port 8600")(demo)
    app.command("serve", epilog="Example: lungline serve --database postgresql://lungline@db/lungline")(serve)
    app.command("worker", epilog="Example: lungline worker --once")(worker)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _processes(settings: Settings, *, insecure: bool = False) -> list[SupervisedProcess]:
    environment = settings.as_environment()
    return [
        SupervisedProcess("dashboard", ["-m", "dashboard.server", *([INSECURE] if insecure else [])], environment),
        SupervisedProcess("worker", ["-m", "dashboard.cli", "worker"], environment),
    ]


def _require_free_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {settings.port} of {settings.host} is taken ({error.strerror}). Choose another with --port."
            ) from error


def demo(
    films: Annotated[
        str, typer.Option("--films", metavar="synthetic|DIR", help="Synthetic patients, or a folder of films.")
    ] = SYNTHETIC,
    port: Annotated[int, typer.Option("--port", help="Port of the dashboard on this machine.")] = 8501,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir",
            metavar="DIR",
            help="Keep the demo in this new or empty folder. Without it nothing is kept; no site's settings are used.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Build a demo ward in a folder of its own and open the dashboard with its worker."""
    say("Lungline demo. Research use only, not a medical device. Starting …")
    with tempfile.TemporaryDirectory(prefix="lungline-demo-", ignore_cleanup_errors=True) as temporary:
        settings = demo_settings(data_dir or Path(temporary), port=port)
        kept = "." if data_dir else ", and are removed when it ends. --data-dir DIR keeps them."
        say(f"Its data are in {settings.data_dir}{kept}")
        if unused := unused_variables(os.environ):
            warn(f"The demo never writes into a site, so it does not use {', '.join(unused)}.")
        _demo(films, settings)


def _demo(films: str, settings: Settings) -> None:
    _require_free_port(settings)
    stop = _stop_on_signals()
    site = open_site(settings)
    ward = admit_demo_ward(site=site) if films == SYNTHETIC else ()
    running = threading.Thread(target=supervise, args=(_processes(settings),), kwargs={"stop": stop}, name="supervise")
    running.start()
    try:
        # Drawing the films takes both cores for a while: the board comes first.
        if wait_until_answering(settings.host, settings.port, stop=stop):
            say(f"The ward board is at http://localhost:{settings.port} (Ctrl+C ends it).")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=ERRORS) as progress:
            task = progress.add_task("Films arriving", total=None)

            def show(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            if films == SYNTHETIC:
                send_demo_films(ward, on_progress=show, stop=stop, site=site)
            else:
                run_import([Path(films)], on_progress=show, stop_event=stop, site=site)
        if not stop.is_set():
            say("All films are in; the board shows each as soon as it is scored.")
        running.join()
    finally:
        stop.set()
        running.join()
        site.engine.dispose()


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on.", show_default="8501")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines connect although nobody has to sign in.")
    ] = False,
    database: DatabaseOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Run the dashboard and its worker on the configured database."""
    settings = settings_for(database, data_dir, host=host, port=port)
    require_loopback(settings.host, insecure=insecure)
    _require_free_port(settings)
    open_site(settings)
    if insecure and not is_loopback(settings.host):
        warn("Whoever reaches this address sees every patient: nobody has to sign in.")
    say(f"Lungline at http://{settings.host}:{settings.port} (Ctrl+C ends it).")
    supervise(_processes(settings, insecure=insecure), stop=_stop_on_signals())


@site_options
def worker(
    once: Annotated[bool, typer.Option("--once", help="End when no film waits.")] = False,
    *,
    settings: Settings,
) -> None:
    """Check and score the films that wait, forever or once."""
    from dashboard.services.worker.loop import run_worker

    end_with_parent()
    logging.getLogger("dashboard").setLevel(logging.INFO)
    site = open_site(settings)
    report = run_worker(once=once, stop_event=_stop_on_signals(), site=site)
    if once:
        say(f"Checked {report.checked}, scored {report.scored}, failed {report.failed}.")
        sys.exit(1 if report.failed else 0)
