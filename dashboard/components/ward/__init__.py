"""The ward board, and what no row of it shows."""
