"""The evidence screen: each section by its address, what is missing, what is another model's."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from own_versions import own_version
from screen import OpenPage, Screen
from sqlalchemy import delete
from ward_site import VERSION, WardSite

from core.evaluation.burden import Burden
from core.evaluation.evidence.expert_flags import FlagStudy
from core.evaluation.evidence.simulation import SimulationStudy
from core.evaluation.proportion import share_in_words
from core.scoring.registry import read_scorer_card
from core.trend.wording import NOISE_TAKEN_AS_KNOWN
from core.types import Measure
from dashboard import queries
from dashboard.components.evidence import showing
from dashboard.services.evidence import studies as evidence
from dashboard.services.site import opening as site
from dashboard.services.site.opening import utc_now
from db.engine import transaction
from db.models import ModelActivation
from db.repositories import recalibrations, scores

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def embedded(ward: WardSite) -> WardSite:
    """Return the site with the embedded scorer active."""
    with transaction(ward.engine) as session:
        version = read_scorer_card("embedded").version
        scores.activate("embedded", version, actor="test", now=utc_now(), session=session)
    return ward


def headings(screen: Screen) -> list[str]:
    return [one.value for one in screen.app.header]


@pytest.mark.usefixtures("embedded")
def test_the_card_of_the_active_model(open_page: OpenPage) -> None:
    screen = open_page("evidence")
    card = read_scorer_card("embedded")
    assert headings(screen) == ["Embedded severity scorer", "Not assessed"]
    for said in (card.version, card.weights_sha256, "Not for a diagnosis", "see WEIGHTS-NOTICE.md", "arXiv:2006.11988"):
        assert said in screen.html
    assert screen.html.count("<li>") == len(card.not_assessed)
    assert "pneumothorax, pleural effusion as such, tubes, lines and devices" in screen.html


@pytest.mark.usefixtures("embedded")
def test_error_and_calibration_with_their_numbers(open_page: OpenPage) -> None:
    screen = open_page("evidence", section="Error")
    agreement = read_scorer_card("embedded").evidence["agreement"]
    assert isinstance(agreement, dict)
    extent = agreement["geographic_extent"]
    first = screen.texts("agreement")[0]
    value, low, high = extent["mae"]
    assert first[:3] == [
        "Geographic extent (0-8)",
        f"{extent['n_films']} / {extent['n_patients']}",
        f"{value:.2f} ({low:.2f} to {high:.2f})",
    ]
    assert "lungline evaluate agreement --data DIR --figures OUT" in screen.html
    chart = screen.chart("geographic_extent-coverage")
    assert chart["data"][-1]["name"] == "as promised"
    assert chart["layout"]["title"] == {}
    assert "Geographic extent (0-8): how often the interval held the expert&#x27;s value" not in screen.html
    assert "Each film&#x27;s interval is made from all other patients&#x27; errors" in screen.html


@pytest.mark.usefixtures("embedded")
def test_noise_overall_by_class_and_where_it_was_not_measured(open_page: OpenPage) -> None:
    screen = open_page("evidence", section="Change")
    card = read_scorer_card("embedded")
    noise = card.noise
    change: Any = card.evidence["change_between_films_taken_alike"]
    _slope, low, high = change["geographic_extent"]["slope_of_expert_on_predicted"]
    assert "A rise is called real from a probability of 85 %" in screen.html
    assert "large from 70 % that it is above the smallest important change, 1 of 8 and 0.75 of 6" in screen.html
    assert NOISE_TAKEN_AS_KNOWN in screen.html
    rows = {row[0]: row[1:] for row in screen.texts("noise")}
    (measure, extent), *_ = noise.items()
    assert measure.label == "Geographic extent"
    assert rows["Geographic extent, films taken alike"] == [
        f"{extent.sd:.2f} ({extent.sd_low:.2f} to {extent.sd_high:.2f})",
        f"{extent.slope:.2f} ({low:.2f} to {high:.2f})",
        f"{extent.n_pairs} / {extent.n_patients}",
    ]
    mixed = card.mixed_noise[measure]
    assert rows["Geographic extent, films taken differently"][0] == (
        f"{mixed.sd:.2f} ({mixed.sd_low:.2f} to {mixed.sd_high:.2f})"
    )
    assert {f"Geographic extent, films {one.label}" for one in card.class_noise[measure]} <= rows.keys()
    assert "Opacity, films taken differently" in rows
    assert len(screen.chart("noise-geographic_extent")["data"]) == 1


@pytest.mark.usefixtures("embedded")
def test_simulation_of_the_chosen_condition(open_page: OpenPage) -> None:
    screen = open_page("evidence", section="Simulation", condition="mixed projections")
    study = evidence.study_of(SimulationStudy)
    used = [one for one in study.curve if one.condition == "mixed projections" and one.as_used]
    assert [row[0] for row in screen.texts("detectors")] == [one.setting for one in used]
    assert screen.texts("detectors")[0][1] == used[0].false_flags.in_words()
    assert screen.texts("detectors")[0][2] == share_in_words(used[0].detection.sensitivity, study.patients)
    assert "The dotted line is at 2 false flags per 100 patient-days" in screen.html
    assert screen.chart("simulation-sensitivity-mixed-projections")["data"]
    assert "Scores of embedded" in screen.html
    assert "the active model." in screen.html
    assert len(screen.texts("judged")) == len(study.judged)


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize(
    ("section", "chart", "table"),
    [
        ("Experts", "flags-geographic-extent-embedded", "flags-geographic-extent-embedded-table"),
        ("Burden", "burden-public", "burden-public-table"),
        ("Outcomes", "trajectory-outcomes", "outcomes"),
    ],
)
def test_every_study_has_a_chart_and_a_table(open_page: OpenPage, section: str, chart: str, table: str) -> None:
    screen = open_page("evidence", section=section)
    assert screen.chart(chart)["data"]
    assert screen.texts(table)


@pytest.mark.usefixtures("embedded")
def test_shares_of_few_have_their_interval_and_number(open_page: OpenPage) -> None:
    screen = open_page("evidence", section="Experts")
    assert screen.texts("flags-geographic-extent-embedded-table")[0][1:3] == [
        "40% of 29 (24% to 58%)",
        "89% of 101 (81% to 94%)",
    ]
    tiers, lasting = (screen.texts(f"{name}-against-experts") for name in ("verdicts", "sustained"))
    study = evidence.study_of(FlagStudy)
    used = study.tiers.as_used
    assert tiers[0][1].startswith(
        f"{used.rises_caught:.1f} ({used.rises_large:.1f}) of {used.n_rises:.1f}, 43% (23% to"
    )
    assert lasting[0][:3] == ["Rises", f"{study.sustained.rises.n:.1f}", f"{study.sustained.rises.named:.1f}"]
    assert f"Films taken differently, {study.looks.n_pairs} pairs" in screen.html
    coverage = open_page("evidence", section="Error").texts("coverage")
    assert coverage[0] == ["Geographic extent (0-8)", "all", "90% of 328 (86% to 93%)"]
    outcomes = open_page("evidence", section="Outcomes")
    assert all(" of " in row[3] and "(" in row[3] for row in outcomes.texts("outcomes"))


def test_another_model_than_the_evidence_s_is_warned_of(open_page: OpenPage) -> None:
    screen = open_page("evidence", section="Outcomes")
    assert f"The active model is mean-grey {VERSION}: this says nothing of it." in screen.html


def test_a_model_without_evidence_says_so(open_page: OpenPage) -> None:
    assert "This model&#x27;s card holds no evidence" in open_page("evidence", section="Error").html


def test_no_active_model_is_said(ward: WardSite, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    open_page("evidence")  # opening a site activates a model
    with transaction(ward.engine) as session:
        session.execute(delete(ModelActivation))
    monkeypatch.setattr(site, "ensure_active_model", lambda *_args, **_kwargs: None)
    screen = open_page("evidence")
    screen.app.session_state["section"] = "Model"
    queries.forget()
    assert "Run: lungline models activate" in screen.run().html


def test_the_burden_here_is_by_unit(ward: WardSite, open_page: OpenPage) -> None:
    patient_id = ward.admit("Rising", "A-01")
    for hours_ago, level in ((26, 1.0), (2, 6.0)):
        ward.film(patient_id, hours_ago, level)
    screen = open_page("evidence", section="Burden")
    assert screen.texts("units") == [["ICU A", "1 (rise 1)", "24.0", "4.2", "2"]]
    assert not screen.has("burden-here-table")
    screen.app.toggle(key="settings").set_value(True)
    assert screen.run().texts("burden-here-table")[0][:3] == ["measured-noise", "1", "0"]
    assert screen.chart("burden-here")["data"]


def test_the_burden_of_a_site_without_units_says_what_to_do(open_page: OpenPage) -> None:
    assert "There is no unit yet. Admit a patient first" in open_page("evidence", section="Burden").html


def test_the_burden_of_films_that_cannot_be_compared_is_said(ward: WardSite, open_page: OpenPage) -> None:
    ward.film(ward.admit("Ann", "A-01"), 2, 1.0)
    screen = open_page("evidence", section="Burden")
    screen.app.toggle(key="settings").set_value(True)
    assert "nothing to compare" in screen.run().html


@pytest.mark.parametrize("section", ["Simulation", "Experts", "Burden", "Outcomes"])
def test_missing_evidence_is_said_with_what_to_do(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, section: str
) -> None:
    monkeypatch.setattr(evidence.study_of, "__defaults__", (tmp_path,))
    screen = open_page("evidence", section=section)
    assert "This evidence cannot be shown" in headings(screen)
    assert "install it from a clone (make setup), or make the file anew: lungline evaluate" in screen.html


def test_evidence_of_another_form_is_said(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "trend-burden.json").write_text('{"model": 1}')
    monkeypatch.setattr(evidence.study_of, "__defaults__", (tmp_path,))
    assert "trend-burden.json is not as this version writes it" in open_page("evidence", section="Burden").html


def test_versions_and_licences(open_page: OpenPage) -> None:
    screen = open_page("evidence", section="Versions")
    assert ["trend-burden.json", "here", "lungline evaluate burden --data DIR"] in screen.texts("files")
    libraries = {row[0]: row[1:] for row in screen.texts("libraries")}
    assert libraries["streamlit"][1] == "Apache-2.0"
    assert ["mean-grey", "1", "active"] in [row[:3] for row in screen.texts("scorers")]


def test_a_library_that_is_not_installed_is_said() -> None:
    assert evidence._library("no-such-library") == evidence.Library("no-such-library", "", "not stated in the package")


def test_the_screen_imports_no_network_library_and_nothing_of_the_extras() -> None:
    code = (
        "import sys; import dashboard.queries, dashboard.reports, dashboard.components.evidence.burden, "
        "dashboard.components.evidence.detectors, dashboard.components.evidence.error, "
        "dashboard.components.evidence.change, dashboard.components.evidence.model, "
        "dashboard.components.reading.whole, "
        "dashboard.components.reading.recalibration; "
        "print(sorted({'torch', 'torchvision', 'sklearn', 'lifelines', 'matplotlib'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_ward_does_not_import_the_evidence() -> None:
    code = "import sys, dashboard.queries; print([one for one in sys.modules if one in {'core.evaluation', 'typst'}])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_is_read_as_it_was_written() -> None:
    found = evidence.study_of(Burden)
    assert found.settings[0].per_100_days.low < found.settings[0].per_100_days.value
    assert isinstance(found.settings, tuple)


def test_a_sites_own_recalibration_says_whose_the_figures_are(ward: WardSite, open_page: OpenPage) -> None:
    card = read_scorer_card("embedded")
    own = replace(own_version("embedded", card.version), noise=card.noise).named()
    with transaction(ward.engine) as session:
        recalibrations.add(own, actor="Dr Okafor", now=utc_now(), session=session)
        scores.activate("embedded", own.version, actor="Dr Okafor", now=utc_now(), session=session)
    model = open_page("evidence")
    assert headings(model)[0] == "Embedded severity scorer, recalibrated by this site"
    assert "own recalibration of embedded" in model.html
    assert "made by Dr Okafor on" in model.html
    error = open_page("evidence", section="Error")
    assert f"All published figures are of the base, embedded {card.version}, not of this version." in error.html
    # The interval of the slope is on the base's scale.
    rows = open_page("evidence", section="Change").texts("noise")
    assert rows[0][2] == f"{card.noise[Measure.GEOGRAPHIC_EXTENT].slope:.2f}"


def test_a_study_of_the_base_is_said_to_be_that(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(showing, "plain", lambda text, **_style: said.append(text))
    card = read_scorer_card("embedded")
    own = replace(card, version=own_version("embedded", card.version).version)
    for shown in (card, own, replace(own, model="unet-resnet18")):
        showing.draw_whose("embedded", card.version, shown)
    assert [text.partition(f"embedded {card.version}")[2] for text in said] == [
        ", the active model.",
        ", the base of the active version: not of this site's recalibration of it.",
        f". The active model is unet-resnet18 {own.version}: this says nothing of it.",
    ]
