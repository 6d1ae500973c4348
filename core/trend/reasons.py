"""The reasons of a verdict in plain words, kept apart by what each part is for."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Reasons:
    """Why a verdict is what it is. Every part but `found` may be empty.

    Attributes
    ----------
    found : str
        What the films show; where there is no verdict, why.
    beforehand : str
        What keeps the verdict from being taken at its word; it leads.
    why : str
        The noise it was judged by, how sure that makes it, and what would have changed it.
    measured : str
        How that noise was measured.
    limits : str
        What the scale hides, and what a drop alone is not enough for.
    verdict : str
        That there is no verdict, and what to do instead; it stands before `found`. "" where there is one.
    """

    found: str
    beforehand: str = ""
    why: str = ""
    measured: str = ""
    limits: str = ""
    verdict: str = ""

    @property
    def text(self) -> str:
        """Return all parts as one text."""
        return joined(self.beforehand, self.verdict, self.found, self.why, self.measured, self.limits)

    @property
    def finding(self) -> str:
        """Return what was found, led by that there is no verdict where there is none."""
        return joined(self.verdict, self.found)

    def noting(self, sentence: str) -> Reasons:
        """Return the reasons with a sentence after all others."""
        return replace(self, limits=joined(self.limits, sentence))


def joined(*sentences: str) -> str:
    """Return those that are not empty as one text."""
    return " ".join(sentence for sentence in sentences if sentence)
