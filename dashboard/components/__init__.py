"""Pieces of the screens; each draws one thing from frozen values."""
