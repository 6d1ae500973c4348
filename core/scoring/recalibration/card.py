"""The card of a model version that is a site's own recalibration, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from core.counting import counted
from core.scoring.recalibration.values import Figure, MeasureLine, Recalibration
from core.types import Measure, ScorerCard

OTHER_READERS = "how well these scores fit the readers of any other site"
NOISE_CARRIED_OVER = (
    "change against this site's own readers: its noise is the base's, carried over, until 30 serial pairs are read"
)


def recalibrated_card(base: ScorerCard, recalibration: Recalibration, *, by: str, at: datetime) -> ScorerCard:
    """Return the card of a site's own version of a model.

    Parameters
    ----------
    base : ScorerCard
        Of the version that was recalibrated.
    by, at
        Who made it, and when.
    """
    of_noise = () if recalibration.n_own_pairs else (NOISE_CARRIED_OVER,)
    whose = f"All published figures are of the base, {base.model} {recalibration.base_version}, not of this version."
    method = " ".join(filter(None, (whose, str(base.evidence.get("method", "")))))
    return replace(
        base,
        version=recalibration.version,
        title=f"{base.title}, recalibrated by this site",
        summary=" ".join(
            (origin(recalibration, by=by, at=at), *in_words(recalibration), whose, f"Base: {base.summary}")
        ),
        noise=recalibration.noise,
        mixed_noise=recalibration.mixed_noise,
        class_noise=recalibration.class_noise,
        level_noise=recalibration.level_noise,
        change_views=recalibration.change_views,
        verdicts=recalibration.verdicts,
        evidence={**base.evidence, "method": method, "site_recalibration": _evidence(recalibration)},
        not_assessed=(*of_noise, OTHER_READERS, *base.not_assessed),
    )


def origin(recalibration: Recalibration, *, by: str, at: datetime) -> str:
    """Return whose recalibration it is, of what, from how much, by whom and when."""
    people = "one person" if recalibration.n_readers == 1 else f"{recalibration.n_readers} people"
    return (
        f"This site's own recalibration of {recalibration.model} {recalibration.base_version}, made by {by} on "
        f"{at:%Y-%m-%d} from {counted(recalibration.n_films, 'film')} of "
        f"{counted(recalibration.n_patients, 'patient')}, read blind by {people}."
    )


def line_text(line: MeasureLine) -> str:
    """Return the line as people write it."""
    return (
        f"new score = {line.offset:.2f} + {line.slope:.2f} x score (slope {line.slope_low:.2f} to "
        f"{line.slope_high:.2f})"
    )


def width_text(line: MeasureLine) -> str:
    """Return where the interval of the new scores comes from."""
    if line.width is None:
        return "no interval, as the base has none"
    times = f"{line.width:.2f} times the base's"
    if line.n_width_patients:
        return f"interval {times}, measured on the readings of {counted(line.n_width_patients, 'patient')}"
    return f"interval {times}: too few patients to measure it, so it is never narrower than the base's, stretched"


def noise_text(recalibration: Recalibration) -> str:
    """Return what a verdict of change rests on."""
    if recalibration.n_own_pairs:
        return f"Noise of a change: measured on {recalibration.n_own_pairs} serial pairs of these readings."
    return "Noise of a change: the base's, carried over by the slope of the line."


def in_words(recalibration: Recalibration) -> Iterator[str]:
    """Yield what becomes of each measure, and what a change of it rests on, a sentence each."""
    for measure in Measure:
        line = recalibration.lines.get(measure)
        if line is None:
            yield f"{measure.label}: as the base gives it."
            continue
        yield (
            f"{measure.label}: {line_text(line)}; mean error against these readers {_in_brackets(line.before)} before, "
            f"{_in_brackets(line.after)} after, each patient by a line without the patient's own films; "
            f"{width_text(line)}."
        )
    yield f"In brackets 95 % intervals. {noise_text(recalibration)}"


def _in_brackets(figure: Figure) -> str:
    value, low, high = figure
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def _evidence(recalibration: Recalibration) -> Mapping[str, object]:
    values = recalibration.as_json()
    return {name: values[name] for name in ("n_films", "n_patients", "n_readers", "n_own_pairs", "lines")}
