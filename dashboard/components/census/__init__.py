"""Admitting, moving and finding patients."""
