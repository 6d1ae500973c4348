"""Two films in one view, or one alone: windowed, enlarged and moved, aligned by their lungs, with maps over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.browser import legend
from dashboard.components.browser.legend import LegendEntry
from dashboard.pictures.maps import LUNG_COLOUR, OPACITY_COLOUR

_HERE = Path(__file__).parent
_PARTS = ("view", "loading", "renderer", "gestures", "ruler", "stepping", "drawing", "actions", "comparison")
_VIEWER = st.components.v2.component(
    "lungline_film_comparison",
    html=(_HERE / "comparison.html").read_text(encoding="utf-8"),
    css=legend.CSS + (_HERE / "comparison.css").read_text(encoding="utf-8"),
    js="\n".join([legend.JS, *((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS)]),
)

BOTH_COLOUR = (221, 140, 255)
"""Of opacity on both films: told apart from the other two in every common colour blindness."""


@dataclass(frozen=True)
class ComparedFilm:
    """One of the two films.

    Attributes
    ----------
    url : str
        Signed address of its grey values.
    title : str
        For example "Earlier film".
    taken : str
        When, and how.
    lines : tuple of str
        Said below that.
    alternative : str
        The picture in words.
    """

    film_id: int
    url: str
    title: str
    taken: str
    lines: tuple[str, ...]
    alternative: str


@dataclass(frozen=True)
class Overlay:
    """What may be laid over the films: a kind of map, "difference" of the masks, or "" for nothing."""

    value: str
    text: str
    lines: tuple[str, ...] = ()
    legend: tuple[LegendEntry, ...] = ()


@dataclass(frozen=True)
class MapAddress:
    """A film's map, made or not; or the reason why there is none, then with the id 0."""

    map_id: int = 0
    url: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ShownAlignment:
    """How the second film is laid over the first, and what that shows, in words."""

    matrix: tuple[tuple[float, float, float], tuple[float, float, float]]
    words: str
    difference: str


@dataclass(frozen=True)
class Wish:
    """What a person wants to see over the films."""

    over: str = ""
    aligned: bool = False


@dataclass(frozen=True)
class OverFilms:
    """What the wish was answered with.

    Attributes
    ----------
    maps : tuple of MapAddress
        Of the wished map, one for each film; empty where none is wished.
    masks : tuple of MapAddress
        The masks that aligning rests on, likewise.
    alignment : ShownAlignment or None
    not_aligned : str
        Why there is no alignment.
    hindrance : str
        What keeps maps from being made; "" where nothing does.
    """

    maps: tuple[MapAddress, ...] = ()
    masks: tuple[MapAddress, ...] = ()
    alignment: ShownAlignment | None = None
    not_aligned: str = ""
    hindrance: str = ""


@dataclass(frozen=True)
class Series:
    """What the two films are part of.

    Attributes
    ----------
    banner : tuple of str
        Whose films these are and what changed: said above them where nothing else of the page is in sight.
    steps : two tuples of int
        Films that each side can be stepped through, as time runs, the one shown among them.
    """

    banner: tuple[str, ...] = ()
    steps: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())


def wish_of(key: str, films: Sequence[int]) -> Wish:
    """Return what is wished in the viewer of that key over these films; nothing at first."""
    state = st.session_state.get(key) or {}
    wish = state.get("wish") or {}
    if wish.get("pair") != "-".join(str(film_id) for film_id in films):
        return Wish()
    return Wish(str(wish.get("over", "")), bool(wish.get("aligned")))


def film_comparison(
    films: Sequence[ComparedFilm],
    offered: Sequence[Overlay],
    wish: Wish,
    over: OverFilms,
    *,
    key: str,
    series: Series | None = None,
) -> tuple[int, int] | None:
    """Draw the two films; a wish made in the viewer runs the page again.

    Parameters
    ----------
    films : two ComparedFilm, or one
        The first stands left, or above; a key belongs to one patient, or to one film alone.
    offered : sequence of Overlay
        The first is "nothing"; with that alone nothing can be aligned either.

    Returns
    -------
    (int, int) or None
        The first and the second film that a person stepped to in this run.
    """
    series = series or Series()
    data: Mapping[str, Any] = {
        "films": [asdict(film) for film in films],
        "offered": [asdict(overlay) for overlay in offered],
        "mappable": len(offered) > 1,
        "wish": asdict(wish),
        "maps": [[asdict(address) for address in over.maps], [asdict(mask) for mask in over.masks]],
        "alignment": asdict(over.alignment) if over.alignment else None,
        "not_aligned": over.not_aligned,
        "hindrance": over.hindrance,
        "banner": series.banner,
        "steps": series.steps,
        "colours": {"opacity": OPACITY_COLOUR, "lung": LUNG_COLOUR, "both": BOTH_COLOUR},
    }
    stepped = _VIEWER(key=key, data=data, on_wish_change=lambda: None, on_step_change=lambda: None).step
    return None if stepped is None else (int(stepped["first"]), int(stepped["second"]))


def film_alone(film: ComparedFilm, *, key: str) -> None:
    """Draw one film with nothing over it and no words beside it.

    Its keys leave the digits to the page, whose `data-films-shown` names the film once it is seen.
    """
    film_comparison([film], (Overlay("", ""),), Wish(), OverFilms(), key=key)
