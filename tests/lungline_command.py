"""The `lungline` command as tests call it, and films for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from core.films.synthetic import LungSeverity, SyntheticFilm, draw_film, write_dicom
from core.types import PatientIdentity

PLUGINS = Path(__file__).resolve().parent / "plugins"


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        """Return the one JSON document on standard output."""
        assert self.out, self.err
        return json.loads(self.out)


Lungline = Callable[..., Answer]


@cache
def drawn(number: str, extent: float) -> SyntheticFilm:
    lung = LungSeverity(extent, 2.0)
    return draw_film(patient_seed=int(number), film_seed=int(10 * extent), right=lung, left=lung, size=512)


def write_films(folder: Path, *, number: str = "4711", count: int = 3, name: str = "Okafor, Ada") -> Path:
    """Write films of one patient on consecutive days, each more opaque than the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = PatientIdentity(number, name=name)
    for index in range(count):
        at = datetime.now(UTC) - timedelta(days=3 - index)
        film = write_dicom(drawn(number, 1.0 + index), identity=identity, acquired_at=at, uid_seed=f"{number} {index}")
        (folder / f"{number}-{index}.dcm").write_bytes(film)
    return folder
