"""The one way from a site's model version to the scorer that scores by it and to its card.

A version is a registered scorer as it is on this machine, or a site's own recalibration of one, which the database
holds (`db.models.ModelRecalibration`).
"""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from core.errors import ScorerUnknownError
from core.scoring.base import Scorer
from core.scoring.recalibration import (
    RecalibratedScorer,
    is_recalibrated,
    read_recalibration,
    recalibrated_card,
)
from core.scoring.registry import load_scorer, read_scorer_card, scorer_version
from core.types import ScorerCard
from dashboard.errors import ScorerMismatchError
from dashboard.services.site.opening import Site
from db.engine import read_transaction
from db.models import ModelActivation, ModelRecalibration
from db.repositories import recalibrations, scores

NOT_HERE = "The card of this version is not on this machine."
NOT_APPLYING = "This site's own recalibration of version {}, which is not on this machine: it does not apply here."


def load_active_scorer(active: ModelActivation, *, site: Site) -> Scorer:
    """Return the scorer that the site has activated, ready to score.

    Raises
    ------
    ScorerMismatchError
        This machine has another version of it; scores of two versions never mix on one trend.
    CoreError
        It is unknown, or lacks its weights.
    """
    require_same_version(active, site=site)
    base = load_scorer(active.model, weights_dir=site.weights_dir)
    with read_transaction(site.engine) as session:
        row = recalibrations.find(active.model, active.model_version, session=session)
    return base if row is None else recalibrated_scorer(base, row)


def recalibrated_scorer(base: Scorer, row: ModelRecalibration) -> RecalibratedScorer:
    """Return the scorer of a site's own version.

    Raises
    ------
    ValueError
        The recalibration is of another version of the base.
    """
    return RecalibratedScorer(base, read_recalibration(row.content), _card(base.card, row))


def require_same_version(active: ModelActivation, *, site: Site) -> None:
    """Refuse to score where this machine has not the version of the active scorer.

    Raises
    ------
    ScorerMismatchError
    CoreError
        It is unknown, or lacks its weights.
    """
    found = scorer_version(active.model, weights_dir=site.weights_dir)
    with read_transaction(site.engine) as session:
        row = recalibrations.find(active.model, active.model_version, session=session)
    if found == (active.model_version if row is None else row.base_version):
        return
    raise ScorerMismatchError(_mismatch(active, row, found))


def applies(row: ModelRecalibration, *, site: Site) -> bool:
    """Return whether a recalibration is of the version of its model that is on this machine.

    Raises
    ------
    CoreError
        The model is unknown, or lacks its weights.
    """
    return scorer_version(row.model, weights_dir=site.weights_dir) == row.base_version


def card_of(model: str, version: str, *, session: Session) -> ScorerCard:
    """Return the card for the trend of an activated model, without loading it.

    A version whose card this program does not have was measured by nobody here: its card states no noise.
    """
    row = recalibrations.find(model, version, session=session)
    try:
        card = read_scorer_card(model)
    except ScorerUnknownError:
        return _card_without_noise(model, version, NOT_HERE)
    below = version if row is None else row.base_version
    # Scorers with weights from outside carry their hash after the code's version.
    if below != card.version and not below.startswith(f"{card.version}+"):
        return _card_without_noise(model, version, NOT_HERE if row is None else NOT_APPLYING.format(row.base_version))
    card = replace(card, version=below)
    return card if row is None else _card(card, row)


def active_card(*, session: Session) -> ScorerCard | None:
    """Return the card of the active model, None where none was activated yet."""
    active = scores.active_model(session=session)
    return None if active is None else card_of(active.model, active.model_version, session=session)


def card_in_use(model: str, *, site: Site) -> ScorerCard:
    """Return the card of a scorer; where the site's own recalibration of it is active, the card of that.

    Raises
    ------
    ScorerUnknownError
    """
    with read_transaction(site.engine) as session:
        active = scores.active_model(session=session)
        if active is not None and active.model == model and is_recalibrated(active.model_version):
            return card_of(model, active.model_version, session=session)
    return read_scorer_card(model)


def _card(base: ScorerCard, row: ModelRecalibration) -> ScorerCard:
    return recalibrated_card(base, read_recalibration(row.content), by=row.actor, at=row.made_at)


def _mismatch(active: ModelActivation, row: ModelRecalibration | None, found: str) -> str:
    scored_with = f"The site scores with {active.model} {active.model_version}"
    remedy = f"Nothing is scored until they agree: run `lungline models activate {active.model}`"
    if row is None:
        return f"{scored_with}; this machine has version {found}. {remedy}, or restore the other version."
    return (
        f"{scored_with}, its own recalibration of version {row.base_version}; this machine has version {found}, to "
        f"which it does not apply. {remedy} for version {found} as it is, or `lungline models recalibrate` to "
        "recalibrate that one by the same readings."
    )


def _card_without_noise(model: str, version: str, why: str) -> ScorerCard:
    return ScorerCard(
        model=model,
        version=version,
        title=model,
        summary=why,
        licence="",
        citation="",
        not_assessed=("noise of a change: not known on this machine",),
    )
