"""Reading: sessions, the step of one film, its scores by keyboard, agreement and recalibration."""
