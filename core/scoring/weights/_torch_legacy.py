"""Reading the file format torch wrote before release 1.6.

torchxrayvision's published file dates from then. A whole network in this format cannot be read with
``torch.load(weights_only=True)``: torch (seen with 2.15) refuses its references to layer classes. So the
format, which is simple, is read here, with the same names admitted and nothing of torch called:
five pickles (magic number, protocol, system, the object, the keys of its storages), then each storage
as a count of 8 bytes and the bare numbers.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsInvalidError
from core.scoring.weights._stand_ins import Admitted, ModuleStandIn, StandInUnpickler, plain_containers
from core.scoring.weights._torch_files import LAYER_NAMES

MAGIC_PICKLE = bytes.fromhex("80028a0a6cfc9c46f920" + "6aa850192e")
_PROTOCOL = 1001


@dataclass(frozen=True)
class _StorageType:
    dtype: str


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: str


@dataclass(frozen=True)
class _TensorStandIn:
    """A tensor as the file describes it: a view, in elements, on one of its storages."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_legacy(path: Path) -> object:
    """Return the root object of the file, layers as stand-ins, tensors as NumPy arrays.

    Raises
    ------
    WeightsInvalidError
        The file asks for a name outside the DenseNet, or is cut short.
    """
    with path.open("rb") as stream:
        for _ in range(3):
            _unpickle(stream)
        root = _unpickle(stream)
        keys = _unpickle(stream)
        if not isinstance(keys, list):
            raise WeightsInvalidError("The file does not list its storages.")
        storages = _read_storages(stream, keys, _dtypes(root))
    return _fill(root, storages)


def _unpickle(stream: BinaryIO) -> object:
    return StandInUnpickler(stream, admitted=_stand_ins(), storage=_reference).load()


def _stand_ins() -> dict[str, object]:
    return {
        **plain_containers(),
        **dict.fromkeys(LAYER_NAMES, ModuleStandIn),
        "torch.FloatStorage": _StorageType("<f4"),
        "torch.LongStorage": _StorageType("<i8"),
        "torch._utils._rebuild_tensor_v2": Admitted(_rebuild_tensor),
        "torch._utils._rebuild_parameter": Admitted(lambda tensor, *_: tensor),
        # a do-nothing that networks saved before torch 1.3 name
        "torch.nn.backends.thnn._get_thnn_function_backend": Admitted(lambda: None),
    }


def _reference(reference: tuple[Any, ...]) -> object:
    """Resolve ("module", class, file, source) to the class, ("storage", type, key, …) to a storage."""
    if reference[0] == "module":
        return reference[1]
    if reference[0] != "storage" or not isinstance(reference[1], _StorageType):
        raise WeightsInvalidError("The file refers to something that is neither a layer nor numbers.")
    return _Storage(str(reference[2]), reference[1].dtype)


def _rebuild_tensor(*arguments: Any) -> _TensorStandIn:  # noqa: ANN401  as the file gives them
    storage, offset, shape, strides = arguments[:4]
    return _TensorStandIn(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _children(value: object) -> list[object]:
    if isinstance(value, ModuleStandIn):
        tables = (value.state.get(name, {}) for name in ("_parameters", "_buffers", "_modules"))
        return [child for table in tables for child in table.values()]
    return list(value.values()) if isinstance(value, OrderedDict | dict) else []


def _dtypes(root: object, depth: int = 0) -> dict[str, str]:
    if isinstance(root, _TensorStandIn):
        return {root.storage.key: root.storage.dtype}
    if depth > 2 * len(LAYER_NAMES):
        raise WeightsInvalidError("The network in the file is nested deeper than a DenseNet.")
    found: dict[str, str] = {}
    for child in _children(root):
        found.update(_dtypes(child, depth + 1))
    return found


def _read_storages(stream: BinaryIO, keys: list[str], dtypes: dict[str, str]) -> dict[str, NDArray[Any]]:
    storages = {}
    for key in keys:
        if key not in dtypes:
            raise WeightsInvalidError("The file holds numbers that belong to no tensor.")
        dtype = np.dtype(dtypes[key])
        count = int.from_bytes(stream.read(8), "little")
        content = stream.read(count * dtype.itemsize) if count < 2**31 else b""
        if len(content) != count * dtype.itemsize:
            raise WeightsInvalidError("The file is cut short.")
        storages[key] = np.frombuffer(content, dtype=dtype)
    return storages


def _fill(value: object, storages: dict[str, NDArray[Any]]) -> object:
    """Put arrays in the places of tensors, in the tables of `value` and of all layers below."""
    if isinstance(value, _TensorStandIn):
        return _view(value, storages)
    if isinstance(value, ModuleStandIn):
        for name in ("_parameters", "_buffers", "_modules"):
            value.state[name] = _fill(value.state.get(name, {}), storages)
    elif isinstance(value, dict):
        return {name: _fill(child, storages) for name, child in value.items()}
    return value


def _view(tensor: _TensorStandIn, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
    numbers = storages[tensor.storage.key]
    count = math.prod(tensor.shape)
    reach = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True)) + 1
    inside = min((0, tensor.offset, *tensor.shape, *tensor.strides)) == 0 and reach <= numbers.size
    if not inside or not 0 < count <= numbers.size:
        raise WeightsInvalidError("A tensor of the file reaches beyond its numbers.")
    byte_strides = [step * numbers.itemsize for step in tensor.strides]
    view = np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, byte_strides, writeable=False)
    return np.array(view, order="C")
