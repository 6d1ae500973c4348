"""The search of every page: anybody of the site, while somebody types."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.read_models.finding import FoundPatient, find_anybody

AT_MOST = 20


@dataclass(frozen=True)
class Found:
    """The first `AT_MOST` patients found, and whether there are more."""

    patients: tuple[FoundPatient, ...] = ()
    more: bool = False


def search(text: str, *, by_name: bool, site: Site) -> Found:
    """Return patients by number, unit and bed; with `by_name` also by name. Nobody for an empty text."""
    with read_transaction(site.engine) as session:
        found = find_anybody(text, by_name=by_name, limit=AT_MOST + 1, session=session)
    return Found(tuple(found[:AT_MOST]), more=len(found) > AT_MOST)
