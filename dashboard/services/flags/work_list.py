"""The work list: flags with the patient, the films they rest on, what they ask for and what was done with each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.trend.flags.words import asks_for, is_physiology_near
from core.trend.types import FlagKind
from dashboard.services.patient.standing import is_open
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.models import LIVE_STATES, FlagState
from db.read_models.facts import ActionFacts, FlagFilmFacts
from db.read_models.flag_history import read_actions, read_flag_films, read_oxygenation_times
from db.read_models.lists import FlagRow, count_open_flags, list_flags, read_flag_row

KIND_RANK = {FlagKind.RISE: 0, FlagKind.LOOK: 1, FlagKind.DROP: 2}
"""As `row_standing.RANK` and `RANK_OF_OPEN_FLAG` put patients: a film that cannot be compared may hide a rise."""
ASKING, IN_QUIET_HOURS, DEALT_WITH, CLOSED = range(4)
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
    """

    row: FlagRow
    state: FlagState
    films: tuple[FlagFilmFacts, ...]
    history: tuple[ActionFacts, ...]
    asks_for: str
    quiet_until: datetime | None


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
        facts = _Facts(
            films=read_flag_films(_ids(rows), session=session),
            actions=read_actions(_ids(rows), as_of=as_of, session=session),
            oxygenation=read_oxygenation_times({row.patient.patient_id for row in rows}, as_of=as_of, session=session),
        )
    entries = [facts.entry(row, as_of or now) for row in rows]
    return in_order_of_concern(entry for entry in entries if entry.state in states)


def open_count(*, site: Site) -> int:
    """Return how many flags are open."""
    with read_transaction(site.engine) as session:
        return count_open_flags(now=site.clock(), session=session)


def in_order_of_concern(entries: Iterable[FlagEntry]) -> tuple[FlagEntry, ...]:
    """Return the flags as the ward board puts them.

    Open ones, those in quiet hours after the others; then those that somebody deals with: each rises, then requests to
    compare, then drops, and of these what has waited longest. Closed ones at the end, the last opened first.
    """
    return tuple(sorted(entries, key=_by_concern))


def _by_concern(entry: FlagEntry) -> tuple[object, ...]:
    flag = entry.row.flag
    if entry.state not in LIVE_STATES:
        return CLOSED, -flag.opened_at.timestamp(), -flag.flag_id
    group = DEALT_WITH if entry.state is not FlagState.OPEN else IN_QUIET_HOURS if entry.quiet_until else ASKING
    return group, KIND_RANK[flag.kind], flag.opened_at.timestamp(), flag.flag_id


def flag_entry(flag_id: int, *, site: Site) -> FlagEntry:
    """Return one flag with its whole history.

    Raises
    ------
    NotFoundError
    """
    now = site.clock()
    with read_transaction(site.engine) as session:
        row = read_flag_row(flag_id, session=session)
        facts = _Facts(
            films=read_flag_films([flag_id], session=session),
            actions=read_actions([flag_id], session=session),
            oxygenation=read_oxygenation_times({row.patient.patient_id}, session=session),
        )
    return facts.entry(row, now)


def _ids(rows: Sequence[FlagRow]) -> list[int]:
    return [row.flag.flag_id for row in rows]


@dataclass(frozen=True)
class _Facts:
    films: Mapping[int, tuple[FlagFilmFacts, ...]]
    actions: Mapping[int, tuple[ActionFacts, ...]]
    oxygenation: Mapping[int, tuple[datetime, ...]]

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
        )

    def _physiology_known(self, row: FlagRow, films: Sequence[FlagFilmFacts]) -> bool:
        measured = self.oxygenation.get(row.patient.patient_id, ())
        return any(
            is_physiology_near((at - film.acquired_at).total_seconds() / SECONDS_PER_HOUR for at in measured)
            for film in films
            if film.acquired_at is not None and film.film_id == row.flag.film_id
        )
