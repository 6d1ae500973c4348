"""What screens ask of studies: evidence, alarm burden, agreement of readers.

They are slow to import, and the ward needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from dashboard.queries import BURDEN_SECONDS, site

if TYPE_CHECKING:
    from core.evaluation.burden import Burden
    from dashboard.services.evidence.decisions import Followed
    from dashboard.services.readers.agreement import ReaderAgreement, SiteRecalibration
    from dashboard.services.readers.other_readers import OtherReader

Study = TypeVar("Study")


@st.cache_resource(show_spinner=False)
def study(kind: type[Study]) -> Study:
    """Return a study of the evidence, read once in this process.

    Raises
    ------
    EvidenceMissingError, DataSetInvalidError
    """
    from dashboard.services.evidence.studies import study_of  # noqa: PLC0415

    return study_of(kind)


@st.cache_resource(ttl=BURDEN_SECONDS, show_spinner=False)
def site_burden() -> Burden:
    """Return what every detector at every setting would have flagged on this site's last 30 days.

    Raises
    ------
    DataSetInvalidError
        No patient of that time has two scored films.
    NotAllowedError
        No model is active.
    """
    from dashboard.services.evidence.own_films import site_burden as counted  # noqa: PLC0415

    return counted(site=site())


@st.cache_resource(ttl=BURDEN_SECONDS, show_spinner=False)
def what_followed(unit: str | None) -> tuple[Followed, ...]:
    """Return what films showed after the decisions of rounds, of a unit or of all."""
    from dashboard.services.evidence.decisions import what_followed as found  # noqa: PLC0415

    return found(unit=unit, site=site())


def reader_agreement(session_id: int) -> ReaderAgreement:
    """Return how a session's reader agrees with the model.

    Raises
    ------
    NotAllowedError, NotFoundError
    """
    from dashboard.services.readers.agreement import reader_agreement as found  # noqa: PLC0415

    return found(session_id, site=site())


def other_readers(session_id: int) -> tuple[OtherReader, ...]:
    """Return how a session's reader agrees with others who read the same films blind.

    Raises
    ------
    NotFoundError
    """
    from dashboard.services.readers.other_readers import other_readers as found  # noqa: PLC0415

    return found(session_id, site=site())


@st.cache_resource(ttl=BURDEN_SECONDS, show_spinner="Comparing scores and readings …")
def site_recalibration() -> SiteRecalibration:
    """Return the lines from the active model's scores to this site's blind readings.

    Raises
    ------
    NotAllowedError, DataSetInvalidError
    """
    from dashboard.services.readers.agreement import site_recalibration as found  # noqa: PLC0415

    return found(site=site())
