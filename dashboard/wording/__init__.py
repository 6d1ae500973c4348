"""Sentences that screens, command line and reports share."""
