"""The demo: a ward of synthetic patients, or a folder of films, in a site of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from core.films.synthetic.ward import DemoPatient, demo_dicom, demo_ward
from core.types import TimePrecision
from dashboard.errors import ConfigurationError
from dashboard.services.receiving.receive import receive_film
from dashboard.services.site.opening import Site
from dashboard.settings import ENVIRONMENT_PREFIX, Settings, load_settings
from db.engine import transaction
from db.models import EventKind
from db.repositories import clinical, patients, stays

ACTOR = "demo"
OWN_SETTINGS = ("data_dir", "database_url", "film_dir", "host", "port")
"""A demo never writes into a site: where it stands is its own, whatever is set elsewhere."""

Progress = Callable[[int, int], None]


def demo_settings(data_dir: Path, *, port: int) -> Settings:
    """Return the settings of a demo in `data_dir`, which must be new or empty; whatever is set for a site stays unused.

    Raises
    ------
    ConfigurationError
        The folder holds something: a demo never writes into a site.
    """
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        raise ConfigurationError(
            f"The folder {data_dir} is not empty. Give the demo a new one, or leave --data-dir out."
        )
    folder = data_dir.absolute()
    return load_settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'lungline.db'}",
        film_dir=folder / "films",
        host="127.0.0.1",
        port=port,
    )


def unused_variables(environment: Iterable[str]) -> tuple[str, ...]:
    """Return the variables of an environment that say where a site is, which a demo does not use."""
    own = {f"{ENVIRONMENT_PREFIX}{name}".upper() for name in OWN_SETTINGS}
    return tuple(sorted(name for name in environment if name.upper() in own))


def admit_demo_ward(*, site: Site) -> tuple[DemoPatient, ...]:
    """Admit the invented patients with their events and measured values; their films come after."""
    now = site.clock()
    ward = demo_ward(now)
    with transaction(site.engine) as session:
        for invented in ward:
            patient = patients.find_or_create(invented.identity, now=now, session=session)
            patient_id = patient.id or 0
            # A film taken on the way to the unit belongs to the stay.
            first = min([invented.admitted_at, *(film.acquired_at for film in invented.films)])
            stays.admit(
                patient_id,
                invented.unit,
                invented.bed,
                admitted_at=min(invented.admitted_at, first - timedelta(minutes=1)),
                session=session,
            )
            for event in invented.events:
                clinical.add_event(patient_id, EventKind(event.kind.value), at=event.at, session=session)
            for observation in invented.observations:
                clinical.add_observation(
                    patient_id,
                    observation.name,
                    observation.value,
                    unit=observation.unit,
                    at=observation.at,
                    time_precision=TimePrecision.SECOND,
                    session=session,
                )
    return ward


def send_demo_films(ward: tuple[DemoPatient, ...], *, on_progress: Progress, stop: threading.Event, site: Site) -> None:
    """Draw the ward's films and receive each as a DICOM file, until done or `stop` is set."""
    waiting = [(patient, film) for patient in ward for film in patient.films]
    on_progress(0, len(waiting))
    for number, (patient, film) in enumerate(waiting, start=1):
        if stop.is_set():
            return
        name = f"{patient.identity.identifier}-{film.acquired_at:%Y%m%d%H%M}.dcm"
        receive_film(demo_dicom(patient, film), original_name=name, actor=ACTOR, site=site)
        on_progress(number, len(waiting))
