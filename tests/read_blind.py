"""A blind session of a ward's films, read."""

from __future__ import annotations

from ward_site import WardSite

from core.human_reading import LungScores
from dashboard.services.readers import draw as reading_draw
from dashboard.services.readers import sessions as reading


def read_session(ward: WardSite, count: int, *, patients: int, title: str = "=Study", finished: bool = True) -> int:
    """Return a blind session of `count` films, each read as 1 + half the model's extent."""
    people = [ward.admit(f"P{number}^X", str(number), number=f"N-{number}") for number in range(patients)]
    for number in range(count):
        ward.film(people[number % patients], number + 1, number * 0.2)
    said = {"title": title, "reader": "Dr Ito", "blind": True, "n_films": count, "seed": 7, "actor": "Dr Ito"}
    session_id = reading_draw.draw_up(**said, site=ward.site).session_id  # type: ignore[arg-type]
    for step in reading.reading_list(session_id, site=ward.site).steps:
        half = 0.5 + (step.film.film_id - 1) * 0.05
        reading.read_film(session_id, step.place, LungScores(half, half, half * 0.75, half * 0.75), site=ward.site)
    if finished:
        reading.finish(session_id, actor="Dr Ito", site=ward.site)
    return session_id
