"""One patient: timeline, comparisons, corrections, where the patient lies."""
