"""Detectors of change, found by name; each keeps the contract of the suite."""
