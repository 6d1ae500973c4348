"""All scorers. Importing this module imports no network library; loading a scorer does.

A scorer is a package with a ``card.json`` and a function ``load`` (of ``weights_dir`` where its weights
come from outside), plus one line here, or, in another distribution, an entry point of the group ``lungline.scorers``:
``docs/templates/scorer`` shows how.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

from core.errors import ScorerBrokenError, ScorerUnknownError
from core.plugins import NAME, installed
from core.scoring.base import Scorer
from core.scoring.cards import read_card
from core.scoring.weights import missing_parts, parts_of, weighted_version, weights_sha256
from core.types import ScorerCard

DEFAULT_SCORER = "embedded"
"""Active in a new database."""

_PACKAGES = {
    "embedded": "core.scoring.models.embedded",
    "txrv-cohen2020": "core.scoring.models.txrv.cohen2020",
    "txrv-ralo": "core.scoring.models.txrv.ralo",
}
ENTRY_POINTS = "lungline.scorers"
"""Group under which installed distributions name their scorers: ``name = "package"``."""


def register(name: str, package: str) -> None:
    """Add a scorer of one's own to this process, by the package it lives in.

    Only the program's own code registers: a name from a command, a setting or the database is looked up,
    never imported.

    Raises
    ------
    ValueError
        The name is taken by another package, or is no lower-case word of letters, digits and hyphens.
    """
    if not NAME.fullmatch(name):
        message = f"Scorer name {name!r}: expected lower-case letters, digits and hyphens, for example 'my-scorer'."
        raise ValueError(message)
    if (taken := _packages().get(name, package)) != package:
        message = f"Scorer name {name!r} is taken by {taken}. Choose another."
        raise ValueError(message)
    _PACKAGES[name] = package


def scorer_names() -> tuple[str, ...]:
    """Return the names of all scorers, the default one first, those of other distributions last."""
    return tuple(_packages())


def load_scorer(name: str, *, weights_dir: Path) -> Scorer:
    """Return the scorer, ready to score; imports the libraries it needs.

    Parameters
    ----------
    name : str
        One of `scorer_names`.
    weights_dir : Path
        Where imported weights are; not read by a scorer that carries its weights.

    Raises
    ------
    ScorerUnknownError
        No scorer has that name.
    WeightsMissingError
        Its weights were not imported yet.
    WeightsInvalidError
        Its weights were altered since they were imported.
    ScorerBrokenError
        Its package cannot be imported.
    """
    package_name = _package_of(name)
    weights_sha256(name, weights_dir=weights_dir)  # says what is missing before seconds of imports
    try:
        package = importlib.import_module(package_name)
    except ImportError as error:
        message = f"The scorer {name!r} ({package_name}) cannot be loaded: {error}. Install it again."
        raise ScorerBrokenError(message) from error
    scorer: Scorer = package.load(weights_dir=weights_dir) if parts_of(name) else package.load()
    return scorer


def read_scorer_card(name: str) -> ScorerCard:
    """Return the scorer's card without loading the scorer.

    Its version is that of the code alone where the weights come from outside; see `scorer_version`.

    Raises
    ------
    ScorerUnknownError
    """
    return read_card(card_path(name))


def card_path(name: str) -> Path:
    """Return where the scorer's card is.

    Raises
    ------
    ScorerUnknownError
    """
    try:
        specification = importlib.util.find_spec(_package_of(name))
    except ModuleNotFoundError:
        specification = None
    if specification is None or specification.origin is None:
        message = f"The package {_package_of(name)} of scorer {name!r} is not installed. Install it again."
        raise ScorerUnknownError(message)
    return Path(specification.origin).with_name("card.json")


def scorer_version(name: str, *, weights_dir: Path) -> str:
    """Return the version the scorer would have when loaded, without loading it.

    Raises
    ------
    ScorerUnknownError, WeightsMissingError, WeightsInvalidError
    """
    return weighted_version(read_scorer_card(name).version, weights_sha256(name, weights_dir=weights_dir))


def is_available(name: str, *, weights_dir: Path) -> bool:
    """Say whether the scorer's weights are on this machine; they are verified only when loaded.

    Raises
    ------
    ScorerUnknownError
    """
    _package_of(name)
    return not missing_parts(name, weights_dir=weights_dir)


def _package_of(name: str) -> str:
    try:
        return _packages()[name]
    except KeyError:
        message = f"There is no scorer {name!r}. Known are: {', '.join(scorer_names())}."
        raise ScorerUnknownError(message) from None


def _packages() -> Mapping[str, str]:
    others = installed(ENTRY_POINTS, taken=frozenset(_PACKAGES))
    return {**_PACKAGES, **{name: one.value for name, one in others.items()}}
