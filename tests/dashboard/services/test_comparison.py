"""Any two films of a patient: order, verdict or the reason for none, and masks laid over each other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from ward_site import MODEL, VERSION, WardSite, open_ward_site

from core.errors import AlignmentNotPossibleError
from core.scoring.saliency import DrawnMap, MapKind
from core.trend.types import Reference, Verdict
from core.types import Measure, PatientPosition, TimePrecision, ViewPosition
from dashboard.pictures.maps import masks_of, stored_picture
from dashboard.services.patient.comparison import FilmPair, aligned_masks, film_pair, steps
from dashboard.services.patient.timeline import PatientTrend, patient_trend
from db.engine import transaction
from db.errors import NotFoundError
from db.models import FilmState
from db.repositories import maps, stays


@pytest.fixture
def ward(tmp_path: Path) -> WardSite:
    return open_ward_site(tmp_path)


def trend_of(ward: WardSite, patient_id: int) -> PatientTrend:
    return patient_trend(patient_id, site=ward.site)


def pair(ward: WardSite, patient_id: int, one: int, other: int) -> FilmPair:
    trend = trend_of(ward, patient_id)
    known = {film.film_id: film for film in trend.timeline.films}
    return film_pair(trend, known[one], known[other])


def test_a_pair_is_the_same_in_either_order_and_over_films_between(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    first, _, last = (ward.film(patient_id, hours, level) for hours, level in ((51, 2.0), (27, 5.0), (3, 6.0)))
    found = pair(ward, patient_id, last, first)
    assert found == pair(ward, patient_id, first, last)
    assert (found.first.film_id, found.second.film_id) == (first, last)
    assert found.gap is not None
    assert (found.gap.hours, found.gap.in_days_only, found.gap.films_between) == (48.0, False, 1)
    extent, opacity = found.changes
    assert (extent.measure, opacity.measure) == tuple(Measure)
    assert (extent.verdict, extent.change, extent.gap_hours) == (Verdict.LARGE_RISE, 4.0, 48.0)
    assert "against the film 48 h before" in extent.basis
    assert extent.interval is not None
    assert found.why_not == ""


def test_a_pair_of_neighbours_is_what_the_trend_says(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    first, second = ward.film(patient_id, 27, 2.0), ward.film(patient_id, 3, 6.0)
    trend = trend_of(ward, patient_id)
    for change in pair(ward, patient_id, second, first).changes:
        assert change == trend.trends[second].change(change.measure, Reference.PREVIOUS)


def test_films_taken_differently_cannot_tell(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    first = ward.film(patient_id, 27, 2.0, view=ViewPosition.PA, position=PatientPosition.ERECT)
    second = ward.film(patient_id, 3, 6.0)
    assert {change.verdict for change in pair(ward, patient_id, first, second).changes} <= {
        Verdict.CANNOT_TELL,
        Verdict.NOT_ASSESSED,
    }


def test_two_films_of_one_day_have_no_order_and_no_verdict(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    one, other = (ward.film(patient_id, hours, 2.0, precision=TimePrecision.DAY) for hours in (30, 29.9))
    found = pair(ward, patient_id, other, one)
    # As they were asked for.
    assert (found.first.film_id, found.second.film_id) == (other, one)
    assert (found.gap, found.changes) == (None, ())
    assert found.why_not == "No verdict: the order of films of one day, or of one instant, is not known."


def test_films_of_two_stays_have_no_verdict(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01", hours_ago=200)
    first = ward.film(patient_id, 150, 2.0)
    with transaction(ward.engine) as session:
        stay = stays.open_stay(patient_id, session=session)
        assert stay is not None
        stays.discharge(stay.id, at=ward.now - timedelta(hours=100), session=session)
        stays.admit(patient_id, "ICU B", "B-01", admitted_at=ward.now - timedelta(hours=50), session=session)
    second = ward.film(patient_id, 3, 6.0)
    found = pair(ward, patient_id, first, second)
    assert found.gap is not None
    assert found.changes == ()
    assert found.why_not == "No verdict: the films are of different stays, and verdicts hold within one stay."


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (FilmState.REJECTED, "The film is a lateral view.", "rejected by a check: The film is a lateral view."),
        (FilmState.RETRACTED, "wrong patient", "retracted: wrong patient."),
        (FilmState.RECEIVED, "", "waiting for its checks."),
    ],
)
def test_a_film_that_is_not_on_the_trend_says_why(ward: WardSite, state: FilmState, reason: str, said: str) -> None:
    patient_id = ward.admit("Ann", "A-01")
    first = ward.film(patient_id, 27, 2.0)
    second = ward.film(patient_id, 3, state=state, reason=reason)
    found = pair(ward, patient_id, second, first)
    assert (found.first.film_id, found.second.film_id, found.changes) == (first, second, ())
    assert found.gap is not None
    assert found.gap.hours == 24
    assert found.why_not == f"No verdict: one of the two films is not on the trend, {said}"


def test_a_film_beside_itself_has_no_verdict(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    film_id = ward.film(patient_id, 27, 2.0)
    assert pair(ward, patient_id, film_id, film_id).why_not == "No verdict: this is one film beside itself."


def made_masks(ward: WardSite, film: str, planes: np.ndarray) -> int:
    with transaction(ward.engine) as session:
        row = maps.request(film * 64, MODEL, VERSION, MapKind.MASKS, now=ward.now, session=session)
        assert row.id is not None
        drawn = DrawnMap(MapKind.MASKS, planes, "Opacity is marked in both lungs.")
        maps.settle_made(row.id, stored_picture(drawn), drawn.summary, now=ward.now, session=session)
        return row.id


def chest(shift: int = 0) -> np.ndarray:
    planes = np.zeros((3, 100, 100), np.float32)
    planes[0, 20 + shift : 70 + shift, 10:40] = 1
    planes[1, 20 + shift : 70 + shift, 60:90] = 1
    planes[2, 45 + shift : 70 + shift, 10:40] = 1
    return planes


def test_stored_masks_come_back() -> None:
    planes = chest()
    masks = masks_of(stored_picture(DrawnMap(MapKind.MASKS, planes, "x")))
    for plane, mask in zip(planes, (masks.right_lung, masks.left_lung, masks.opacity), strict=True):
        np.testing.assert_array_equal(mask, plane)


def test_masks_of_two_films_are_aligned(ward: WardSite) -> None:
    first, second = made_masks(ward, "a", chest()), made_masks(ward, "b", chest(shift=15))
    found = aligned_masks(first, second, site=ward.site)
    np.testing.assert_allclose(found.alignment.matrix, [[1, 0, 0], [0, 1, 0.15]], atol=1e-6)
    assert found.alignment.overlap == 1
    assert found.alignment.overlap_before == pytest.approx(35 / 50)
    assert (found.difference.both, found.difference.grown, found.difference.gone) == (25.0, 0.0, 0.0)


def test_masks_that_are_not_made_or_hold_no_lung_are_said(ward: WardSite) -> None:
    first = made_masks(ward, "a", chest())
    empty = made_masks(ward, "b", np.zeros((3, 100, 100), np.float32))
    with transaction(ward.engine) as session:
        waiting = maps.request("c" * 64, MODEL, VERSION, MapKind.MASKS, now=ward.now, session=session).id
    assert waiting is not None
    for other in (waiting, 999):
        with pytest.raises(NotFoundError, match="not made yet"):
            aligned_masks(first, other, site=ward.site)
    with pytest.raises(AlignmentNotPossibleError, match="right lung is not outlined on the second"):
        aligned_masks(first, empty, site=ward.site)


def test_each_side_steps_through_its_own_part_of_the_stay(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    ids = [ward.film(patient_id, hours, 2.0) for hours in (99, 75, 51, 27, 3)]
    trend = trend_of(ward, patient_id)
    assert steps(trend, pair(ward, patient_id, ids[2], ids[3])) == (tuple(ids[:3]), tuple(ids[3:]))
    assert steps(trend, pair(ward, patient_id, ids[0], ids[4])) == (tuple(ids[:4]), tuple(ids[1:]))


def test_films_whose_order_is_not_known_are_not_stepped_to(ward: WardSite) -> None:
    patient_id = ward.admit("Ann", "A-01")
    day_only = [ward.film(patient_id, hours, 2.0, precision=TimePrecision.DAY) for hours in (5, 4)]
    trend = trend_of(ward, patient_id)
    assert steps(trend, pair(ward, patient_id, *day_only)) == tuple((film_id,) for film_id in day_only)
