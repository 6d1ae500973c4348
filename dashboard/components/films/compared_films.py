"""Fills the viewer of two films: their pictures, their words, and what a person asked to see over them."""

from __future__ import annotations

import streamlit as st

from core.errors import AlignmentNotPossibleError
from core.scoring.saliency import MapKind
from core.types import Measure
from dashboard import commands, queries
from dashboard.components.browser.legend import LegendEntry
from dashboard.components.films.comparison import (
    BOTH_COLOUR,
    ComparedFilm,
    MapAddress,
    OverFilms,
    Overlay,
    Series,
    ShownAlignment,
    Wish,
    film_comparison,
    wish_of,
)
from dashboard.components.films.film_choice import show_pair
from dashboard.components.films.film_maps import NO_WORKER, NOT_A_READER, TITLES, map_legend, map_words
from dashboard.pictures.maps import LUNG_COLOUR, OPACITY_COLOUR
from dashboard.services.patient.comparison import FilmPair, steps
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.worker.maps import MapRequest, MapStanding
from dashboard.wording.facts import score_text, share_text, shown_name, taking_text
from dashboard.wording.times import TimeScale
from db.errors import NotFoundError
from db.models import MapState
from db.read_models.facts import FilmFacts

DIFFERENCE = "difference"
NOTHING = Overlay("", "nothing: the films alone")
NO_VERDICT = "It is no verdict: how far outlines differ where nothing changed was not measured."
OFFERED = (
    NOTHING,
    *(Overlay(kind.value, TITLES[kind], map_words(kind), map_legend(kind)) for kind in MapKind),
    Overlay(
        DIFFERENCE,
        "Difference of the opacity masks, lungs aligned",
        (NOT_A_READER, NO_VERDICT),
        (
            LegendEntry("slanted", OPACITY_COLOUR, "slanted lines: opacity on the later film only"),
            LegendEntry("level", LUNG_COLOUR, "level lines: opacity on the earlier film only"),
            LegendEntry("dotted", BOTH_COLOUR, "dots: opacity on both"),
        ),
    ),
)
MASKS_NEEDED = "Aligning rests on the lung masks of both films."


@st.fragment
def draw_films(
    pair: FilmPair, trend: PatientTrend, *, scale: TimeScale, banner: tuple[str, ...], mappable: bool
) -> None:
    """Draw the two films, and over them what was wished for; `mappable` says whether anything may be."""
    key = f"films-{trend.timeline.patient.patient_id}"
    titles = ("First film", "Second film") if pair.gap is None else ("Earlier film", "Later film")
    films = [_film(film, title, trend, scale) for film, title in zip((pair.first, pair.second), titles, strict=True)]
    wish = wish_of(key, [film.film_id for film in films]) if mappable else Wish()
    stepped = film_comparison(
        films,
        OFFERED if mappable else (NOTHING,),
        wish,
        _over(pair, wish),
        key=key,
        series=Series(banner, steps(trend, pair)),
    )
    if stepped and stepped != (pair.first.film_id, pair.second.film_id):
        show_pair(*stepped)
        st.rerun()


def _film(film: FilmFacts, title: str, trend: PatientTrend, scale: TimeScale) -> ComparedFilm:
    taken = scale.text(film.acquired_at, film.time_precision)
    how = taking_text(film.view_position, film.patient_position)
    score = film.score
    scored = "not scored" if score is None else ", ".join(f"{m.label.lower()} {score_text(score, m)}" for m in Measure)
    off = trend.not_on_trend.get(film.film_id)
    lines = (scored, f"! not on the trend: {off}") if off else (scored,)
    name = shown_name(trend.timeline.patient.name)
    alternative = f"Film of {name} taken {taken}, {how}; {'; '.join(lines)}."
    return ComparedFilm(film.film_id, queries.greys_url(film.film_id), title, f"{taken}, {how}", lines, alternative)


def _over(pair: FilmPair, wish: Wish) -> OverFilms:
    """Answer a wish: ask for the maps it needs, and align the films once their masks are made."""
    films = (pair.first, pair.second)
    kinds = {kind.value: kind for kind in MapKind}
    over = [_standing(film, kinds[wish.over]) for film in films] if wish.over in kinds else []
    masks = [_standing(film, MapKind.MASKS) for film in films] if wish.aligned else []
    waits = any(standing is not None and standing.state is MapState.WAITING for standing in (*over, *masks))
    alignment, why_not = _alignment(masks) if wish.aligned else (None, "")
    return OverFilms(
        tuple(_address(standing) for standing in over),
        tuple(_address(mask) for mask in masks),
        alignment,
        why_not,
        NO_WORKER if waits and not queries.scoring_status().running else "",
    )


def _standing(film: FilmFacts, kind: MapKind) -> MapStanding | None:
    """Return how a map stands, asked for where nobody has; None for a film that the active model has not scored."""
    if film.score is None:
        return None
    request = MapRequest(film.content_hash, film.score.model, film.score.model_version, kind)
    return queries.map_standing(request) or commands.ask_for_map(request)


def _address(standing: MapStanding | None) -> MapAddress:
    if standing is None:
        return MapAddress(reason="not scored by the active model, so there is no map of it.")
    return MapAddress(standing.map_id, queries.planes_url(standing.map_id))


def _alignment(masks: list[MapStanding | None]) -> tuple[ShownAlignment | None, str]:
    """Return the alignment by two masks, or why there is none."""
    made = [mask.map_id for mask in masks if mask is not None and mask.state is MapState.MADE]
    if len(made) < 2:
        return None, MASKS_NEEDED
    try:
        found = queries.aligned_masks(*made)
    except (AlignmentNotPossibleError, NotFoundError) as error:
        return None, str(error)
    overlap, before = (f"{100 * one:.0f} %" for one in (found.alignment.overlap, found.alignment.overlap_before))
    difference = found.difference
    return ShownAlignment(
        found.alignment.matrix,
        f"The lungs of the two films are aligned; their outlines overlap by {overlap} (Dice), before by {before}.",
        f"Of the lung fields, opaque on both films: {share_text(difference.both)}; on the later film only: "
        f"{share_text(difference.grown)}; on the earlier film only: {share_text(difference.gone)}.",
    ), ""
