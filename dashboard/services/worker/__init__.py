"""The process that checks and scores what waits, and whether it runs."""
