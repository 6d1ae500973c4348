"""One patient on one page: trajectory, the last two films, verdict with basis, flags, events."""

from __future__ import annotations

from datetime import datetime

from core.errors import CoreError
from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import Change
from core.types import Measure
from dashboard.errors import DashboardError
from dashboard.pictures.films import film_picture
from dashboard.reports.chart import chart_of
from dashboard.reports.typeset import typeset
from dashboard.services.patient.comparison import LastFilms, last_films
from dashboard.services.patient.film_basis import film_basis
from dashboard.services.patient.standing import moment_of
from dashboard.services.patient.timeline import PatientTrend, patient_trend
from dashboard.services.site.opening import Site
from dashboard.wording.facts import FLAG_STATES, score_text, shown_name, signed_event_text, taking_text
from dashboard.wording.flags import decision_text
from dashboard.wording.identity import identity_parts
from dashboard.wording.moved import mark_lines
from dashboard.wording.palette import flag_text
from dashboard.wording.paper import model_text, moment_text, shortened
from dashboard.wording.times import TimeScale
from dashboard.wording.trend import last_verdict_text, last_verdict_tone, level_text, standing_lines
from db.models import FlagState
from db.read_models.facts import FilmFacts, FlagFacts

MOST_FLAGS, MOST_EVENTS, MOST_REASONS = 3, 6, 2
LONGEST_BASIS, LONGEST_FLAG, LONGEST_EVENT, LONGEST_REASON, LONGEST_DECISION = 900, 200, 80, 200, 120
"""Characters. With these all fits on the page; what is longer, or more, stands on the screen."""
NEVER_ASSESSED = ("pneumothorax", "tubes, lines")


def patient_report(patient_id: int, *, as_of: datetime | None = None, site: Site) -> bytes:
    """Return a patient's report as PDF of one page, now or as it stood at `as_of`.

    Raises
    ------
    NotFoundError
    """
    site = site.at(site.clock())
    trend = patient_trend(patient_id, as_of=as_of, site=site)
    scale = TimeScale(site.zone, trend.timeline.patient.relative_day_zero)
    last = last_films(trend)
    films = last.shown if last else ()
    pictures = [_picture(film, site=site) for film in films]
    shown = [
        {**_film(film, scale), "picture": picture is not None} for film, picture in zip(films, pictures, strict=True)
    ]
    content = {
        **_who(trend, scale),
        "made": f"Made {moment_text(site.clock(), site.zone)}",
        "as_of": f"As it stood on {moment_text(as_of, site.zone)}" if as_of else "",
        "model": model_text(trend.card),
        "standing": [*mark_lines(trend.timeline.films, scale), *_standing(trend, scale)],
        "chart": chart_of(trend, scale),
        "films": shown,
        "films_note": _films_note(last),
        "verdict": _verdict(trend, scale),
        "flags": _flags(trend, scale),
        "events": _events(trend, scale),
        "not_assessed": _not_assessed(trend),
    }
    return typeset("patient.typ", content, {f"film-{place}": one for place, one in enumerate(pictures) if one})


def _films_note(last: LastFilms | None) -> str:
    if last is None or last.before is None or last.alike:
        return ""
    return "These two were taken differently: their scores cannot be compared, the films can."


def _who(trend: PatientTrend, scale: TimeScale) -> dict[str, object]:
    timeline = trend.timeline
    relative = "times are days from an arbitrary day 0" if scale.relative else ""
    parts = identity_parts(timeline.patient, timeline.stays, scale=scale, moment=trend.moment)
    return {"name": shown_name(timeline.patient.name), "identity": [part for part in (*parts, relative) if part]}


def _standing(trend: PatientTrend, scale: TimeScale) -> list[str]:
    lines = [shortened(line.text, LONGEST_REASON) for line in standing_lines(trend, scale)]
    more = len(lines) - MOST_REASONS
    return lines if more <= 0 else [*lines[:MOST_REASONS], f"More such lines stand on the screen: {more}."]


def _picture(film: FilmFacts, *, site: Site) -> bytes | None:
    """Return the film as PNG; None for one that cannot be shown, which the page then says."""
    try:
        return film_picture(site.store.get(film.content_hash), site_zone=site.zone)
    except (CoreError, DashboardError, OSError):
        return None


def _film(film: FilmFacts, scale: TimeScale) -> dict[str, object]:
    score = film.score
    taken = scale.text(film.acquired_at, film.time_precision)
    said = (
        "not scored"
        if score is None
        else ", ".join(f"{measure.label} {score_text(score, measure)}" for measure in Measure)
    )
    scored = said.capitalize()
    how = taking_text(film.view_position, film.patient_position)
    return {"taken": taken, "how": how, "scored": scored, "alt": f"Chest film of {taken}, {how}. {scored}"}


def _verdict(trend: PatientTrend, scale: TimeScale) -> dict[str, object] | None:
    in_order = trend.in_order
    if not in_order:
        return None
    newest, change = in_order[-1], _newest_change(trend)
    if change is None:
        return {"text": "", "tone": "quiet", "level": level_text(newest, None, scale), "basis": []}
    basis = film_basis(trend, newest.film.film_id)
    sustained = newest.sustained_alone.basis if newest.sustained_alone else ""
    said = (change.basis, sustained, *(explanation.text for explanation in basis.explanations))
    return {
        "text": last_verdict_text(change, behind=trend.behind),
        "tone": last_verdict_tone(change, behind=trend.behind),
        "level": level_text(newest, None, scale),
        "basis": [shortened(line, LONGEST_BASIS) for line in said if line],
    }


def _newest_change(trend: PatientTrend) -> Change | None:
    in_order = trend.in_order
    return in_order[-1].change(Measure.GEOGRAPHIC_EXTENT, ALERTING_REFERENCE) if in_order else None


def _flags(trend: PatientTrend, scale: TimeScale) -> dict[str, object]:
    """Return the open flags, those somebody deals with, then the others, the newest first; how many are left out."""
    films = {film.film_id: film for film in trend.timeline.films}
    taken = {film_id: scale.text(film.acquired_at, film.time_precision) for film_id, film in films.items()}
    known = [flag for flag in trend.timeline.flags if flag.state is not FlagState.WITHDRAWN]

    def concern(flag: FlagFacts) -> tuple[object, ...]:
        return flag in trend.open_flags, flag in trend.seen_flags, moment_of(films[flag.film_id]), flag.flag_id

    in_order = sorted(known, key=concern, reverse=True)
    newest = _newest_change(trend)
    said = newest.basis if newest else ""
    return {
        "listed": [
            _flag(flag, taken[flag.film_id], said, decision_text(trend.timeline.actions.get(flag.flag_id, ()), scale))
            for flag in in_order[:MOST_FLAGS]
        ],
        "more": max(len(in_order) - MOST_FLAGS, 0),
    }


def _flag(flag: FlagFacts, taken: str, said: str, decided: str) -> dict[str, object]:
    return {
        "head": f"{flag_text(flag.kind)}, {FLAG_STATES[flag.state]}; film of {taken}",
        "tone": flag.kind.value,
        "decided": "" if flag.state is FlagState.OPEN else shortened(decided, LONGEST_DECISION),
        "basis": "It rests on what is said above." if flag.basis == said else shortened(flag.basis, LONGEST_FLAG),
    }


def _events(trend: PatientTrend, scale: TimeScale) -> dict[str, object]:
    events = trend.timeline.events
    return {
        "listed": [
            {
                "at": scale.text(event.at, event.time_precision),
                "words": shortened(signed_event_text(event), LONGEST_EVENT),
            }
            for event in reversed(events[-MOST_EVENTS:])
        ],
        "more": max(len(events) - MOST_EVENTS, 0),
    }


def _not_assessed(trend: PatientTrend) -> str:
    listed = trend.card.not_assessed if trend.card and trend.card.not_assessed else NEVER_ASSESSED
    return f"Not assessed: {'; '.join(listed)}."
