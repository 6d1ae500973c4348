"""The patient's page: identity, trajectory, timeline, verdicts."""
