"""Whose names are shown."""
