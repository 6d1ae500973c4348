"""What the backup commands say and answer with where not all is well."""

from __future__ import annotations

from pathlib import Path

from lungline_command import Lungline, write_films

STILL_MISSING = (
    "film of the database is still missing or damaged and not in this backup. Try another backup; "
    "`lungline db check --films` names them."
)


def stored_films(site: Path) -> list[Path]:
    return sorted((site / "films").glob("??/??/*"))


def test_how_many_of_the_missing_films_were_put_back_is_said(lungline: Lungline, tmp_path: Path) -> None:
    site, kept = tmp_path / "site", tmp_path / "kept"
    lungline("import", write_films(tmp_path / "films", count=2))
    assert lungline("backup", "create", kept).code == 0
    lungline("import", write_films(tmp_path / "films", count=3))
    held = {path.name for path in (kept / "films").glob("??/??/*")}
    of_backup, late = (
        [stored_film for stored_film in stored_films(site) if (stored_film.name in held) is inside]
        for inside in (True, False)
    )
    came_after = late[0].read_bytes()
    for lost in (of_backup[0], late[0]):
        lost.unlink()
    answer = lungline("backup", "restore", kept)
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "The database that is there was kept: 1 of 2 missing films put back.",
        f"1 {STILL_MISSING}",
    ]
    again = lungline("backup", "restore", kept, "--json")
    found = {name: again.document[name] for name in ("outcome", "films_put_back", "films_missing")}
    assert again.code == 1
    assert found == {"outcome": "The database that is there was kept", "films_put_back": 0, "films_missing": 1}
    late[0].write_bytes(came_after)
    of_backup[1].unlink()
    answer = lungline("backup", "restore", kept)
    assert (answer.code, answer.out) == (0, "The database that is there was kept: 1 of 1 missing film put back.\n")


def test_a_backup_that_lacks_films_does_not_come_back_as_sound(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films", count=2))
    stored_films(tmp_path / "site")[0].unlink()
    assert lungline("backup", "create", tmp_path / "kept").code == 1
    answer = lungline("backup", "restore", tmp_path / "kept", "--data-dir", tmp_path / "new")
    assert answer.code == 1
    assert answer.out.startswith("Restored, but films are missing: 1 of 2 films, ")
    assert len(stored_films(tmp_path / "new")) == 1


def test_no_command_uses_a_place_where_a_restore_was_cut_off(lungline: Lungline, tmp_path: Path) -> None:
    begun = tmp_path / "site" / ".unfinished-restore"
    begun.write_text("0" * 64)
    before = sorted(tmp_path.rglob("*"))
    commands = (["ward"], ["worker", "--once"], ["db", "upgrade"], ["db", "check"], ["db", "adopt", "--by", "N. Weber"])
    for command in (*commands, ["backup", "create", tmp_path / "kept"]):
        answer = lungline(*command)
        assert (answer.code, answer.out) == (2, "")
        assert "A backup is being brought back to" in answer.err
    assert lungline("doctor").code == 1
    assert sorted(tmp_path.rglob("*")) == before
    begun.unlink()
    assert lungline("ward").code == 0
