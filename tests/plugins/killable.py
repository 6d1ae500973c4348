"""A process of the product for crash tests: imports, or works through the list, with the quick scorer.

``python killable.py import DATA_DIR DATABASE_URL FOLDER`` or ``python killable.py worker DATA_DIR DATABASE_URL``.
Prints a JSON line when it starts to work, one per receipt, and one at the end.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from core.scoring import registry
from dashboard.intake.run import run_import
from dashboard.services.receiving.receive import Receipt
from dashboard.services.site.opening import open_site
from dashboard.services.worker.loop import run_worker
from dashboard.settings import load_settings


def say(**facts: object) -> None:
    """Tell the test; a line that was printed counts as acknowledged."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def acknowledged(name: str, receipt: Receipt) -> None:
    """Tell of a film that is safe."""
    say(name=name, film_id=receipt.film_id, content_hash=receipt.content_hash)


def main(kind: str, data_dir: str, url: str, *folders: str) -> None:
    """Run until done or killed."""
    scorer = "mean-grey" if kind != "import-embedded" else "embedded"
    registry.register("mean-grey", "mean_grey")
    settings = load_settings(data_dir=data_dir, database_url=url, scorer=scorer, site_zone="UTC")
    site = open_site(settings)
    say(ready=True)
    if kind == "worker":
        run_worker(once=True, claim_for=timedelta(seconds=4) if "postgresql" in url else None, site=site)
    else:
        paths = [Path(folder) for folder in folders]
        run_import(paths, on_received=acknowledged, site=site)
    say(done=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
