"""Every service is called the same way: what it is about first, then by name, with its site or session."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import dashboard.services

BEFORE_A_SITE = {
    "export/writing.py",
    "site/backup.py",
    "site/backup_making.py",
    "site/belonging.py",
    "site/doctor.py",
    "site/opening.py",
    "site/read_only.py",
    "site/restore.py",
    "site/restore_place.py",
    "site/soundness.py",
    "site/upgrading.py",
    "worker/score_files.py",
}
"""Rooms that work before a site is opened, or without one: their functions take its settings or its engine."""


@cache
def modules() -> dict[str, ast.Module]:
    """Return the modules of the services by their path."""
    services = Path(dashboard.services.__path__[0])
    return {str(path.relative_to(services)): ast.parse(path.read_text("utf-8")) for path in services.rglob("*.py")}


@cache
def functions() -> dict[tuple[str, str], list[ast.arguments]]:
    """Return the parameters of all functions and methods by module and name."""
    found: dict[tuple[str, str], list[ast.arguments]] = {}
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found.setdefault((module, node.name), []).append(node.args)
    return found


def taking(names: set[str], *, by_name: bool = True, by_position: bool = True) -> set[tuple[str, str]]:
    """Return the functions that take one of these parameters."""
    return {
        where
        for where, several in functions().items()
        for given in several
        if names & {one.arg for one in (given.kwonlyargs if by_name else [])}
        or names & {one.arg for one in ((*given.posonlyargs, *given.args) if by_position else [])}
    }


def public(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(module, name) for module, name in found if not name.startswith("_") or name == "__init__"}


def test_engine_settings_and_clock_are_taken_only_before_a_site_is_opened() -> None:
    assert len(functions()) > 300
    assert {module for module, _ in public(taking({"engine", "settings", "clock"}))} == BEFORE_A_SITE


def test_site_and_session_are_given_by_name() -> None:
    assert taking({"site", "session"}, by_name=False) == set()


def test_a_service_asks_its_sites_clock_and_only_parts_of_a_transaction_are_told_the_time() -> None:
    assert public((taking({"site"}) & taking({"now"})) - taking({"session"})) == set()


def test_statements_are_made_in_the_database_package() -> None:
    imports = {
        f"{module}: {alias.name}"
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"sqlalchemy", "sqlmodel"}
        for alias in node.names
        if alias.name in {"select", "insert", "update", "delete", "func", "col"}
    }
    assert imports == set()
