"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real films, which is not part of the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not (folder / "films.csv").is_file():
        pytest.skip(f"the real films are not on this machine ({folder.name} beside the repository)")
    return folder
