"""A map over the film: chosen by a person, off at first, with what it shows and what it does not."""

from __future__ import annotations

import streamlit as st

from core.scoring.saliency import MapKind
from dashboard import commands, queries
from dashboard.components.browser.legend import LegendEntry
from dashboard.components.films.viewer import MapOverlay
from dashboard.components.page.text import plain
from dashboard.pictures.maps import LUNG_COLOUR, MAP_COLOUR, OPACITY_COLOUR
from dashboard.services.worker.maps import MapRequest, MapStanding
from db.models import MapState
from db.read_models.facts import FilmFacts

OFF = "Nothing: the film alone"
NOT_DISEASE = "A map shows what moved the score, not where disease is."
NO_WORKER = "! No worker runs, so this map is not made now. `lungline worker` or `lungline serve` starts one."
NOT_A_READER = "Outlined by the model, not by a person; opacity has many causes."

TITLES = {
    MapKind.MASKS: "Opacity mask and lungs",
    MapKind.GRADIENT_GEOGRAPHIC_EXTENT: "Sensitive places: geographic extent",
    MapKind.GRADIENT_OPACITY: "Sensitive places: opacity",
    MapKind.ATTRIBUTION_GEOGRAPHIC_EXTENT: "Places that raised the score: geographic extent",
    MapKind.ATTRIBUTION_OPACITY: "Places that raised the score: opacity",
}
KINDS = {title: kind for kind, title in TITLES.items()}
_MOVES = "Places where a small change of the film would change the score most, up or down (squared gradient)."
_RAISED = "Places that raised the score, compared with a film of one even grey (integrated gradients)."
_SCALE = (LegendEntry("scale", MAP_COLOUR, "from none to most, on this film alone"),)
_MASK_LEGEND = (
    LegendEntry("filled", OPACITY_COLOUR, "filled: opacity"),
    LegendEntry("outline", LUNG_COLOUR, "outline: lungs"),
)


def choose_map(film: FilmFacts) -> MapOverlay | None:
    """Draw the choice of a map over a film; return the chosen one, asked for where nobody has, None at first.

    A film that the active model has not scored is offered none.
    """
    if film.score is None:
        return None
    chosen = st.selectbox(
        "Show over this film",
        [OFF, *KINDS],
        key=f"map-{film.film_id}",
        help="The worker draws the map when it is asked for; this takes a moment.",
    )
    if chosen == OFF:
        return None
    kind = KINDS[chosen]
    request = MapRequest(film.content_hash, film.score.model, film.score.model_version, kind)
    standing = queries.map_standing(request) or commands.ask_for_map(request)
    _draw_standing(request, standing)
    return MapOverlay(queries.map_url(standing.map_id), TITLES[kind], map_words(kind), map_legend(kind))


def map_words(kind: MapKind) -> tuple[str, ...]:
    """Return what a map shows, and what it does not."""
    return (NOT_A_READER,) if kind.measure is None else (_MOVES if kind.is_gradient else _RAISED, NOT_DISEASE)


def map_legend(kind: MapKind) -> tuple[LegendEntry, ...]:
    """Return the signs of a map."""
    return _MASK_LEGEND if kind.measure is None else _SCALE


def _draw_standing(request: MapRequest, standing: MapStanding) -> None:
    """Say what hinders a map that is not there yet; the viewer itself says that it is being made, or why it failed."""
    if standing.state is MapState.WAITING and not queries.scoring_status().running:
        plain(NO_WORKER, tone="warning")
    if standing.state is MapState.FAILED and st.button("Make this map again", key=f"again-{standing.map_id}"):
        commands.ask_for_map(request)
        st.rerun()
