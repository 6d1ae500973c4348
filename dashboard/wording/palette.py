"""Colours and shapes of the screens: told apart in every common colour blindness, at least 4.5:1 on their ground.

Colour never stands alone: every verdict has a shape and a word too.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.trend.types import FlagKind, Verdict
from core.trend.wording import VERDICTS_IN_WORDS


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, for charts; the rest of the screen takes them from `.streamlit/config.toml`."""

    ink: str
    quiet: str
    line: str
    band: str
    level: str
    rise: str
    drop: str
    look: str

    def tone(self, tone: str) -> str:
        """Return the colour of a tone: ``rise``, ``drop``, ``look`` or ``quiet``."""
        return {"rise": self.rise, "drop": self.drop, "look": self.look}.get(tone, self.quiet)


LIGHT = Palette("#16242c", "#4c5d67", "#c3ced5", "#b3c2cb", "#16242c", "#9c4a00", "#075f86", "#5b3f9a")
DARK = Palette("#e4ecf0", "#a9bac4", "#33444e", "#4d6270", "#e4ecf0", "#f5b06b", "#7cc7e6", "#c3aef5")


def palette(*, dark: bool) -> Palette:
    """Return the colours of the theme."""
    return DARK if dark else LIGHT


VERDICT_SHAPES = {
    Verdict.LARGE_RISE: ("▲▲", "rise"),
    Verdict.RISE: ("▲", "rise"),
    Verdict.NO_REAL_CHANGE: ("=", "quiet"),
    Verdict.DROP: ("▼", "drop"),
    Verdict.LARGE_DROP: ("▼▼", "drop"),
    Verdict.CANNOT_TELL: ("?", "look"),
    Verdict.NOT_ASSESSED: ("○", "quiet"),
}
"""Shape and tone of each verdict."""

VERDICT_WORDS = {**VERDICTS_IN_WORDS, Verdict.CANNOT_TELL: "cannot tell: compare the films"}
"""As on screen, where what to do stands with it."""

VERDICT_MEANINGS = {
    Verdict.LARGE_RISE: "a rise, very probably by more than the smallest important change",
    Verdict.RISE: "a rise beyond the model's error",
    Verdict.NO_REAL_CHANGE: "no change beyond the model's error",
    Verdict.DROP: "a drop beyond the model's error",
    Verdict.LARGE_DROP: "a drop, very probably by more than the smallest important change",
    Verdict.CANNOT_TELL: "taken differently, order or time not certain, or error too large: look at both films",
    Verdict.NOT_ASSESSED: "no film to compare with, or the model's error of a change is not known; the row says which",
}
"""What each verdict says of the film, for a legend."""

FLAG_SHAPES = {FlagKind.RISE: "▲", FlagKind.DROP: "▼", FlagKind.LOOK: "◆"}
FLAG_WORDS = {FlagKind.RISE: "large rise", FlagKind.DROP: "large drop", FlagKind.LOOK: "compare the films"}


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict's shape and words, for example "▲▲ large rise"."""
    return f"{VERDICT_SHAPES[verdict][0]} {VERDICT_WORDS[verdict]}"


def flag_text(kind: FlagKind) -> str:
    """Return a flag's shape and words."""
    return f"{FLAG_SHAPES[kind]} {FLAG_WORDS[kind]}"
