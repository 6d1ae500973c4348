"""The scatter of the site's own series under the active model."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from core.evaluation.site_noise import SiteNoise, site_noise
from core.types import Measure
from dashboard.services.patient.trends import load_scored_films
from dashboard.services.site.opening import Site, active_card
from db.engine import read_transaction
from db.models import Patient


def measure_site_noise(*, site: Site) -> tuple[SiteNoise, ...]:
    """Return the scatter of each measure whose noise is on the active model's card."""
    with read_transaction(site.engine) as session:
        card = active_card(session=session)
        if card is None:
            return ()
        patients = {
            str(patient_id): load_scored_films(patient_id, card.model, card.version, session=session)
            for patient_id in session.scalars(select(col(Patient.id)).order_by(col(Patient.id)))
            if patient_id is not None
        }
    found = (site_noise(patients, measure, card=card) for measure in Measure)
    return tuple(noise for noise in found if noise is not None)
