"""Which tests run in `make test-all` alone, and why. `make test` leaves them out; nothing else does.

A single test says so itself: ``@pytest.mark.release("why")``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FOLDERS = {
    "research": "studies and training: they change with the evidence, not with the product",
    "dashboard/cli/evaluation": "the commands of the studies",
}
TWIN = "the same on PostgreSQL: what differs by dialect is tried in tests/db and in the modules marked `dialect`"
VARIANT = "the same in another theme or width: the first one runs in `make test`"
_DIALECT_FOLDERS = ("db/", "integration/")
_VARIED = frozenset({"theme", "width", "height", "size"})


def sort_into_tiers(items: Iterable[pytest.Item]) -> None:
    """Mark tests `postgresql` where they need its server, and `release` where `make test` leaves them out."""
    seen: set[tuple[Path, str]] = set()
    for item in items:
        if _needs_postgresql(item):
            item.add_marker(pytest.mark.postgresql)
        for why in _reasons(item, seen):
            item.add_marker(pytest.mark.release(why))


def _reasons(item: pytest.Item, seen: set[tuple[Path, str]]) -> Iterator[str]:
    place = item.path.relative_to(TESTS).as_posix()
    yield from (why for folder, why in FOLDERS.items() if place.startswith(f"{folder}/"))
    if _is_twin(item) and not place.startswith(_DIALECT_FOLDERS):
        yield TWIN
    if item.get_closest_marker("browser") and _VARIED & _parameters(item).keys():
        test = (item.path, getattr(item, "originalname", item.name))
        if test in seen:
            yield VARIANT
        seen.add(test)


def _needs_postgresql(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return _parameters(item).get("database_url") == "postgresql" or "postgres_url" in fixtures


def _is_twin(item: pytest.Item) -> bool:
    return _parameters(item).get("database_url") == "postgresql" and not item.get_closest_marker("dialect")


def _parameters(item: pytest.Item) -> dict[str, object]:
    call = getattr(item, "callspec", None)
    return {} if call is None else dict(call.params)
