"""What the screens ask of the services, kept for a moment and shared by all open screens.

Only these and the studies are cached. The values are frozen, so that every screen may be given the same one
(`cache_resource` copies nothing).
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from core.trend.flags.proposed import ALERTING_REFERENCE
from core.trend.types import Reference
from dashboard.pictures import urls as film_urls
from dashboard.presenting import names_hidden
from dashboard.services.flags.overdue import overdue_count
from dashboard.services.flags.work_list import FlagEntry, open_count, work_list
from dashboard.services.patient import census, comparison
from dashboard.services.patient import search as searching
from dashboard.services.patient import timeline as patient
from dashboard.services.patient.timeline import PatientTrend
from dashboard.services.people.pseudonyms import without_names
from dashboard.services.readers import disagreements
from dashboard.services.readers import sessions as readings
from dashboard.services.readers.disagreements import Disagreement
from dashboard.services.site.opening import Site, open_site
from dashboard.services.units import saving as unit_services
from dashboard.services.units.preview import Preview, preview
from dashboard.services.units.saving import SettingsChange
from dashboard.services.units.settings import UnitSettings
from dashboard.services.ward import round as rounds
from dashboard.services.ward.assembly import StandingWard, standing_ward
from dashboard.services.ward.board import Board
from dashboard.services.ward.by_eye import ToCompare, to_compare
from dashboard.services.ward.improving import Improving
from dashboard.services.ward.improving import improving as improving_on
from dashboard.services.worker import maps, status
from dashboard.services.worker.maps import MapRequest, MapStanding
from dashboard.settings import Settings, load_settings
from db.engine import read_transaction
from db.models import FilmState, FlagState
from db.read_models.films import FilmDetail, NotScored, films_not_scored, read_film
from db.read_models.lists import NotAdmitted, PatientRow
from db.read_models.readings import SessionFacts

Value = TypeVar("Value")

BOARD_SECONDS = 2.5
"""Boards that ask within this time get the same answer, so that twenty of them cost as much as one.

A board that asks later gets it too while the next one is made, for no more than 4 s (`.streamlit/config.toml`). Boards
ask every 5 s, so that a new film is seen within 10 s.
"""
SHARED_SECONDS = 3.0
"""How long other answers may be shared."""

BOARDS = 32
BURDEN_SECONDS = 60.0
"""A figure of 30 days may be a minute old."""
PATIENT_PAGE = "views/patient.py"
COMPARE_PAGE = "views/compare.py"


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the site's settings."""
    return load_settings()


@st.cache_resource(show_spinner="Opening the database …")
def site() -> Site:
    """Return the opened site of this process."""
    return open_site(settings())


def _shown(value: Value) -> Value:
    """Return what this session may see of a value: while it presents, no names."""
    return without_names(value) if names_hidden() else value


def now() -> datetime:
    """Return the present moment."""
    return site().clock()


@st.cache_resource(ttl=SHARED_SECONDS, show_spinner=False)
def scoring_status() -> status.ScoringStatus:
    """Return what scores at this site, and whether it does."""
    return status.scoring_status(site=site())


def zone() -> ZoneInfo:
    """Return the site's time zone."""
    return site().zone


@st.cache_resource(ttl=BOARD_SECONDS, max_entries=BOARDS, show_spinner=False, refresh_mode="background")
def _ward(as_of: datetime | None) -> StandingWard:
    return standing_ward(as_of=as_of, site=site())


def board(reference: Reference, as_of: datetime | None) -> Board:
    """Return the ward board of all units."""
    return _shown(_ward(as_of).board(reference))


def units(as_of: datetime | None) -> tuple[str, ...]:
    """Return the units that have an open stay."""
    return _ward(as_of).ward.units


def ward_round(unit: str | None, order: rounds.RoundOrder, began_at: datetime | None) -> rounds.Round:
    """Return the ward round; None goes on with the one under way."""
    shown = board(ALERTING_REFERENCE, None).of_unit(unit)
    return rounds.ward_round(shown, order=order, began_at=began_at, site=site())


def handover(unit: str | None, order: rounds.RoundOrder, began_at: datetime) -> bytes:
    """Return the handover of a round as PDF."""
    from dashboard.reports import handover as made  # noqa: PLC0415 - as below

    shown, found = board(ALERTING_REFERENCE, None).of_unit(unit), ward_round(unit, order, began_at)
    return made(found, shown, unit=unit, zone=zone())


@st.cache_resource(ttl=SHARED_SECONDS, max_entries=BOARDS, show_spinner=False)
def _patient_trend(patient_id: int, as_of: datetime | None) -> PatientTrend:
    return patient.patient_trend(patient_id, as_of=as_of, site=site())


def patient_trend(patient_id: int, as_of: datetime | None) -> PatientTrend:
    """Return a patient's timeline and trend.

    Raises
    ------
    NotFoundError
    """
    return _shown(_patient_trend(patient_id, as_of))


def patient_report(patient_id: int, as_of: datetime | None) -> bytes:
    """Return a patient's report as PDF.

    Raises
    ------
    NotFoundError
    """
    from dashboard.reports import patient_report as made  # noqa: PLC0415 - as below

    return made(patient_id, as_of=as_of, site=site())


@st.cache_resource(ttl=SHARED_SECONDS, max_entries=BOARDS, show_spinner=False)
def _flag_entries(states: tuple[FlagState, ...], unit: str | None) -> tuple[FlagEntry, ...]:
    return work_list(states, unit=unit, site=site())


def flag_entries(states: tuple[FlagState, ...], unit: str | None) -> tuple[FlagEntry, ...]:
    """Return the work list of flags."""
    return _shown(_flag_entries(states, unit))


@st.cache_resource(ttl=SHARED_SECONDS, max_entries=BOARDS, show_spinner=False)
def _by_eye(unit: str | None) -> tuple[ToCompare, ...]:
    return to_compare(_ward(None).board(ALERTING_REFERENCE).of_unit(unit), site=site())


def by_eye(unit: str | None) -> tuple[ToCompare, ...]:
    """Return the films of the ward to compare by eye."""
    return _shown(_by_eye(unit))


@st.cache_resource(ttl=SHARED_SECONDS, max_entries=BOARDS, show_spinner=False)
def _improving(unit: str | None, as_of: datetime | None) -> tuple[Improving, ...]:
    return improving_on(_ward(as_of).board(ALERTING_REFERENCE).of_unit(unit), as_of=as_of, site=site())


def improving(unit: str | None, as_of: datetime | None) -> tuple[Improving, ...]:
    """Return the patients with a drop on their newest film."""
    return _shown(_improving(unit, as_of))


@st.cache_resource(ttl=SHARED_SECONDS, show_spinner=False)
def open_flags() -> int:
    """Return how many flags are open."""
    return open_count(site=site())


@st.cache_resource(ttl=SHARED_SECONDS, show_spinner=False)
def overdue_flags() -> int:
    """Return how many large rises nobody has acknowledged in their unit's time."""
    return overdue_count(site=site())


@st.cache_resource(ttl=SHARED_SECONDS, show_spinner=False)
def known_units() -> tuple[str, ...]:
    """Return the units that have or had a stay, or set something."""
    return unit_services.known_units(site=site())


def unit_settings(unit: str) -> UnitSettings:
    """Return what a unit has set."""
    return unit_services.settings_of(unit, site=site())


def unit_history(unit: str) -> tuple[SettingsChange, ...]:
    """Return every change of a unit's settings, the newest first."""
    return unit_services.settings_history(unit, site=site())


@st.cache_resource(ttl=BURDEN_SECONDS, max_entries=BOARDS, show_spinner=False)
def unit_burden(unit: str) -> Preview:
    """Return the flags of a unit's last 30 days by its present settings."""
    return unit_preview(unit, unit_settings(unit))


def unit_preview(unit: str, proposed: UnitSettings) -> Preview:
    """Return what settings would have done to a unit's last 30 days."""
    return preview(unit, proposed, site=site())


def film(film_id: int, as_of: datetime | None) -> FilmDetail:
    """Return one film with all that is known of it.

    Raises
    ------
    NotFoundError
    """
    with read_transaction(site().engine) as session:
        return _shown(read_film(film_id, session=session, as_of=as_of))


def not_scored(states: tuple[FilmState, ...]) -> NotScored:
    """Return the films in these states that have no score."""
    with read_transaction(site().engine) as session:
        return _shown(films_not_scored(states=states, session=session))


def find_patients(text: str) -> tuple[PatientRow, ...]:
    """Return patients by name or number, also discharged ones; nobody for an empty text."""
    return _shown(census.find(text, site=site())) if text.strip() else ()


def search_patients(text: str) -> searching.Found:
    """Return anybody by number, unit and bed, and by name where names are in sight; nobody for an empty text."""
    if not text.strip():
        return searching.Found()
    return _shown(searching.search(text, by_name=not names_hidden(), site=site()))


@st.cache_resource(ttl=SHARED_SECONDS, show_spinner=False)
def not_admitted() -> NotAdmitted:
    """Return the patients who have films and no open stay; by name, so not for a presentation."""
    return census.not_admitted(site=site())


def recent_films(patient_id: int) -> tuple[datetime, ...]:
    """Return when the patient's films of the last day were taken."""
    return census.recent_films(patient_id, site=site())


def film_url(film_id: int) -> str:
    """Return a signed, expiring address of a film's picture."""
    return film_urls.film_url(film_id, now=time.time())


def thumbnail_url(film_id: int) -> str:
    """Return a signed, expiring address of a film's thumbnail."""
    return film_urls.thumbnail_url(film_id, now=time.time())


def map_standing(request: MapRequest) -> MapStanding | None:
    """Return how a request for a map stands, None where nobody has asked."""
    return maps.standing(request, site=site())


def map_url(map_id: int) -> str:
    """Return a signed, expiring address of a map."""
    return film_urls.map_url(map_id, now=time.time())


def greys_url(film_id: int) -> str:
    """Return a signed, expiring address of a film's grey values."""
    return film_urls.greys_url(film_id, now=time.time())


def planes_url(map_id: int) -> str:
    """Return a signed, expiring address of a map's values."""
    return film_urls.planes_url(map_id, now=time.time())


@st.cache_resource(max_entries=BOARDS, show_spinner=False)
def aligned_masks(first_map_id: int, second_map_id: int) -> comparison.AlignedMasks:
    """Return how the lungs of two films lie over each other; made masks never change.

    Raises
    ------
    AlignmentNotPossibleError
    NotFoundError
    """
    return comparison.aligned_masks(first_map_id, second_map_id, site=site())


def reading_sessions() -> tuple[SessionFacts, ...]:
    """Return all reading sessions, the newest first."""
    return readings.all_sessions(site=site())


def reading_disagreements() -> tuple[Disagreement, ...]:
    """Return the films that two readers read blind and differently."""
    return disagreements.disagreements(site=site())


def reading_list(session_id: int) -> readings.ReadingList:
    """Return the films of a reading session, as they stand now.

    Raises
    ------
    NotFoundError
    """
    return readings.reading_list(session_id, site=site())


def forget() -> None:
    """Drop what was cached, after a change that the person who made it must see at once."""
    scoring_status.clear()
    _ward.clear()
    _patient_trend.clear()
    _flag_entries.clear()
    _by_eye.clear()
    _improving.clear()
    open_flags.clear()
    overdue_flags.clear()
    not_admitted.clear()
    known_units.clear()
    unit_burden.clear()
