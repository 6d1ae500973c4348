"""What people and films wrote is text on every screen: no label, button or message reads it as Markdown or HTML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from screen import OpenPage, Screen
from ward_site import WardSite

from dashboard.components.films.corrections import STILL_THEIRS
from dashboard.services.flags import decisions as flags
from db.engine import transaction
from db.models import EventKind, FilmState
from db.repositories import clinical

MARK = "elsewhere"
HOSTILE = f"**Anna** [x](https://{MARK}) ![y](https://{MARK}) <img src=https://{MARK}>"
# Drawn as text by the browser: options of a choice, fields filled in, and our own components.
AS_TEXT = {"bidi_component", "plotly_chart", "html"}


def read_as_markup(screen: Screen) -> Iterator[str]:
    """Yield every text of a page that Streamlit would read as Markdown."""
    for element in (*screen.app.main, *screen.app.sidebar, *screen.app.get("toast")):
        if element.type not in AS_TEXT:
            proto: Any = element.proto
            yield from (str(getattr(proto, name, "")) for name in ("label", "body", "help", "title", "text"))
            if element.type in {"button_group", "radio"}:
                yield str(proto.options)


def require_text_only(screen: Screen) -> None:
    assert [text for text in read_as_markup(screen) if MARK in text] == []
    # Pictures of films and of courses are our own.
    html = screen.html.replace('<img src="/films/', "").replace('<img class="ll-course" src="data:', "")
    assert "<img" not in html


@pytest.fixture
def anna(ward: WardSite) -> int:
    """Return a patient whose name, number, unit, bed, films, flag and comments are hostile."""
    patient_id = ward.admit(HOSTILE, HOSTILE[:30], unit=HOSTILE[:60], number=HOSTILE)
    for hours_ago, level in ((26, 1.0), (2, 7.0)):
        ward.film(patient_id, hours_ago, level)
    ward.film(patient_id, 1, state=FilmState.REJECTED, reason=HOSTILE)
    with transaction(ward.engine) as session:
        at = ward.now - timedelta(hours=3)
        for kind in (EventKind.INTUBATION, EventKind.COMMENT):
            clinical.add_event(patient_id, kind, at=at, note=HOSTILE, session=session)
    return patient_id


@pytest.mark.parametrize(
    ("view", "parameters"),
    [
        ("ward", {}),
        ("flags", {}),
        ("flags", {"show": "All"}),
        ("films", {"film": "3"}),
        ("patient", {"id": "1"}),
        ("patient", {"id": "1", "film": "3"}),
        ("compare", {"id": "1"}),
        ("round", {}),
        ("round", {"stay": "1"}),
        ("census", {"search": "Anna"}),
        ("units", {}),
        ("upload", {}),
        ("reading", {}),
        ("evidence", {"show": "Alarm burden"}),
    ],
)
def test_what_was_written_is_text_on_every_screen(
    ward: WardSite, anna: int, open_page: OpenPage, view: str, parameters: dict[str, str]
) -> None:
    assert anna == 1
    flags.acknowledge(1, reason=HOSTILE, actor=HOSTILE, site=ward.site)
    require_text_only(open_page(view, **parameters))


def test_the_form_that_moves_a_film_names_its_target_as_text(ward: WardSite, anna: int, open_page: OpenPage) -> None:
    other = ward.patient("Berta", "99-9")
    film_id = ward.film(other, 1, 2.0)
    screen = open_page("patient", id=str(other))
    what = "Move to another patient"
    screen.app.segmented_control(key=f"film-{film_id}-choice").select(what)
    screen.run()
    screen.app.text_input(key=f"film-{film_id}-{what}-search").input("Anna")
    screen.run()
    screen.app.selectbox(key=f"film-{film_id}-{what}-target").select_index(0)
    screen.run()
    require_text_only(screen)
    assert STILL_THEIRS in list(read_as_markup(screen))
    assert "It is to be moved to **Anna** [x](https://elsewhere)" in screen.html
    assert anna == 1
