"""Reading back what the evidence commands have written."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from core.errors import DataSetInvalidError, EvidenceMissingError

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
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except FileNotFoundError as error:
        message = (
            f"{path.name} is not on this machine. Lungline finds its evidence in docs/evidence of its repository: "
            f"install it from a clone (make setup), or make the file anew: {command}"
        )
        raise EvidenceMissingError(message) from error
    except OSError as error:
        raise DataSetInvalidError(f"{path.name} cannot be read ({error.strerror}). Make it anew: {command}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        message = f"{path.name} is not as this version writes it ({place}: {first['msg']}). Make it anew: {command}"
        raise DataSetInvalidError(message) from error
