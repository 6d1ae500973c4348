"""What a film looks like: view, chest film or not, sides, photograph. NumPy and SciPy only."""
