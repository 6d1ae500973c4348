"""Scorers: one protocol, a registry, their weights and cards."""
