"""Flags that a trend supports: proposed, counted, ended, worded."""
