"""The courses of the demo ward, as a table. All names and people are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

import numpy as np


class FilmKind(StrEnum):
    """What lies on a film."""

    CHEST = "chest"
    BLANK = "blank"
    MARKED_LATERAL = "marked lateral"


@dataclass(frozen=True)
class Shot:
    """One film: hours before now, (extent 0-4, density 0-3) of the right and of the left lung, position."""

    hours_ago: float
    right: tuple[float, float]
    left: tuple[float, float]
    position: Literal["supine", "semi", "erect"] = "supine"
    kind: FilmKind = FilmKind.CHEST


@dataclass(frozen=True)
class Course:
    """One patient's stay. Times are hours before now; `films` in the order of time."""

    unit: str
    bed: str
    name: str
    sex: str
    birth_date: date
    scenario: str
    admitted_hours_ago: float
    films: tuple[Shot, ...]
    events: tuple[tuple[float, str], ...] = ()
    intubated_on_admission: bool = False
    monitored: bool = True

    def extent(self, hours_ago: float) -> float:
        """Return the drawn extent (0-8) at a time, straight between films; a mild 2 before any film."""
        chests = [shot for shot in self.films if shot.kind is FilmKind.CHEST]
        if not chests:
            return 2.0
        times = [-shot.hours_ago for shot in chests]
        return float(np.interp(-hours_ago, times, [shot.right[0] + shot.left[0] for shot in chests]))


def _erect(hours_ago: float, right: tuple[float, float], left: tuple[float, float]) -> Shot:
    return Shot(hours_ago, right, left, "erect")


def _semi(hours_ago: float, right: tuple[float, float], left: tuple[float, float]) -> Shot:
    return Shot(hours_ago, right, left, "semi")


COURSES: tuple[Course, ...] = (
    Course(
        "ICU A",
        "A-01",
        "Okonkwo, Adaeze",
        "F",
        date(1958, 3, 14),
        "Large rise overnight",
        101.0,
        (
            Shot(99, (1.2, 1.0), (0.9, 1.0)),
            Shot(75, (1.3, 1.1), (1.0, 1.0)),
            Shot(51, (1.2, 1.1), (1.0, 1.0)),
            Shot(27, (1.4, 1.2), (1.1, 1.1)),
            Shot(3, (3.4, 2.1), (3.0, 1.9)),
        ),
        ((4.0, "intubation"),),
    ),
    Course(
        "ICU A",
        "A-02",
        "Lindqvist, Erik",
        "M",
        date(1949, 11, 2),
        "Slow drift up",
        172.0,
        (
            Shot(170, (0.6, 0.8), (0.5, 0.8)),
            Shot(147, (0.8, 0.9), (0.6, 0.8)),
            Shot(123, (1.0, 1.0), (0.9, 1.0)),
            Shot(99, (1.3, 1.1), (1.2, 1.0)),
            Shot(75, (1.7, 1.2), (1.4, 1.2)),
            Shot(52, (2.0, 1.3), (1.8, 1.3)),
            Shot(28, (2.3, 1.5), (2.1, 1.4)),
            Shot(5, (2.6, 1.6), (2.5, 1.6)),
        ),
        ((40.0, "intubation"),),
    ),
    Course(
        "ICU A",
        "A-03",
        "Haddad, Samir",
        "M",
        date(1966, 7, 29),
        "Recovery after proning",
        168.0,
        (
            Shot(166, (2.9, 1.9), (2.7, 1.8)),
            Shot(145, (3.5, 2.2), (3.3, 2.1)),
            Shot(122, (3.6, 2.3), (3.4, 2.2)),
            Shot(98, (3.2, 1.9), (2.9, 1.8)),
            Shot(73, (2.5, 1.5), (2.3, 1.5)),
            Shot(49, (1.9, 1.3), (1.7, 1.2)),
            Shot(25, (1.4, 1.1), (1.2, 1.0)),
            Shot(4, (1.0, 0.9), (0.9, 0.9)),
        ),
        ((142.0, "proning"), (126.0, "supination"), (118.0, "proning"), (102.0, "supination")),
        intubated_on_admission=True,
    ),
    Course(
        "ICU A",
        "A-04",
        "Nakamura, Yuki",
        "F",
        date(1972, 1, 20),
        "One-sided rise, as in collapse of the left lung",
        77.0,
        (
            Shot(75, (0.7, 1.0), (0.8, 1.0)),
            Shot(51, (0.8, 1.0), (0.7, 1.0)),
            Shot(27, (0.7, 0.9), (0.9, 1.1)),
            Shot(2.5, (0.8, 1.0), (3.8, 2.8)),
        ),
        intubated_on_admission=True,
    ),
    Course(
        "ICU A",
        "A-05",
        "Moreau, Claire",
        "F",
        date(1981, 9, 8),
        "Stable",
        124.0,
        (
            Shot(122, (1.0, 1.0), (1.2, 1.0)),
            Shot(98, (1.1, 1.0), (1.2, 1.0)),
            Shot(74, (1.0, 1.0), (1.1, 1.0)),
            Shot(50, (1.0, 1.0), (1.2, 1.1)),
            Shot(26, (1.1, 1.0), (1.1, 1.0)),
            Shot(3.5, (1.0, 1.0), (1.2, 1.0)),
        ),
    ),
    Course(
        "ICU A",
        "A-06",
        "Kowalczyk, Piotr",
        "M",
        date(1955, 5, 17),
        "Goes up and down within the noise",
        220.0,
        (
            Shot(218, (1.7, 1.3), (1.5, 1.3)),
            Shot(195, (2.0, 1.4), (1.7, 1.3)),
            Shot(171, (1.6, 1.3), (1.4, 1.2)),
            Shot(147, (1.9, 1.4), (1.8, 1.4)),
            Shot(123, (1.7, 1.3), (1.4, 1.3)),
            Shot(99, (2.0, 1.4), (1.6, 1.3)),
            Shot(75, (1.7, 1.3), (1.7, 1.3)),
            Shot(51, (1.9, 1.4), (1.5, 1.3)),
            Shot(27, (1.6, 1.3), (1.6, 1.3)),
            Shot(4.5, (1.9, 1.4), (1.7, 1.4)),
        ),
        intubated_on_admission=True,
    ),
    Course(
        "ICU A",
        "A-07",
        "Varga, Ilona",
        "F",
        date(1944, 12, 5),
        "White-out: at the top of the scale",
        148.0,
        (
            Shot(146, (2.4, 1.6), (2.2, 1.5)),
            Shot(122, (3.2, 2.1), (3.0, 2.0)),
            Shot(98, (3.8, 2.6), (3.6, 2.5)),
            Shot(74, (4.0, 2.9), (3.9, 2.8)),
            Shot(50, (4.0, 3.0), (4.0, 2.9)),
            Shot(26, (4.0, 3.0), (4.0, 3.0)),
            Shot(6, (4.0, 3.0), (4.0, 3.0)),
        ),
        ((120.0, "proning"), (104.0, "supination"), (96.0, "proning"), (80.0, "supination")),
        intubated_on_admission=True,
    ),
    Course(
        "ICU B",
        "B-01",
        "Ferreira, João",
        "M",
        date(1961, 2, 11),
        "Newest film lying after erect ones: cannot be compared",
        76.0,
        (
            _erect(74, (0.9, 1.0), (0.7, 0.9)),
            _erect(50, (1.0, 1.0), (0.8, 1.0)),
            _erect(26, (1.1, 1.0), (0.9, 1.0)),
            Shot(2, (2.6, 1.7), (2.4, 1.6)),
        ),
        ((3.0, "intubation"),),
    ),
    Course(
        "ICU B",
        "B-02",
        "Novák, Tereza",
        "F",
        date(1977, 8, 23),
        "Stale: no film for 60 hours",
        134.0,
        (
            _semi(132, (1.8, 1.3), (1.6, 1.2)),
            _semi(108, (1.7, 1.2), (1.5, 1.2)),
            _semi(84, (1.5, 1.2), (1.4, 1.1)),
            _semi(60.5, (1.4, 1.1), (1.3, 1.1)),
        ),
    ),
    Course(
        "ICU B",
        "B-03",
        "Singh, Harpreet",
        "M",
        date(1969, 4, 30),
        "New patient with one film",
        3.0,
        (Shot(2, (2.2, 1.4), (1.6, 1.2)),),
    ),
    Course(
        "ICU B",
        "B-04",
        "Achterberg, Willem",
        "M",
        date(1952, 10, 19),
        "No film yet",
        1.2,
        (),
    ),
    Course(
        "ICU B",
        "B-05",
        "Mensah, Kofi",
        "M",
        date(1985, 6, 3),
        "Newest film is blank and was refused",
        54.0,
        (
            Shot(52, (1.6, 1.2), (1.4, 1.1)),
            Shot(28, (1.5, 1.2), (1.5, 1.2)),
            Shot(4, (1.5, 1.2), (1.5, 1.2), kind=FilmKind.BLANK),
        ),
        intubated_on_admission=True,
    ),
    Course(
        "ICU B",
        "B-06",
        "Castillo, Inés",
        "F",
        date(1990, 1, 27),
        "A film stated as lateral was refused",
        80.0,
        (
            _semi(78, (1.9, 1.3), (1.2, 1.1)),
            _semi(54, (1.6, 1.2), (1.1, 1.0)),
            Shot(31, (1.3, 1.1), (1.0, 1.0), "semi", FilmKind.MARKED_LATERAL),
            _semi(30, (1.3, 1.1), (1.0, 1.0)),
            _semi(6, (1.0, 1.0), (0.8, 1.0)),
        ),
    ),
    Course(
        "ICU B",
        "B-07",
        "Petrosyan, Ani",
        "F",
        date(1963, 3, 9),
        "Recovery and extubation",
        196.0,
        (
            Shot(194, (3.1, 2.0), (3.3, 2.1)),
            Shot(170, (3.0, 1.9), (3.1, 2.0)),
            Shot(146, (2.6, 1.7), (2.8, 1.8)),
            Shot(122, (2.3, 1.5), (2.5, 1.6)),
            Shot(98, (1.9, 1.3), (2.1, 1.4)),
            Shot(74, (1.5, 1.2), (1.7, 1.2)),
            Shot(50, (1.1, 1.0), (1.3, 1.1)),
            _semi(26, (0.8, 0.9), (1.0, 1.0)),
            _semi(3, (0.6, 0.8), (0.8, 0.9)),
        ),
        ((44.0, "extubation"),),
        intubated_on_admission=True,
    ),
    Course(
        "ICU B",
        "B-08",
        "Tan, Wei Ling",
        "F",
        date(1959, 12, 12),
        "Large drop, no measured values to agree with it",
        78.0,
        (
            Shot(76, (2.9, 1.9), (3.0, 1.9)),
            Shot(52, (2.9, 1.9), (2.9, 1.9)),
            Shot(28, (2.8, 1.8), (2.9, 1.9)),
            Shot(4, (0.9, 0.9), (1.0, 1.0)),
        ),
        intubated_on_admission=True,
        monitored=False,
    ),
)
"""Fifteen beds, one for each thing a ward board has to tell apart."""
