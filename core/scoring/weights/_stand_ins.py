"""Unpickling without running anything: every name in a pickle stands for an inert recorder, or is refused."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsInvalidError


class Admitted:
    """A callable that a pickle may call; it refuses to be altered by the pickle."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call

    def __call__(self, *arguments: object) -> object:
        """Call it."""
        return self._call(*arguments)

    def __setstate__(self, state: object) -> None:
        """Refuse: a pickle has no business to set attributes of what it calls."""
        raise pickle.UnpicklingError("The file tries to alter a function.")


class ModuleStandIn:
    """Stands for a network layer of the file; holds the layer's attributes and does nothing."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        """Keep the attributes the file gives the layer."""
        if type(state) is not dict:
            raise pickle.UnpicklingError("A layer's attributes are no dictionary.")
        self.state = state


class _ArrayStandIn:
    """Stands for a NumPy array until its state arrives; NumPy itself never sees the file's state."""

    def __init__(self) -> None:
        self.array: NDArray[np.floating] | None = None

    def __setstate__(self, state: tuple[object, tuple[int, ...], _DTypeStandIn, bool, bytes]) -> None:
        _, shape, dtype, fortran_order, content = state
        self.array = _array(content, dtype, shape, "F" if fortran_order else "C")


class _DTypeStandIn:
    """Stands for a NumPy dtype; only floating point of 4 or 8 bytes exists."""

    def __init__(self, code: str = "", *_: object) -> None:
        if code.lstrip("<>=|") not in ("f4", "f8"):
            message = f"The file holds an array of type {code!r}. Expected numbers of 4 or 8 bytes (f4, f8)."
            raise WeightsInvalidError(message)
        self.code = code

    def __setstate__(self, state: tuple[object, ...]) -> None:
        byte_order = state[1]
        if byte_order in ("<", ">"):
            self.code = f"{byte_order}{self.code.lstrip('<>=|')}"


class StandInUnpickler(pickle.Unpickler):
    """Unpickler that knows the names it is given and refuses every other."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        admitted: Mapping[str, object],
        storage: Callable[[tuple[Any, ...]], object] | None = None,
    ) -> None:
        super().__init__(stream, encoding="latin1")
        self._admitted = admitted
        self._storage = storage

    def find_class(self, module_name: str, global_name: str) -> object:
        """Return the stand-in of a name; nothing is ever imported."""
        name = f"{module_name}.{global_name}"
        if name not in self._admitted:
            raise WeightsInvalidError(refusal(name))
        return self._admitted[name]

    def persistent_load(self, pid: Any) -> object:  # noqa: ANN401  pickle's own signature
        """Return what stands for a reference out of the pickle."""
        if self._storage is None or not isinstance(pid, tuple):
            raise pickle.UnpicklingError("The file refers to something outside it.")
        return self._storage(pid)


def refusal(name: str) -> str:
    """Return what to say of a file that asks for `name`."""
    return (
        f"The file asks for {name}, which no weight file of these models needs. It was refused and nothing in it "
        "was run. Use the file as its authors published it."
    )


def plain_containers() -> dict[str, object]:
    """Return the containers every weight file may use."""
    return {"collections.OrderedDict": OrderedDict, "__builtin__.set": set, "builtins.set": set}


def read_numpy_pickle(content: bytes) -> object:
    """Return a pickle of NumPy arrays in plain containers, arrays as NumPy arrays.

    Raises
    ------
    WeightsInvalidError
        The pickle holds anything else; nothing in it was run.
    """
    stand_ins = {
        "numpy.ndarray": _ArrayStandIn,
        "numpy.dtype": _DTypeStandIn,
        "_codecs.encode": Admitted(_encode_latin1),
    }
    for package in ("numpy.core", "numpy._core"):
        stand_ins[f"{package}.multiarray._reconstruct"] = Admitted(lambda *_: _ArrayStandIn())
        stand_ins[f"{package}.numeric._frombuffer"] = Admitted(_from_buffer)
    return _with_arrays(StandInUnpickler(io.BytesIO(content), admitted=stand_ins).load())


def _with_arrays(value: object) -> object:
    if isinstance(value, _ArrayStandIn):
        return value.array
    if isinstance(value, list | tuple):
        return type(value)(_with_arrays(item) for item in value)
    return value


def _array(content: bytes, dtype: _DTypeStandIn, shape: tuple[int, ...], order: str) -> NDArray[np.floating]:
    values = np.frombuffer(bytes(content), dtype=np.dtype(dtype.code))
    return values.reshape(shape, order="F" if order == "F" else "C")


def _from_buffer(content: bytes, dtype: _DTypeStandIn, shape: tuple[int, ...], order: str) -> _ArrayStandIn:
    stand_in = _ArrayStandIn()
    stand_in.array = _array(content, dtype, shape, order)
    return stand_in


def _encode_latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError("Array bytes are encoded in an unknown way.")
    return text.encode("latin1")
