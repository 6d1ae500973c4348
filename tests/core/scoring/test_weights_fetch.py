"""Fetching the published file: whole, resumed after a lost connection, and failing with a way out."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import ScorerUnknownError, WeightsInvalidError, WeightsMissingError
from core.research.evaluation.published.weights import PublishedFiles
from core.scoring.weights import BACKBONE, fetch_weights, import_weights, missing_parts, weights_sha256


@dataclass
class Publisher:
    """A local stand-in of the download site.

    Attributes
    ----------
    drops : list of int
        How many bytes each answer sends before the connection drops; whole answers once it is empty.
    """

    content: bytes
    drops: list[int] = field(default_factory=list)
    ranges: bool = True
    status: int | None = None
    asked: list[str | None] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def publisher(published_files: PublishedFiles) -> Iterator[Publisher]:
    """Serve the published file on a free port of this machine."""
    site = Publisher(published_files.densenet.read_bytes())

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, site)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_port}/weights.pt"
        yield site
        server.shutdown()
        thread.join()


def answer(handler: http.server.BaseHTTPRequestHandler, site: Publisher) -> None:
    wanted = handler.headers.get("Range")
    site.asked.append(wanted)
    if site.status is not None:
        handler.send_error(site.status)
        return
    start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and site.ranges else 0
    if start >= len(site.content):
        handler.send_response(416)
        handler.send_header("Content-Range", f"bytes */{len(site.content)}")
        handler.end_headers()
        return
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
    handler.send_header("Content-Length", str(len(site.content) - start))
    handler.end_headers()
    body = site.content[start:]
    handler.wfile.write(body[: site.drops.pop(0)] if site.drops else body)


def test_a_whole_download_is_imported_and_its_progress_told(
    publisher: Publisher, published_files: PublishedFiles, tmp_path: Path
) -> None:
    progress: list[tuple[int, int | None]] = []
    (imported,) = fetch_weights(
        "txrv-cohen2020",
        weights_dir=tmp_path / "fetched",
        url=publisher.url,
        progress=lambda *told: progress.append(told),
    )
    assert imported.part is BACKBONE
    assert progress[-1] == (len(publisher.content), len(publisher.content))
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert imported.sha256 == import_weights(published_files.densenet, weights_dir=tmp_path / "imported").sha256
    assert not list((tmp_path / "fetched").glob("*.part"))


def test_what_is_there_is_not_fetched_again(publisher: Publisher, txrv_weights_dir: Path) -> None:
    assert fetch_weights("txrv-cohen2020", weights_dir=txrv_weights_dir, url=publisher.url) == ()
    assert publisher.asked == []


def test_a_connection_lost_half_way_is_resumed_where_it_stopped(publisher: Publisher, tmp_path: Path) -> None:
    half = len(publisher.content) // 2
    publisher.drops = [half]
    fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert publisher.asked == [None, f"bytes={half}-"]
    assert missing_parts("txrv-cohen2020", weights_dir=tmp_path) == ()


def test_a_download_given_up_is_resumed_by_the_next_call(publisher: Publisher, tmp_path: Path) -> None:
    publisher.drops = [1000, 1000, 1000]
    with pytest.raises(WeightsMissingError, match=r"could not be downloaded \(.*3,000.*\)\. What arrived is kept"):
        fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert publisher.asked[-1] == "bytes=3000-"


def test_a_server_that_cannot_resume_sends_the_whole_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.drops = [5000]
    publisher.ranges = False
    fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert len(weights_sha256("txrv-cohen2020", weights_dir=tmp_path)) == 64


def test_a_download_that_was_complete_already_is_imported(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "densenet121-res224-all.part").write_bytes(publisher.content)
    (imported,) = fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert imported.part is BACKBONE


def test_an_unfinished_download_longer_than_the_file_starts_again(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "densenet121-res224-all.part").write_bytes(publisher.content + b"more")
    fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert publisher.asked == [f"bytes={len(publisher.content) + 4}-", None]


def test_an_unfinished_download_of_another_file_is_refused_then_fetched_anew(
    publisher: Publisher, tmp_path: Path
) -> None:
    (tmp_path / "densenet121-res224-all.part").write_bytes(b"x" * 4000)
    with pytest.raises(WeightsInvalidError, match="is no weight file"):
        fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert publisher.asked[-1] is None


@pytest.mark.parametrize("status", [404, 503])
def test_a_refusing_server_gives_the_way_by_file(publisher: Publisher, tmp_path: Path, status: int) -> None:
    publisher.status = status
    with pytest.raises(WeightsMissingError) as failure:
        fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    for text in (str(status), publisher.url, "lungline models import FILE", "lungline models fetch txrv-cohen2020"):
        assert text in str(failure.value)
    assert "What arrived is kept" not in str(failure.value)


def test_no_network_gives_the_librarys_own_address_and_the_way_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(WeightsMissingError, match=r"Network is unreachable.*github\.com/mlmed/torchxrayvision.*-best"):
        fetch_weights("txrv-cohen2020", weights_dir=tmp_path)


@pytest.mark.parametrize(
    "url", ["http://example.org/weights.pt", "file:///etc/passwd", "ftp://127.0.0.1/weights.pt", "weights.pt"]
)
def test_an_address_that_could_be_tampered_with_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(WeightsMissingError, match="expected an https address"):
        fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=url)


def test_a_download_without_end_is_stopped_and_thrown_away(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(small := type(BACKBONE)(**vars(BACKBONE)), "maximum_bytes", 10_000)
    monkeypatch.setattr("core.scoring.weights._fetch.missing_parts", lambda *_, **__: (small,))
    with pytest.raises(WeightsInvalidError, match="sends more than 10,000 bytes"):
        fetch_weights("txrv-cohen2020", weights_dir=tmp_path, url=publisher.url)
    assert not list(tmp_path.glob("*.part"))


def test_files_that_nobody_offers_are_asked_for(
    publisher: Publisher, published_files: PublishedFiles, tmp_path: Path
) -> None:
    (imported,) = fetch_weights("txrv-ralo", weights_dir=tmp_path, url=publisher.url)
    assert [name.split()[0] for name in imported.still_missing["txrv-ralo"]] == ["mlp_geo.pkl", "mlp_opa.pkl"]
    with pytest.raises(WeightsMissingError, match=r"mlp_geo\.pkl .* and mlp_opa\.pkl .*cannot be fetched"):
        fetch_weights("txrv-ralo", weights_dir=tmp_path, url=publisher.url)
    for path in (published_files.mlp_geographic_extent, published_files.mlp_opacity):
        import_weights(path, weights_dir=tmp_path)
    assert fetch_weights("txrv-ralo", weights_dir=tmp_path, url=publisher.url) == ()


def test_a_scorer_with_its_own_weights_has_nothing_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(ScorerUnknownError, match="'embedded' takes no weights"):
        fetch_weights("embedded", weights_dir=tmp_path)
