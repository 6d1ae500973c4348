"""What the command answers to tables that spreadsheets wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from film_site import CLEAR, png
from lungline_command import Lungline

ROWS = "path;patient_id;day;name\nf0.png;4711;1;Müller, Jörg\n"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (ROWS.encode(), 0, ""),
        (ROWS.replace(";1;", ";1,5;").encode(), 1, "line 2, column 'day': '1,5' has a comma"),
        (ROWS.encode("cp1252"), 2, "line 2, column 'name': a character is not in UTF-8"),
        (b"path;name\nf0.png;Doe\n", 2, "has no column 'patient_id'"),
    ],
)
def test_exit_codes_follow(lungline: Lungline, tmp_path: Path, content: bytes, code: int, words: str) -> None:
    (tmp_path / "f0.png").write_bytes(png(CLEAR))
    (tmp_path / "films.csv").write_bytes(content)
    answer = lungline("import", tmp_path / "films.csv", "--dataset", "manifest")
    assert (answer.code, words in " ".join((answer.out + answer.err).split())) == (code, True)
