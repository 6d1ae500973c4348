"""Release after a landmark, on a handful of patients."""

from pathlib import Path

import pytest
from trend_films import CARD, POLICY, day_film

from core.errors import DataSetInvalidError
from core.evaluation.figures.trajectory_outcomes import outcome_figures
from core.research.evaluation.hannover import IcuStay
from core.research.evaluation.trajectory_outcomes import evaluate_trajectory_outcomes
from core.research.evaluation.trajectory_outcomes.incidence import release_incidence
from core.research.evaluation.trajectory_outcomes.landmark import AtLandmark, at_landmark


def patient(days: float, *, died: bool = False) -> AtLandmark:
    return AtLandmark("p", 3.0, 0.0, flagged=False, days_after=days, died=died)


def test_only_films_up_to_the_landmark_count() -> None:
    stays = [IcuStay("a", 0, 10, died=False), IcuStay("b", 0, 3, died=True), IcuStay("c", 1, 6, died=True)]
    films = {
        "a": [(day, day_film(day + 1, day, level)) for day, level in ((0, 1), (2, 5), (4, 8))],
        "c": [(0, day_film(8, 0, 7)), (1, day_film(9, 1, 2))],
    }

    a, c = at_landmark(stays, films, card=CARD, policy=POLICY, detector="raw-step-1")

    # By hand: error variance .5, wandering .16 a day: the second film's gain is .82 / 1.32, .66 / .82 of it by day 1.
    assert a.level == pytest.approx(1 + 4 * 0.82 / 1.32, abs=0.01)
    assert a.slope == pytest.approx(4 * 0.82 / 1.32 * (1 - 0.66 / 0.82), abs=0.01)
    assert (a.flagged, a.days_after, a.died) == (True, 7.0, False)
    # The film of day 0 was taken before intensive care.
    assert c.level == pytest.approx(2.0, abs=0.02)
    assert (c.slope, c.flagged, c.days_after, c.died) == (None, False, 2.0, True)


def test_incidence_without_censoring_is_the_share_released() -> None:
    found = release_incidence("x", [patient(3), patient(5, died=True), patient(10), patient(20)])
    # Of four, one is out by day 7, two by day 14, three by day 28; one died.
    assert [share for share, _low, _high in found.release] == pytest.approx([0.25, 0.5, 0.75])
    assert (found.n_released, found.n_died, found.at_risk) == (3, 1, (2, 1, 0))
    for share, low, high in found.release[:2]:
        assert low is not None
        assert high is not None
        assert low <= share <= high


def test_ties_are_counted_on_their_day() -> None:
    found = release_incidence("x", [patient(7), patient(7), patient(7), patient(9)])
    assert found.release[0][0] == pytest.approx(0.75)


def test_a_group_in_which_all_died_has_no_release() -> None:
    found = release_incidence("x", [patient(3, died=True)])
    assert found.release == ((0.0, None, None),) * 3
    assert found.curve == ((0.0, 0.0), (3.0, 0.0))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return six patients in intensive care for 2 to 12 days; the one of 8 days died."""
    films = ["film_id,source,path,patient_id,day,view,sex,finding,licence,url"]
    scores = ["film_id,geographic_extent,opacity"]
    events = ["patient_id,day,name"]
    for number in range(6):
        name, last = f"hannover-{number}", 2 + 2 * number
        for day in (0, 2):
            films.append(f"f{number}{day},hannover,x.png,{name},{day},AP,F,,CC BY,u")
            scores.append(f"f{number}{day},{number + day * (number % 2)},1")
        events += [f"{name},0,icu_admission", f"{name},{last},icu_release"]
    events.append("hannover-3,8,death")
    for file, lines in (("films.csv", films), ("clinical.csv", events), ("stub-series.csv", scores)):
        (tmp_path / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_groups_at_the_landmark(data: Path) -> None:
    found = evaluate_trajectory_outcomes(data, CARD, POLICY, evidence=data)
    groups = {group.group: group for group in found.groups}
    assert (found.n_stays, found.n_before_landmark, found.n_without_film, found.n_deaths) == (6, 1, 0, 1)
    assert (groups["all"].n_patients, groups["all"].n_died) == (5, 1)
    assert found.median_level == 4.0
    assert groups["level at most 4.0"].n_patients == 3
    assert groups["rising"].n_patients == 3
    assert "slope unknown (films of one day, or none)" not in groups
    assert found.warnings[0] == "1 deaths after the landmark: no hazard ratio of death can be told."
    (figure,) = outcome_figures(found)
    assert "all: 4 of 5 released, 1 died" in figure.text


def test_nobody_beyond_the_landmark_is_said(data: Path) -> None:
    (data / "clinical.csv").write_text("patient_id,day,name\n", encoding="utf-8")
    with pytest.raises(DataSetInvalidError, match="beyond day 3"):
        evaluate_trajectory_outcomes(data, CARD, POLICY, evidence=data)
