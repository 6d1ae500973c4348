"""How a film was taken, from the words of the data set's `view`."""

from __future__ import annotations

from core.types import PatientPosition, ViewPosition


def stated_acquisition(view: str) -> tuple[ViewPosition, PatientPosition]:
    """Return projection and position, for example of "AP Supine"; what the words do not say is unknown."""
    words = view.lower().split()
    projection = next((one for one in (ViewPosition.PA, ViewPosition.AP) if one.value.lower() in words), None)
    stated = (PatientPosition.SUPINE, PatientPosition.SEMI_ERECT, PatientPosition.ERECT)
    position = next((position for position in stated if position.value in words), None)
    return projection or ViewPosition.UNKNOWN, position or PatientPosition.UNKNOWN
