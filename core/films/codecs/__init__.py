"""Compressed pictures, decoded in a process of their own."""
