"""Flags counted on stays made by hand."""

from pathlib import Path

import pytest
from trend_films import CARD, POLICY, film

from core.errors import DataSetInvalidError
from core.evaluation.burden import Burden, StayBurden, WatchedStay, measure_burden
from core.evaluation.evidence import EVIDENCE
from core.evaluation.figures.burden import burden_figures
from core.research.evaluation.hannover import IcuStay, hannover_stays, icu_stays
from core.scoring.registry import read_scorer_card

FILMS = "film_id,source,path,patient_id,day,view,sex,finding,licence,url"


def watched(patient: str, days: float, levels: list[float], *, counted_from: int = 0) -> WatchedStay:
    films = tuple(film(number, 24 * number, level) for number, level in enumerate(levels))
    return WatchedStay(patient, days, films, frozenset(range(counted_from, len(films))))


def setting(found: Burden, label: str) -> StayBurden:
    (one,) = [one for one in found.settings if one.setting == label]
    return one


def test_flags_are_counted_per_time_and_per_patient() -> None:
    stays = [watched("a", 10, [1, 4, 1, 4]), watched("b", 30, [2, 2, 2]), watched("c", 7, [3])]

    found = measure_burden(stays, card=CARD, policy=POLICY, resamples=50)

    assert (found.n_patients, found.n_films, found.patient_days) == (2, 7, 40)
    assert (found.n_single_film, found.days_single_film) == (1, 7)
    step = setting(found, "raw-step-2")
    assert (step.n_rises, step.n_drops, step.n_flags) == (2, 1, 3)
    assert (step.per_100_days.value, step.rises_per_100_days.value) == (7.5, 5.0)
    assert (step.ever_flagged.value, step.flags_per_patient, step.median_days_between) == (0.5, 1.5, 1.0)
    # It flags no drops.
    assert (setting(found, "any-rise").n_flags, setting(found, "any-rise").n_drops) == (2, 0)
    silent = setting(found, "step 3.5")
    assert (silent.n_flags, silent.median_days_between) == (0, None)
    # Nothing in 40 days is not nothing: the rule of three.
    assert silent.per_100_days.as_list() == [0.0, 0.0, 7.5]
    assert all(check.equal for check in found.checks if check.detector in ("measured-noise", "raw-step-1"))


def test_films_before_the_time_are_compared_with_and_raise_nothing() -> None:
    found = measure_burden([watched("a", 5, [1, 4, 4], counted_from=2)], card=CARD, policy=POLICY, resamples=5)
    assert (setting(found, "raw-step-1").n_flags, found.n_films) == (0, 1)


def test_a_patient_with_two_stays_counts_once() -> None:
    stays = [watched("a", 10, [1, 4]), watched("a", 10, [2, 2])]
    found = measure_burden(stays, card=CARD, policy=POLICY, resamples=5)
    step = setting(found, "raw-step-1")
    assert (found.n_patients, found.n_stays) == (1, 2)
    assert (step.ever_flagged.value, step.flags_per_patient) == (1.0, 1.0)


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(DataSetInvalidError, match="Of 1 patients none has two scored films"):
        measure_burden([watched("a", 1, [3])], card=CARD, policy=POLICY)
    with pytest.raises(ValueError, match="watched for 0 days"):
        WatchedStay("a", 0, (), frozenset())


def test_the_figure_names_what_is_used() -> None:
    (figure,) = burden_figures(measure_burden([watched("a", 10, [1, 4])], card=CARD, policy=POLICY, resamples=5))
    assert "raw-step-1 10.0 per 100 patient-days, 100% of patients" in figure.text
    assert {"raw step, sweep", "raw step, as used"} <= {trace.name for trace in figure.figure.data}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return two ICU stays, one of a day; and a patient whose release is not stated."""
    films = [FILMS, *(f"h{n},hannover,h{n}.png,hannover-a,{n},AP,F,,CC BY,u" for n in range(-1, 4))]
    films += ["h9,hannover,h9.png,hannover-b,0,AP,F,,CC BY,u", "c,cohen,c.png,cohen-1,0,PA,F,,CC BY,u"]
    (tmp_path / "films.csv").write_text("\n".join(films) + "\n", encoding="utf-8")
    events = [
        "patient_id,day,name,value,unit",
        "hannover-a,0,icu_admission,1,",
        "hannover-a,2,icu_release,1,",
        "hannover-a,2,death,1,",
        "hannover-b,0,icu_admission,1,",
        "hannover-b,0,icu_release,1,",
        "hannover-x,0,icu_admission,1,",
        "cohen-1,0,icu_admission,1,",
    ]
    (tmp_path / "clinical.csv").write_text("\n".join(events) + "\n", encoding="utf-8")
    rows = ["film_id,geographic_extent,opacity", "h-1,1,1", "h0,2,1", "h1,3,1", "h2,,", "h3,4,1", "h9,5,"]
    (tmp_path / "stub-series.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_stays_hold_the_films_taken_in_intensive_care(data: Path) -> None:
    assert icu_stays(data) == (IcuStay("hannover-a", 0, 2, died=True), IcuStay("hannover-b", 0, 0, died=False))
    first, second = hannover_stays(data, CARD, evidence=data)
    # Day -1 and 3 lie outside; day 2 has no score.
    assert [one.score.geographic_extent for one in first.films] == [2.0, 3.0]
    assert (first.days, second.days, len(second.films)) == (2, 0.5, 1)


def test_a_day_that_is_no_number_is_refused(data: Path) -> None:
    (data / "clinical.csv").write_text("patient_id,day,name\nhannover-a,soon,icu_admission\n", encoding="utf-8")
    with pytest.raises(DataSetInvalidError, match="on day 'soon'"):
        icu_stays(data)


def test_the_real_stays_are_there(shared_data: Path) -> None:
    stays = hannover_stays(shared_data, read_scorer_card("embedded"), evidence=EVIDENCE)
    assert (len(stays), sum(len(stay.films) for stay in stays), sum(stay.days for stay in stays)) == (22, 132, 341)
