"""The noise of a change by class of pair."""

from __future__ import annotations

import pytest

from core.research.evaluation.acquisition import stated_acquisition
from core.research.evaluation.noise.change import JudgedChange
from core.research.evaluation.noise.change_classes import class_noises, class_of, taken_differently
from core.types import ChangeNoise, PairClass, PatientPosition, ViewPosition

WHOLE = ChangeNoise(sd=1.0, slope=0.5, n_pairs=12, n_patients=6, sd_low=0.7, sd_high=1.3, source="made up.", raw_sd=1.5)


def change(patient: str, expert: float, predicted: float, *, days: int = 1, views: tuple[str, str]) -> JudgedChange:
    return JudgedChange(patient, f"{patient}-0", f"{patient}-1", expert, (predicted,), True, views, days)


@pytest.mark.parametrize(
    ("views", "days", "pair_class"),
    [
        (("PA", "PA"), 3, PairClass.SOON),
        (("PA", "PA"), 4, PairClass.LATER),
        (("PA", "AP Supine"), 1, PairClass.VIEW),
        (("AP erect", "AP Supine"), 1, PairClass.POSITION),
        (("AP", "AP Supine"), 1, PairClass.SOON),
        (("frontal", "AP"), 9, PairClass.LATER),
    ],
)
def test_the_class_of_two_films(views: tuple[str, str], days: int, pair_class: PairClass) -> None:
    made = change("a", 0, 0, days=days, views=views)
    assert class_of(made) is pair_class
    assert taken_differently(made) is (pair_class in {PairClass.VIEW, PairClass.POSITION})


def test_views_as_data_sets_state_them() -> None:
    assert stated_acquisition("AP Supine") == (ViewPosition.AP, PatientPosition.SUPINE)
    assert stated_acquisition("AP semi-erect") == (ViewPosition.AP, PatientPosition.SEMI_ERECT)
    assert stated_acquisition("PA") == (ViewPosition.PA, PatientPosition.UNKNOWN)
    assert stated_acquisition("frontal") == (ViewPosition.UNKNOWN, PatientPosition.UNKNOWN)


def test_a_class_of_few_pairs_is_drawn_towards_all_pairs() -> None:
    # Errors about half the predicted change: +2 and -2 soon, 0 thrice later; the single mixed pair is left out.
    pairs = [
        change("a", 2, 0, views=("PA", "PA")),
        change("b", -2, 0, views=("PA", "PA")),
        *[change(name, 1, 2, days=9, views=("PA", "PA")) for name in "cde"],
        change("f", 5, 0, views=("PA", "AP")),
    ]
    found = class_noises(pairs, WHOLE, resamples=50)
    assert set(found) == {PairClass.SOON, PairClass.LATER}
    soon, later = found[PairClass.SOON], found[PairClass.LATER]
    assert (soon.own_sd, soon.n_pairs, soon.n_patients, soon.slope) == (2.0, 2, 2, 0.5)
    assert soon.sd == pytest.approx(((2 * 4 + 10 * 1) / 12) ** 0.5, abs=1e-4)
    assert later.own_sd == 0.0
    assert later.sd == pytest.approx((10 / 13) ** 0.5, abs=1e-4)
    assert later.raw_sd == pytest.approx(((3 * 1 + 10 * 1.5**2) / 13) ** 0.5, abs=1e-4)
    assert soon.sd_low <= soon.sd <= soon.sd_high
    assert soon.source == "Films up to 72 h apart, of these: made up."
