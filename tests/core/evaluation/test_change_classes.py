"""The noise of a change by class of pair."""

from __future__ import annotations

import pytest

from core.evaluation.acquisition import stated_acquisition
from core.evaluation.change_classes import class_noises, class_of, taken_differently
from core.evaluation.change_noise import JudgedChange
from core.types import ChangeNoise, PairClass, PatientPosition, ViewPosition

WHOLE = ChangeNoise(sd=1.0, slope=0.5, n_pairs=12, n_patients=6, sd_low=0.7, sd_high=1.3, source="made up.", raw_sd=1.5)


def change(patient: str, expert: float, predicted: float, *, views: tuple[str, str]) -> JudgedChange:
    return JudgedChange(patient, f"{patient}-0", f"{patient}-1", expert, (predicted,), views)


@pytest.mark.parametrize(
    ("views", "pair_class"),
    [
        (("PA", "PA"), PairClass.PA),
        (("PA", "AP Supine"), PairClass.VIEW),
        (("AP erect", "AP Supine"), PairClass.POSITION),
        (("AP", "AP Supine"), PairClass.AP),
        (("frontal", "AP"), None),
        (("frontal", "frontal"), None),
    ],
)
def test_the_class_of_two_films(views: tuple[str, str], pair_class: PairClass | None) -> None:
    made = change("a", 0, 0, views=views)
    assert class_of(made) is pair_class
    assert taken_differently(made) is (pair_class in {PairClass.VIEW, PairClass.POSITION})


def test_views_as_data_sets_state_them() -> None:
    assert stated_acquisition("AP Supine") == (ViewPosition.AP, PatientPosition.SUPINE)
    assert stated_acquisition("AP semi-erect") == (ViewPosition.AP, PatientPosition.SEMI_ERECT)
    assert stated_acquisition("PA") == (ViewPosition.PA, PatientPosition.UNKNOWN)
    assert stated_acquisition("frontal") == (ViewPosition.UNKNOWN, PatientPosition.UNKNOWN)


def test_a_class_of_few_pairs_is_drawn_towards_all_pairs() -> None:
    # Errors about half the predicted change: +2 and -2 of AP, 0 thrice of PA; the single mixed pair is left out.
    pairs = [
        change("a", 2, 0, views=("AP", "AP")),
        change("b", -2, 0, views=("AP", "AP")),
        *[change(name, 1, 2, views=("PA", "PA")) for name in "cde"],
        change("f", 5, 0, views=("PA", "AP")),
    ]
    found = class_noises(pairs, WHOLE, resamples=50)
    assert set(found) == {PairClass.AP, PairClass.PA}
    ap, pa = found[PairClass.AP], found[PairClass.PA]
    assert (ap.own_sd, ap.n_pairs, ap.n_patients, ap.slope) == (2.0, 2, 2, 0.5)
    assert ap.sd == pytest.approx(((2 * 4 + 10 * 1) / 12) ** 0.5, abs=1e-4)
    assert pa.own_sd == 0.0
    assert pa.sd == pytest.approx((10 / 13) ** 0.5, abs=1e-4)
    assert pa.raw_sd == pytest.approx(((3 * 1 + 10 * 1.5**2) / 13) ** 0.5, abs=1e-4)
    assert ap.sd_low <= ap.sd <= ap.sd_high
    assert ap.source == "Films both AP, of these: made up."


def test_a_class_has_a_slope_of_its_own_drawn_towards_that_of_all_pairs() -> None:
    pairs = [change(name, 2, 2, views=("AP", "AP")) for name in "abcde"]
    found = class_noises(pairs, WHOLE, resamples=20)[PairClass.AP]
    assert found.slope == pytest.approx((5 * 4 * 1.0 + 10 * 4 * 0.5) / (15 * 4), abs=1e-4)
    assert found.own_sd == pytest.approx(2 * (1 - found.slope), abs=1e-4)
