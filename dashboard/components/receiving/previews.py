"""Files before they are stored: the picture, whose film it becomes, and what speaks against it."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.counting import counted
from core.films.film_time import film_time
from core.identity import is_another_person
from core.patient_number import no_number
from core.types import PatientIdentity, TimeDoubt
from dashboard import queries
from dashboard.components.page.text import plain
from dashboard.components.receiving.chosen_files import NO_FILM, Look
from dashboard.errors import IdentityError
from dashboard.services.receiving.receive import agreed_identity
from dashboard.wording.facts import identity_text
from dashboard.wording.times import TimeScale
from db.read_models.facts import StatedIdentity

NOBODY_YET = "Nobody is chosen yet."
STAYS_OUT = "It will not be stored with the others. Add it by itself if what it says is right."
ANOTHER_PERSON = (
    "! The number is the same, but name, birth date or sex are another person's. It will be stored and be on no trend "
    "until a person decides."
)
DOUBTS = {
    TimeDoubt.AHEAD: "That lies ahead: the film will stand at the time when it is stored.",
    TimeDoubt.IMPOSSIBLE: "That cannot be: the film will be on no trend until a person corrects its time.",
}


def draw_file(
    name: str, look: Look | None, chosen: PatientIdentity | None, *, key: str, is_picture: bool = False
) -> DeltaGenerator:
    """Draw one file; return the column beside its picture. `look` is None while it is still to be read."""
    with st.container(border=True, key=key):
        left, right = st.columns([1, 4], gap="small")
    with left:
        _draw_thumbnail(name, look)
    with right:
        plain(name)
        if look is None:
            plain("The preview follows.", tone="quiet")
        elif look.problem:
            kept = "" if look.problem == NO_FILM else " It would be kept, but be on no trend."
            plain(f"✕ {look.problem}{kept}", tone="warning")
        if is_picture:
            plain(f"Will be filed under: {said_of(chosen)}", tone="" if chosen else "warning")
        elif look is not None and look.problem != NO_FILM:
            _draw_dicom(look, chosen)
    return right


def _draw_thumbnail(name: str, look: Look | None) -> None:
    if look is None or not look.thumbnail:
        st.html('<div class="ll-preview ll-quiet"></div>')
        return
    # In the page itself: no address leads to a film that nobody has stored.
    data = b64encode(look.thumbnail).decode("ascii")
    st.html(
        f'<div class="ll-preview"><img src="data:image/jpeg;base64,{data}" alt="{escape(f"Preview of {name}")}"></div>'
    )


def _draw_dicom(look: Look, chosen: PatientIdentity | None) -> None:
    """Say whom a DICOM film names and when it was taken, and what speaks against either."""
    own = look.identity
    if own is None or no_number(own.identifier):
        plain("The film names no patient." + ("" if chosen else " It will wait until a person says whose it is."))
    plain(f"The film says: {said_of(own)}")
    if chosen is not None and own is not None:
        try:
            agreed_identity(own, chosen)
        except IdentityError as error:
            plain(f"✕ {error} {STAYS_OUT}", tone="warning")
        else:
            if is_another_person(own, chosen):
                plain(ANOTHER_PERSON, tone="warning")
    if look.acquired_at is None:
        plain("It does not say when it was taken, so it will be on no trend.", tone="warning")
        return
    zone = queries.zone()
    plain(f"Taken {TimeScale(zone).text(look.acquired_at, look.time_precision)}")
    doubt = film_time(look.acquired_at, look.time_precision, received_at=queries.now(), zone=zone).doubt
    if doubt in DOUBTS:
        plain(DOUBTS[doubt], tone="warning")


def draw_whose(identity: PatientIdentity | None, place: str) -> None:
    """Draw whose films the pictures become, where the button is that stores them."""
    _whose("The pictures become films of:", f"{said_of(identity)}, {place}" if identity else NOBODY_YET)


def draw_named(looks: Iterable[Look]) -> None:
    """Draw whom the DICOM films name, each patient once, where the button is that stores them."""
    for who, count in Counter(said_of(look.identity) for look in looks if look.identity).items():
        _whose(f"{counted(count, 'DICOM film')} of:", who)


def _whose(what: str, who: str) -> None:
    st.html(f'<div class="ll-whose">{escape(what)} <strong><bdi>{escape(who)}</bdi></strong></div>')


def said_of(identity: PatientIdentity | None) -> str:
    """Return who somebody is, on one line."""
    if identity is None:
        return NOBODY_YET
    return identity_text(
        StatedIdentity(identity.identifier, identity.issuer, identity.name, identity.birth_date, identity.sex)
    )
