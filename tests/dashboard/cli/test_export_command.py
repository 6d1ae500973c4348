"""`lungline export`: what it writes, says and refuses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from lungline_command import Lungline, write_films

TABLES = {"patients", "films", "scores", "verdicts", "flags", "observations", "events"}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_it_counts_what_it_wrote(lungline: Lungline, tmp_path: Path, form: str) -> None:
    assert lungline("import", write_films(tmp_path / "films", count=2)).code == 0
    answer = lungline("export", tmp_path / "out", "--format", form, "--json")
    assert answer.code == 0, answer.err
    rows = {"patients": 1, "films": 2, "scores": 2, "verdicts": 20, "flags": 0, "observations": 0, "events": 0}
    told = answer.document
    assert told["rows"] == rows
    assert (told["format"], told["model"], told["names"]) == (form, "mean-grey", False)
    assert {path.stem for path in (tmp_path / "out").iterdir()} == TABLES | {"data-dictionary", "README"}
    read = pd.read_csv if form == "csv" else pd.read_parquet
    assert {name: len(read(tmp_path / "out" / f"{name}.{form}")) for name in rows} == rows
    assert "Okafor" not in "".join(str(read(tmp_path / "out" / f"{name}.{form}").to_dict()) for name in rows)


def test_it_says_whether_names_are_in_it(lungline: Lungline, tmp_path: Path) -> None:
    assert lungline("import", write_films(tmp_path / "films", count=1)).code == 0
    without = lungline("export", tmp_path / "without")
    assert without.out.startswith(f"13 rows written to {tmp_path / 'without'}: patients 1, films 1, scores 1,")
    assert "Patients are pseudonyms (--names for names)." in without.out
    named = lungline("export", tmp_path / "named", "--names")
    assert "With names: keep it as you keep patients' records." in named.out
    assert pd.read_csv(tmp_path / "named" / "patients.csv")["name"].tolist() == ["Okafor, Ada"]


def test_it_refuses_a_folder_in_use_an_unknown_format_and_no_site(
    lungline_anew: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = lungline_anew("export", tmp_path / "out")
    assert refused.code == 2
    assert refused.err.startswith("There is nothing at sqlite:///")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "site").exists()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").touch()
    refused = lungline_anew("export", tmp_path / "used")
    assert (refused.code, "is not empty. Name a new folder." in refused.err) == (2, True)
    refused = lungline_anew("export", tmp_path / "out", "--format", "xlsx")
    assert (refused.code, "'xlsx' is not one of 'csv', 'parquet'" in refused.err) == (2, True)
    monkeypatch.setenv("LUNGLINE_DATABASE_URL", f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert lungline_anew("export", tmp_path / "out").code == 2
