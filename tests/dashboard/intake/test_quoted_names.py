"""Names in messages: whole where they are short, both ends where they are long."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import DataSetInvalidError
from core.quoting import LONGEST, cut, quoted
from dashboard.errors import ConfigurationError
from dashboard.intake.detect import Dataset, detect, read_plan
from dashboard.intake.manifest import read_manifest
from dashboard.services.worker.score_files import score_files
from dashboard.settings import Settings

DEEP = Path("/", *["folder-of-films"] * 40, "film.dcm")


def test_a_name_is_cut_in_its_middle() -> None:
    assert cut("a" * LONGEST) == "a" * LONGEST
    assert cut("a" * LONGEST + "b") == "a" * 59 + "…" + "a" * 59 + "b"
    assert quoted(Path("a\tb")) == r"'a\tb'"


def test_paths_are_cut_in_what_an_import_refuses(tmp_path: Path) -> None:
    zone = ZoneInfo("UTC")
    for act in (
        lambda: detect(DEEP),
        lambda: read_plan(DEEP, Dataset.DICOM, None, site_zone=zone),
        lambda: read_plan(tmp_path, Dataset.AUTO, DEEP, site_zone=zone),
    ):
        with pytest.raises(DataSetInvalidError) as refused:
            act()
        assert quoted(DEEP) in str(refused.value)
        assert len(str(refused.value)) < 200
    with pytest.raises(ConfigurationError) as missing:
        list(score_files([DEEP], model="embedded", settings=Settings(data_dir=tmp_path)))
    assert str(missing.value) == f"There is no file {quoted(DEEP)}. Check the path."


def test_cells_are_cut_in_what_stops_a_film(tmp_path: Path) -> None:
    table = tmp_path / "films.csv"
    table.write_text(f"path,patient_id,day\n{'a/' * 500}f.png,1,\nf.png,2,{'x' * 500}\n")
    missing, undated = read_manifest(table, site_zone=ZoneInfo("UTC")).items
    assert missing.problem == f"There is no file {quoted('a/' * 500 + 'f.png')}."
    assert undated.problem == f"films.csv, line 3, column 'day': {quoted('x' * 500)} is no number of days. Mend it."
