"""What people do with a flag: acknowledge, snooze, resolve; who did it and why is recorded."""

from __future__ import annotations

from datetime import datetime

from dashboard.errors import NotAllowedError
from dashboard.services.flags.life import wake
from dashboard.services.receiving.moments import require_moment
from dashboard.services.site.opening import SYSTEM, Site
from db.engine import transaction
from db.models import LIVE_STATES, LONGEST_SNOOZE, Flag, FlagCause, FlagState
from db.repositories import flags


def acknowledge(flag_id: int, *, reason: str, actor: str, site: Site) -> Flag:
    """Say that somebody has seen the change and takes care of it.

    Raises
    ------
    NotFoundError
    NotAllowedError
        The flag asks for nobody any more, or no reason is given.
    """
    return _set_state(flag_id, FlagState.ACKNOWLEDGED, reason=reason, actor=actor, site=site)


def snooze(flag_id: int, *, until: datetime, reason: str, actor: str, site: Site) -> Flag:
    """Let a flag rest until a later time, when it is open again by itself.

    Raises
    ------
    NotFoundError
    NotAllowedError
        The flag asks for nobody any more, `until` does not lie ahead or more than `LONGEST_SNOOZE`, or no reason
        is given.
    """
    require_moment(until)
    if until > site.clock() + LONGEST_SNOOZE:
        raise NotAllowedError(
            f"A flag rests for {LONGEST_SNOOZE.days} days at most; {until:%Y-%m-%d %H:%M} is later. Resolve it instead."
        )
    return _set_state(flag_id, FlagState.SNOOZED, reason=reason, actor=actor, until=until, site=site)


def resolve(flag_id: int, *, reason: str, actor: str, site: Site) -> Flag:
    """Close a flag.

    Raises
    ------
    NotFoundError
    NotAllowedError
        The flag is closed already, or no reason is given.
    """
    return _set_state(flag_id, FlagState.RESOLVED, reason=reason, actor=actor, site=site)


def _set_state(
    flag_id: int, state: FlagState, *, reason: str, actor: str, until: datetime | None = None, site: Site
) -> Flag:
    now = site.clock()
    if not actor.strip() or actor.strip().casefold() == SYSTEM:
        # People read in the history who did what.
        raise NotAllowedError(f"A flag is changed by a person; {actor.strip()!r} is none. Give your name.")
    with transaction(site.engine) as session:
        flag = flags.get(flag_id, session=session)
        session.refresh(flag, with_for_update=True)
        wake(flag, now=now, session=session)
        if flag.state not in LIVE_STATES:
            raise NotAllowedError(f"Flag {flag_id} is {flag.state.value} already.")
        try:
            return flags.set_state(
                flag,
                state,
                cause=FlagCause.PERSON,
                actor=actor,
                reason=reason,
                now=now,
                snoozed_until=until,
                session=session,
            )
        except ValueError as error:
            raise NotAllowedError(str(error)) from error
