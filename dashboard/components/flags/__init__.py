"""Flags on screen: the work list, a patient's flags, decisions."""
