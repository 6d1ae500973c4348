"""Addresses of films for the browser: signed, and valid for a short while only.

A route of its own has no access check of Streamlit's, so that the address itself must be the permission.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache

FILM_ROUTE = "/films/{film_id:int}.png"
VALID_SECONDS = 900
"""How long an address serves; a page that stays open asks for a new one with each run."""


@cache
def _key() -> bytes:
    """Return this process's signing key: addresses die with the dashboard that gave them."""
    return secrets.token_bytes(32)


def _signature(film_id: int, expires: int) -> str:
    return hmac.new(_key(), f"{film_id}.{expires}".encode(), hashlib.sha256).hexdigest()


def film_url(film_id: int, *, now: float) -> str:
    """Return the address of a film's picture.

    Parameters
    ----------
    film_id : int
    now : float
        Seconds since the epoch. The expiry is rounded up to whole periods, so that within one the address
        stays the same and the browser's cache serves it.
    """
    expires = (int(now) // VALID_SECONDS + 2) * VALID_SECONDS
    return f"/films/{film_id}.png?expires={expires}&signature={_signature(film_id, expires)}"


def is_valid(film_id: int, *, expires: str, signature: str, now: float) -> bool:
    """Return whether an address was given by this process and still serves."""
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
        return False
    return now < int(expires) and hmac.compare_digest(_signature(film_id, int(expires)).encode(), signature.encode())
