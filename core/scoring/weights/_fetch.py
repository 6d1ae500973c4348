"""Downloading torchxrayvision's published file, resuming where a lost connection stopped."""

from __future__ import annotations

import http.client
import ipaddress
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from core.errors import ScorerUnknownError, WeightsInvalidError, WeightsMissingError
from core.scoring.weights._import import ImportedWeights, import_weights
from core.scoring.weights._parts import Part, parts_of
from core.scoring.weights._store import missing_parts

Progress = Callable[[int, int | None], None]
"""Called with the bytes received so far and the total, None while the server has not said."""

ATTEMPTS = 3
TIMEOUT_SECONDS = 30.0
_BLOCK_BYTES = 256 * 1024


class _Response(Protocol):
    status: int
    headers: http.client.HTTPMessage

    def read(self, size: int, /) -> bytes: ...


def fetch_weights(
    model: str, *, weights_dir: Path, progress: Progress | None = None, url: str | None = None
) -> tuple[ImportedWeights, ...]:
    """Download and import what `model` lacks and the library offers.

    Parameters
    ----------
    model : str
        A scorer that takes weights from outside.
    weights_dir : Path
        The unfinished download stays here as ``.part`` and is resumed by the next call.
    progress : callable, optional
    url : str, optional
        A mirror; by default torchxrayvision's own address.

    Returns
    -------
    tuple of ImportedWeights
        One per downloaded file; empty where nothing was lacking. `still_missing` names the files nobody
        offers for download here.

    Raises
    ------
    WeightsMissingError
        The download failed, or all that is lacking must be brought as a file.
    WeightsInvalidError
        What was downloaded is not the published file.
    ScorerUnknownError
        `model` takes no weights from outside.
    """
    if not parts_of(model):
        message = f"{model!r} takes no weights from outside; there is nothing to fetch."
        raise ScorerUnknownError(message)
    lacking = missing_parts(model, weights_dir=weights_dir)
    offered = [part for part in lacking if part.library_weights]
    if lacking and not offered:
        names = " and ".join(part.published_name for part in lacking)
        message = f"{model} still needs {names}, which cannot be fetched. Run `lungline models import FILE` for each."
        raise WeightsMissingError(message)
    weights_dir.mkdir(parents=True, exist_ok=True)
    return tuple(_fetch_part(part, model, weights_dir, url or _library_url(part), progress) for part in offered)


def _fetch_part(part: Part, model: str, weights_dir: Path, url: str, progress: Progress | None) -> ImportedWeights:
    partial = weights_dir / f"{part.name}.part"
    _require_safe(url)
    try:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _download(url, partial, part, progress)
                break
            except (OSError, http.client.HTTPException) as error:
                if attempt == ATTEMPTS:
                    raise WeightsMissingError(_failure(model, url, partial, error)) from error
        imported = import_weights(partial, weights_dir=weights_dir, model=model)
    except WeightsInvalidError:
        partial.unlink(missing_ok=True)  # resuming it would end the same way
        raise
    partial.unlink(missing_ok=True)
    return imported


def _download(url: str, partial: Path, part: Part, progress: Progress | None) -> None:
    """Append what is lacking to `partial`; start again where the server cannot or will not resume."""
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  scheme checked by the caller
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310  likewise
            _append(response, partial, have, part, progress)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            complete = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
            if complete and int(complete[1]) == have:
                return
            partial.unlink()
        raise


def _append(response: _Response, partial: Path, have: int, part: Part, progress: Progress | None) -> None:
    resumed = re.match(rf"bytes {have}-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status == http.client.PARTIAL_CONTENT and resumed:
        total: int | None = int(resumed[1])
    else:
        have = 0
        total = int(response.headers["Content-Length"]) if response.headers.get("Content-Length") else None
    with partial.open("ab" if have else "wb") as stream:
        while block := response.read(_BLOCK_BYTES):
            have += len(block)
            if have > part.maximum_bytes:
                message = f"The server sends more than {part.maximum_bytes:,} bytes. Check its address."
                raise WeightsInvalidError(message)
            stream.write(block)
            if progress is not None:
                progress(have, total)
    if total is not None and have < total:
        raise ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")


def _library_url(part: Part) -> str:
    from core.scoring.models.txrv.library import torchxrayvision  # noqa: PLC0415  takes seconds

    return str(torchxrayvision().models.model_urls[part.library_weights]["weights_url"])


def _require_safe(url: str) -> None:
    """Admit https, and http on this machine alone; weights must not be replaced on their way."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    message = f"Weights are not fetched from {url}: expected an https address."
    raise WeightsMissingError(message)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failure(model: str, url: str, partial: Path, error: Exception) -> str:
    kept = " What arrived is kept and the next try resumes there." if partial.exists() else ""
    return (
        f"The weights of {model} could not be downloaded ({error}).{kept} Run `lungline models fetch {model}` again, "
        f"or download {url} on another machine and run `lungline models import FILE`."
    )
