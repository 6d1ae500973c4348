"""The pointing game by networks that have not seen a film's patient."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC
from pathlib import Path

from core.research.evaluation.dataset import read_data_set
from core.research.evaluation.maps.pointing import Point, painted_films, point_maps, read_painted
from core.scoring.models.embedded.scorer import EmbeddedScorer, Networks
from core.types import ScorerCard

_CARD = ScorerCard(
    model="embedded",
    version="held out",
    title="Embedded severity scorer, a fold of patients held out",
    summary="For the pointing game only.",
    licence="",
    citation="",
)


def point_held_out(data: Path, film_ids: Collection[str], networks: Networks) -> list[Point]:
    """Return where the embedded scorer's maps, by these networks, are highest on some painted films.

    Raises
    ------
    DataSetInvalidError
        A table or a mask is missing or not of the documented form.
    """
    chosen = [
        painted_film
        for painted_film in painted_films(data, read_data_set(data))
        if painted_film.row.film_id in film_ids
    ]
    films, _not_used = read_painted([painted_film for painted_film in chosen if painted_film.opacity.any()], UTC)
    scorer = EmbeddedScorer(_CARD, networks)
    return [point for painted, film in films for point in point_maps(scorer, film, painted)]
