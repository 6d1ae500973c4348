"""What the board shows and in which order: chosen on the board, kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import Reference, Verdict
from dashboard.components.page.acting import ACTOR
from dashboard.components.page.as_of import AS_OF
from dashboard.services.ward.board import BoardRow
from dashboard.services.ward.order import BoardSort
from dashboard.wording.facts import ALL_UNITS
from dashboard.wording.palette import verdict_text

UNIT, VERDICT, SORT, SINCE, UNSEEN, REVIEWER = "unit", "verdict", "sort", "since", "unseen", "reviewer"
SERIAL, MADE, ADDRESS = "board-serial", "board-choice-made", "board-address"
LONGEST = 100
"""Characters of a value of the address that are repeated on screen."""

SORTS = {BoardSort.CONCERN: "concern", BoardSort.BED: "bed", BoardSort.STALENESS: "oldest last film"}
SINCE_WORDS = {
    Reference.RECENT: "the recent level",
    Reference.PREVIOUS: "the previous film",
    Reference.HOURS_24: "24 h before",
    Reference.HOURS_72: "72 h before",
    Reference.ADMISSION: "ICU admission",
    Reference.LOWEST: "the lowest geographic extent of the stay",
    Reference.HIGHEST: "the highest geographic extent of the stay",
}
NOT_CURRENT, NOT_COMPARED = "not-up-to-date", "nothing-to-compare"


def address_word(code: StrEnum) -> str:
    """Return a code as a word of an address, for example "72-h"."""
    return code.value.replace("_", "-")


VERDICTS = {address_word(verdict): verdict_text(verdict) for verdict in Verdict} | {
    NOT_COMPARED: "○ nothing to compare with",
    NOT_CURRENT: "! not up to date",
}


@dataclass(frozen=True)
class BoardChoice:
    """What is asked of the board.

    Attributes
    ----------
    unit, verdict : str
        "" for all.
    unseen : bool
        Only stays with something newer than the last review by `reviewer`.
    """

    unit: str = ""
    verdict: str = ""
    sort: BoardSort = BoardSort.CONCERN
    reference: Reference = ALERTING_REFERENCE
    unseen: bool = False
    reviewer: str = ""

    def as_parameters(self) -> dict[str, str]:
        """Return the parameters of an address; what is usual is left out."""
        given = {
            UNIT: self.unit,
            VERDICT: self.verdict,
            SORT: "" if self.sort is BoardSort.CONCERN else self.sort.value,
            SINCE: "" if self.reference is ALERTING_REFERENCE else address_word(self.reference),
            UNSEEN: "true" if self.unseen else "",
            REVIEWER: self.reviewer if self.unseen else "",
        }
        return {name: value for name, value in given.items() if value}


def read_choice(address: Mapping[str, str], actor: str = "") -> tuple[BoardChoice, tuple[str, ...]]:
    """Return what an address asks for, and a sentence on each part of it that is not known.

    Parameters
    ----------
    actor : str
        Who is known to act here; whose reviews count where the address names nobody.
    """
    verdict, sort, since = (address.get(name, "") for name in (VERDICT, SORT, SINCE))
    known_sort, reference = sort in set(BoardSort), _reference(since)
    problems = [
        f"{what} in the address ({value[:LONGEST]}) is not known: {instead}."
        for what, value, known, instead in (
            ("The verdict", verdict, verdict in VERDICTS, "every verdict is shown"),
            ("The order", sort, known_sort, "most concern stands on top"),
            ("What the change is measured from", since, reference is not None, "it is the recent level"),
        )
        if value and not known
    ]
    choice = BoardChoice(
        unit=address.get(UNIT, ""),
        verdict=verdict if verdict in VERDICTS else "",
        sort=BoardSort(sort) if known_sort else BoardSort.CONCERN,
        reference=reference or ALERTING_REFERENCE,
        unseen=address.get(UNSEEN, "") == "true",
        reviewer=address.get(REVIEWER, "").strip()[:LONGEST] or actor,
    )
    return choice, tuple(problems)


def _reference(word: str) -> Reference | None:
    """Return the reference of an address's word, those of earlier versions included."""
    try:
        return Reference(word.replace("-", "_"))
    except ValueError:
        return None


@dataclass(frozen=True)
class _Made:
    """A choice made on the board, and the parameters of the one whose place it took."""

    left: dict[str, str]
    choice: BoardChoice


def follow_address() -> None:
    """Take the address as it is, whatever was just chosen: a whole run is one of Back, a link or a reload."""
    st.session_state.pop(MADE, None)


def choice_in_address() -> tuple[BoardChoice, tuple[str, ...]]:
    """Return what this page's address asks for, and what of it is not known.

    A refresh that the browser asked for before it knew of a choice names the address that was left: the choice stands.
    """
    choice, problems = read_choice(st.query_params.to_dict(), st.session_state.get(ACTOR, ""))
    made: _Made | None = st.session_state.get(MADE)
    if made is not None and choice.as_parameters() == made.left:
        _put_into_address(made.choice)
        return made.choice, ()
    return choice, problems


def choice_taker(key: str) -> Callable[[], None]:
    """Return what puts a choice made on the board of that key into the address."""

    def take() -> None:
        made = st.session_state[key].choice
        shown, _ = choice_in_address()
        choice, _ = read_choice({**made, UNSEEN: "true" if made[UNSEEN] else ""})
        st.session_state[SERIAL] = int(made["serial"])
        # A name typed here is that of the person acting; a colleague's name in a shared address is not.
        if choice.reviewer and choice.reviewer != shown.reviewer:
            st.session_state[ACTOR] = choice.reviewer
        if choice.as_parameters() != shown.as_parameters():  # a choice may be told twice
            st.session_state[MADE] = _Made(shown.as_parameters(), choice)
        # At once, so that one step back undoes one choice.
        _put_into_address(choice)

    return take


def keep_address(choice: BoardChoice) -> None:
    """Keep the address of the board that is left for a patient's page, which leads back to it."""
    as_of = st.query_params.get(AS_OF)
    st.session_state[ADDRESS] = choice.as_parameters() | ({AS_OF: as_of} if as_of else {})


def kept_address() -> dict[str, str]:
    """Return the parameters with which the board was last left in this session."""
    kept: dict[str, str] = st.session_state.get(ADDRESS, {})
    return kept


def _put_into_address(choice: BoardChoice) -> None:
    own = {UNIT, VERDICT, SORT, SINCE, UNSEEN, REVIEWER}
    others = {name: value for name, value in st.query_params.to_dict().items() if name not in own}
    st.query_params.from_dict({**others, **choice.as_parameters()})


def choice_data(choice: BoardChoice, units: tuple[str, ...]) -> dict[str, Any]:
    """Return the choice and what may be chosen, for the browser; `serial` is that of the last choice made there."""
    named = tuple(dict.fromkeys((*units, choice.unit))) if choice.unit else units
    return {
        "serial": st.session_state.get(SERIAL, 0),
        "choice": {
            UNIT: choice.unit,
            VERDICT: choice.verdict,
            SORT: choice.sort.value,
            SINCE: address_word(choice.reference),
            UNSEEN: choice.unseen,
            REVIEWER: choice.reviewer,
        },
        "options": {
            UNIT: [["", ALL_UNITS], *([unit, unit] for unit in named)],
            VERDICT: [["", "All verdicts"], *([word, text] for word, text in VERDICTS.items())],
            SORT: [[sort.value, text] for sort, text in SORTS.items()],
            SINCE: [[address_word(one), text] for one, text in SINCE_WORDS.items()],
        },
    }


def verdict_kind(row: BoardRow) -> str:
    """Return under which verdict a row is found: a verdict that is not the latest word is under none."""
    if row.behind:
        return NOT_CURRENT
    if row.change is None or not row.compared:
        return NOT_COMPARED
    return address_word(row.change.verdict)
