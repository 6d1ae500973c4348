"""Flags: their life with the films, the work list, and what people decide about them."""
