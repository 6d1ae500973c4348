"""The weights folder: safetensors named by their hash, each with a manifest that is its only way in."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_safetensors
from safetensors.numpy import save as save_safetensors

from core.errors import WeightsInvalidError, WeightsMissingError
from core.scoring.weights._parts import Part, models_using, parts_of

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Manifest:
    """What stands beside the safetensors of one part.

    Attributes
    ----------
    part : str
    sha256 : str
        Of the safetensors file, 64 hex digits.
    size_bytes : int
    source_name, source_sha256 : str
        The file it was read from.
    """

    part: str
    sha256: str
    size_bytes: int
    source_name: str
    source_sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            message = f"SHA-256 {self.sha256!r} of {self.part} is not 64 hex digits. Import the weights again."
            raise WeightsInvalidError(message)

    @property
    def file_name(self) -> str:
        """Return the name of the safetensors file."""
        return f"{self.part}-{self.sha256[:16]}.safetensors"


def store_part(part: Part, tensors: Tensors, *, source: Path, source_sha256: str, weights_dir: Path) -> Manifest:
    """Write `tensors` as the part's safetensors; the manifest's rename is the moment they count.

    A crash before it leaves what stood before; a crash after it leaves the new weights.
    """
    weights_dir.mkdir(parents=True, exist_ok=True)
    content = save_safetensors({name: np.array(tensors[name], order="C") for name in sorted(tensors)})
    manifest = Manifest(part.name, hashlib.sha256(content).hexdigest(), len(content), source.name, source_sha256)
    _write_durably(weights_dir / manifest.file_name, content)
    _write_durably(_manifest_path(part, weights_dir), json.dumps(asdict(manifest), indent=2).encode())
    for stale in weights_dir.glob(f"{part.name}-*.safetensors"):
        if stale.name != manifest.file_name:
            stale.unlink(missing_ok=True)
    return manifest


def read_manifest(part: Part, *, weights_dir: Path) -> Manifest | None:
    """Return the manifest of `part`, None where the part was never imported.

    Raises
    ------
    WeightsInvalidError
        The manifest is damaged.
    """
    try:
        text = _manifest_path(part, weights_dir).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        manifest = Manifest(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise WeightsInvalidError(_again(part, "its manifest is damaged")) from error
    if manifest.part != part.name:
        raise WeightsInvalidError(_again(part, f"its manifest is that of {manifest.part}"))
    return manifest


def load_part(part: Part, *, weights_dir: Path) -> dict[str, NDArray[Any]]:
    """Return the tensors of `part` after comparing the file with its recorded SHA-256.

    Raises
    ------
    WeightsMissingError
        The part was never imported.
    WeightsInvalidError
        The file is gone, cut short or altered since it was imported.
    """
    manifest = read_manifest(part, weights_dir=weights_dir)
    if manifest is None:
        raise WeightsMissingError(_missing_message(models_using(part)[0], (part,)))
    path = weights_dir / manifest.file_name
    if not path.is_file() or path.stat().st_size != manifest.size_bytes:
        raise WeightsInvalidError(_again(part, f"{path.name} is gone or has another size"))
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise WeightsInvalidError(_again(part, f"{path.name} was altered since it was imported"))
    try:
        return dict(load_safetensors(content))
    except SafetensorError as error:
        raise WeightsInvalidError(_again(part, f"{path.name} is no safetensors file")) from error


def missing_parts(model: str, *, weights_dir: Path) -> tuple[Part, ...]:
    """Return the parts of `model` that are not in `weights_dir`; a damaged one counts as missing."""
    return tuple(part for part in parts_of(model) if not _is_present(part, weights_dir))


def weights_sha256(model: str, *, weights_dir: Path) -> str:
    """Return the recorded SHA-256 of a model's weights, without reading them.

    That of the file where the model has one part, else that of the parts' hashes in their order; ""
    for a scorer that carries its weights.

    Raises
    ------
    WeightsMissingError
        A part was never imported.
    WeightsInvalidError
        A manifest is damaged.
    """
    manifests = {part: read_manifest(part, weights_dir=weights_dir) for part in parts_of(model)}
    missing = tuple(part for part, manifest in manifests.items() if manifest is None)
    if missing:
        raise WeightsMissingError(_missing_message(model, missing))
    hashes = [manifest.sha256 for manifest in manifests.values() if manifest is not None]
    if len(hashes) > 1:
        return hashlib.sha256("".join(hashes).encode()).hexdigest()
    return hashes[0] if hashes else ""


def weighted_version(card_version: str, sha256: str) -> str:
    """Return a scorer's version: that of its code and card, and the weights it runs with."""
    return f"{card_version}+{sha256[:8]}" if sha256 else card_version


def _is_present(part: Part, weights_dir: Path) -> bool:
    try:
        manifest = read_manifest(part, weights_dir=weights_dir)
    except WeightsInvalidError:
        return False
    return manifest is not None and (weights_dir / manifest.file_name).is_file()


def _manifest_path(part: Part, weights_dir: Path) -> Path:
    return weights_dir / f"{part.name}.json"


def _missing_message(model: str, missing: tuple[Part, ...]) -> str:
    files = " and ".join(part.published_name for part in missing)
    fetch = f"`lungline models fetch {model}` or " if any(part.library_weights for part in missing) else ""
    return f"{model} needs weights that are not on this machine: {files}. Run {fetch}`lungline models import FILE`."


def _again(part: Part, reason: str) -> str:
    return (
        f"The weights {part.name} cannot be used: {reason}. "
        f"Run `lungline models import FILE` again with {part.published_name}."
    )


def _write_durably(path: Path, content: bytes) -> None:
    """Write under another name, sync, rename, sync the folder: a reader sees the old file or the whole new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
