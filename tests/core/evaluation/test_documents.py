"""What an evidence command wrote is read back as the study it was."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import DataSetInvalidError, EvidenceMissingError
from core.evaluation.bootstrap import Estimate
from core.evaluation.evidence.documents import read_study
from core.research.evaluation.comparison import as_document


@dataclass(frozen=True)
class Part:
    """A part of a study."""

    name: str
    figure: Estimate
    share: float | None
    pair: tuple[float, int]


@dataclass(frozen=True)
class Study:
    """A study."""

    model: str
    parts: tuple[Part, ...]
    by_name: Mapping[str, tuple[Part, ...]]
    added_later: int = 3


PART = Part("one", Estimate(0.5, 0.25, 0.75), None, (1.5, 2))


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    study = Study("embedded", (PART,), {"all": (PART, PART)})
    (tmp_path / "study.json").write_text(json.dumps(as_document(study)))
    assert read_study(tmp_path / "study.json", Study, command="make it") == study


def test_what_no_film_determines_is_nan_and_what_a_later_version_added_has_its_default(tmp_path: Path) -> None:
    part = {"name": "one", "figure": [None, None, None], "share": 0.5, "pair": [1, 2]}
    (tmp_path / "study.json").write_text(json.dumps({"model": "m", "parts": [part], "by_name": {}}))
    study = read_study(tmp_path / "study.json", Study, command="make it")
    assert math.isnan(study.parts[0].figure.value)
    assert (study.parts[0].share, study.added_later) == (0.5, 3)


def test_a_missing_file_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(EvidenceMissingError, match=r"study.json is not on this machine\..*: make it$"):
        read_study(tmp_path / "study.json", Study, command="make it")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "m", "parts": 3, "by_name": {}}', '{"model": "m"}'])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(DataSetInvalidError, match=r"study.json is not as this version writes it .*: make it$"):
        read_study(tmp_path / "study.json", Study, command="make it")
