"""The alarm burden: here, and on public stays."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.counting import counted
from core.errors import DataSetInvalidError
from core.evaluation.burden import Burden
from core.evaluation.figures.burden import burden_figures
from core.types import ScorerCard
from dashboard import queries, study_queries
from dashboard.components.evidence.showing import draw_figure, draw_table, draw_whose, figure_colours, missing_said
from dashboard.components.page.text import plain
from dashboard.services.units.preview import PREVIEW_DAYS

ONLY_NUMBER = "Nobody has judged which of these flags were right: this is their number, not their worth."
COLUMNS = ("Detector", "Rises", "Drops", "Flags per 100 patient-days", "Patients ever flagged")


def draw_burden(card: ScorerCard | None, units: Sequence[str]) -> None:
    """Draw the flags of this site's units, what other settings would have done, and the same on public stays."""
    st.header(f"Here, the last {PREVIEW_DAYS} days")
    if units:
        _draw_units(units)
        _draw_settings()
    else:
        plain("There is no unit yet. Admit a patient first: a unit is known from its stays.")
        st.page_link("views/census.py", label="Admit a patient", icon=":material/person_add:")
    with missing_said():
        public = study_queries.study(Burden)
        st.header("On public films of one hospital")
        draw_whose(public.model, public.model_version, card)
        _draw_found(public, name="burden-public")


def _draw_units(units: Sequence[str]) -> None:
    rows = []
    for unit in units:
        found = queries.unit_burden(unit)
        counts = found.present
        per_100 = counts.per_100_patient_days
        kinds = ", ".join(f"{kind.value} {count}" for kind, count in counts.by_kind.items() if count)
        rate = "nobody was there" if per_100 is None else f"{per_100:.1f}"
        rows.append(
            (
                unit,
                f"{counts.total}" + (f" ({kinds})" if kinds else ""),
                rate,
                f"{counts.patient_days:.1f}",
                f"{found.n_films}",
            )
        )
    columns = ("Unit", "Flags", "Per 100 patient-days", "Patient-days", "Scored films")
    plain(f"By the present settings of each unit, films scored by the active model. {ONLY_NUMBER}")
    draw_table("Alarm burden of the units", columns, rows, key="units")


def _draw_settings() -> None:
    """Draw, when asked for, what every detector at every setting would have flagged here: that takes a while."""
    if not st.toggle("Show what other settings would have flagged here", key="settings"):
        return
    with st.spinner("Assessing every film by every setting …"):
        try:
            found = study_queries.site_burden()
        except DataSetInvalidError as error:
            plain(str(error))
            return
    _draw_found(found, name="burden-here")


def _draw_found(found: Burden, *, name: str) -> None:
    plain(
        f"{counted(found.n_films, 'film')} of {counted(found.n_stays, 'stay')} of "
        f"{counted(found.n_patients, 'patient')}, {found.patient_days:.0f} patient-days. Apart: "
        f"{counted(found.n_single_film, 'patient')} with one film, in whom nothing can be compared. "
        f"{ONLY_NUMBER}"
    )
    rows = [
        (
            setting.setting,
            str(setting.n_rises),
            str(setting.n_drops),
            setting.per_100_days.in_words(".1f"),
            setting.ever_flagged.in_words(".0%"),
        )
        for setting in found.settings
        if setting.as_used
    ]
    draw_table("Flags of each detector as used", COLUMNS, rows, key=f"{name}-table")
    for figure in burden_figures(found, colours=figure_colours()):
        draw_figure(figure, key=name)
