"""Two records of one person become one."""

from __future__ import annotations

from core.identity import differences
from dashboard.services.patient.census import named_patient
from dashboard.services.patient.coming_back import come_back
from dashboard.services.patient.corrections import Correction, confirmed_differences
from dashboard.services.receiving.identity import statement
from dashboard.services.site.opening import Site
from dashboard.services.worker.process import reevaluate
from db.engine import transaction
from db.models import FlagCause
from db.repositories import films, patients, stays
from db.repositories.site import write_audit


def merge(source_id: int, target_id: int, *, actor: str, confirmed: bool = False, site: Site) -> Correction:
    """Make two records of one person one; the source's number leads to the target from then on.

    Parameters
    ----------
    confirmed : bool
        A person has seen that the records name different persons, and merges them all the same. Films that name another
        person than the target carry a mark from then on.

    Raises
    ------
    NotFoundError
    DifferentPersonError
        The records name different persons, and that is not confirmed.
    IdentityError
        One of the numbers is no person's: its films may be of many.
    ConflictError
        They are the same record, one was merged before, or both have an open stay.
    """
    now = site.clock()
    with transaction(site.engine) as session:
        source, target = (named_patient(one, now=now, session=session) for one in (source_id, target_id))
        differing = confirmed_differences(source, target, f"Record id:{source_id}", confirmed=confirmed)
        done = patients.merge(source_id, target_id, actor=actor, now=now, session=session)
        for film_id in done.moved_film_ids if differing else ():
            film = films.get(film_id, session=session)
            if differences(statement(film), target):
                films.mark_other_person(film, reason=patients.RECORDS_MERGED, actor=actor, now=now, session=session)
        for stay in stays.of_patient(done.patient_id, session=session):
            stays.assign_films(stay, zone=site.zone, actor=actor, now=now, session=session)
        back = [films.get(film_id, session=session) for film_id in done.released_film_ids]
        come_back(back, actor=actor, now=now, site=site, session=session)
        reevaluate({done.patient_id}, now=now, site=site, session=session, because=FlagCause.PATIENTS_MERGED)
        detail = {"source_id": source_id, "film_ids": list(done.moved_film_ids), "differences": list(differing)}
        write_audit(actor, "merge", "patient", done.patient_id, detail, now=now, session=session)
        changed = (*done.duplicate_film_ids, *done.released_film_ids)
        return Correction(None, done.patient_id, None, "", changed, differing)
