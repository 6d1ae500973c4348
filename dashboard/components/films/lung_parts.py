"""What a score says of each lung, and its Brixia zones as they lie on the picture; what it does not say is named."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.types import Score
from dashboard.components.page.text import plain
from dashboard.wording.facts import OPAQUE_SHARE, share_text

NOT_GIVEN = "not given"
SIDES_IN_DOUBT = "sides in doubt"
ZONE_ROWS = ("Upper zone", "Middle zone", "Lower zone")
EXTENT_STEPS = (
    "nothing",
    "less than a quarter",
    "a quarter to half",
    "half to three quarters",
    "more than three quarters",
)
WHY_SHARE_DIFFERS = "Extent counts how much of a lung is touched at all; the opaque share counts opaque area only."
ZONE_NOTE = "Each zone 0 to 3. The patient's right lung stands on the left, as on the picture."


def draw_lung_parts(score: Score) -> None:
    """Draw both lungs side by side and the Brixia zones, and name what the model does not give."""
    rows = lung_rows(score)
    if rows:
        _table("Each lung", ("Right lung", "Left lung", "Both lungs"), rows, note=_extent_note(score))
    zones = zone_rows(score)
    if zones:
        _table(f"Brixia score {score.brixia:.0f} of 18", ("Right lung", "Left lung"), zones, note=ZONE_NOTE)
    missing = parts_not_given(score)
    if missing:
        plain(f"Not given by {score.model}: {', '.join(missing)}.", tone="quiet")


def _extent_note(score: Score) -> str:
    """Return why extent and share of a lung differ: they count differently."""
    if score.sides_in_doubt or score.opacity_fraction is None:
        return ""
    sides = {"Right": score.geographic_extent_right, "left": score.geographic_extent_left}
    touched = [
        f"{side}: {extent_text(extent)} of the lung touched" for side, extent in sides.items() if extent is not None
    ]
    return f"{'; '.join(touched)}. {WHY_SHARE_DIFFERS}" if touched else ""


def extent_text(extent: float) -> str:
    """Return an extent of one lung (0-4) in words, as Cohen et al. 2020 define its steps."""
    step = min(int(extent + 0.5), len(EXTENT_STEPS) - 1)
    # Only where nothing is scored is nothing said to be touched.
    return EXTENT_STEPS[max(step, 1) if extent > 0 else 0]


def lung_rows(score: Score) -> list[tuple[str, ...]]:
    """Return a row for each part the score gives of a lung: its name, right lung, left lung, both."""
    shares = (score.opacity_fraction_right, score.opacity_fraction_left, score.opacity_fraction)
    rows = (
        (
            "Geographic extent",
            _points(score.geographic_extent_right, 4),
            _points(score.geographic_extent_left, 4),
            _points(score.geographic_extent, 8),
        ),
        (
            "Opacity",
            _points(score.opacity_right, 3),
            _points(score.opacity_left, 3),
            _points(score.opacity, 6),
        ),
        (OPAQUE_SHARE, *(NOT_GIVEN if share is None else share_text(share) for share in shares)),
    )
    given = [row for row, known in zip(rows, _gives(score), strict=True) if known]
    return [(name, SIDES_IN_DOUBT, SIDES_IN_DOUBT, both) for name, *_, both in given] if score.sides_in_doubt else given


def zone_rows(score: Score) -> list[tuple[str, ...]]:
    """Return the Brixia zones as on the picture: height, right lung (A, B, C), left lung (D, E, F)."""
    zones = score.brixia_zones
    if zones is None:
        return []
    if score.sides_in_doubt:
        return [(row, SIDES_IN_DOUBT, SIDES_IN_DOUBT) for row in ZONE_ROWS]
    named = [f"{name} {value:.1f}" for name, value in zip("ABCDEF", zones, strict=True)]
    return [(row, named[place], named[place + 3]) for place, row in enumerate(ZONE_ROWS)]


def parts_not_given(score: Score) -> list[str]:
    """Return what the model leaves out, in plain words."""
    names = ("geographic extent of each lung", "opacity of each lung", OPAQUE_SHARE[0].lower() + OPAQUE_SHARE[1:])
    missing = [name for name, known in zip(names, _gives(score), strict=True) if not known]
    return missing if score.brixia_zones is not None else [*missing, "Brixia zones"]


def _gives(score: Score) -> tuple[bool, bool, bool]:
    """Return whether the score gives any of extent by lung, opacity by lung, opaque share."""
    extents = (score.geographic_extent_right, score.geographic_extent_left)
    opacities = (score.opacity_right, score.opacity_left)
    shares = (score.opacity_fraction, score.opacity_fraction_right, score.opacity_fraction_left)
    extent, opacity, share = (any(part is not None for part in parts) for parts in (extents, opacities, shares))
    return extent, opacity, share


def _points(value: float | None, maximum: int) -> str:
    return NOT_GIVEN if value is None else f"{value:.1f} of {maximum}"


def _table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, note: str = "") -> None:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    below = f'<div class="ll-quiet">{escape(note)}</div>' if note else ""
    st.html(
        f'<div class="ll-parts"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>{below}</div>"
    )
