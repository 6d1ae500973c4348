"""Installs a finished training: weights, card and notice in the package, predictions with the evidence."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import read_data_set
from core.research.evaluation.embedded import (
    NORMALS_OUT_OF_FOLD,
    OUT_OF_FOLD,
    SEGMENTATION_OUT_OF_FOLD,
    UNSCORED,
    EmbeddedFigures,
    evaluate_embedded,
)
from core.research.evaluation.maps.pointing import points_file
from core.research.evaluation.noise.trend_noise import with_trend_noise
from core.research.evaluation.prediction import write_predictions
from core.research.training.notice import TRAINING_FILMS, training_rows, write_notice
from core.scoring.cards import write_card
from core.scoring.models.embedded import CARD_PATH, WEIGHTS_PATH, load
from core.types import ScorerCard, ViewPosition

EVALUATION = "embedded-evaluation.json"

_RELEASE = "0.3.0"
_UNSCORED_SOURCES = ("actualmed", "hannover")
_NOT_ASSESSED = (
    "severity error on AP films and on supine films: the figures of this card are of PA films",
    "change between films of different projection or position",
    "pneumothorax, pleural effusion as such, tubes, lines and devices",
    "the cause of an opacity: oedema, effusion, atelectasis, haemorrhage and pneumonia look alike",
    "children, lateral films, films that show less than both lungs",
    "severity on films unlike the training films: their intervals are wider, by a rule that was not measured on them",
)
_SUMMARY = (
    "A U-Net finds right and left lung; each lung is unrolled (every row stretched to one width, medial side first) "
    "and read by a small residual network: geographic extent, opacity, Brixia zones and a map of opacity, from which "
    "comes the opaque share of each lung. The film's score is the sum of its lungs. "
    "Trained in this project on public films with expert scores (Cohen et al. 2020; Brixia) and radiologists' masks, "
    "after a start on opacities painted on films without finding. "
    "Research use only."
)
_CITATION = (
    "Scales and experts' values: Cohen JP et al., Cureus 2020, doi:10.7759/cureus.9448; Signoroni A et al., Med Image "
    "Anal 2021, doi:10.1016/j.media.2021.102046. Films: Cohen JP et al., arXiv:2006.11988; Winther HB et al., "
    "doi:10.6084/m9.figshare.12275009."
)
_LICENCE = (
    "Weights for research only; nothing is granted beyond what the sources of the films allow, see WEIGHTS-NOTICE.md."
)


def release(data: Path, out: Path) -> ScorerCard:
    """Copy a finished training from `out` to its places and write its card.

    Raises
    ------
    DataSetInvalidError
        The data folder is not of the documented form.
    """
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / "embedded.safetensors", WEIGHTS_PATH)
    shutil.copyfile(out / "training-films.csv", EVIDENCE / TRAINING_FILMS)
    shutil.copyfile(out / "training-log.json", EVIDENCE / "embedded-training-log.json")
    for table in (OUT_OF_FOLD, NORMALS_OUT_OF_FOLD, SEGMENTATION_OUT_OF_FOLD, points_file("embedded")):
        shutil.copyfile(out / table, EVIDENCE / table)
    write_notice()
    # The scorer reads its hash from the card, so a card without figures comes first.
    write_card(_card(EmbeddedFigures({}, {})), CARD_PATH)
    shutil.copyfile(_unscored_predictions(data, out), EVIDENCE / UNSCORED)
    return write_figures(data)


def _unscored_predictions(data: Path, out: Path) -> Path:
    """Return the table of what the weights say of films without an expert's score, made once per weight file."""
    scorer = load()
    table = out / f"unscored-{scorer.card.weights_sha256[:8]}.csv"
    if not table.is_file():
        part = table.with_suffix(".part")
        films = [film for film in read_data_set(data) if film.source in _UNSCORED_SOURCES]
        write_predictions(films, scorer, part)
        part.rename(table)
    return table


def write_figures(data: Path) -> ScorerCard:
    """Recompute the figures from the evidence and write card and evaluation anew."""
    figures = evaluate_embedded(data)
    card = with_trend_noise(_card(figures), data, EVIDENCE)
    write_card(card, CARD_PATH)
    record = {
        "version": card.version,
        "noise": {m.value: asdict(n) for m, n in figures.noise.items()},
        **figures.evidence,
    }
    (EVIDENCE / EVALUATION).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return card


def _card(figures: EmbeddedFigures) -> ScorerCard:
    sha256 = hashlib.sha256(WEIGHTS_PATH.read_bytes()).hexdigest()
    training = {"training_films": _training_counts()}
    return ScorerCard(
        model="embedded",
        version=f"{_RELEASE}+{sha256[:8]}",
        title="Embedded severity scorer",
        summary=_SUMMARY,
        licence=_LICENCE,
        citation=_CITATION,
        noise=figures.noise,
        evidence={**figures.evidence, **training} if figures.evidence else {},
        not_assessed=_NOT_ASSESSED,
        severity_views=(ViewPosition.PA,),
        change_views=(ViewPosition.PA,),
        weights_sha256=sha256,
    )


def _training_counts() -> dict[str, int]:
    rows = training_rows()
    return {part: sum(part in row["trained"].split("+") for row in rows) for part in ("lungs", "severity", "normal")}
