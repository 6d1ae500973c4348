"""The film store: durable, named by content, private, and honest about damage."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from dashboard.errors import StorageFailedError, StoredFilmDamagedError
from dashboard.services.receiving.film_store import FilmStore


def test_put_and_get_by_content(tmp_path: Path) -> None:
    store = FilmStore(tmp_path / "films")
    content_hash = store.put(b"a film")

    assert content_hash == sha256(b"a film").hexdigest()
    assert store.get(content_hash) == b"a film"
    assert store.path(content_hash) == tmp_path / "films" / content_hash[:2] / content_hash[2:4] / content_hash
    assert list(store.hashes()) == [content_hash]


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    store = FilmStore(tmp_path)
    first = store.put(b"a film")
    written = store.path(first).stat().st_mtime_ns

    assert store.put(b"a film") == first
    assert store.path(first).stat().st_mtime_ns == written
    assert len(list(store.hashes())) == 1


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    store = FilmStore(tmp_path / "films")
    path = store.path(store.put(b"a film"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, tmp_path / "films"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_damage_and_loss_are_found_and_mended_by_the_same_film(tmp_path: Path) -> None:
    store = FilmStore(tmp_path)
    content_hash = store.put(b"a film")
    store.path(content_hash).write_bytes(b"a fi1m")
    with pytest.raises(StoredFilmDamagedError, match=r"damaged\. Restore"):
        store.get(content_hash)

    store.path(content_hash).unlink()
    with pytest.raises(StoredFilmDamagedError, match=r"missing\. Restore"):
        store.get(content_hash)

    assert store.put(b"a film") == content_hash
    assert store.get(content_hash) == b"a film"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_a_path_comes_from_a_hash_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no content hash"):
        FilmStore(tmp_path).path(name)


def test_file_and_folder_are_synced_before_put_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def record(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    store = FilmStore(tmp_path / "films")
    content_hash = store.put(b"a film")

    assert synced[0] == tmp_path.name
    assert synced[1:3] == ["films", content_hash[:2]]
    assert synced[3].startswith(".unfinished-")
    assert synced[4] == content_hash[2:4]


def test_unfinished_files_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    store = FilmStore(tmp_path)
    content_hash = store.put(b"a film")
    left = store.path(content_hash).parent / ".unfinished-x"
    left.write_bytes(b"a fi")

    assert store.remove_unfinished(before=left.stat().st_mtime) == 0
    assert store.remove_unfinished(before=left.stat().st_mtime + 1) == 1
    assert list(store.hashes()) == [content_hash]
    assert not left.exists()


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FilmStore(tmp_path)

    def full(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(28, "No space left on device")

    content_hash = store.put(b"another")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailedError, match=r"^The disk is full: nothing was stored\. Make room"):
        store.put(b"another film")

    assert list(store.hashes()) == [content_hash]
    assert not list(tmp_path.glob("??/??/.unfinished-*"))
