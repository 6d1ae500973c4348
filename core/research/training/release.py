"""Installs a finished training: weights, card and notice in the package, predictions with the evidence."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from core.evaluation.evidence import EVIDENCE
from core.research.evaluation.dataset import read_data_set
from core.research.evaluation.embedded import (
    NORMALS_OUT_OF_FOLD,
    OUT_OF_FOLD,
    SEGMENTATION_OUT_OF_FOLD,
    SERIES,
    evaluate_embedded,
)
from core.research.evaluation.maps.pointing import points_file
from core.research.evaluation.noise.trend_noise import with_trend_noise
from core.research.evaluation.prediction import write_predictions
from core.research.training.embedded import SERIES_OUT_OF_FOLD
from core.research.training.notice import TRAINING_FILMS, training_rows, write_notice
from core.research.training.steps import SERIES_SOURCES
from core.scoring.cards import write_card
from core.scoring.models.embedded import CARD_PATH, WEIGHTS_PATH, load
from core.types import ScorerCard, ViewPosition

EVALUATION = "embedded-evaluation.json"

_RELEASE = "0.4.0"
_NOT_ASSESSED = (
    "change between films of different projection or position, beyond a few pairs",
    "pneumothorax, pleural effusion as such, tubes, lines and devices",
    "the cause of an opacity: oedema, effusion, atelectasis, haemorrhage and pneumonia look alike",
    "children, lateral films, films that show less than both lungs",
    "severity on films unlike the training films: their intervals are wider, by a rule that was not measured on them",
)
_SUMMARY = (
    "A U-Net finds right and left lung; each lung is unrolled (every row stretched to one width, medial side first) "
    "and read by a small residual network: geographic extent, opacity, Brixia zones and a map of opacity, from which "
    "comes the opaque share of each lung. The film's score is the sum of its lungs. "
    "Trained in this project on public films with expert scores (Cohen et al. 2020; COVID-Net; Brixia) and "
    "radiologists' masks, after a start on opacities painted on films without finding. "
    "Research use only."
)
_CITATION = (
    "Scales and experts' values: Cohen JP et al., Cureus 2020, doi:10.7759/cureus.9448; Wong A et al., "
    "arXiv:2005.12855; Signoroni A et al., Med Image Anal 2021, doi:10.1016/j.media.2021.102046. Films: Cohen JP et "
    "al., arXiv:2006.11988; Winther HB et al., doi:10.6084/m9.figshare.12275009."
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
    write_card(_card({}), CARD_PATH)
    shutil.copyfile(_series_predictions(data, out), EVIDENCE / SERIES)
    return write_figures(data)


def _series_predictions(data: Path, out: Path) -> Path:
    """Return the table of what is said of every film of `SERIES_SOURCES`, made once per weight file.

    Of patients with a scored film it is what the networks said that had not seen them, of others what the weights say.
    """
    scorer = load()
    table = out / f"series-{scorer.card.weights_sha256[:8]}.csv"
    if not table.is_file():
        films = [film for film in read_data_set(data, more=True) if film.source in SERIES_SOURCES]
        scored = {film.patient_id for film in films if film.experts}
        part = table.with_suffix(".part")
        write_predictions([film for film in films if film.patient_id not in scored], scorer, part)
        _header, *of_scored = (out / SERIES_OUT_OF_FOLD).read_text(encoding="utf-8").splitlines(keepends=True)
        with part.open("a", encoding="utf-8") as file:
            file.writelines(of_scored)
        part.rename(table)
    return table


def write_figures(data: Path) -> ScorerCard:
    """Recompute the figures from the evidence and write card and evaluation anew."""
    figures = evaluate_embedded(data)
    card = with_trend_noise(_card(figures), data, EVIDENCE)
    write_card(card, CARD_PATH)
    noise = {measure.value: asdict(one) for measure, one in card.noise.items()}
    record = {"version": card.version, "noise": noise, **figures}
    (EVIDENCE / EVALUATION).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return card


def _card(figures: Mapping[str, object]) -> ScorerCard:
    sha256 = hashlib.sha256(WEIGHTS_PATH.read_bytes()).hexdigest()
    training = {"training_films": _training_counts()}
    return ScorerCard(
        model="embedded",
        version=f"{_RELEASE}+{sha256[:8]}",
        title="Embedded severity scorer",
        summary=_SUMMARY,
        licence=_LICENCE,
        citation=_CITATION,
        evidence={**figures, **training} if figures else {},
        not_assessed=_NOT_ASSESSED,
        severity_views=(ViewPosition.AP, ViewPosition.PA),
        weights_sha256=sha256,
    )


def _training_counts() -> dict[str, int]:
    rows = training_rows()
    return {part: sum(part in row["trained"].split("+") for row in rows) for part in ("lungs", "severity", "normal")}
