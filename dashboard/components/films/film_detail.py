"""The chosen film beside the one before it: pictures, scores, checks, the way it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.trend.types import Reference
from core.types import CheckVerdict, Measure
from dashboard import queries
from dashboard.components.browser.record_table import Cell, Record, record_table
from dashboard.components.films.film_maps import choose_map
from dashboard.components.films.lung_parts import draw_lung_parts
from dashboard.components.films.viewer import FilmPicture, film_viewer
from dashboard.components.page.text import facts, plain
from dashboard.services.patient.timeline import PatientTrend
from dashboard.wording.facts import (
    CHECK_SHAPES,
    CHECK_WORDS,
    STEPS,
    doubt_text,
    identity_text,
    interval_text,
    score_text,
    state_text,
    stated_label,
    taking_text,
)
from dashboard.wording.moved import mark_text
from dashboard.wording.times import TimeScale
from db.read_models.facts import CheckFacts, FilmFacts
from db.read_models.films import FilmDetail


def film_before(trend: PatientTrend, film: FilmFacts) -> FilmFacts | None:
    """Return the film to put beside one: what it was compared with, else the film before it in time."""
    by_id = {film.film_id: film for film in trend.timeline.films}
    found = trend.trends.get(film.film_id)
    change = found.change(Measure.GEOGRAPHIC_EXTENT, Reference.PREVIOUS) if found else None
    if change is not None and change.reference_film_id is not None:
        return by_id.get(change.reference_film_id)
    # Films come in order of acquisition, those without a time last.
    position = trend.timeline.films.index(film)
    return trend.timeline.films[position - 1] if position else None


def draw_pictures(trend: PatientTrend, film: FilmFacts, *, scale: TimeScale, mappable: bool) -> None:
    """Draw the film, and the one before it on its left: as time runs; where `mappable`, a map over it on request."""
    pictures = st.container()
    overlay = choose_map(film) if mappable else None
    before = film_before(trend, film)
    if before is None:
        earlier = FilmPicture("", "The film before", ("none",), "There is no earlier film to show.")
    else:
        earlier = shown_film("The film before", before, scale)
    with pictures:
        film_viewer([earlier, replace(shown_film("This film", film, scale), overlay=overlay)], key="film-viewer")


def shown_film(title: str, film: FilmFacts, scale: TimeScale) -> FilmPicture:
    """Return a film for the viewer, with when and how it was taken and its scores."""
    taken = (
        f"{scale.text(film.acquired_at, film.time_precision)}, {taking_text(film.view_position, film.patient_position)}"
    )
    doubt = doubt_text(film)
    taken = f"{taken}; ! {doubt}" if doubt else taken
    score = film.score
    scored = "not scored" if score is None else ", ".join(f"{m.label.lower()} {score_text(score, m)}" for m in Measure)
    alternative = f"Chest film of {taken}; {scored}."
    return FilmPicture(queries.film_url(film.film_id), title, (taken, scored), alternative)


def draw_scores(film: FilmFacts, detail: FilmDetail, *, scale: TimeScale) -> None:
    """Draw a film's scores, or why there are none."""
    facts(_standing(film, detail, scale))
    if film.score is not None:
        draw_lung_parts(film.score)
    pairs = {
        "Film taken": scale.text(film.acquired_at, film.time_precision),
        "How": taking_text(film.view_position, film.patient_position),
        "Received": TimeScale(scale.zone).text(film.received_at),
    }
    if film.stated_at is not None:
        pairs["Time the film states"] = scale.text(film.stated_at, film.time_precision)
    if doubt := doubt_text(film):
        pairs["Film taken"] += f" · ! {doubt}"
    if film.score is not None and film.scored_at is not None:
        pairs["Scored by"] = (
            f"{film.score.model} {film.score.model_version}, {TimeScale(scale.zone).text(film.scored_at)}"
        )
    pairs[stated_label(detail)] = identity_text(detail.stated) + (" · SYNTHETIC" if detail.synthetic else "")
    facts(pairs)


def _standing(film: FilmFacts, detail: FilmDetail, scale: TimeScale) -> dict[str, str]:
    """Return where a film stands, its scores, and what a check remarked on it: that may widen the intervals."""
    pairs = {"State": state_text(film)}
    if film.other_person is not None:
        pairs["Whose it is"] = f"! {mark_text(film, scale)}"
    score = film.score
    if score is not None:
        pairs |= {m.label: f"{score_text(score, m)}, {interval_text(score.interval(m))}" for m in Measure}
    remarks = [check.reason for check in _latest(detail.checks) if check.verdict is CheckVerdict.NOTED]
    if remarks:
        pairs["Remark of the checks"] = " ".join(f"! {remark}" for remark in remarks)
    return pairs


def _latest(checks: Sequence[CheckFacts]) -> tuple[CheckFacts, ...]:
    """Return each check by its latest version alone."""
    return tuple({check.name: check for check in checks}.values())


def draw_checks(checks: Sequence[CheckFacts], *, key: str, dark: bool) -> None:
    """Draw what each check said."""
    if not checks:
        plain("Not checked yet.")
        return
    rows = [
        Record(
            f"{check.name}-{check.version}",
            (
                Cell(check.name),
                Cell(f"{CHECK_SHAPES[check.verdict]} {CHECK_WORDS[check.verdict]}"),
                Cell(check.reason or "nothing to remark"),
            ),
        )
        for check in checks
    ]
    record_table("Checks of this film", ("Check", "Verdict", "Reason"), rows, key=key, dark=dark)


def draw_way(detail: FilmDetail, *, scale: TimeScale, key: str, dark: bool) -> None:
    """Draw the steps a film took, and who took them."""
    clock = TimeScale(scale.zone)
    rows = [
        Record(
            str(number),
            (
                Cell(clock.text(step.at)),
                Cell(STEPS[step.state]),
                Cell("; ".join(text for text in (step.reason, step.remark) if text) or "-"),
                Cell(step.actor or "-"),
            ),
        )
        for number, step in enumerate(detail.transitions)
    ]
    record_table("History of this film", ("When", "State", "Why", "By"), rows, key=key, dark=dark)


def draw_more(film: FilmFacts, detail: FilmDetail, *, scale: TimeScale, dark: bool) -> None:
    """Draw checks and way, one click away; open where they are the reason for what is seen."""
    refused = film.score is None
    with st.expander("Checks", expanded=refused, key="checks-expander"):
        draw_checks(detail.checks, key="checks", dark=dark)
    with st.expander("History of this film", key="way-expander"):
        draw_way(detail, scale=scale, key="way", dark=dark)
