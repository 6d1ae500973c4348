"""What an upgrade of the schema leaves to the program, done once by the worker that starts after it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlmodel import col

from dashboard.services.site.opening import Site
from dashboard.services.worker.process import reevaluate
from db.engine import read_transaction, transaction
from db.models import FlagCause, FlagsToRevise


def revise_flags(*, site: Site) -> int:
    """Bring the flags of patients whose films an upgrade placed anew in step; return how many patients.

    Each patient is one transaction: ended at any time, the next start goes on.
    """
    with read_transaction(site.engine) as session:
        waiting = list(session.scalars(select(col(FlagsToRevise.patient_id)).order_by(col(FlagsToRevise.patient_id))))
    for patient_id in waiting:
        with transaction(site.engine) as session:
            now, because = site.clock(), FlagCause.FILM_TIME_CORRECTED
            reevaluate({patient_id}, now=now, site=site, session=session, because=because)
            session.execute(delete(FlagsToRevise).where(col(FlagsToRevise.patient_id) == patient_id))
    return len(waiting)
