"""The ward round: one patient per step, in big type."""
