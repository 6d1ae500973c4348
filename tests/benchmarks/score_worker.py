"""A worker process of its own, scoring the films of a folder with `embedded`: prints what it took as JSON.

Started by `bench_score.py`, which watches its memory.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC
from pathlib import Path

start = time.perf_counter()
import torch  # noqa: E402  timed by itself

imported = time.perf_counter()


def main(folder: Path) -> None:
    """Score the first film, then all of them as the worker does, from the work list to stored scores."""
    from core.films.checks import check_film  # noqa: PLC0415  part of what is timed
    from core.films.read import read_film  # noqa: PLC0415
    from core.scoring.registry import DEFAULT_SCORER, load_scorer  # noqa: PLC0415

    paths = sorted(folder.glob("*.dcm"))
    scorer = load_scorer(DEFAULT_SCORER, weights_dir=Path())
    scorer.score([scorer.prepare(check_film(read_film(paths[0].read_bytes(), site_zone=UTC)).film)])
    first_score = time.perf_counter()

    from dashboard.services.receiving.receive import receive_film  # noqa: PLC0415
    from dashboard.services.site.opening import open_site  # noqa: PLC0415
    from dashboard.services.worker.scoring import Done, ScoringRun  # noqa: PLC0415
    from dashboard.settings import load_settings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(data_dir=scratch, database_url=f"sqlite:///{scratch}/bench.db")
        site = open_site(settings)
        for path in paths:
            receive_film(path.read_bytes(), actor="bench", site=site)
        total = Done()
        with ScoringRun(scorer, actor="bench", site=site) as run:
            wall, processor = time.perf_counter(), time.process_time()
            while (done := run.round()) is not None:
                total += done
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
        site.engine.dispose()
    print(  # noqa: T201  the answer to the process that started this one
        json.dumps(
            {
                "threads": torch.get_num_threads(),
                "import_torch_s": imported - start,
                "first_score_s": first_score - imported,
                "films": len(paths),
                "scored": total.scored,
                "wall_s_per_film": wall / len(paths),
                "processor_s_per_film": processor / len(paths),
                "imported": [name for name in ("torchvision", "torchxrayvision") if name in sys.modules],
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
