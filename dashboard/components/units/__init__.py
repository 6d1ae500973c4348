"""A unit's settings on screen."""
