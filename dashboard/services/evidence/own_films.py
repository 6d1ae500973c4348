"""What the site's own films say: the burden of each setting of the detectors, and the scatter of its series."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from core.evaluation.burden import Burden, WatchedStay, measure_burden
from core.evaluation.site_noise import SiteNoise, site_noise
from core.types import Measure
from dashboard.errors import NotAllowedError
from dashboard.services.patient.trends import load_scored_films
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import active_card
from db.engine import read_transaction
from db.read_models.facts import StayFacts
from db.read_models.lists import list_patient_ids
from db.read_models.watched import days_within, stays_between

LOOK_BACK = timedelta(days=30)


def site_burden(
    *, until: datetime | None = None, since: datetime | None = None, unit: str | None = None, site: Site
) -> Burden:
    """Count what every detector would have flagged on the stays of a time, scored by the active model.

    A stay counts for the days of it that lie in the time. A film before it is compared with and raises no flag here.

    Parameters
    ----------
    until, since : datetime or None
        With time zone; without them the 30 days before `until`, and up to now.

    Raises
    ------
    DataSetInvalidError
        No patient of the time has two scored films.
    NotAllowedError
        No model is active yet, or the time is empty.
    """
    until = until or site.clock()
    start = until - LOOK_BACK if since is None else since
    if start >= until:
        raise NotAllowedError(f"The time from {start} to {until} is empty. Give an earlier start.")
    with read_transaction(site.engine) as session:
        card = active_card(session=session)
        if card is None:
            raise NotAllowedError("No model is active yet, so no film has a score. Import films first.")
        facts = stays_between(start, until, unit=unit, session=session)
        found = [_watched(stay, start, until, card.model, card.version, session=session) for stay in facts]
    stays = [stay for stay in found if stay is not None]
    return measure_burden(stays, card=card, policy=site.policy)


def measure_site_noise(*, site: Site) -> tuple[SiteNoise, ...]:
    """Return the scatter of each measure whose noise is on the active model's card."""
    with read_transaction(site.engine) as session:
        card = active_card(session=session)
        if card is None:
            return ()
        patients = {
            str(patient_id): load_scored_films(patient_id, card.model, card.version, session=session)
            for patient_id in list_patient_ids(session=session)
        }
    found = (site_noise(patients, measure, card=card) for measure in Measure)
    return tuple(noise for noise in found if noise is not None)


def _watched(
    stay: StayFacts, since: datetime, until: datetime, model: str, version: str, *, session: Session
) -> WatchedStay | None:
    """Return the stay with its films up to `until`; None where none of them lies in the time."""
    films = [
        film
        for film in load_scored_films(stay.patient_id, model, version, session=session)
        if film.stay_id == stay.stay_id and film.acquired_at <= until
    ]
    counted = frozenset(film.film_id for film in films if film.acquired_at >= since)
    if not counted:
        return None
    # A stay of one moment (known to the day only) was watched for a part of that day.
    days = days_within(stay, since, until) or 0.5
    return WatchedStay(str(stay.patient_id), days, tuple(films), counted)
