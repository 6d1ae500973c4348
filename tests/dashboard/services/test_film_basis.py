"""What stands beside a film's verdict, and the scatter of a site's series."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from ward_site import WardSite, open_ward_site

from core.trend.physiology import Fit
from core.trend.types import Reference, Verdict
from core.types import Measure
from dashboard.services.evidence.own_films import measure_site_noise
from dashboard.services.patient.film_basis import film_basis
from dashboard.services.patient.timeline import PatientTrend, patient_trend
from db.engine import transaction
from db.models import EventKind
from db.repositories import clinical


@pytest.fixture
def ward(tmp_path: Path) -> WardSite:
    return open_ward_site(tmp_path)


def trend_of(ward: WardSite, patient_id: int) -> PatientTrend:
    return patient_trend(patient_id, site=ward.site)


def test_a_drop_stands_beside_its_levels_and_what_physiology_says(ward: WardSite) -> None:
    patient_id = ward.admit("Dropping^Di", "A-01")
    film_ids = [ward.film(patient_id, hours, level) for hours, level in ((51, 6.5), (27, 6.4), (3, 3.0))]
    with transaction(ward.engine) as session:
        for hours, pao2, fio2 in ((26, 84.0, 40.0), (4, 70.0, 50.0)):
            at = ward.now - timedelta(hours=hours)
            clinical.add_observation(patient_id, "pao2", pao2, at=at, unit="mmHg", session=session)
            clinical.add_observation(patient_id, "fio2", fio2, at=at, unit="%", session=session)
        clinical.add_event(patient_id, EventKind.INTUBATION, at=ward.now - timedelta(hours=5), session=session)
        clinical.add_event(patient_id, EventKind.COMMENT, at=ward.now, note="seen", session=session)
    trend = trend_of(ward, patient_id)
    basis = film_basis(trend, film_ids[-1])

    assert [explanation.fit for explanation in basis.explanations] == [Fit.DISAGREES, Fit.MAY_EXPLAIN]
    assert "PaO2/FiO2 210 → 140 mmHg): the drop on film does not fit it" in basis.explanations[0].text
    assert [(level.measure, level.reference) for level in basis.levels] == [
        (measure, reference) for measure in Measure for reference in (Reference.LOWEST, Reference.HIGHEST)
    ]
    worst = basis.levels[1]
    assert worst.verdict in {Verdict.DROP, Verdict.LARGE_DROP}
    assert worst.reference_film_id in film_ids[:2]
    (stay,) = trend.levels[Measure.GEOGRAPHIC_EXTENT]
    assert [point.film_id for point in stay.points if point.film_id] == film_ids
    assert stay.slope.p_rising < 0.1


def test_a_first_film_has_nothing_beside_it(ward: WardSite) -> None:
    patient_id = ward.admit("First^Fo", "A-02")
    film_id = ward.film(patient_id, 3, 4.0)
    basis = film_basis(trend_of(ward, patient_id), film_id)
    assert basis.explanations == ()
    assert {level.verdict for level in basis.levels} == {Verdict.NOT_ASSESSED}


def test_the_sites_scatter_is_counted_from_its_own_films(ward: WardSite) -> None:
    patient_id = ward.admit("Some^Sam", "A-04")
    for hours, level in ((75, 3.0), (51, 3.4), (27, 3.1), (3, 3.2)):
        ward.film(patient_id, hours, level)
    extent, opacity = measure_site_noise(site=ward.site)
    assert (extent.measure, extent.n_triples, extent.n_patients) == (Measure.GEOGRAPHIC_EXTENT, 2, 1)
    assert extent.film_sd is None
    assert extent.card_film_sd == pytest.approx(0.5 / 0.9**0.5 / 2**0.5)
    assert opacity.measure is Measure.OPACITY
