"""Which scorer a site uses: listing them, what a change would shift, and making the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median, stdev

from sqlmodel import Session

from core.errors import CoreError, FilmNotScorableError, WeightsInvalidError, WeightsMissingError
from core.scoring.base import Scorer
from core.scoring.recalibration import origin, read_recalibration
from core.scoring.registry import is_available, load_scorer, read_scorer_card, scorer_names, scorer_version
from core.types import Measure, Score
from dashboard.errors import DashboardError
from dashboard.services.flags.reasons import REASONS
from dashboard.services.patient.trends import lock_patients
from dashboard.services.site.opening import Site
from dashboard.services.site.scorers import applies, load_active_scorer
from dashboard.services.worker.process import Claimed, examine, reevaluate
from db.engine import read_transaction, transaction
from db.models import LIVE_STATES, FlagCause, FlagState, ModelActivation, ModelRecalibration
from db.read_models.stored import newest_accepted
from db.repositories import films, flags, recalibrations, scores, stays
from db.repositories.site import write_audit

PREVIEW_FILMS = 40


@dataclass(frozen=True)
class ModelRow:
    """One model version as `lungline models list` shows it.

    Attributes
    ----------
    version : str
        "" where the scorer's weights are not here.
    title : str
        What it is; of a site's own recalibration that does not apply any more, why.
    available : bool
        Whether films can be scored by it here.
    recalibrated : bool
        Whether it is a site's own recalibration.
    """

    model: str
    version: str
    title: str
    available: bool
    active: bool
    recalibrated: bool = False


@dataclass(frozen=True)
class Shift:
    """How scores of local films would change, new minus active, in points of the measure's scale.

    Attributes
    ----------
    sd : float or None
        None for fewer than two films.
    """

    mean: float
    median: float
    sd: float | None


@dataclass(frozen=True)
class ActivationPreview:
    """What activating a scorer would do to films of this site.

    Attributes
    ----------
    n_films : int
        Recent local films that both scorers scored.
    shifts : mapping of Measure to Shift
        Empty where there is no such film, or the active scorer cannot be used here.
    text : str
        The same in words.
    """

    model: str
    version: str
    active_model: str
    active_version: str
    n_films: int
    shifts: Mapping[Measure, Shift]
    text: str


@dataclass(frozen=True)
class Activation:
    """The model that is active now."""

    model: str
    version: str
    films_to_score: int
    flags_withdrawn: int


def list_models(*, site: Site) -> tuple[ModelRow, ...]:
    """Return the scorers, the default one first, then the site's own recalibrations, the newest first.

    Before them stands the active version where this program has another one, as after an update.
    """
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
        own = recalibrations.list_all(session=session)
    rows = [_base_row(name, active, site=site) for name in scorer_names()]
    rows += [_recalibrated_row(row, active, site=site) for row in own]
    if active is None or any(row.active for row in rows):
        return tuple(rows)
    title = f"active, but not here any more: `lungline models activate {active.model}` changes to the version here"
    return (ModelRow(active.model, active.model_version, title, available=False, active=True), *rows)


def _base_row(name: str, active: ModelActivation | None, *, site: Site) -> ModelRow:
    version = _version(name, site=site)
    return ModelRow(
        model=name,
        version=version,
        title=read_scorer_card(name).title,
        available=is_available(name, weights_dir=site.weights_dir),
        active=active is not None and (active.model, active.model_version) == (name, version),
    )


def preview_activation(model: str, *, n_films: int = PREVIEW_FILMS, site: Site) -> ActivationPreview:
    """Score recent local films with the active scorer and with `model`, storing nothing.

    Raises
    ------
    CoreError
        `model` is unknown or lacks its weights.
    """
    return preview_of(load_scorer(model, weights_dir=site.weights_dir), n_films=n_films, site=site)


def preview_of(scorer: Scorer, *, n_films: int = PREVIEW_FILMS, site: Site) -> ActivationPreview:
    """Score recent local films with the active scorer and with `scorer`, storing nothing."""
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
        recent = _recent_films(n_films, session=session)
        known = _known_scores(recent, active, session=session)
    new = score_films(recent, scorer, site=site)
    missing = [film for film in recent if film.film_id in new and film.film_id not in known]
    old = known | _score_with_active(missing, active, site=site)
    both = sorted(set(new) & set(old))
    shifts = {
        measure: _shift([new[one].value(measure) - old[one].value(measure) for one in both])
        for measure in Measure
        if both
    }
    text = _in_words(scorer.name, scorer.version, active, len(both), shifts)
    return ActivationPreview(
        model=scorer.name,
        version=scorer.version,
        active_model=active.model if active else "",
        active_version=active.model_version if active else "",
        n_films=len(both),
        shifts=shifts,
        text=text,
    )


def activate(model: str, *, actor: str, site: Site) -> Activation:
    """Make a scorer, as it is on this machine, the site's active one.

    Flags of the former one are withdrawn; all films are on the work list anew, those of open stays first.

    Raises
    ------
    CoreError
        It is unknown or lacks its weights.
    """
    version = scorer_version(model, weights_dir=site.weights_dir)
    with transaction(site.engine) as session:
        return make_active(model, version, actor=actor, now=site.clock(), site=site, session=session)


def make_active(model: str, version: str, *, actor: str, now: datetime, site: Site, session: Session) -> Activation:
    """Make a model version active in somebody's transaction, as `activate` does."""
    row = scores.activate(model, version, actor=actor, now=now, session=session)
    withdrawn = 0
    # Before the flags are changed, as everybody does who changes them.
    lock_patients(flags.patients_with(LIVE_STATES, session=session), session=session)
    for flag in flags.list_flags(LIVE_STATES, session=session):
        if (flag.model, flag.model_version) != (model, version):
            flags.set_state(
                flag,
                FlagState.WITHDRAWN,
                cause=FlagCause.OTHER_MODEL,
                actor=actor,
                reason=REASONS[FlagCause.OTHER_MODEL],
                now=now,
                session=session,
            )
            withdrawn += 1
    # Films may carry scores of this version from an earlier time.
    reevaluate(stays.patients_present(session=session), now=now, site=site, session=session)
    waiting = films.waiting_count(model, version, session=session)
    detail = {"model": model, "version": version, "flags_withdrawn": withdrawn}
    write_audit(actor, "activate", "model", row.id, detail, now=now, session=session)
    return Activation(model, version, waiting, withdrawn)


def _version(name: str, *, site: Site) -> str:
    try:
        return scorer_version(name, weights_dir=site.weights_dir)
    except (WeightsMissingError, WeightsInvalidError):
        return ""


def _recalibrated_row(row: ModelRecalibration, active: ModelActivation | None, *, site: Site) -> ModelRow:
    try:
        here = applies(row, site=site)
    except CoreError:
        here = False
    title = origin(read_recalibration(row.content), by=row.actor, at=row.made_at)
    return ModelRow(
        model=row.model,
        version=row.model_version,
        title=title if here else f"Does not apply: {row.base_version} is not the version on this machine. {title}",
        available=here,
        active=active is not None and (active.model, active.model_version) == (row.model, row.model_version),
        recalibrated=True,
    )


def _recent_films(limit: int, *, session: Session) -> list[Claimed]:
    return [Claimed(*film) for film in newest_accepted(limit, session=session)]


def _known_scores(recent: list[Claimed], active: ModelActivation | None, *, session: Session) -> dict[int, Score]:
    if active is None:
        return {}
    ids = [film.film_id for film in recent]
    rows = scores.scores_of(ids, active.model, active.model_version, session=session)
    return {film_id: scores.to_score(row) for film_id, row in rows.items()}


def _score_with_active(missing: list[Claimed], active: ModelActivation | None, *, site: Site) -> dict[int, Score]:
    if active is None or not missing:
        return {}
    try:
        return score_films(missing, load_active_scorer(active, site=site), site=site)
    except (CoreError, DashboardError):
        # The former scorer is no longer on this machine: what it has scored is all there is to compare with.
        return {}


def score_films(wanted: Sequence[Claimed], scorer: Scorer, *, site: Site) -> dict[int, Score]:
    """Return the scores of films by their ids, storing nothing; films that cannot be scored are left out."""
    found = {}
    for film in wanted:
        try:
            prepared = scorer.prepare(examine(film, site=site).film)
            found[film.film_id] = scorer.score([prepared])[0]
        except (FilmNotScorableError, CoreError, DashboardError, OSError):
            continue
    return found


def _shift(differences: list[float]) -> Shift:
    sd = stdev(differences) if len(differences) > 1 else None
    return Shift(mean(differences), median(differences), sd)


def _in_words(
    model: str, version: str, active: ModelActivation | None, n_films: int, shifts: Mapping[Measure, Shift]
) -> str:
    if active is None:
        return f"No scorer is active yet; {model} {version} would be the first."
    if (active.model, active.model_version) == (model, version):
        return f"{model} {version} is active already."
    if not shifts:
        return f"No local film was scored by both {active.model} and {model}: the shift is not known."
    parts = [
        f"{measure.label} (0-{measure.maximum:g}): mean {shift.mean:+.2f}, median {shift.median:+.2f}"
        + (f", SD {shift.sd:.2f}" if shift.sd is not None else "")
        for measure, shift in shifts.items()
    ]
    return (
        f"On the {n_films} most recent films of this site, {model} {version} minus {active.model} "
        f"{active.model_version}: {'; '.join(parts)}. Trajectories start anew with the new scores."
    )
