"""The dashboard's process: films by signed addresses only, headers on every answer, no network library."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
import streamlit
from film_factory import chest_values, dicom_bytes
from PIL import Image
from starlette.applications import Starlette
from starlette.types import Message, Scope
from streamlit import net_util
from streamlit.web.server.starlette import starlette_websocket
from ward_site import WardSite, open_ward_site

from core.errors import FilmUnreadableError
from core.scoring.saliency import DrawnMap, MapKind
from dashboard.listening import FAILED, OwnOrigin
from dashboard.pictures import urls as film_urls
from dashboard.pictures.films import GREYS_LONGER_SIDE_PIXELS, LONGER_SIDE_PIXELS, film_greys, film_picture
from dashboard.pictures.handlers import GREYS_HEADER, SUMMARY_HEADER
from dashboard.pictures.maps import stored_picture
from dashboard.server import (
    SECURITY_HEADERS,
    STREAMLIT_INLINE_SCRIPT,
    _routes,
    _streamlit_options,
    guards,
    main,
)
from dashboard.settings import load_settings
from db.engine import transaction
from db.errors import DatabaseReplacedError
from db.repositories import films, maps
from db.trouble import SENTENCES

NOW = 1_000_000.0
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def ward(tmp_path: Path) -> WardSite:
    return open_ward_site(tmp_path)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.content.decode()


@dataclass(frozen=True)
class Client:
    """Asks the application without a network."""

    app: Starlette

    def get(self, address: str, **headers: str) -> Answer:
        """Ask for a path with its query."""
        return asyncio.run(self._get(address, [(name.encode(), value.encode()) for name, value in headers.items()]))

    async def _get(self, address: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
        path, _, query = address.partition("?")
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": list(headers),
            "root_path": "",
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture
def client(ward: WardSite) -> Client:
    return Client(Starlette(routes=_routes(ward.settings), middleware=guards(ward.settings)))


@pytest.fixture
def film_id(ward: WardSite) -> int:
    return ward.film(ward.patient("Ann"), 3, 2.0)


def address(film_id: int) -> str:
    # By the clock that the route reads.
    return film_urls.film_url(film_id, now=time.time())


def test_a_signed_address_gives_the_picture(client: Client, film_id: int) -> None:
    answer = client.get(address(film_id))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"].startswith("private")
    assert answer.content.startswith(b"\x89PNG")


def test_every_answer_has_the_security_headers(client: Client, film_id: int) -> None:
    for path in (address(film_id), f"/films/{film_id}.png", "/nothing"):
        headers = client.get(path).headers
        for name, value in SECURITY_HEADERS.items():
            assert headers[name] == value


@pytest.mark.parametrize(
    "query",
    [
        "",
        "expires=9999999999&signature=",
        "expires=9999999999&signature=" + "0" * 64,
        "expires=abc&signature=x",
        "expires=٣&signature=x",
        "expires=" + "9" * 40 + "&signature=x",
        "expires=-1&signature=x",
        "expires=9999999999&signature=é",
    ],
)
def test_an_address_without_a_signature_gives_nothing(client: Client, film_id: int, query: str) -> None:
    answer = client.get(f"/films/{film_id}.png?{query}")
    assert answer.status_code == 403
    assert answer.text == "This address is not valid any more. Reload the page."


def test_the_signature_of_one_film_opens_no_other(client: Client, film_id: int) -> None:
    query = urlsplit(address(film_id)).query
    assert client.get(f"/films/{film_id + 1}.png?{query}").status_code == 403


@pytest.mark.parametrize("given", [film_urls.film_url, film_urls.greys_url, film_urls.map_url, film_urls.planes_url])
def test_an_address_expires(given: Callable[..., str]) -> None:
    address = urlsplit(given(7, now=NOW))
    query = parse_qs(address.query)
    expires, signature = query["expires"][0], query["signature"][0]

    def serves(expires: str, now: float) -> bool:
        return film_urls.is_signed(address.path, expires=expires, signature=signature, now=now)

    assert serves(expires, NOW + film_urls.VALID_SECONDS)
    assert not serves(expires, NOW + 2 * film_urls.VALID_SECONDS)
    assert not serves(str(int(expires) + 1), NOW)


def test_an_address_stays_the_same_for_a_while() -> None:
    assert film_urls.film_url(7, now=NOW) == film_urls.film_url(7, now=NOW + 1)


@pytest.mark.parametrize("given", [film_urls.film_url, film_urls.greys_url, film_urls.map_url, film_urls.planes_url])
def test_a_database_that_is_away_is_said_and_comes_back(
    client: Client, ward: WardSite, given: Callable[..., str]
) -> None:
    wanted = given(999, now=time.time())
    assert client.get(wanted).status_code == 404
    database = ward.settings.data_dir / "lungline.db"
    database.rename(database.with_name("away.db"))
    answer = client.get(wanted)
    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert answer.text == SENTENCES[DatabaseReplacedError]
    database.with_name("away.db").rename(database)
    assert client.get(wanted).status_code == 404


def test_what_is_unforeseen_is_a_sentence_too(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/films/" + "9" * 5000 + ".png")
    assert (answer.status_code, answer.text) == (500, FAILED)
    # Where it arose, and nothing of what was asked.
    assert "ValueError\n" in caplog.text
    assert "convertors.py" in caplog.text
    assert "9999" not in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8501", 200),
        ("https://localhost:8501", 200),
        ("http://localhost:8600", 403),
        ("http://127.0.0.1:8501", 403),
        ("http://localhost", 403),
        ("http://elsewhere.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
def test_another_origin_is_refused_and_no_server_asked(
    client: Client, film_id: int, origin: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a server outside was asked")

    monkeypatch.setattr(net_util, "_make_blocking_http_get", asked)
    assert client.get(address(film_id), host="localhost:8501", origin=origin).status_code == status
    # What is let through is what Streamlit lets through without a further look.
    own = starlette_websocket._is_origin_allowed(origin, "localhost:8501") if status == 200 else True
    assert own


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://lungline.example", 200),
        ("https://other.example:8443", 200),
        ("http://lungline.example", 403),
        ("https://lungline.example:8443", 403),
        ("https://elsewhere.example", 403),
    ],
)
def test_a_proxy_that_passes_no_host_on_needs_the_public_origin(
    ward: WardSite, film_id: int, origin: str, status: int
) -> None:
    given = {"public_origins": "https://Lungline.example:443/, https://other.example:8443"}
    settings = load_settings(**ward.settings.model_dump() | given)
    client = Client(Starlette(routes=_routes(settings), middleware=guards(settings)))
    answer = client.get(address(film_id), host="127.0.0.1:8501", origin=origin)
    assert answer.status_code == status
    if status == 403:
        assert answer.text.endswith("set public_origins (LUNGLINE_PUBLIC_ORIGINS) to this address.")


def test_streamlit_is_told_no_public_origin_that_it_would_compare_with_the_host() -> None:
    seen: list[object] = []

    async def app(scope: Scope, *_: object) -> None:
        seen.extend(scope["headers"])

    headers = [(b"host", b"127.0.0.1:8501"), (b"origin", b"https://lungline.example")]
    guarded = OwnOrigin(app, public=frozenset({"https://lungline.example"}))
    asyncio.run(guarded({"type": "websocket", "headers": headers}, app, app))  # type: ignore[arg-type] - never called
    assert seen == [(b"host", b"127.0.0.1:8501")]


def test_a_socket_of_another_origin_is_closed() -> None:
    sent: list[Message] = []

    async def unreachable(*_: object) -> None:
        raise AssertionError

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost:8501"), (b"origin", b"http://localhost:9999")]
    asyncio.run(OwnOrigin(unreachable)({"type": "websocket", "headers": headers}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": ""}]


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "localhost"), ("::", "localhost")])  # noqa: S104 - no socket
def test_no_server_is_asked_for_this_machines_address(ward: WardSite, host: str, shown: str) -> None:
    settings = load_settings(**ward.settings.model_dump() | {"host": host})
    assert _streamlit_options(settings)["browser.serverAddress"] == shown


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ward.example"])  # noqa: S104 - refused
def test_the_server_itself_refuses_to_listen_beyond_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNGLINE_HOST", host)
    monkeypatch.setattr(sys, "argv", ["server.py"])
    with pytest.raises(SystemExit, match=rf"^Address {host} can be reached from other machines.*--insecure\.$"):
        main()


def test_a_film_that_is_none(client: Client) -> None:
    answer = client.get(address(999))
    assert (answer.status_code, answer.text) == (404, "There is no such film.")


@pytest.mark.parametrize("path", ["/films/x.png", "/films/-1.png", "/films/1.dcm", "/films/../1.png"])
def test_other_paths_are_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_damaged_bytes_are_said_and_not_shown(client: Client, ward: WardSite, film_id: int) -> None:
    with transaction(ward.engine) as session:
        content_hash = films.get(film_id, session=session).content_hash
    ward.site.store.path(content_hash).write_bytes(b"other bytes")
    answer = client.get(address(film_id))
    assert (answer.status_code, answer.text) == (422, "This film cannot be shown.")


def test_a_missing_file_is_said(client: Client, ward: WardSite, film_id: int) -> None:
    with transaction(ward.engine) as session:
        content_hash = films.get(film_id, session=session).content_hash
    ward.site.store.path(content_hash).unlink()
    assert client.get(address(film_id)).status_code == 422


def test_a_film_that_cannot_be_read_is_said(client: Client, ward: WardSite, film_id: int) -> None:
    unreadable = ward.site.store.put(b"no film at all")
    with transaction(ward.engine) as session:
        films.get(film_id, session=session).content_hash = unreadable
    assert client.get(address(film_id)).status_code == 422


def greys_address(film_id: int) -> str:
    return film_urls.greys_url(film_id, now=time.time())


def test_the_grey_values_come_with_16_bits_and_with_what_they_are(client: Client, ward: WardSite, film_id: int) -> None:
    values = chest_values(300, 200, bits=12)
    with transaction(ward.engine) as session:
        films.get(film_id, session=session).content_hash = ward.site.store.put(
            dicom_bytes(values, bits_stored=12, window=(1500.5, 1001), ImagerPixelSpacing=[0.143, 0.143])
        )
    answer = client.get(greys_address(film_id))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert answer.headers["cache-control"].startswith("private")
    said = json.loads(answer.headers[GREYS_HEADER])
    low, span = int(values.min()), int(np.ptp(values))
    assert said.pop("window") == pytest.approx([(1000 - low) / span, (2000 - low) / span])
    assert set(said.pop("windows")) == {"lung", "soft", "bone"}
    spacing = {"row_mm": 0.143, "column_mm": 0.143, "basis": "detector"}
    assert said == {"columns": 200, "rows": 300, "film_columns": 200, "film_rows": 300, "spacing": spacing}
    greys = np.frombuffer(answer.content, "<u2").reshape(300, 200)
    # Every one of the film's values has its own grey, also beyond its window.
    np.testing.assert_array_equal(np.rint(greys / 65535 * span + low).astype(int), values)


def test_no_more_grey_values_are_sent_than_a_screen_shows() -> None:
    greys = film_greys(dicom_bytes(chest_values(2400, 3000, bits=12), bits_stored=12))
    assert (greys.columns, greys.rows) == (GREYS_LONGER_SIDE_PIXELS, 1638)
    assert (greys.film_columns, greys.film_rows) == (3000, 2400)
    assert len(greys.values) == 2 * 2048 * 1638
    with pytest.raises(FilmUnreadableError):
        film_greys(b"no film")


def test_grey_values_need_their_own_signature(client: Client, film_id: int) -> None:
    assert client.get(f"/films/{film_id}.grey16").status_code == 403
    of_picture = urlsplit(address(film_id)).query
    assert client.get(f"/films/{film_id}.grey16?{of_picture}").status_code == 403
    of_greys = urlsplit(greys_address(film_id)).query
    assert client.get(f"/films/{film_id}.png?{of_greys}").status_code == 403
    assert client.get(f"/films/0{film_id}.grey16?{of_greys}").status_code == 403
    answer = client.get(greys_address(999))
    assert (answer.status_code, answer.text) == (404, "There is no such film.")


def test_grey_values_of_damaged_bytes_are_said_and_not_shown(client: Client, ward: WardSite, film_id: int) -> None:
    with transaction(ward.engine) as session:
        content_hash = films.get(film_id, session=session).content_hash
    ward.site.store.path(content_hash).write_bytes(b"other bytes")
    answer = client.get(greys_address(film_id))
    assert (answer.status_code, answer.text) == (422, "This film cannot be shown.")


def ask_for_map(ward: WardSite) -> int:
    with transaction(ward.engine) as session:
        row = maps.request("a" * 64, "m", "1", MapKind.GRADIENT_OPACITY, now=ward.now, session=session)
        assert row.id is not None
        return row.id


def planes_address(map_id: int) -> str:
    return film_urls.planes_url(map_id, now=time.time())


def map_address(map_id: int) -> str:
    return film_urls.map_url(map_id, now=time.time())


def test_a_map_is_given_in_colours_with_its_summary(client: Client, ward: WardSite) -> None:
    map_id = ask_for_map(ward)
    drawn = DrawnMap(MapKind.GRADIENT_OPACITY, np.ones((1, 30, 20), np.float32), "Strongest in the upper third.")
    with transaction(ward.engine) as session:
        maps.settle_made(map_id, stored_picture(drawn), drawn.summary, now=ward.now, session=session)
    answer = client.get(map_address(map_id))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert unquote(answer.headers[SUMMARY_HEADER]) == "Strongest in the upper third."
    picture = Image.open(BytesIO(answer.content))
    assert (picture.mode, picture.size) == ("RGBA", (40, 60))


def test_a_maps_values_are_given_as_they_are_stored(client: Client, ward: WardSite) -> None:
    map_id = ask_for_map(ward)
    waiting = client.get(planes_address(map_id))
    assert (waiting.status_code, waiting.text) == (202, "This map is being made.")
    values = np.linspace(0, 1, 600, dtype=np.float32).reshape(1, 30, 20)
    stored = stored_picture(DrawnMap(MapKind.GRADIENT_OPACITY, values, "Strongest in the lower third."))
    with transaction(ward.engine) as session:
        maps.settle_made(map_id, stored, "Strongest in the lower third.", now=ward.now, session=session)
    answer = client.get(planes_address(map_id))
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/png", stored)
    assert unquote(answer.headers[SUMMARY_HEADER]) == "Strongest in the lower third."


def test_a_map_that_is_not_made_yet_is_said_and_not_kept_by_the_browser(client: Client, ward: WardSite) -> None:
    answer = client.get(map_address(ask_for_map(ward)))
    assert (answer.status_code, answer.text) == (202, "This map is being made.")
    assert answer.headers["cache-control"] == "no-store"


def test_a_map_that_failed_says_why(client: Client, ward: WardSite) -> None:
    map_id = ask_for_map(ward)
    with transaction(ward.engine) as session:
        maps.settle_failed(map_id, "No lungs were found.", now=ward.now, session=session)
    answer = client.get(map_address(map_id))
    assert (answer.status_code, answer.text) == (422, "No lungs were found.")
    assert answer.headers["cache-control"] == "no-store"


def test_a_map_needs_its_own_signature(client: Client, ward: WardSite) -> None:
    map_id = ask_for_map(ward)
    assert client.get(f"/maps/{map_id}.png").status_code == 403
    of_film = urlsplit(address(map_id)).query
    assert client.get(f"/maps/{map_id}.png?{of_film}").status_code == 403
    of_map = urlsplit(map_address(map_id)).query
    assert client.get(f"/films/{map_id}.png?{of_map}").status_code == 403
    assert client.get(f"/maps/{map_id + 1}.png?{of_map}").status_code == 403
    assert client.get(f"/maps/{map_id}.planes.png?{of_map}").status_code == 403
    answer = client.get(map_address(999))
    assert (answer.status_code, answer.text) == (404, "There is no such map. Choose it again.")


def test_a_large_film_becomes_a_picture_of_moderate_size(ward: WardSite) -> None:
    source = dicom_bytes(chest_values(1500, 1200))
    picture = Image.open(BytesIO(film_picture(source, site_zone=ward.settings.zone)))
    assert (picture.mode, picture.size) == ("L", (819, LONGER_SIDE_PIXELS))
    with pytest.raises(FilmUnreadableError):
        film_picture(b"no film", site_zone=ward.settings.zone)


def test_the_policy_admits_streamlits_one_inline_script_and_no_other() -> None:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = [
        body for body in re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL) if body.strip()
    ]
    hashes = {f"sha256-{base64.b64encode(sha256(body.encode()).digest()).decode()}" for body in inline}
    assert hashes == {STREAMLIT_INLINE_SCRIPT}
    assert STREAMLIT_INLINE_SCRIPT in SECURITY_HEADERS["content-security-policy"]


def test_the_address_comes_from_the_settings(ward: WardSite) -> None:
    options = _streamlit_options(ward.settings)
    assert (options["server.address"], options["server.port"]) == ("127.0.0.1", 8501)
    assert options["client.showErrorDetails"] == "none"
    assert options["browser.gatherUsageStats"] is False


def test_the_dashboard_imports_no_network_library() -> None:
    views = sorted((REPOSITORY / "dashboard" / "views").glob("*.py"))
    imports = "\n".join(
        line.strip() for view in views for line in view.read_text(encoding="utf-8").splitlines() if _imports(line)
    )
    script = (
        "from __future__ import annotations\nimport sys\n"
        + imports.replace("from __future__ import annotations\n", "").replace("from __future__ import annotations", "")
        + "\nimport dashboard.server, dashboard.warm_up, dashboard.queries\n"
        "print([name for name in ('torch', 'torchvision', 'torchxrayvision', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.stdout.strip().splitlines() or [done.stderr])[-1] == "[]"


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from ")) and line.rstrip().endswith(
        tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
    )
