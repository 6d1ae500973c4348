"""The `lungline` command as people and scripts use it, on real files and a real database."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import typer
from film_factory import chest_values, dicom_bytes, png_bytes
from lungline_command import Lungline, drawn, write_films

from core.films.synthetic import write_dicom
from core.scoring.base import Scorer
from core.scoring.registry import load_scorer
from core.types import PatientIdentity, Score
from dashboard import cli
from dashboard.services.site.demo import demo_settings
from dashboard.services.worker import score_files
from dashboard.wording.trend import RECENT_LEVEL


def test_import_counts_each_film_once(lungline: Lungline, tmp_path: Path) -> None:
    folder = write_films(tmp_path / "films")
    first = lungline("import", folder, "--json")
    assert first.code == 0, first.err
    wanted = {"received": 3, "accepted": 3, "duplicates": 0, "rejected": 0, "failed": 0, "scored": 3}
    assert {name: first.document[name] for name in wanted} == wanted
    again = lungline("import", folder, "--json")
    assert (again.code, again.document["received"], again.document["duplicates"]) == (0, 0, 3)


def test_import_says_of_each_unscored_film_why(lungline: Lungline, tmp_path: Path) -> None:
    folder = write_films(tmp_path / "films", count=1)
    (folder / "damaged.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"nothing of the kind")
    answer = lungline("import", folder, "--dataset", "dicom", "--json")
    assert answer.code == 1
    assert answer.document["scored"] == 1
    reasons = {one["name"]: one["reason"] for one in answer.document["reasons"]}
    assert list(reasons) == ["damaged.dcm"]
    assert reasons["damaged.dcm"]


def test_patient_list_says_films_place_and_last_film(lungline: Lungline, tmp_path: Path) -> None:
    empty = lungline("patient", "list")
    assert (empty.code, empty.out.startswith("No patient yet. `lungline import` takes films in")) == (0, True)
    lungline("import", write_films(tmp_path / "films"))
    times = [film["acquired_at"] for film in lungline("trend", "4711", "--json").document["films"]]
    lungline("stay", "admit", "4711", "--unit", "ICU A", "--bed", "3", "--at", times[0])
    lungline("stay", "admit", "4712", "--unit", "ICU B", "--new", "--name", "Ito, Hana")
    ito, okafor = lungline("patient", "list", "--json").document
    assert (ito["patient"]["identifier"], ito["stay"]["unit"]) == ("4712", "ICU B")
    assert (ito["films_on_trend"], ito["last_film"]) == (0, None)
    assert (okafor["films_on_trend"], okafor["stay"]["bed"]) == (3, "3")
    assert okafor["last_film"]["acquired_at"] == times[-1]
    line = next(line for line in lungline("patient", "list", "--unit", "ICU A").out.splitlines() if "4711" in line)
    assert line.split() == ["id:1", "4711", "Okafor,", "Ada", "3", "ICU", "A", "3", *clock(times[-1]).split()]
    nobody = lungline("patient", "list", "--unit", "ICU C").out
    assert nobody.strip() == "No patient has an open stay in ICU C. Without --unit all patients are listed."


def clock(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M")


def test_trend_lists_films_in_order_with_scores(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films"))
    document = lungline("trend", "4711", "--json").document
    assert document["patient"]["name"] == "Okafor, Ada"
    assert document["model"] == "mean-grey"
    times = [film["acquired_at"] for film in document["films"]]
    assert times == sorted(times)
    extents = [film["score"]["geographic_extent"] for film in document["films"]]
    assert extents == sorted(extents)
    assert extents[0] < extents[-1]
    first = document["films"][0]["against_recent"]["geographic_extent"]
    assert (first["why_not"], first["reasons"]["found"]) == ("no_earlier_film", "no earlier film of this stay.")
    verdicts = [film["against_recent"]["geographic_extent"]["verdict"] for film in document["films"]]
    assert verdicts[0] == "not_assessed"
    assert verdicts[1] in {"rise", "large_rise", "no_real_change"}


def test_trend_says_what_is_compared_with_what(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films", count=2))
    lines = [line.rstrip() for line in lungline("trend", "4711").out.splitlines()]
    first_heads = ("projection,", "geographic", "opacity", "lungs", "verdict on geographic extent,")
    assert lines[1].split() == " ".join(first_heads).split()
    assert lines[3].endswith("○ not assessed: no earlier film of this stay")
    assert re.search(r"  = no real change, \+0\.1 in 24 h \(95 %: -0\.9 to \+1\.1; called from \d\.\d on\)$", lines[4])
    assert lines[-1] == (
        f"Each verdict compares a film's geographic extent with its recent level. {RECENT_LEVEL} In brackets after a "
        "score: its 90 % interval. More: `lungline trend PATIENT --json`, or the patient's page of the dashboard, "
        "/patient?id=1."
    )


def test_admit_puts_a_patient_on_the_board(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films"))
    assert lungline("ward", "--json").document["rows"] == []
    since = (datetime.now(UTC) - timedelta(days=4)).isoformat()
    assert lungline("stay", "admit", "4711", "--unit", "ICU A", "--bed", "3", "--at", since).code == 0
    rows = lungline("ward", "--json").document["rows"]
    assert [(row["stay"]["bed"], row["stay"]["identifier"], len(row["series"])) for row in rows] == [("3", "4711", 3)]
    assert "Okafor, Ada" in lungline("ward").out
    before = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    assert lungline("ward", "--as-of", before, "--json").document["rows"] == []
    assert lungline("stay", "move", "4711", "--unit", "ICU B", "--bed", "1").code == 0
    assert lungline("stay", "discharge", "4711").code == 0
    assert lungline("ward", "--json").document["rows"] == []


def test_an_admission_that_would_leave_fresh_films_out_asks_for_its_time(lungline: Lungline, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    at = datetime.now(UTC) - timedelta(hours=3)
    film = write_dicom(drawn("4711", 1.0), identity=PatientIdentity("4711"), acquired_at=at, uid_seed="fresh")
    (folder / "fresh.dcm").write_bytes(film)
    lungline("import", folder)
    refused = lungline("stay", "admit", "4711", "--unit", "ICU A")
    assert refused.code == 2
    assert "Films of the last day (1)" in refused.err
    given = lungline("stay", "admit", "4711", "--unit", "ICU A", "--at", (at - timedelta(hours=1)).isoformat())
    assert given.code == 0, given.err
    assert len(lungline("ward", "--json").document["rows"][0]["series"]) == 1


def test_json_activation_needs_confirmation(lungline: Lungline) -> None:
    answer = lungline("models", "activate", "embedded", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "--yes" in answer.err


def test_retracted_film_leaves_the_trend_and_is_listed(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films"))
    film = lungline("trend", "4711", "--json").document["films"][0]["film_id"]
    refused = lungline("film", "retract", film)
    assert refused.code == 2
    assert "Say why" in refused.err
    assert lungline("film", "retract", film, "--reason", "film of another patient", "--json").code == 0
    listed = lungline("film", "list", "--json").document
    assert [(row["film"]["film_id"], row["film"]["state"]) for row in listed["films"]] == [(film, "retracted")]


def test_film_moves_to_another_patient(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "one"), write_films(tmp_path / "two", number="4712", count=1))
    film = lungline("trend", "4711", "--json").document["films"][0]["film_id"]
    moved = lungline("film", "move", film, "4712", "--reason", "sent under the wrong number", "--json")
    assert moved.code == 0, moved.err
    assert film in [one["film_id"] for one in lungline("trend", "4712", "--json").document["films"]]


def test_patients_are_found_and_merged(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "one"), write_films(tmp_path / "two", number="4712", count=1))
    found = lungline("patient", "find", "okafor", "--json").document
    assert sorted(row["patient"]["identifier"] for row in found) == ["4711", "4712"]
    assert lungline("patient", "merge", "4712", "4711", "--json").code == 2
    assert lungline("patient", "merge", "4712", "4711", "--yes", "--json").code == 0
    left = lungline("patient", "find", "okafor", "--json").document
    assert [row["patient"]["identifier"] for row in left] == ["4711"]


def test_a_bare_number_is_never_a_database_id(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "films"))
    assert lungline("trend", "id:1", "--json").document["patient"]["identifier"] == "4711"
    answer = lungline("trend", "1")
    assert answer.code == 2
    assert "No patient has the number '1'" in answer.err


def test_score_stores_nothing(lungline_anew: Lungline, tmp_path: Path) -> None:
    folder = write_films(tmp_path / "films", count=1)
    (folder / "blank.png").write_bytes(png_bytes(np.full((400, 400), 7, dtype=np.uint8)))
    (folder / "words.txt").write_text("no film", encoding="utf-8")
    answer = lungline_anew("score", folder, "--model", "mean-grey", "--json")
    assert answer.code == 1
    by_name = {Path(one["path"]).name: one for one in answer.document}
    assert {name: one["status"] for name, one in by_name.items()} == {
        "4711-0.dcm": "scored",
        "blank.png": "rejected",
        "films": "passed over",
    }
    assert by_name["films"]["reason"] == "Passed over, because it is no film: 1 x text file or table."
    scored = by_name["4711-0.dcm"]
    assert 0 < scored["geographic_extent"] < 8
    assert scored["geographic_extent_interval"] is None
    assert by_name["blank.png"]["reason"]
    assert not (tmp_path / "site").exists()


def test_score_gives_every_part_of_a_score(lungline: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        "geographic_extent_right": 2.5,
        "geographic_extent_left": 1.5,
        "opacity_right": 2.0,
        "opacity_left": 1.0,
        "opacity_fraction": 31.4,
        "opacity_fraction_right": 42.0,
        "opacity_fraction_left": 19.6,
        "brixia_zones": (1.0, 2.0, 3.0, 0.0, 1.25, 2.0),
    }

    def load(name: str, *, weights_dir: Path) -> Scorer:
        scorer = load_scorer(name, weights_dir=weights_dir)
        score = Score(scorer.name, scorer.version, 4.0, 3.0, **parts)  # type: ignore[arg-type]
        monkeypatch.setattr(scorer, "score", lambda prepared: [score for _film in prepared])
        return scorer

    folder = write_films(tmp_path / "films", count=1)
    without = lungline("score", folder, "--model", "mean-grey", "--json").document[0]
    assert {without[name] for name in parts} | {without["brixia"]} == {None}
    monkeypatch.setattr(score_files, "load_scorer", load)
    scored = lungline("score", folder, "--model", "mean-grey", "--json").document[0]
    assert {name: scored[name] for name in parts} == parts | {"brixia_zones": list(parts["brixia_zones"])}
    assert scored["brixia"] == 9.25
    contradicting = dicom_bytes(chest_values(320, 256), PatientOrientation=["R", "F"])
    (folder / "contradicting.dcm").write_bytes(contradicting)
    by_side = [name for name in parts if name != "opacity_fraction"]
    doubted = lungline("score", folder / "contradicting.dcm", "--model", "mean-grey", "--json").document[0]
    assert (doubted["sides_in_doubt"], scored["sides_in_doubt"]) == (True, False)
    assert {doubted[name] for name in by_side} == {None}
    assert (doubted["geographic_extent"], doubted["opacity_fraction"], doubted["brixia"]) == (4.0, 31.4, 9.25)
    (folder / "contradicting.dcm").unlink()
    heading, line = lungline("score", folder, "--model", "mean-grey").out.splitlines()
    assert "opaque share (%)" in heading
    assert line.split()[-5:] == ["scored", "4.0", "3.0", "31", "9"]


def test_errors_are_one_sentence_with_the_way_out(lungline: Lungline, tmp_path: Path) -> None:
    answer = lungline("score", tmp_path / "missing.dcm", "--model", "mean-grey")
    assert (answer.code, answer.out) == (2, "")
    assert "There is no file" in answer.err
    unknown = lungline("models", "show", "best-ever")
    assert unknown.code == 2
    assert "There is no scorer 'best-ever'" in unknown.err
    assert lungline("ward", "--as-of", "yesterday").code == 2
    assert "Traceback" not in answer.err + unknown.err


def test_wrong_option_ends_with_usage_error(lungline: Lungline) -> None:
    answer = lungline("ward", "--no-such-option")
    assert answer.code == 2
    assert "No such option" in answer.err


def test_unforeseen_error_is_no_traceback(lungline: Lungline, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("dashboard.cli.trend.open_site", fail)
    answer = lungline("ward")
    assert answer.code == 2
    assert "RuntimeError" in answer.err
    assert "Traceback" not in answer.err


def test_serve_refuses_other_machines_without_sign_in(lungline: Lungline) -> None:
    answer = lungline("serve", "--host", "0.0.0.0")  # noqa: S104 - it is refused
    assert answer.code == 2
    assert "--insecure" in answer.err


def test_demo_refuses_a_folder_in_use(lungline: Lungline, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    answer = lungline("demo", "--data-dir", tmp_path, "--port", 1)
    assert answer.code == 2
    assert "not empty" in answer.err
    assert (tmp_path / "kept.txt").read_text(encoding="utf-8") == "mine"


def test_demo_keeps_out_of_the_site_and_says_so(
    lungline: Lungline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUNGLINE_FILM_DIR", str(tmp_path / "site" / "films"))
    settings = demo_settings(tmp_path / "new", port=8501)
    assert (settings.data_dir, settings.film_dir) == (tmp_path / "new", tmp_path / "new" / "films")
    assert settings.database_url == f"sqlite:///{tmp_path / 'new' / 'lungline.db'}"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = lungline("demo", "--port", taken.getsockname()[1])
    assert answer.code == 2
    assert "and are removed when it ends. --data-dir DIR keeps them." in answer.out
    assert "so it does not use LUNGLINE_DATA_DIR, LUNGLINE_FILM_DIR." in answer.err


def test_models_list_names_the_active_one(lungline: Lungline) -> None:
    rows = lungline("models", "list", "--json").document
    assert [row["model"] for row in rows if row["active"]] == ["mean-grey"]
    assert {"embedded", "txrv-cohen2020", "txrv-ralo"} <= {row["model"] for row in rows}


def test_models_activate_shows_the_shift_and_rescores(
    lungline: Lungline, tmp_path: Path, txrv_weights_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lungline("import", write_films(tmp_path / "films"))
    monkeypatch.setenv("LUNGLINE_WEIGHTS_DIR", str(txrv_weights_dir))
    answer = lungline("models", "activate", "txrv-cohen2020", "--by", "test", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert answer.document["preview"]["n_films"] == 3
    assert answer.document["activation"]["films_to_score"] == 3
    assert lungline("worker", "--once").code == 0
    document = lungline("trend", "4711", "--json").document
    assert document["model"] == "txrv-cohen2020"
    assert all(film["score"]["model"] == "txrv-cohen2020" for film in document["films"])


def test_database_is_upgraded_and_checked(lungline_anew: Lungline) -> None:
    assert lungline_anew("db", "upgrade", "--json").document["before"] is None
    assert lungline_anew("db", "check", "--json").document == {"findings": []}


def test_config_names_the_sources(lungline: Lungline) -> None:
    rows = {row["name"]: row for row in lungline("config", "--json").document}
    assert rows["site_zone"] == {
        "name": "site_zone",
        "value": "Europe/Berlin",
        "source": "environment LUNGLINE_SITE_ZONE",
    }


def test_doctor_finds_a_new_site_sound(lungline_anew: Lungline) -> None:
    findings = lungline_anew("doctor", "--json").document
    assert all(finding["sound"] for finding in findings), findings
    assert "database" in {finding["subject"] for finding in findings}


@pytest.mark.parametrize("unit", [None, "ICU A"])
def test_flags_of_an_empty_site(lungline: Lungline, unit: str | None) -> None:
    options = ["--unit", unit] if unit else []
    nothing = {"flags": [], "films_to_compare_by_eye": []}
    assert lungline("flags", "list", "--json", *options).document == nothing
    assert "No open flag" in lungline("flags", "list", *options).out


def every_command() -> list[list[str]]:
    group = typer.main.get_command(cli.app)
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [[name, sub] for sub in inner] if inner else [[name]]
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(lungline: Lungline, command: list[str]) -> None:
    answer = lungline(*command, "--help")
    assert answer.code == 0
    assert f"Example: lungline {' '.join(command)}" in answer.out


def test_commands_start_without_torch() -> None:
    script = "import sys, dashboard.cli; print([m for m in ('torch', 'sklearn', 'streamlit') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_a_film_is_moved_to_another_person_only_when_that_is_confirmed(lungline: Lungline, tmp_path: Path) -> None:
    lungline("import", write_films(tmp_path / "one", count=1))
    lungline("import", write_films(tmp_path / "two", number="4712", count=1, name="Ferreira, Joao"))
    move = ("film", "move", "1", "4712", "--reason", "mixed up", "--by", "Dr A")
    refused = lungline(*move)
    assert refused.code == 2
    assert "names another person than the patient it would go to: the name differs." in refused.err
    assert "--confirm-different-person" in refused.err
    assert all(text in refused.out for text in ("the film itself says", "Okafor, Ada", "moved to", "Ferreira, Joao"))

    moved = lungline(*move, "--confirm-different-person", "--json").document
    assert (moved["state"], moved["differences"]) == ("accepted", ["name"])
    marked = {film["film_id"]: film["other_person"] for film in lungline("trend", "4712", "--json").document["films"]}
    assert (marked[1]["actor"], marked[1]["reason"], marked[2]) == ("Dr A", "mixed up", None)
    assert "was moved here although it names another person: Dr A, " in lungline("trend", "4712").out

    assert lungline("film", "undo-retraction", "1").code == 2
    lungline("film", "retract", "1", "--reason", "wrong")
    assert lungline("film", "undo-retraction", "1", "--json").document["state"] == "received"


def test_films_of_nobody_are_listed_and_given_their_number(lungline: Lungline, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    identity = PatientIdentity("4.71E+09", name="Ferreira, Joao")
    at = datetime.now(UTC) - timedelta(hours=2)
    (folder / "a.dcm").write_bytes(write_dicom(drawn("1", 1.0), identity=identity, acquired_at=at, uid_seed="x"))
    found = lungline("import", folder, "--json")
    assert (found.code, found.document["received"], found.document["quarantined"]) == (1, 1, 1)
    assert "names no patient" in found.document["reasons"][0]["reason"]
    assert "Films set aside until a person decides: 1." in lungline("ward").out
    assert all(text in lungline("film", "list").out for text in ("4.71E+09", "Ferreira, Joao", "quarantined"))
    assert lungline("stay", "admit", "4.71E+09", "--unit", "ICU").code == 2

    given = ("film", "move", "1", "4711", "--new", "--reason", "asked", "--json")
    assert lungline(*given).document["state"] == "accepted"
    assert lungline("trend", "4711", "--json").document["patient"]["name"] == "Ferreira, Joao"
