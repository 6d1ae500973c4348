"""The change between films: comparability, verdicts, flags."""
