"""The app on a database of its own, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from screen import APP, OpenPage, Screen
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from ward_site import WardSite, open_ward_site


@pytest.fixture(scope="session", autouse=True)
def _components_looked_for_once() -> Iterator[None]:
    """Look once for the components of installed packages; AppTest takes a quarter of a second for it on every page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WardSite:
    """Return an empty site that the app is configured for."""
    site = open_ward_site(tmp_path)
    for name, value in site.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    # What a process caches belongs to its site.
    st.cache_resource.clear()
    return site


@pytest.fixture
def open_page(ward: WardSite) -> OpenPage:
    """Return a function that opens a page by its file's name, with the address's parameters."""
    assert ward.settings.data_dir.is_dir()

    def open_(view: str = "ward", **parameters: str) -> Screen:
        app = AppTest.from_file(str(APP), default_timeout=30)
        for name, value in parameters.items():
            app.query_params[name] = value
        if view != "ward":
            app.switch_page(f"views/{view}.py")
            for name, value in parameters.items():
                app.query_params[name] = value
        return Screen(app).run()

    return open_
