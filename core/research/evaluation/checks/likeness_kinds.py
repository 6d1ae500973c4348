"""Kinds of pictures that the check for chest films is trained and measured on."""

from __future__ import annotations

FRONTAL = "frontal films"
LATERALS = "laterals"
CHEST_KINDS = (FRONTAL, "distorted copies of frontal films", "synthetic films")
CHANGED_KINDS = (
    "upside down",
    "on its side",
    "one side only",
    "upper half only",
    "lower half only",
    "detail of a film",
    "two films in one",
    "film on a page",
)
