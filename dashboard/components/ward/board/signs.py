"""The legend of the board: what each sign says, in words from the tables that the signs come from."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from core.trend.types import FlagKind, Verdict
from dashboard.components.ward.board.choice import NOT_COMPARED, NOT_CURRENT, VERDICTS
from dashboard.wording.palette import FLAG_SHAPES, VERDICT_MEANINGS, VERDICT_SHAPES, flag_text, verdict_text
from dashboard.wording.trend import WARNING

DOT = "●"


class Sign(NamedTuple):
    """One line of the legend: the sign with its class in the style sheet, and what it says."""

    style: str
    sign: str
    meaning: str


def board_signs() -> tuple[Sign, ...]:
    """Return every sign of the board: of verdicts, of flags, of the course, and beside a row's words."""
    verdicts = [
        Sign(f"verdict {VERDICT_SHAPES[verdict][1]}", verdict_text(verdict), VERDICT_MEANINGS[verdict])
        for verdict in Verdict
    ]
    shapes = " ".join(FLAG_SHAPES.values())
    flags = [Sign(f"flag {kind.value}", flag_text(kind), _flag_meaning(kind)) for kind in FlagKind]
    return (
        *verdicts,
        Sign("verdict quiet", VERDICTS[NOT_COMPARED], "no film, or no earlier film; the row says why"),
        Sign("verdict look", VERDICTS[NOT_CURRENT], "the last film is too old (STALE), or a newer one has no score"),
        *flags,
        Sign("flag seen", flag_text(FlagKind.RISE), "grey frame: a person has acknowledged or snoozed the flag"),
        Sign(
            "",
            f"{DOT} on the course",
            f"a film, the large one the last; {shapes} films with a flag",
        ),
        Sign("", "- - - on the course", "the films were taken differently, or their order is not known"),
        Sign(
            "",
            f"{WARNING} before words",
            "a doubt, a film moved here, or a verdict not up to date; the words say which",
        ),
        Sign("", f"{DOT} unseen", "news since you marked the patient reviewed on a round, or never reviewed"),
    )


def _flag_meaning(kind: FlagKind) -> str:
    look = "in a frame: an open flag"
    return look if kind is not FlagKind.LOOK else f"{look} that asks for a look at both films"


def legend_html() -> str:
    """Return the legend: closed until it is asked for, by mouse or keyboard."""
    lines = "".join(
        f'<div><dt><span class="{sign.style}">{escape(sign.sign)}</span></dt><dd>{escape(sign.meaning)}</dd></div>'
        for sign in board_signs()
    )
    return f'<details class="signs"><summary>What the signs say</summary><dl>{lines}</dl></details>'
