"""The demo's ward: invented patients, their films, events and measured values, relative to a given now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from core.films.synthetic.dicom import write_dicom
from core.films.synthetic.film import draw_film
from core.films.synthetic.types import CLEAR, Device, LungSeverity, SyntheticFilm
from core.films.synthetic.ward_courses import COURSES, Course, FilmKind, Shot
from core.types import PatientIdentity, PatientPosition, ViewPosition

ISSUER = "LUNGLINE DEMO"

_POSITIONS = {
    "supine": (ViewPosition.AP, PatientPosition.SUPINE),
    "semi": (ViewPosition.AP, PatientPosition.SEMI_ERECT),
    "erect": (ViewPosition.PA, PatientPosition.ERECT),
}
_GAS_EVERY_HOURS = 6.0
_CRP_EVERY_HOURS = 24.0


class DemoEventKind(StrEnum):
    """What happens to a demo patient; the codes are those of the timeline."""

    ICU_ADMISSION = "icu_admission"
    INTUBATION = "intubation"
    EXTUBATION = "extubation"
    PRONING = "proning"
    SUPINATION = "supination"


@dataclass(frozen=True)
class DemoFilm:
    """One film to be drawn: `draw_demo_film` draws it, `demo_dicom` writes it."""

    acquired_at: datetime
    right: LungSeverity
    left: LungSeverity
    view_position: ViewPosition
    patient_position: PatientPosition
    devices: frozenset[Device]
    film_seed: int
    kind: FilmKind


@dataclass(frozen=True)
class DemoEvent:
    """One event on the timeline."""

    at: datetime
    kind: DemoEventKind


@dataclass(frozen=True)
class DemoObservation:
    """One measured value: pao2 (mmHg), fio2 (%), peep (cmH2O), spo2 (%) or crp (mg/l)."""

    at: datetime
    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class DemoPatient:
    """One invented patient of the demo ward.

    Attributes
    ----------
    identity : PatientIdentity
    unit, bed : str
    admitted_at : datetime
        To the unit.
    patient_seed : int
        Anatomy, for `draw_film`.
    scenario : str
        What this course is to show, in plain words.
    films, events, observations : tuple
        Each in the order of time.
    """

    identity: PatientIdentity
    unit: str
    bed: str
    admitted_at: datetime
    patient_seed: int
    scenario: str
    films: tuple[DemoFilm, ...]
    events: tuple[DemoEvent, ...]
    observations: tuple[DemoObservation, ...]


def demo_ward(now: datetime, seed: int = 0) -> tuple[DemoPatient, ...]:
    """Return the demo ward as it stands at `now`; the same arguments give the same ward.

    Parameters
    ----------
    now : datetime
        With time zone. Nothing lies after it.
    seed : int
        Varies anatomy, minutes and measured values, not the courses.

    Raises
    ------
    ValueError
        For a time without time zone.
    """
    if now.utcoffset() is None:
        message = f"The demo ward's time {now} has no time zone. Attach one, for example UTC."
        raise ValueError(message)
    now = now.replace(microsecond=0)
    return tuple(_patient(course, index, now, seed) for index, course in enumerate(COURSES))


def draw_demo_film(patient: DemoPatient, film: DemoFilm, *, size: int = 1024) -> SyntheticFilm:
    """Draw a film of the ward: a chest, a plate that was never exposed, or a film with a wrong header."""
    drawn = draw_film(
        patient_seed=patient.patient_seed,
        film_seed=film.film_seed,
        right=film.right,
        left=film.left,
        view_position=film.view_position,
        patient_position=film.patient_position,
        devices=film.devices,
        size=size,
    )
    if film.kind is FilmKind.BLANK:
        # the film's number keeps two blank plates from being the same pixels
        return replace(drawn, pixels=np.full_like(drawn.pixels, 40 + film.film_seed % 20))
    if film.kind is FilmKind.MARKED_LATERAL:
        return replace(drawn, view_position=ViewPosition.LATERAL)
    return drawn


def demo_dicom(patient: DemoPatient, film: DemoFilm, *, size: int = 1024) -> bytes:
    """Return a film of the ward as a DICOM file."""
    accession = f"D{film.acquired_at:%y%m%d%H%M%S}"
    drawn = draw_demo_film(patient, film, size=size)
    return write_dicom(drawn, identity=patient.identity, acquired_at=film.acquired_at, accession=accession)


def _patient(course: Course, index: int, now: datetime, seed: int) -> DemoPatient:
    random = np.random.default_rng([3, seed, index])
    admitted_at = now - timedelta(hours=course.admitted_hours_ago)
    identity = PatientIdentity(f"DEMO-{index + 1:03d}", ISSUER, course.name, course.birth_date, course.sex)
    events = [(course.admitted_hours_ago, DemoEventKind.ICU_ADMISSION)]
    events += [(hours, DemoEventKind(kind)) for hours, kind in course.events]
    return DemoPatient(
        identity=identity,
        unit=course.unit,
        bed=course.bed,
        admitted_at=admitted_at,
        patient_seed=1000 * seed + index + 1,
        scenario=course.scenario,
        films=tuple(_film(course, shot, 100 * index + number, now, random) for number, shot in enumerate(course.films)),
        events=tuple(DemoEvent(now - timedelta(hours=hours), kind) for hours, kind in sorted(events, reverse=True)),
        observations=_observations(course, now, random) if course.monitored else (),
    )


def _film(course: Course, shot: Shot, film_seed: int, now: datetime, random: np.random.Generator) -> DemoFilm:
    view, position = _POSITIONS[shot.position]
    jitter = timedelta(minutes=float(random.uniform(-20, 20)), seconds=float(random.integers(0, 60)))
    acquired_at = (now - timedelta(hours=shot.hours_ago) + jitter).replace(microsecond=0)
    return DemoFilm(
        acquired_at=acquired_at,
        right=_severity(*shot.right),
        left=_severity(*shot.left),
        view_position=view,
        patient_position=position,
        devices=_devices(course, shot),
        film_seed=film_seed,
        kind=shot.kind,
    )


def _severity(extent: float, density: float) -> LungSeverity:
    return LungSeverity(extent, density) if extent > 0 else CLEAR


def _intubated(course: Course, hours_ago: float) -> bool:
    """Return whether a tube is in place, by the latest of the events before."""
    state = course.intubated_on_admission
    for hours, kind in sorted(course.events, reverse=True):
        if hours >= hours_ago and kind in (DemoEventKind.INTUBATION, DemoEventKind.EXTUBATION):
            state = kind == DemoEventKind.INTUBATION
    return state


def _devices(course: Course, shot: Shot) -> frozenset[Device]:
    if shot.position == "erect":
        return frozenset()
    bedside = {Device.ECG_LEADS}
    if _intubated(course, shot.hours_ago):
        bedside |= {Device.ENDOTRACHEAL_TUBE, Device.CENTRAL_LINE, Device.NASOGASTRIC_TUBE}
    return frozenset(bedside)


def _observations(course: Course, now: datetime, random: np.random.Generator) -> tuple[DemoObservation, ...]:
    """Return blood gases, ventilation and CRP that follow the drawn extent, with scatter."""
    found: list[DemoObservation] = []
    hours = course.admitted_hours_ago - 0.75
    crp_at = hours
    while hours > 0.25:
        at = now - timedelta(seconds=round(3600 * hours))
        found += _blood_gas(at, course.extent(hours), random, ventilated=_intubated(course, hours))
        if hours <= crp_at:
            crp = 18 + 27 * course.extent(hours + 12) + random.normal(0, 14)
            found.append(DemoObservation(at, "crp", float(round(max(crp, 3))), "mg/l"))
            crp_at -= _CRP_EVERY_HOURS
        hours -= _GAS_EVERY_HOURS * float(random.uniform(0.85, 1.15))
    return tuple(found)


def _blood_gas(at: datetime, extent: float, random: np.random.Generator, *, ventilated: bool) -> list[DemoObservation]:
    ratio = float(np.clip(405 - 42 * extent + random.normal(0, 14), 65, 460))
    fio2 = float(np.clip(5 * round((7800 / ratio + random.normal(0, 1.5)) / 5), 21, 100))
    pao2 = float(round(ratio * fio2 / 100))
    spo2 = float(round(np.clip(100 * pao2**2.7 / (pao2**2.7 + 26.5**2.7), 80, 100)))
    values = [("pao2", pao2, "mmHg"), ("fio2", fio2, "%"), ("spo2", spo2, "%")]
    if ventilated:
        values.append(("peep", float(np.clip(round(5 + 1.3 * extent), 5, 16)), "cmH2O"))
    return [DemoObservation(at, name, value, unit) for name, value, unit in values]
