"""The templates for a scorer and a detector: built, installed beside Lungline, found, held to the contract.

It costs about 20 s: two processes load the contract suites.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TEMPLATES = REPOSITORY / "docs" / "templates"
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"

pytestmark = pytest.mark.slow


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which both templates are installed as any distribution is."""
    site = tmp_path / "site-packages"
    for template in ("scorer", "detector"):
        source, wheels = tmp_path / template, tmp_path / "wheels"
        shutil.copytree(TEMPLATES / template, source)
        wheels.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(wheels)], cwd=source, capture_output=True, text=True, check=True
        )
        with zipfile.ZipFile(wheels / done.stdout.split()[-1]) as wheel:
            wheel.extractall(site)
    data = {"LUNGLINE_DATA_DIR": str(tmp_path / "data")}
    return {**os.environ, **data, "PYTHONPATH": os.pathsep.join([str(site), str(REPOSITORY)])}


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_scorer_from_outside_is_listed_and_keeps_the_contract(installed: dict[str, str]) -> None:
    assert "lower-half" in run(installed, "-m", "dashboard.cli", "models", "list")
    told = run(
        installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/contracts/test_scorers.py", "-k", "lower-half"
    )
    assert "25 passed" in told


def test_a_detector_from_outside_keeps_the_contract(installed: dict[str, str]) -> None:
    found = run(installed, "-c", "from core.trend import detector_names; print(detector_names()[-1])")
    assert found.strip() == "two-points"
    told = run(
        installed,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/contracts/test_detectors.py",
        "-k",
        "two-points",
    )
    assert "passed" in told
