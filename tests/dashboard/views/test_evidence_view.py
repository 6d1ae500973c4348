"""The evidence screen: each section by its address, what is missing, what is another model's."""

from __future__ import annotations

import pytest
from screen import OpenPage
from ward_site import WardSite

SECTIONS = ("Model", "Error", "Change", "Simulation", "Experts", "Burden", "Outcomes", "Versions")


@pytest.mark.parametrize("section", SECTIONS)
def test_it(ward: WardSite, open_page: OpenPage, section: str) -> None:
    screen = open_page("evidence", section=section)
    print(screen.html[:3000])
    assert screen.app.session_state["section"] == section
