"""Measured values and events of several patients, in two statements however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from db.models import ClinicalEvent, Observation
from db.read_models._clinical import event_columns, standing
from db.read_models.facts import EventFacts, ObservationFacts


@dataclass(frozen=True)
class Bedside:
    """What is known of a patient beside the films; both by time."""

    observations: tuple[ObservationFacts, ...] = ()
    events: tuple[EventFacts, ...] = ()


def read_bedside(
    patient_ids: Collection[int], *, as_of: datetime | None = None, session: Session
) -> Mapping[int, Bedside]:
    """Return values and events of these patients; who has none is left out."""
    if not patient_ids:
        return {}
    observations: dict[int, list[ObservationFacts]] = defaultdict(list)
    events: dict[int, list[EventFacts]] = defaultdict(list)
    values = (
        select(
            col(Observation.patient_id),
            col(Observation.id),
            col(Observation.name),
            col(Observation.value),
            col(Observation.comparator),
            col(Observation.unit),
            col(Observation.at),
            col(Observation.time_precision),
            col(Observation.added_by),
        )
        .where(col(Observation.patient_id).in_(patient_ids), standing(Observation, as_of))
        .order_by(col(Observation.at), col(Observation.id))
    )
    for patient_id, *facts in session.execute(values):
        observations[patient_id].append(ObservationFacts(*facts))
    happened = (
        select(col(ClinicalEvent.patient_id), *event_columns(ClinicalEvent))
        .where(col(ClinicalEvent.patient_id).in_(patient_ids), standing(ClinicalEvent, as_of))
        .order_by(col(ClinicalEvent.at), col(ClinicalEvent.id))
    )
    for patient_id, *facts in session.execute(happened):
        events[patient_id].append(EventFacts(*facts))
    return {
        patient_id: Bedside(tuple(observations[patient_id]), tuple(events[patient_id]))
        for patient_id in observations.keys() | events.keys()
    }
