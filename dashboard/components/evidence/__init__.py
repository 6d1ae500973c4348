"""The parts of the evidence screen."""
