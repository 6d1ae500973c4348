"""What a check is, and the three verdicts it can give."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from core.types import CheckResult, CheckVerdict, Film


@runtime_checkable
class Check(Protocol):
    """Says of one film whether it may be scored; `tests/core/films/test_film_checks.py` holds each one to it.

    A check is deterministic, keeps no state and never raises.
    """

    @property
    def name(self) -> str:
        """Return the registry name."""
        ...

    @property
    def version(self) -> str:
        """Return the version; it changes whenever a verdict could."""
        ...

    def __call__(self, film: Film) -> CheckResult:
        """Return the verdict on `film`."""
        ...


@runtime_checkable
class CorrectingCheck(Check, Protocol):
    """A check that mends what it notes; the checks after it see the corrected film."""

    def correct(self, film: Film) -> Film:
        """Return the film as it is to be scored, for a film on which the verdict was NOTED."""
        ...


def passed(check: Check, reason: str = "") -> CheckResult:
    """Return the verdict that nothing stands against scoring."""
    return CheckResult(check.name, check.version, CheckVerdict.PASSED, reason)


def noted(check: Check, reason: str) -> CheckResult:
    """Return the verdict that the film may be scored, with a remark."""
    return CheckResult(check.name, check.version, CheckVerdict.NOTED, reason)


def refused(check: Check, reason: str) -> CheckResult:
    """Return the verdict that the film may not be scored unless a person overrules."""
    return CheckResult(check.name, check.version, CheckVerdict.REFUSED, reason)
