"""Reading torchxrayvision's published file: a pickled DenseNet, in either of torch's two file formats.

The layers in the file are read as inert stand-ins under the names of the DenseNet's own classes and the
torch layers it is made of; any other name is refused before anything is read.
"""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsInvalidError
from core.scoring.weights._stand_ins import ModuleStandIn, plain_containers, refusal

LAYER_NAMES = (
    "torchxrayvision.models.DenseNet",
    "torchxrayvision.models._DenseLayer",
    "torchxrayvision.models._DenseBlock",
    "torchxrayvision.models._Transition",
    "torch.nn.modules.container.Sequential",
    "torch.nn.modules.conv.Conv2d",
    "torch.nn.modules.batchnorm.BatchNorm2d",
    "torch.nn.modules.activation.ReLU",
    "torch.nn.modules.pooling.MaxPool2d",
    "torch.nn.modules.pooling.AvgPool2d",
    "torch.nn.modules.linear.Linear",
)
_TENSOR_NAMES = (
    "torch.FloatStorage",
    "torch.LongStorage",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
)
_MAXIMUM_DEPTH = 8


def read_zip(path: Path, *, maximum_bytes: int) -> object:
    """Return the root object of a file in torch's present format, layers as stand-ins, tensors as tensors.

    Raises
    ------
    WeightsInvalidError
        The file asks for a name outside the DenseNet, or is larger unpacked than it may be.
    """
    import torch  # noqa: PLC0415  takes seconds, and only importing weights needs it

    _inspect_archive(path, maximum_bytes)
    stand_ins: list[Callable[..., object] | tuple[Callable[..., object], str]]
    stand_ins = [(ModuleStandIn, name) for name in LAYER_NAMES]
    with torch.serialization.safe_globals(stand_ins):
        return torch.load(path, map_location="cpu", weights_only=True)


def _inspect_archive(path: Path, maximum_bytes: int) -> None:
    """Refuse what unpacks to too much or names anything else, before torch looks at it."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > maximum_bytes:
            message = (
                f"The file unpacks to more than {maximum_bytes:,} bytes. Use the file as its authors published it."
            )
            raise WeightsInvalidError(message)
        pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
        if len(pickles) != 1:
            raise WeightsInvalidError("The file is a zip archive, but none that torch wrote.")
        content = archive.read(pickles[0])
    admitted = {*LAYER_NAMES, *_TENSOR_NAMES, *plain_containers()}
    for opcode, argument, _ in pickletools.genops(content):
        if "GLOBAL" in opcode.name or opcode.name == "INST":
            name = str(argument).replace(" ", ".")
            if name not in admitted:
                raise WeightsInvalidError(refusal(name))


def tensors_of(root: object) -> dict[str, NDArray[Any]]:
    """Return all tensors below `root` as arrays by their dotted name, as torch's ``state_dict`` names them.

    Raises
    ------
    WeightsInvalidError
        `root` is neither a network nor a table of tensors.
    """
    if isinstance(root, ModuleStandIn):
        return dict(_walk(root, prefix="", depth=0))
    if isinstance(root, Mapping) and root and all(_is_tensor(value) for value in root.values()):
        return {str(name): _as_array(value) for name, value in root.items()}
    message = f"The file holds a {type(root).__name__}. Expected a network or its table of tensors."
    raise WeightsInvalidError(message)


def labels_of(root: object) -> list[str] | None:
    """Return the names of the outputs if the file states them."""
    if not isinstance(root, ModuleStandIn):
        return None
    for attribute in ("targets", "pathologies"):
        labels = root.state.get(attribute)
        if isinstance(labels, list | tuple):
            return [str(label) for label in labels]
    return None


def _walk(layer: ModuleStandIn, *, prefix: str, depth: int) -> list[tuple[str, NDArray[Any]]]:
    """Read the three tables every torch layer keeps its tensors and sub-layers in."""
    if depth > _MAXIMUM_DEPTH:
        raise WeightsInvalidError("The network in the file is nested deeper than a DenseNet.")
    found = []
    for table in ("_parameters", "_buffers"):
        for name, value in layer.state.get(table, {}).items():
            if value is not None:
                found.append((f"{prefix}{name}", _as_array(value)))
    for name, child in layer.state.get("_modules", {}).items():
        if isinstance(child, ModuleStandIn):
            found.extend(_walk(child, prefix=f"{prefix}{name}.", depth=depth + 1))
    return found


def _is_tensor(value: object) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "detach")


def _as_array(value: Any) -> NDArray[Any]:  # noqa: ANN401  a torch tensor; torch is not imported here
    if isinstance(value, np.ndarray):
        return value
    if not _is_tensor(value) or value.device.type != "cpu":
        message = f"The file holds a {type(value).__name__} where a tensor belongs."
        raise WeightsInvalidError(message)
    array: NDArray[Any] = value.detach().numpy()
    return array
