"""What the command makes of names, files and databases that mean ill, or are broken."""

from __future__ import annotations

import os
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lungline_command import Lungline, write_films

from core.types import PatientIdentity
from dashboard.cli.output import printable
from db.engine import create_engine, transaction
from db.repositories import patients

RED = "\x1b[31m"


def test_text_from_outside_does_not_command_the_terminal(lungline: Lungline) -> None:
    assert lungline("stay", "admit", "1", "--new", "--name", f"Okafor{RED}, Ada", "--unit", "A").code == 0
    shown = lungline("ward").out
    assert "\x1b" not in shown
    assert "Okafor\ufffd[31m, Ada" in shown
    assert printable("\u202egnp.exe\x9b\udcff\nÖ") == "\ufffdgnp.exe\ufffd\ufffd\nÖ"


def test_a_number_with_control_characters_is_refused_in_a_sentence(lungline: Lungline) -> None:
    answer = lungline("stay", "admit", f"1{RED}", "--new", "--unit", "A", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "'1\ufffd[31m' is no patient's number: it contains an invisible or unreadable character. Write the number "
        "again by hand.\n"
    )


def test_a_stay_without_unit_is_refused_in_a_sentence(lungline: Lungline) -> None:
    answer = lungline("stay", "admit", "1", "--new", "--unit", "")
    assert (answer.code, answer.err) == (2, "A stay needs a unit. Name one, for example ICU 1.\n")


def test_a_file_name_that_is_no_utf8_stops_no_import(lungline: Lungline, tmp_path: Path) -> None:
    folder = write_films(tmp_path / "films", count=2)
    try:
        (folder / "4711-0.dcm").rename(os.fsdecode(os.fsencode(folder) + b"/bad\xff.dcm"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    answer = lungline("import", folder, "--json")
    assert (answer.code, answer.document["scored"]) == (0, 2)
    again = lungline("import", folder, "--json")
    assert sorted(one["name"] for one in again.document["reasons"]) == ["4711-1.dcm", "bad?.dcm"]


def test_an_import_that_finds_no_film_says_so(lungline: Lungline, tmp_path: Path) -> None:
    (tmp_path / "films" / "folder.dcm").mkdir(parents=True)
    assert lungline("import", tmp_path / "films", "--json").document["notes"] == ["No film was found there."]


def test_the_database_is_for_its_owner_only(lungline_anew: Lungline, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir(mode=0o755)
    lungline_anew("ward")
    assert (tmp_path / "site" / "lungline.db").stat().st_mode & 0o777 == 0o600


def test_a_failing_database_is_one_sentence(
    lungline: Lungline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lungline("ward")
    monkeypatch.setattr("db.connection.BUSY_TIMEOUT_S", 0.05)
    with sqlite3.connect(tmp_path / "site" / "lungline.db", isolation_level=None) as other:
        other.execute("begin exclusive")
        answer = lungline("ward", "--json")
        other.execute("rollback")
    other.close()
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "The database is busy or took too long: nothing was stored. Try again in a minute.\n"


@pytest.mark.parametrize("time", ["0001-01-01", "9999-12-31T23:59-12:00"])
def test_a_time_without_a_date_in_utc_is_refused(lungline: Lungline, time: str) -> None:
    answer = lungline("ward", "--as-of", time)
    assert answer.code == 2
    assert answer.err.startswith(f"Time '{time}' is not understood.")


def test_a_number_is_found_among_many_that_contain_it(lungline: Lungline, tmp_path: Path) -> None:
    lungline("ward")
    engine = create_engine(f"sqlite:///{tmp_path / 'site' / 'lungline.db'}")
    with transaction(engine) as session:
        for number in range(60):
            identity = PatientIdentity(f"1{number:03}", name=f"A{number}")
            patients.find_or_create(identity, now=datetime.now(UTC), session=session)
        patients.find_or_create(PatientIdentity("1", issuer="X"), now=datetime.now(UTC), session=session)
        patients.find_or_create(PatientIdentity("1", issuer="Y", name="Z"), now=datetime.now(UTC), session=session)
    engine.dispose()
    answer = lungline("trend", "1")
    assert answer.code == 2
    assert "given by several issuers. Choose one: id:61 (X), id:62 (Y)." in answer.err


def test_a_merged_number_leads_to_the_patient_who_remains(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "one", count=1), write_films(tmp_path / "two", number="4712", count=1))
    lungline("patient", "merge", "4712", "4711", "--yes")
    assert lungline("trend", "4712", "--json").document["patient"]["identifier"] == "4711"


@pytest.mark.parametrize("argument", ["id:²", "id:99999999999999999999", "id:"])
def test_an_id_that_is_none_is_refused(lungline: Lungline, argument: str) -> None:
    answer = lungline("trend", argument)
    assert (answer.code, "is no patient" in answer.err) == (2, True)


def test_the_ward_says_what_its_rows_do_not(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films"))
    assert "Films in no stay, on none of these rows: 3." in lungline("ward").out
    engine = create_engine(f"sqlite:///{tmp_path / 'site' / 'lungline.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from film_score")
    engine.dispose()
    assert "Films wait, and no worker runs: 3." in lungline("ward").out
    scoring = lungline("ward", "--json").document["scoring_now"]
    assert (scoring["running"], scoring["waiting"], bool(scoring["waiting_since"])) == (False, 3, True)


def test_doctor_sees_that_this_machine_cannot_score_for_the_site(
    lungline: Lungline, monkeypatch: pytest.MonkeyPatch
) -> None:
    lungline("ward")
    monkeypatch.setattr("dashboard.services.site.scorers.scorer_version", lambda *_, **__: "2")
    answer = lungline("doctor", "--json")
    found = {one["subject"]: one for one in answer.document}
    assert (answer.code, found["active model"]["sound"]) == (1, False)
    assert "The site scores with mean-grey 1; this machine has version 2." in found["active model"]["text"]


def special_files(folder: Path) -> socket.socket:
    """Make a pipe and a socket, both named like films."""
    os.mkfifo(folder / "pipe.dcm")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.path.relpath(folder / "socket.dcm"))
    return listening


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.timeout(60)
def test_pipes_and_sockets_are_never_waited_for(
    lungline: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with special_files(folder):
        (folder / "film").write_bytes((write_films(tmp_path, count=1) / "4711-0.dcm").read_bytes())
        report = lungline("import", folder, "--json").document
        assert (report["received"], report["passed_over"]) == (1, {"pipe, socket or device": 2})
        for name, words in (("pipe.dcm", "named pipe"), ("socket.dcm", "socket")):
            imported = lungline("import", folder / name, "--json")
            assert (imported.code, imported.document["reasons"][0]["reason"]) == (
                1,
                f"The file cannot be read (it is a {words}, not a file).",
            )
            scored = lungline("score", folder / name, "--model", "mean-grey", "--json")
            assert (scored.code, scored.document[0]["status"]) == (1, "failed")
            weights = lungline("models", "import", folder / name)
            assert (weights.code, f"it is a {words}, not a file" in weights.err) == (2, True)
            (folder / "table.csv").unlink(missing_ok=True)
            (folder / "table.csv").symlink_to(folder / name)
            table = lungline("import", folder / "table.csv", "--dataset", "manifest")
            assert (table.code, "is no file" in table.err or "There is no table" in table.err) == (2, True)
    scored = lungline("score", "/dev/zero", "--model", "mean-grey", "--json")
    assert scored.document[0]["reason"] == "The file cannot be read (it is a device, not a file)."


def test_a_lost_database_is_refused_until_a_person_says_it_is_on_purpose(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films", count=2))
    assert lungline("db", "check", "--films").out == "The database is sound.\n"
    database = tmp_path / "site" / "lungline.db"
    database.unlink()
    for command in (["ward"], ["worker", "--once"], ["import", tmp_path / "films"], ["db", "upgrade"], ["db", "check"]):
        answer = lungline(*command)
        assert (answer.code, answer.out) == (2, "")
        assert "The database is lost or another one" in answer.err
        assert not database.exists()
    assert lungline("doctor").code == 1
    assert lungline("db", "adopt", "--by", "N. Weber").code == 0
    assert lungline("ward").code == 0


def test_lost_and_altered_films_are_found(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films", count=3))
    first, second, _third = sorted((tmp_path / "site" / "films").glob("??/??/*"))
    first.unlink()
    second.write_bytes(b"other")
    answer = lungline("db", "check", "--films", "--json")
    assert answer.code == 1
    said = sorted(finding.partition(": ")[2] for finding in answer.document["findings"])
    assert said == sorted(
        [
            f"The stored film {first.name[:12]}… is missing. Restore the film folder from its backup.",
            f"The stored film {second.name[:12]}… is damaged. Restore the film folder from its backup.",
        ]
    )
    assert lungline("db", "check").code == 0
