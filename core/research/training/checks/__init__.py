"""Training of the checks on a film: view, chest film or not, sides."""
