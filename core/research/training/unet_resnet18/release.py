"""A finished training of the opacity segmentation put in its places: weights, card, notice, evidence."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import read_data_set, read_table
from core.research.evaluation.noise.trend_noise import with_trend_noise
from core.research.evaluation.opacity.outcomes import evaluate_opacity_outcomes
from core.research.evaluation.opacity.segmentation import OUT_OF_FOLD_TABLES
from core.research.evaluation.unet_resnet18 import (
    OUT_OF_FOLD,
    READINGS,
    SYSTEM,
    evaluate_unet,
    read_inferences,
    write_severity,
)
from core.research.training.notice import write_notice
from core.scoring.cards import write_card
from core.scoring.models.unet_resnet18 import CARD_PATH, WEIGHTS_PATH
from core.types import ScorerCard, ViewPosition

TRAINING_FILMS = "unet-resnet18-training-films.csv"
TRAINING_LOG = "unet-resnet18-training-log.json"
OUTCOMES = "opacity-outcomes.json"

_RELEASE = "0.1.0"
_NOT_ASSESSED = (
    "severity error on AP films and on supine films: the figures of this card are of PA films",
    "masks on supine bedside films with tubes and lines: all films with painted opacity are PA or AP, none is supine",
    "change between films of different projection or position",
    "pneumothorax, pleural effusion as such, tubes, lines and devices",
    "the cause of an opacity: oedema, effusion, atelectasis, haemorrhage and pneumonia look alike",
    "children, lateral films, films that show less than both lungs",
    "intervals by severity; the interval has one width for all films",
)
_SUMMARY = (
    "A U-Net with ResNet-18 encoder marks right lung, left lung and opacity (ground glass or consolidation); the score "
    "is the opacity in percent of the lung fields, as in the published opacity segmentation. Geographic extent and "
    "opacity on the experts' scales are derived from it: a rising function of each lung's opacity share and density, "
    "fitted to experts' values, summed over the lungs; the embedded scorer reads them more directly. Trained from "
    "random weights in this project on public films with radiologists' masks. Research use only."
)
_CITATION = (
    "Method: Tang H, Sun N, Li Y, Xia H, Deep learning segmentation model for automated detection of the opacity "
    "regions in the chest X-rays of the Covid-19 positive patients and the application for disease severity, medRxiv "
    "2020, doi:10.1101/2020.10.19.20215483; its weights and films are not used. Scales and experts' values: Cohen JP "
    "et al., Cureus 2020, doi:10.7759/cureus.9448. Films: Cohen JP et al., arXiv:2006.11988; Winther HB et al., "
    "doi:10.6084/m9.figshare.12275009. Masks: El Hajjami A, Soliman M, General Blockchain Inc., 2020; V7 Labs."
)
_LICENCE = (
    "Weights for research only; nothing is granted beyond what the sources of the films allow, see WEIGHTS-NOTICE.md."
)


def release(data: Path, out: Path) -> ScorerCard:
    """Put a finished training of `out` in its places and write its card.

    Raises
    ------
    DataSetInvalidError
        The data folder is not of the documented form.
    """
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / WEIGHTS_PATH.name, WEIGHTS_PATH)
    for table in (OUT_OF_FOLD_TABLES[SYSTEM], READINGS, TRAINING_FILMS, TRAINING_LOG):
        shutil.copyfile(out / table, EVIDENCE / table)
    write_notice()
    return write_figures(data)


def write_figures(data: Path) -> ScorerCard:
    """Recompute the figures from the evidence; write card, severity out of fold and outcomes anew."""
    films = {film.film_id: film for film in read_data_set(data)}
    write_severity(films, read_inferences(EVIDENCE / READINGS), EVIDENCE / OUT_OF_FOLD)
    outcomes = evaluate_opacity_outcomes(data).as_evidence()
    (EVIDENCE / OUTCOMES).write_text(json.dumps(outcomes, indent=1) + "\n", encoding="utf-8")
    card = with_trend_noise(_card(evaluate_unet(data)), data, EVIDENCE)
    write_card(card, CARD_PATH)
    return card


def _card(figures: Mapping[str, object]) -> ScorerCard:
    sha256 = hashlib.sha256(WEIGHTS_PATH.read_bytes()).hexdigest()
    return ScorerCard(
        model=SYSTEM,
        version=f"{_RELEASE}+{sha256[:8]}",
        title="Opacity segmentation, U-Net with ResNet-18 encoder",
        summary=_SUMMARY,
        licence=_LICENCE,
        citation=_CITATION,
        evidence={**figures, "training_films": training_counts()},
        not_assessed=_NOT_ASSESSED,
        severity_views=(ViewPosition.PA,),
        weights_sha256=sha256,
    )


def training_counts() -> dict[str, int]:
    """Return how many films trained lungs, opacity, its absence and the severity line."""
    rows = read_table(EVIDENCE / TRAINING_FILMS, ("film_id", "trained"))
    parts = ("lungs", "opacity", "normal", "severity")
    counts = {part: sum(part in row["trained"].split("+") for row in rows) for part in parts}
    return {part: count for part, count in counts.items() if count}
