"""The evidence behind the active model and the flags, read from the repository; and what this installation runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from packaging.requirements import Requirement

from core.evaluation.burden import Burden
from core.evaluation.evidence import BURDEN, EVIDENCE, FLAGS, OUTCOMES, SIMULATION
from core.evaluation.evidence.documents import read_study
from core.evaluation.evidence.expert_flags import FlagStudy
from core.evaluation.evidence.simulation import SimulationStudy
from core.evaluation.evidence.trajectory_outcomes import TrajectoryOutcomes

Study = TypeVar("Study")

COMMANDS: Mapping[type, tuple[str, str]] = MappingProxyType(
    {
        SimulationStudy: (SIMULATION, "lungline evaluate simulate"),
        FlagStudy: (FLAGS, "lungline evaluate flags --data DIR"),
        Burden: (BURDEN, "lungline evaluate burden --data DIR"),
        TrajectoryOutcomes: (OUTCOMES, "lungline evaluate trajectory-outcomes --data DIR"),
    }
)
"""File and command of each study."""

LICENCE_PREFIX = "License :: OSI Approved :: "
NOT_STATED = "not stated in the package"
LONGEST_LICENCE = 60


@dataclass(frozen=True)
class Library:
    """A library that Lungline uses, as it is installed; `version` is "" where it is not."""

    name: str
    version: str
    licence: str


def study_of(kind: type[Study], folder: Path = EVIDENCE) -> Study:
    """Return a study of the evidence.

    Raises
    ------
    EvidenceMissingError, DataSetInvalidError
        Its file is not there, or of another version's form.
    """
    name, command = COMMANDS[kind]
    return read_study(folder / name, kind, command=command)


def program_version() -> str:
    """Return Lungline's own version."""
    return metadata.version("lungline")


def libraries() -> tuple[Library, ...]:
    """Return what Lungline needs to run, by name, with version and licence as the packages state them."""
    wanted = [Requirement(one) for one in metadata.requires("lungline") or ()]
    names = {
        requirement.name
        for requirement in wanted
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    return tuple(_library(name) for name in sorted(names, key=str.lower))


def _library(name: str) -> Library:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return Library(name, "", NOT_STATED)
    classifiers = about.get_all("Classifier") or ()
    approved = [
        classifier.removeprefix(LICENCE_PREFIX) for classifier in classifiers if classifier.startswith(LICENCE_PREFIX)
    ]
    fields = [about[name] for name in ("License-Expression", "License") if name in about]
    # Some packages put the whole licence into that field.
    short = [
        field
        for field in (*fields, ", ".join(approved))
        if field and "\n" not in field and len(field) <= LONGEST_LICENCE
    ]
    return Library(name, about["Version"], short[0] if short else NOT_STATED)
