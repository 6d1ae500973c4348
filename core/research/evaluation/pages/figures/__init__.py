"""Figures of agreement film by film, and pages of figures."""
