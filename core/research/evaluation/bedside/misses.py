"""What the scorer does badly on bedside films, in sentences for clinicians."""

from __future__ import annotations

from collections.abc import Iterator

from core.evaluation.bootstrap import Estimate
from core.research.evaluation.bedside.study import BedsideStudy
from core.research.evaluation.groups import CLEAR

_WEAK = 0.5
"""Changes are followed weakly where the interval of r reaches below this: a convention."""


def misses(found: BedsideStudy) -> Iterator[str]:
    """Yield in sentences what a reader must know before the tables."""
    changes = {one.group.name: one for one in found.changes}
    if "AP-AP" in changes and changes["AP-AP"].group.r.low < _WEAK:
        group, slope = changes["AP-AP"].group, changes["AP-AP"].slope
        yield (
            f"From one AP film to the next it follows the experts weakly: r {group.r.in_words()}. Where the score "
            f"moves by one point, the experts move by {slope.in_words()}. Their changes have an SD of "
            f"{group.noise.expert_sd or 0:.2f} points; with the score known, {group.noise.sd:.2f} are left."
        )
    of_ends = {one.name: one.ends for one in found.ends}
    if "AP" in of_ends and of_ends["AP"].severe_error.high < 0:
        yield f"Severe AP films are read too low, by {_size(of_ends['AP'].severe_error)} points in the mean."
    if "AP" in of_ends and of_ends["AP"].clear_score.low > CLEAR:
        yield (
            f"Clear AP films are read too high: mean score {of_ends['AP'].clear_score.in_words()} where experts say "
            f"{CLEAR:g} or less."
        )
    yield from _not_better(found)
    for one in found.against_reader:
        if one.difference.low > 0:
            yield (
                f"On the {one.name} films a radiologist is nearer to the experts: the scorer errs by "
                f"{one.difference.in_words()} points more."
            )
    worst = max(found.extent, key=lambda group: group.agreement.mae.value / group.agreement.mae_constant)
    yield (
        f"Its gain is smallest on films {worst.name}: it errs by {worst.agreement.mae.in_words()}, a constant by "
        f"{worst.agreement.mae_constant:.2f}."
    )


def _not_better(found: BedsideStudy) -> Iterator[str]:
    """Yield what is not shown to be better than by the earlier version."""
    errors = [one for one in found.against_earlier if one.difference.high >= 0]
    changes = [one for one in found.changes_against_earlier if one.difference.low <= 0]
    if errors:
        named = "; ".join(f"{one.name} {one.difference.in_words('+.2f')}" for one in errors)
        yield (
            f"On these films it is not shown to be better than version {found.earlier_version} (difference of "
            f"the error, below 0 is better): {named}."
        )
    if changes:
        named = "; ".join(f"{one.name} {one.difference.in_words('+.2f')}" for one in changes)
        yield (
            f"It is not shown to follow changes better than version {found.earlier_version} (difference of r, "
            f"above 0 is better): {named}."
        )


def _size(error: Estimate) -> str:
    """Return an error below 0 as a size, with its interval."""
    return Estimate(-error.value, -error.high, -error.low).in_words()
