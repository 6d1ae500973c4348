"""Films in folders: known by their content, everything else counted, nothing waited for, no link followed out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from film_factory import chest_values, dicom_bytes, jpeg_bytes, png_bytes
from film_site import CLEAR, MEDIUM, WHITE, Bench, dicom
from PIL import Image
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from core.errors import DataSetInvalidError, FilmUnreadableError
from core.films.kinds import FileKind, kind_of
from dashboard.intake.run import run_import
from dashboard.services.receiving import film_folder
from dashboard.services.receiving.film_folder import film_bytes, films_in

VALUES = chest_values(16, 16)
DIRECTORY = b"\x02\x00\x02\x00UI\x14\x001.2.840.10008.1.3.10"


def names(folder: Path, **given: bool) -> list[str]:
    return [str(path.relative_to(folder)) for path in films_in(folder, **given).films]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (dicom_bytes(VALUES), FileKind.FILM),
        (dicom_bytes(VALUES, preamble=False), FileKind.FILM),
        (dicom_bytes(VALUES, preamble=False, transfer_syntax=ImplicitVRLittleEndian), FileKind.FILM),
        (dicom_bytes(VALUES, preamble=False, transfer_syntax=ExplicitVRBigEndian), FileKind.FILM),
        (dicom_bytes(VALUES)[132:], FileKind.FILM),
        (png_bytes(VALUES), FileKind.FILM),
        (jpeg_bytes(VALUES), FileKind.FILM),
        (bytes(128) + b"DICM" + DIRECTORY + bytes(8), FileKind.DICOMDIR),
        (b"", FileKind.EMPTY),
        (b"II*\0\x08\0\0\0", FileKind.TIFF),
        (b"%PDF-1.7\n", FileKind.PDF),
        (b"PK\x03\x04" + bytes(30), FileKind.ARCHIVE),
        (b"RIFF\0\0\0\0WEBPVP8 ", FileKind.WEBP),
        ("path;patient_id\nMüller".encode("cp1252"), FileKind.TEXT),
        ("path,patient_id".encode("utf-16"), FileKind.TEXT),
        (bytes(600), FileKind.OTHER),
    ],
)
def test_a_file_is_what_its_content_says(head: bytes, kind: FileKind) -> None:
    assert kind_of(head[:4096]) is kind


def test_films_are_found_whatever_their_names(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("IM0001", "1.2.840.4711", "scan.txt", "deep/er/film.bak"):
        (tmp_path / name).write_bytes(dicom_bytes(VALUES, preamble=name != "IM0001"))
    (tmp_path / "picture").write_bytes(png_bytes(VALUES))
    (tmp_path / "empty.dcm").touch()
    assert names(tmp_path) == ["1.2.840.4711", "IM0001", "empty.dcm", "picture", "scan.txt", "deep/er/film.bak"]


def test_what_is_passed_over_is_counted_by_kind(tmp_path: Path) -> None:
    stream = BytesIO()
    Image.fromarray(VALUES).save(stream, "TIFF")
    (tmp_path / "a.tif").write_bytes(stream.getvalue())
    (tmp_path / "b.csv").write_text("a,b\n")
    (tmp_path / "c.txt").write_text("read me")
    (tmp_path / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM" + DIRECTORY + bytes(8))
    found = films_in(tmp_path)
    assert found.films == ()
    assert found.passed_over == {FileKind.TIFF: 1, FileKind.TEXT: 2, FileKind.HIDDEN: 1, FileKind.DICOMDIR: 1}
    assert found.words == (
        "Passed over, because it is no film: 1 x DICOM directory, 1 x TIFF picture, 2 x text file or table, "
        "1 x hidden file or folder."
    )


def test_links_are_followed_out_of_a_folder_on_request_only(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "films"
    for place in (outside, folder / "inner"):
        place.mkdir(parents=True)
    (outside / "theirs").write_bytes(dicom_bytes(VALUES))
    (folder / "inner" / "ours").write_bytes(dicom_bytes(VALUES))
    (folder / "file-out").symlink_to(outside / "theirs")
    (folder / "folder-out").symlink_to(outside)
    (folder / "inside").symlink_to(folder / "inner" / "ours")
    (folder / "inner" / "up").symlink_to(folder)
    (folder / "nowhere").symlink_to(tmp_path / "gone")
    (outside / "back").symlink_to(folder)

    found = films_in(folder)
    assert names(folder) == ["inside", "inner/ours"]
    assert found.passed_over == {FileKind.LINK_OUT: 2, FileKind.BROKEN_LINK: 1}
    assert found.words.endswith("Links out of the folder are followed with --follow-links.")
    assert names(folder, follow_links=True) == ["file-out", "inside", "folder-out/theirs", "inner/ours"]


def test_an_import_counts_what_it_passed_over(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    for name, source in (("one", dicom(CLEAR)), ("two.dat", dicom(WHITE, hours=3)[132:])):
        (folder / name).write_bytes(source)
    (folder / "notes.txt").write_text("of the ward")
    bench.wait(hours=3)
    report = run_import([folder], site=bench.site)
    assert [film.time_doubt for film in bench.films()] == [None, None]
    assert (report.received, report.scored, dict(report.passed_over)) == (2, 2, {FileKind.TEXT: 1})
    assert report.notes == ("Passed over, because it is no film: 1 x text file or table.",)


def test_a_folder_of_too_many_files_is_refused_before_anything_is_stored(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_folder, "MAX_ENTRIES", 2)
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(dicom(MEDIUM, hours=number))
    with pytest.raises(DataSetInvalidError, match=r"more than 2 files\. Import the folders in it"):
        run_import([tmp_path], site=bench.site)
    assert not list(bench.site.store.hashes())


def test_a_file_larger_than_any_film_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_folder, "MAX_BYTES", 1_000)
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(FilmUnreadableError, match="The file has 300 MB"):
        film_bytes(tmp_path / "huge")
