"""All films of a patient as thumbnails on the chart's time axis, and the chosen one large beside it.

Choosing happens in the browser, from what it has already: a step does not wait for the server, which is told later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.types import Measure
from dashboard import queries
from dashboard.components.browser import elements
from dashboard.components.films.film_detail import shown_film
from dashboard.components.page.address import page_address
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.facts import taking_text
from dashboard.wording.palette import FLAG_SHAPES
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import last_verdict_text
from db.models import FlagState
from db.read_models.facts import FilmFacts, FlagFacts

STRIP, SERIAL = "film-strip", "film-strip-serial"
SHOWN = "shown-film"
PRIOR_STAY = "of an earlier stay"

_HERE = Path(__file__).parent


def _part(name: str, html: str) -> Any:  # noqa: ANN401 - Streamlit names no type for a component
    return st.components.v2.component(
        f"lungline_{name}",
        html=html,
        css=elements.TONES + (_HERE / f"{name}.css").read_text(encoding="utf-8"),
        js="\n".join(
            [
                elements.JS,
                *((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in ("choosing", name)),
            ]
        ),
    )


_STRIP = _part("strip", '<div class="strip toned"></div>')
_SHOWN = _part("shown", '<div class="shown toned"></div>')


@dataclass(frozen=True)
class Pair:
    """Two films to be compared."""

    film_id: int
    other_id: int


def draw_strip(trend: PatientTrend, *, selected: int, scale: TimeScale, chart: str, dark: bool) -> Pair | None:
    """Draw the thumbnails; a film chosen goes into the address. Return two that were asked for together in this run.

    Parameters
    ----------
    scale : TimeScale
        Of the chart.
    chart : str
        Key of the plotly chart whose axis the strip follows.
    """
    flags = {flag.film_id: flag for flag in trend.timeline.flags if flag.state is not FlagState.WITHDRAWN}
    films = [_thumbnail(film, flags.get(film.film_id), trend, scale) for film in trend.timeline.films]
    compare = page_address("compare", {"id": str(trend.timeline.patient.patient_id)})
    asked = _STRIP(
        key=STRIP,
        data={"films": films, "chart": chart, "compare": compare, "dark": dark, **_choice(selected)},
        on_film_change=_take_choice,
        on_pair_change=lambda: None,
    ).pair
    return None if asked is None else Pair(int(asked["film"]), int(asked["other"]))


def draw_shown(trend: PatientTrend, *, selected: int, scale: TimeScale, dark: bool) -> None:
    """Draw the chosen film large; the browser has the words and addresses of all others too."""
    films = [_large(film, trend, scale) for film in trend.timeline.films]
    _SHOWN(key=SHOWN, data={"films": films, "dark": dark, **_choice(selected)})


def _choice(selected: int) -> dict[str, int]:
    """Return the chosen film, and the number of the last choice that the server was told: a late answer is known."""
    return {"selected": selected, "serial": st.session_state.get(SERIAL, 0)}


def _take_choice() -> None:
    chosen = st.session_state[STRIP].film
    if chosen is not None:
        st.session_state[SERIAL] = int(chosen["serial"])
        st.query_params["film"] = str(int(chosen["film"]))


def _thumbnail(film: FilmFacts, flag: FlagFacts | None, trend: PatientTrend, scale: TimeScale) -> dict[str, Any]:
    taken = scale.text(film.acquired_at, film.time_precision)
    score = "no score" if film.score is None else f"{film.score.geographic_extent:.1f}"
    dimmed = _why_dimmed(film, trend)
    how = taking_text(film.view_position, film.patient_position)
    return {
        "id": film.film_id,
        "url": queries.thumbnail_url(film.film_id),
        "at": _on_axis(film.acquired_at, scale),
        "score": score,
        "view": film.view_position.value,
        "flag": "" if flag is None else FLAG_SHAPES[flag.kind],
        "tone": "" if flag is None else flag.kind.value,
        "dimmed": dimmed,
        "alternative": f"Film of {taken}, {how}, extent {score}{f'; {dimmed}' if dimmed else ''}",
    }


def _on_axis(at: datetime | None, scale: TimeScale) -> float | str | None:
    if at is None:
        return None
    place = scale.on_axis(at)
    return place.isoformat() if isinstance(place, datetime) else place


def _why_dimmed(film: FilmFacts, trend: PatientTrend) -> str:
    if film.film_id in trend.not_on_trend:
        return f"not on the trend, {trend.not_on_trend[film.film_id]}"
    last = trend.timeline.stays[-1].stay_id if trend.timeline.stays else None
    return PRIOR_STAY if film.stay_id != last else ""


def _large(film: FilmFacts, trend: PatientTrend, scale: TimeScale) -> dict[str, Any]:
    shown = shown_film("", film, scale)
    taken, scored = shown.lines
    off, found = trend.not_on_trend.get(film.film_id), trend.trends.get(film.film_id)
    change = found.change(Measure.GEOGRAPHIC_EXTENT, ALERTING_REFERENCE) if found else None
    said = f"! not on the trend, {off}" if off else "" if change is None else last_verdict_text(change, behind=False)
    lines = [line for line in (scored, said) if line]
    return {"id": film.film_id, "url": shown.url, "title": taken, "lines": lines, "alternative": shown.alternative}
