"""What this site's blind readings say of the model's scale, and how to make that a model version of its own."""

from __future__ import annotations

import streamlit as st

from core.counting import counted
from core.evaluation.figures import recalibration_figure
from core.evaluation.reader_study import FEW_PATIENTS
from core.evaluation.site_recalibration import LEAST_FILMS, LEAST_PATIENTS, SiteLine
from core.scoring.recalibration import is_recalibrated
from dashboard.components.evidence.showing import draw_figure, draw_table, figure_colours
from dashboard.components.page.text import plain
from dashboard.services.readers.agreement import SiteRecalibration

SAVING = "To save the figures: lungline reading recalibration --json. To save the readings: lungline reading export."
NOT_ACTIVATED = (
    "No score, trend or flag uses this yet. To use it, whoever runs Lungline enters: lungline models recalibrate --by "
    "NAME. It shows how the scores here would change and asks first. The recalibrated model is a version of its own: "
    "trends start anew with it. To go back: lungline models activate {model}."
)
ACTIVATED = (
    "The active version is this site's own recalibration: this shows what is left between its scores and the readings. "
    "To recalibrate anew by all readings: lungline models recalibrate --by NAME. To go back to the model as it was: "
    "lungline models activate {model}."
)
NOTHING_TO_USE = "No line here makes the error smaller, so there is none to use: keep the model as it is."
COLUMNS = ("Measure", "Films / patients", "Slope", "Offset", "Error now", "Error recalibrated", "Difference", "")


def draw_recalibration(found: SiteRecalibration) -> None:
    """Draw old against new scale for each measure, or how many films are missing."""
    st.header("Recalibration for this site")
    read = f"{counted(found.n_films, 'film')} of {counted(found.n_patients, 'patient')}"
    if not found.lines:
        plain(
            f"From {LEAST_FILMS} films of {LEAST_PATIENTS} patients or more, read blind in finished sessions, a line "
            f"from the model's scores to this site's readings is shown here. So far: {read}."
        )
        return
    people = "one person" if found.n_readers == 1 else f"{found.n_readers} people"
    plain(f"{found.model} {found.version} against {read}, read blind by {people}.")
    plain(f"{_use(found)} {SAVING}", tone="warning")
    if found.n_patients < FEW_PATIENTS:
        plain(f"! Films of {counted(found.n_patients, 'patient')} only: the intervals are too narrow.", tone="warning")
    draw_table("Recalibration by measure", COLUMNS, [_row(line) for line in found.lines], key="recalibration")
    plain(
        "Recalibrated score = offset + slope x score. Error: mean absolute difference to the readers; the recalibrated "
        "one by a line that the patient's own films had no part in. In brackets 95 % intervals."
    )
    draw_table("What a score would become", *_old_and_new(found.lines), key="recalibration-scores")
    for column, line in zip(st.columns(len(found.lines), gap="large"), found.lines, strict=True):
        with column:
            figure = recalibration_figure(line, found.model, colours=figure_colours())
            draw_figure(figure, key=f"recalibration-{line.measure.value}")


def _use(found: SiteRecalibration) -> str:
    """Return whether these lines are in use, and how to change that."""
    if is_recalibrated(found.version):
        return ACTIVATED.format(model=found.model)
    if not any(line.follows and line.helps for line in found.lines):
        return NOTHING_TO_USE
    return NOT_ACTIVATED.format(model=found.model)


def _row(line: SiteLine) -> tuple[str, ...]:
    return (
        f"{line.measure.label}, 0-{line.measure.maximum:g}",
        f"{line.n_films} / {line.n_patients}",
        line.slope.in_words(),
        f"{line.offset:+.2f}",
        line.before.in_words(),
        line.after.in_words(),
        line.gain.in_words("+.2f"),
        f"{_shape(line)} {line.answer}".strip(),
    )


def _shape(line: SiteLine) -> str:
    return "!" if not line.follows else "▼" if line.helps else ""


def _old_and_new(lines: tuple[SiteLine, ...]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    tops = [int(line.measure.maximum) for line in lines]
    columns = ("Score", *(f"{line.measure.label}, recalibrated" for line in lines))
    rows = [
        (str(score), *(f"{line.of(score):.1f}" if score <= top else "-" for line, top in zip(lines, tops, strict=True)))
        for score in range(max(tops) + 1)
    ]
    return columns, rows
