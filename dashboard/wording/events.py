"""What happened to a patient, in words."""

from __future__ import annotations

from db.models import EventKind

EVENTS_IN_WORDS = {
    EventKind.ADMISSION: "admission",
    EventKind.ICU_ADMISSION: "ICU admission",
    EventKind.ICU_RELEASE: "ICU release",
    EventKind.INTUBATION: "intubation",
    EventKind.EXTUBATION: "extubation",
    EventKind.TRACHEOSTOMY: "tracheostomy",
    EventKind.PRONING: "proning",
    EventKind.SUPINATION: "turned supine",
    EventKind.ECMO_START: "ECMO start",
    EventKind.ECMO_END: "ECMO end",
    EventKind.DEATH: "death",
    EventKind.COMMENT: "comment",
}
VENTILATED = {
    EventKind.INTUBATION: "intubated",
    EventKind.EXTUBATION: "extubated",
    EventKind.TRACHEOSTOMY: "tracheostomy",
}
"""As the state that an event begins."""
