"""Addresses of films and of their maps for the browser: signed, and valid for a short while only.

A route of its own has no access check of Streamlit's, so that the address itself must be the permission.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache

FILM_ROUTE = "/films/{film_id:int}.png"
THUMBNAIL_ROUTE = "/films/{film_id:int}.thumbnail.jpg"
GREYS_ROUTE = "/films/{film_id:int}.grey16"
MAP_ROUTE = "/maps/{map_id:int}.png"
PLANES_ROUTE = "/maps/{map_id:int}.planes.png"
ROUTES = (FILM_ROUTE, THUMBNAIL_ROUTE, GREYS_ROUTE, MAP_ROUTE, PLANES_ROUTE)
VALID_SECONDS = 900
"""How long an address serves; a page that stays open asks for a new one with each run."""


@cache
def _key() -> bytes:
    """Return this process's signing key: addresses die with the dashboard that gave them."""
    return secrets.token_bytes(32)


def film_url(film_id: int, *, now: float) -> str:
    """Return the address of a film's picture.

    Parameters
    ----------
    film_id : int
    now : float
        Seconds since the epoch. The expiry is rounded up to whole periods, so that within one the address
        stays the same and the browser's cache serves it.
    """
    return _signed(f"/films/{film_id}.png", now)


def thumbnail_url(film_id: int, *, now: float) -> str:
    """Return the address of a film as a thumbnail; as `film_url`."""
    return _signed(f"/films/{film_id}.thumbnail.jpg", now)


def greys_url(film_id: int, *, now: float) -> str:
    """Return the address of a film's grey values; as `film_url`."""
    return _signed(f"/films/{film_id}.grey16", now)


def map_url(map_id: int, *, now: float) -> str:
    """Return the address of a map to be laid over its film; as `film_url`, also before the map is made."""
    return _signed(f"/maps/{map_id}.png", now)


def planes_url(map_id: int, *, now: float) -> str:
    """Return the address of a map's values, uncoloured; as `map_url`."""
    return _signed(f"/maps/{map_id}.planes.png", now)


def is_signed(path: str, *, expires: str, signature: str, now: float) -> bool:
    """Return whether the address of this path was given by this process and still serves."""
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
        return False
    return now < int(expires) and hmac.compare_digest(_signature(path, int(expires)).encode(), signature.encode())


def _signed(path: str, now: float) -> str:
    expires = (int(now) // VALID_SECONDS + 2) * VALID_SECONDS
    return f"{path}?expires={expires}&signature={_signature(path, expires)}"


def _signature(path: str, expires: int) -> str:
    return hmac.new(_key(), f"{path}.{expires}".encode(), hashlib.sha256).hexdigest()
