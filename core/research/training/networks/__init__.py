"""Fitting: the networks' losses, steps, averages and precision."""
