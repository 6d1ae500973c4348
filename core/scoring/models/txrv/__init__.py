"""Scorers built on torchxrayvision's DenseNet; importing this package imports neither it nor torch."""
