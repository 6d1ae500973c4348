"""Thumbnails: made once, kept where only the owner reads, made again when they are gone."""

from __future__ import annotations

from datetime import UTC
from io import BytesIO
from pathlib import Path

import pytest
from film_factory import chest_values, dicom_bytes
from PIL import Image

from core.errors import FilmUnreadableError
from dashboard.pictures.films import film_thumbnail
from dashboard.pictures.thumbnails import Thumbnails

HASH = "ab" * 32


def test_a_thumbnail_is_a_small_jpeg_of_the_films_own_shape() -> None:
    source = dicom_bytes(chest_values(600, 400, bits=12, seed=1), bits_stored=12)
    with Image.open(BytesIO(film_thumbnail(source, site_zone=UTC))) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "L", (171, 256))


def test_it_is_drawn_once_and_drawn_again_when_it_is_gone(tmp_path: Path) -> None:
    drawn: list[str] = []

    def draw(content_hash: str) -> bytes:
        drawn.append(content_hash)
        return b"picture"

    folder = tmp_path / "thumbnails"
    thumbnails = Thumbnails(folder, draw)
    assert [thumbnails.get(HASH) for _ in range(2)] == [b"picture"] * 2
    assert drawn == [HASH]
    (kept,) = (path for path in folder.rglob("*") if path.is_file())
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (b"picture", 0o600)
    kept.unlink()
    assert thumbnails.get(HASH) == b"picture"
    assert drawn == [HASH, HASH]


def test_what_cannot_be_kept_is_shown_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert Thumbnails(tmp_path / "file", lambda _: b"picture").get(HASH) == b"picture"


def test_a_film_that_cannot_be_read_leaves_nothing(tmp_path: Path) -> None:
    def refuse(_: str) -> bytes:
        raise FilmUnreadableError("damaged")

    with pytest.raises(FilmUnreadableError):
        Thumbnails(tmp_path / "thumbnails", refuse).get(HASH)
    assert list(tmp_path.iterdir()) == []
