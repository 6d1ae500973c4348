"""The README's commands do what it says, in its order, on one site."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from conftest import REPOSITORY
from lungline_command import Lungline, write_films

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands(program: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(f"{program} ")]


def test_its_lungline_commands_run_in_order(lungline: Lungline, tmp_path: Path) -> None:
    films = write_films(tmp_path / "films")
    places = {
        "film.dcm": str(next(films.iterdir())),
        "/path/to/films": str(films),
        "4711.pdf": str(tmp_path / "4711.pdf"),
        "/mnt/backup/2026-03-01": str(tmp_path / "backup"),
    }
    ran = []
    for command in commands("lungline"):
        words = [places.get(word, word) for word in shlex.split(command)[1:]]
        # What runs until it is ended only shows its help here; the browser tests run it.
        if words[:2] == ["backup", "restore"]:
            words += ["--data-dir", str(tmp_path / "new"), "--database", f"sqlite:///{tmp_path / 'new' / 'site.db'}"]
        answer = lungline(*words, "--help") if words[0] == "serve" else lungline(*words)
        assert answer.code == 0, (command, answer.err)
        ran.append(words[0])
    assert ran == ["score", "import", "stay", "serve", "trend", "report", "doctor", "backup", "backup", "backup"]


def test_its_make_targets_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command in commands("make")]
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}:.*## ", makefile, re.MULTILINE) for target in targets)


def test_its_links_lead_somewhere() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert linked
    assert [link for link in linked if not (REPOSITORY / link).exists()] == []
