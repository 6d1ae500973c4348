"""The work list: flags with the patient, the films they rest on, what they ask for and what was done with each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from core.trend.flags.words import asks_for, is_physiology_near
from core.trend.types import FlagKind
from dashboard.services.flags.overdue import overdue_minutes
from dashboard.services.patient.standing import is_open
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.models import LIVE_STATES, FlagState
from db.read_models.facts import ActionFacts, FlagFilmFacts, TakenFilm
from db.read_models.flag_history import read_actions, read_flag_films, read_oxygenation_times, read_times
from db.read_models.lists import FlagRow, count_open_flags, list_flags, read_flag_row

KIND_RANK = {FlagKind.RISE: 0, FlagKind.LOOK: 1, FlagKind.DROP: 2}
"""As `row_standing.RANK` and `RANK_OF_OPEN_FLAG` put patients: a film that cannot be compared may hide a rise."""
OVERDUE, ASKING, IN_QUIET_HOURS, DEALT_WITH, CLOSED = range(5)
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class FlagEntry:
    """One flag of the work list.

    Attributes
    ----------
    state : FlagState
        A snooze that has ended reads as open, as everywhere.
    films : tuple of FlagFilmFacts
        Films merged into this flag, by acquisition.
    history : tuple of ActionFacts
        First step first.
    asks_for : str
        What the flag asks for, in plain words.
    quiet_until : datetime or None
        Only while it lies ahead and the flag is open.
    overdue_minutes : int or None
        For how long an open large rise is past the time that its unit sets, None where it is not.
    compared_with : TakenFilm or None
        The film before, with its time; None where it states none.
    """

    row: FlagRow
    state: FlagState
    films: tuple[FlagFilmFacts, ...]
    history: tuple[ActionFacts, ...]
    asks_for: str
    quiet_until: datetime | None
    overdue_minutes: int | None = None
    compared_with: TakenFilm | None = None


def work_list(
    states: Collection[FlagState] = (FlagState.OPEN,),
    *,
    unit: str | None = None,
    as_of: datetime | None = None,
    site: Site,
) -> tuple[FlagEntry, ...]:
    """Return the flags in these states as `in_order_of_concern` puts them."""
    now = site.clock()
    require_moment(as_of)
    with read_transaction(site.engine) as session:
        rows = list_flags(states, unit=unit, as_of=as_of, now=now, session=session)
        facts = _read_facts(rows, moment=as_of or now, as_of=as_of, site=site, session=session)
    entries = [facts.entry(row, as_of or now) for row in rows]
    return in_order_of_concern(entry for entry in entries if entry.state in states)


def open_count(*, site: Site) -> int:
    """Return how many flags are open."""
    with read_transaction(site.engine) as session:
        return count_open_flags(now=site.clock(), session=session)


def in_order_of_concern(entries: Iterable[FlagEntry]) -> tuple[FlagEntry, ...]:
    """Return the flags as the ward board puts them.

    Open ones, those overdue before the others and those in quiet hours after; then those that somebody deals with: each
    rises, then requests to compare, then drops, and of these what has waited longest. Closed ones at the end, the last
    opened first.
    """
    return tuple(sorted(entries, key=_by_concern))


def _by_concern(entry: FlagEntry) -> tuple[object, ...]:
    flag = entry.row.flag
    if entry.state not in LIVE_STATES:
        return CLOSED, -flag.opened_at.timestamp(), -flag.flag_id
    return _group(entry), KIND_RANK[flag.kind], flag.opened_at.timestamp(), flag.flag_id


def _group(entry: FlagEntry) -> int:
    if entry.state is not FlagState.OPEN:
        return DEALT_WITH
    if entry.overdue_minutes is not None:
        return OVERDUE
    return IN_QUIET_HOURS if entry.quiet_until else ASKING


def flag_entry(flag_id: int, *, site: Site) -> FlagEntry:
    """Return one flag with its whole history.

    Raises
    ------
    NotFoundError
    """
    now = site.clock()
    with read_transaction(site.engine) as session:
        row = read_flag_row(flag_id, session=session)
        facts = _read_facts([row], moment=now, as_of=None, site=site, session=session)
    return facts.entry(row, now)


def _read_facts(
    rows: Sequence[FlagRow], *, moment: datetime, as_of: datetime | None, site: Site, session: Session
) -> _Facts:
    ids = [row.flag.flag_id for row in rows]
    people = {row.patient.patient_id for row in rows}
    return _Facts(
        films=read_flag_films(ids, session=session),
        actions=read_actions(ids, as_of=as_of, session=session),
        oxygenation=read_oxygenation_times(people, as_of=as_of, session=session),
        overdue=overdue_minutes(rows, moment=moment, as_of=as_of, site=site, session=session),
        before=read_times({row.flag.reference_film_id for row in rows}, session=session),
    )


@dataclass(frozen=True)
class _Facts:
    films: Mapping[int, tuple[FlagFilmFacts, ...]]
    actions: Mapping[int, tuple[ActionFacts, ...]]
    oxygenation: Mapping[int, tuple[datetime, ...]]
    overdue: Mapping[int, int]
    before: Mapping[int, TakenFilm]

    def entry(self, row: FlagRow, moment: datetime) -> FlagEntry:
        flag = row.flag
        state = FlagState.OPEN if is_open(flag, moment) else flag.state
        films = self.films.get(flag.flag_id, ())
        quiet = flag.quiet_until
        return FlagEntry(
            row=row,
            state=state,
            films=films,
            history=self.actions.get(flag.flag_id, ()),
            asks_for=asks_for(flag.kind, physiology_known=self._physiology_known(row, films)),
            quiet_until=quiet if quiet is not None and quiet > moment and state is FlagState.OPEN else None,
            overdue_minutes=self.overdue.get(flag.flag_id),
            compared_with=self.before.get(flag.reference_film_id),
        )

    def _physiology_known(self, row: FlagRow, films: Sequence[FlagFilmFacts]) -> bool:
        measured = self.oxygenation.get(row.patient.patient_id, ())
        return any(
            is_physiology_near((at - film.acquired_at).total_seconds() / SECONDS_PER_HOUR for at in measured)
            for film in films
            if film.acquired_at is not None and film.film_id == row.flag.film_id
        )
