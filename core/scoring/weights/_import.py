"""Importing a weight file: it is recognised by its content, checked and copied."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_safetensors

from core.errors import ScorerUnknownError, WeightsInvalidError
from core.files import open_regular
from core.quoting import quoted
from core.scoring.weights._parts import (
    BACKBONE,
    MLP_GEOGRAPHIC_EXTENT,
    MLP_OPACITY,
    Part,
    models_using,
    parts_of,
)
from core.scoring.weights._stand_ins import read_numpy_pickle
from core.scoring.weights._store import missing_parts, store_part
from core.scoring.weights._torch_files import labels_of, read_zip, tensors_of
from core.scoring.weights._torch_legacy import MAGIC_PICKLE, read_legacy

LUNG_OPACITY = "Lung Opacity"
MLP_SHAPES = {
    "coefs.0": (1024, 1000),
    "coefs.1": (1000, 1),
    "intercepts.0": (1000,),
    "intercepts.1": (1,),
}
Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class ImportedWeights:
    """A weight file that was imported.

    Attributes
    ----------
    part : Part
        What it turned out to be.
    models : tuple of str
        The scorers it belongs to.
    still_missing : mapping
        Per scorer, the published names of the files it still needs; empty when it can score.
    sha256 : str
        Of the safetensors that is loaded from now on.
    """

    part: Part
    models: tuple[str, ...]
    still_missing: Mapping[str, tuple[str, ...]]
    sha256: str


def import_weights(path: Path, *, weights_dir: Path, model: str | None = None) -> ImportedWeights:
    """Import a published weight file: read it once, running nothing in it, and keep it as safetensors.

    Parameters
    ----------
    path : Path
        torchxrayvision's ``.pt`` file, covid-severity's ``mlp_geo.pkl`` or ``mlp_opa.pkl`` (which of the
        two is told from the file's name: their contents look alike), or a safetensors of the same tensors.
    weights_dir : Path
        Created where absent.
    model : str, optional
        The scorer it is meant for; by default recognised from the content.

    Raises
    ------
    WeightsInvalidError
        The file is damaged, hostile, of another network or not the one `model` needs; nothing in it was
        run and what was there before stays.
    ScorerUnknownError
        `model` takes no weights from outside.
    """
    if model is not None and not parts_of(model):
        message = f"{model!r} takes no weights from outside. Leave --model out, or name {_takers()}."
        raise ScorerUnknownError(message)
    part, tensors = _read(path)
    if model is not None and part not in parts_of(model):
        message = f"{path.name} is {part.published_name}, which {model} does not use. It belongs to {_users(part)}."
        raise WeightsInvalidError(message)
    with path.open("rb") as stream:
        source_sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    manifest = store_part(part, tensors, source=path, source_sha256=source_sha256, weights_dir=weights_dir)
    models = models_using(part)
    missing = {
        name: tuple(absent.published_name for absent in missing_parts(name, weights_dir=weights_dir)) for name in models
    }
    return ImportedWeights(part, models, missing, manifest.sha256)


def _read(path: Path) -> tuple[Part, Tensors]:
    """Recognise and check; whatever a hostile file makes its reader raise becomes one sentence."""
    try:
        with open_regular(path) as stream:
            size_bytes = os.fstat(stream.fileno()).st_size
            head = stream.read(64)
    except OSError as error:
        message = f"{quoted(path)} cannot be read ({error.strerror}). Name an existing weight file."
        raise WeightsInvalidError(message) from error
    if size_bytes > BACKBONE.maximum_bytes:
        message = f"{path.name} has {size_bytes:,} bytes; no weight file has more than {BACKBONE.maximum_bytes:,}."
        raise WeightsInvalidError(message)
    try:
        return _read_as(path, head, size_bytes)
    except WeightsInvalidError as error:
        message = f"{path.name} was not imported. {error}"
        raise WeightsInvalidError(message) from error
    except Exception as error:  # what a damaged or hostile file raises cannot be listed
        message = (
            f"{path.name} was not imported: it is damaged or was cut short ({type(error).__name__}). "
            "Download it again; nothing in it was run."
        )
        raise WeightsInvalidError(message) from error


def _read_as(path: Path, head: bytes, size_bytes: int) -> tuple[Part, Tensors]:
    if head.startswith(b"PK\x03\x04"):
        return _backbone(read_zip(path, maximum_bytes=BACKBONE.maximum_bytes), path)
    if head.startswith(MAGIC_PICKLE):
        return _backbone(read_legacy(path), path)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < size_bytes:
        return _safetensors(path)
    if head.startswith(b"\x80"):
        if size_bytes > MLP_OPACITY.maximum_bytes:
            message = f"It has {size_bytes:,} bytes; {MLP_OPACITY.published_name} has about 8 million."
            raise WeightsInvalidError(message)
        tensors = _checked(_mlp_tensors(read_numpy_pickle(path.read_bytes())), MLP_SHAPES)
        return _mlp_part(path.name), tensors
    message = (
        "It is no weight file (a web page saved by mistake looks like this). "
        f"Expected {BACKBONE.published_name}, mlp_geo.pkl, mlp_opa.pkl or a safetensors file."
    )
    raise WeightsInvalidError(message)


def _backbone(root: object, path: Path) -> tuple[Part, Tensors]:
    other = _other_published_file(path.name)
    if other:
        message = f"By its name it is torchxrayvision's {other}. Expected {BACKBONE.published_name}."
        raise WeightsInvalidError(message)
    labels = labels_of(root)
    place = _lung_opacity_index()
    if labels is not None and labels[place : place + 1] != [LUNG_OPACITY]:
        message = f"Its outputs are {', '.join(labels)}. Expected {LUNG_OPACITY} at place {place + 1}."
        raise WeightsInvalidError(message)
    return BACKBONE, _checked(tensors_of(root), backbone_shapes())


def _safetensors(path: Path) -> tuple[Part, Tensors]:
    content = path.read_bytes()
    tensors = dict(load_safetensors(content))
    if set(tensors) == set(MLP_SHAPES):
        return _mlp_part(path.name), _checked(tensors, MLP_SHAPES)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    stated = header.get("__metadata__", {}).get("part", BACKBONE.name)
    if stated != BACKBONE.name:
        message = f"It says of itself to be {stated!r}. Expected {BACKBONE.name!r}."
        raise WeightsInvalidError(message)
    return BACKBONE, _checked(tensors, backbone_shapes())


def _mlp_part(file_name: str) -> Part:
    words = set(re.split(r"[^a-z]+", file_name.lower()))
    geographic, opacity = bool(words & {"geo", "geographic"}), bool(words & {"opa", "opacity"})
    if geographic == opacity:
        message = (
            "It holds one of covid-severity's two networks, but its name does not say which. "
            "Rename it as published: mlp_geo.pkl (geographic extent) or mlp_opa.pkl (opacity)."
        )
        raise WeightsInvalidError(message)
    return MLP_GEOGRAPHIC_EXTENT if geographic else MLP_OPACITY


def _mlp_tensors(loaded: object) -> Tensors:
    """Name the arrays of (coefficients per layer, intercepts per layer), the form covid-severity publishes."""
    if not isinstance(loaded, list | tuple) or [len(item) for item in loaded] != [2, 2]:
        message = "It holds arrays in another arrangement. Expected two coefficient tables and two intercepts."
        raise WeightsInvalidError(message)
    coefficients, intercepts = loaded
    named = {f"coefs.{layer}": array for layer, array in enumerate(coefficients)}
    named |= {f"intercepts.{layer}": array for layer, array in enumerate(intercepts)}
    return {name: np.asarray(array, dtype=np.float32) for name, array in named.items()}


def _checked(tensors: Tensors, shapes: Mapping[str, tuple[int, ...]]) -> Tensors:
    """Return the tensors of `shapes`; refuse a missing, unexpected, misshapen or non-finite one."""
    missing, unexpected = sorted(set(shapes) - set(tensors)), sorted(set(tensors) - set(shapes) - {"op_threshs"})
    if missing or unexpected:
        example = f"{missing[0]} is missing" if missing else f"{unexpected[0]} does not belong"
        message = (
            f"It holds another network: {len(missing)} of {len(shapes)} tensors are missing and "
            f"{len(unexpected)} are unknown ({example})."
        )
        raise WeightsInvalidError(message)
    for name, shape in shapes.items():
        array = tensors[name]
        if array.shape != shape:
            message = f"{name} has the shape {array.shape}. Expected {shape}."
            raise WeightsInvalidError(message)
        if array.dtype not in (np.float32, np.int64) or not np.isfinite(array).all():
            message = f"{name} holds {array.dtype} or values that are no numbers. Expected finite float32."
            raise WeightsInvalidError(message)
    return {name: tensors[name] for name in shapes}


@lru_cache(maxsize=1)
def backbone_shapes() -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every tensor of torchxrayvision's DenseNet-121, by its dotted name."""
    import torch  # noqa: PLC0415  takes seconds, and only importing weights needs it

    from core.scoring.models.txrv.library import torchxrayvision  # noqa: PLC0415  likewise

    with torch.device("meta"):
        network = torchxrayvision().models.DenseNet()
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _lung_opacity_index() -> int:
    from core.scoring.models.txrv.library import torchxrayvision  # noqa: PLC0415  takes seconds

    index: int = torchxrayvision().models.DenseNet.targets.index(LUNG_OPACITY)
    return index


def _other_published_file(file_name: str) -> str:
    """Return which other network of torchxrayvision publishes a file of that name, "" for none."""
    from core.scoring.models.txrv.library import torchxrayvision  # noqa: PLC0415  takes seconds

    urls = {key: entry["weights_url"] for key, entry in torchxrayvision().models.model_urls.items()}
    wanted = urls[BACKBONE.library_weights]
    others = [key for key, url in urls.items() if url != wanted and url.rsplit("/", 1)[-1] == file_name]
    return others[-1] if others else ""


def _takers() -> str:
    return " or ".join(sorted({*models_using(BACKBONE), *models_using(MLP_OPACITY)}))


def _users(part: Part) -> str:
    return " and ".join(models_using(part))
