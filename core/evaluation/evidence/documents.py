"""Reading back what the evidence commands have written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from core.errors import DataSetInvalidError, EvidenceMissingError
from core.evaluation.bootstrap import Estimate

Study = TypeVar("Study")


def read_study(path: Path, kind: type[Study], *, command: str) -> Study:
    """Return the study that a command wrote as JSON.

    Parameters
    ----------
    kind : type
        The study's frozen dataclass.
    command : str
        What writes the file, for the messages.

    Raises
    ------
    EvidenceMissingError
        There is no such file.
    DataSetInvalidError
        It is not of the form that this version writes.
    """
    try:
        study: Study = _made(kind, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        message = (
            f"{path.name} is not on this machine. Lungline finds its evidence in docs/evidence of its repository: "
            f"install it from a clone (make setup), or make the file anew: {command}"
        )
        raise EvidenceMissingError(message) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"{path.name} is not as this version writes it ({error!r}). Make it anew: {command}"
        raise DataSetInvalidError(message) from error
    return study


def _made(kind: Any, value: Any) -> Any:  # noqa: ANN401, PLR0911 - JSON and types are of any type; one line a kind
    """Return the value of a type that JSON holds as `value`."""
    if kind is Estimate:
        return Estimate(*(math.nan if one is None else float(one) for one in value))
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(
            **{  # type: ignore[operator]  # `is_dataclass` admits instances too
                field.name: _made(hints[field.name], value[field.name])
                for field in fields(kind)
                if field.name in value or field.default is MISSING
            }
        )
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        inner = next(one for one in arguments if one is not type(None))
        return None if value is None else _made(inner, value)
    if origin is tuple:
        kinds = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
        return tuple(_made(one, item) for one, item in zip(kinds, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {name: _made(arguments[1], item) for name, item in value.items()}
    if kind is float:
        return math.nan if value is None else float(value)
    return value
