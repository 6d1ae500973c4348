"""The scorers, one module or folder each."""
