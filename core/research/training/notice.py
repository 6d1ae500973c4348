"""The notice on the trained weights: which films they come from, under which licences."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from core.evaluation.evidence import EVIDENCE

NOTICE = Path(__file__).resolve().parents[3] / "WEIGHTS-NOTICE.md"
TRAINING_FILMS = "embedded-training-films.csv"
UNET_TRAINING_FILMS = "unet-resnet18-training-films.csv"
VIEW_TRAINING = "view_training.json"
SIDES_TRAINING = "sides_training.json"

Counts = Mapping[tuple[str, str], int]
"""Films by source and licence."""


def training_rows(table: str = TRAINING_FILMS) -> list[dict[str, str]]:
    """Return the films a scorer was trained on, by default the embedded one, one row each."""
    with (EVIDENCE / table).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_notice() -> None:
    """Write `WEIGHTS-NOTICE.md` anew."""
    NOTICE.write_text(notice_text(), encoding="utf-8")


def notice_text() -> str:
    """Return the notice as the training records have it."""
    embedded = Counter((row["source"], row["licence"]) for row in training_rows())
    unet = Counter((row["source"], row["licence"]) for row in training_rows(UNET_TRAINING_FILMS))
    view, sides = _recorded(VIEW_TRAINING), _recorded(SIDES_TRAINING)
    return _NOTICE.format(
        embedded_count=embedded.total(),
        embedded=_table(embedded),
        view_count=view.total(),
        view=_table(view),
        sides_count=sides.total(),
        sides=_table(sides),
        films=TRAINING_FILMS,
        unet_count=unet.total(),
        unet=_table(unet),
        unet_films=UNET_TRAINING_FILMS,
    )


def _recorded(record: str) -> Counter[tuple[str, str]]:
    """Return the films of a check's record of training."""
    counts: Counter[tuple[str, str]] = Counter()
    for group in json.loads((EVIDENCE / record).read_text(encoding="utf-8"))["trained_on"]:
        counts[group["source"], group["licence"]] += group["films"]
    return counts


def _table(counts: Counts) -> str:
    return "\n".join(f"| {source} | {licence} | {count} |" for (source, licence), count in sorted(counts.items()))


_NOTICE = """# Notice on the trained weights

The code of Lungline is under Apache-2.0. The trained weights are not: they are **for research only**, and nothing is
granted beyond what the sources of the training films allow. They are no medical device. Who passes them on passes this
notice on with them.

Films whose licence forbids derived works (NoDerivatives) trained nothing. `not stated` means that the source names no
licence for that film.

## The embedded scorer (`core/scoring/models/embedded/embedded.safetensors`)

They were trained on {embedded_count} films. Every film is named, with its own licence and the address where it can be
looked up, in `docs/evidence/{films}`.

| source | licence, as the source states it for the film | films |
|---|---|---|
{embedded}

What people added to these films, and what the weights also come from:

| annotation | source | licence |
|---|---|---|
| geographic extent, opacity | Cohen et al. 2020, doi:10.7759/cureus.9448 | CC BY-SA |
| geographic extent, opacity (3) | COVID-Net, severity annotations; Wong et al., arXiv:2005.12855 | AGPL-3.0 |
| Brixia scores of two radiologists | Signoroni et al. 2021, GitHub BrixIA/Brixia-score-COVID-19 | CC BY-NC-SA 4.0 |
| masks of two radiologists (1) | A. El Hajjami, M. Soliman, General Blockchain Inc., 2020 | CC BY 4.0 |
| lung masks (2) | V7 Labs, as carried by the package torchxrayvision | look it up at the source |

(1) GitHub GeneralBlockchain/covid-19-chest-xray-segmentations-dataset. (2) GitHub v7labs/covid-19-xray-dataset. (3)
GitHub lindawangg/COVID-Net.

## The opacity segmentation (`core/scoring/models/unet_resnet18/unet_resnet18.safetensors`)

Its weights and the line that reads severity from them were made from {unet_count} films, named in
`docs/evidence/{unet_films}`.

| source | licence, as the source states it for the film | films |
|---|---|---|
{unet}

They also come from the annotations of the embedded scorer, without the Brixia scores. No weights of others went in.

## The view check (`core/films/recognition/view_weights.safetensors`)

Two logistic regressions of 3.9 kB, trained on {view_count} films.

| source | licence, as the source states it for the film | films |
|---|---|---|
{view}

## The check of sides (`core/films/recognition/sides_weights.safetensors`)

One logistic regression of 1.6 kB, trained on {sides_count} films.

| source | licence, as the source states it for the film | films |
|---|---|---|
{sides}

## The sources

| source | what it is, and where to look it up |
|---|---|
| cohen | COVID-19 Image Data Collection (Cohen et al., arXiv:2006.11988), GitHub ieee8023/covid-chestxray-dataset |
| brixia | BrixIA COVID-19 (Signoroni et al., doi:10.1016/j.media.2021.102046), GitHub BrixIA/Brixia-score-COVID-19 |
| hannover | COVID-19 Image Repository (Winther et al., doi:10.6084/m9.figshare.12275009), CC BY 3.0 |
| figure1 | Figure 1 COVID-19 Chest X-ray Dataset Initiative, GitHub agchung/Figure1-COVID-chestxray-dataset |
| actualmed | Actualmed COVID-19 Chest X-ray Dataset Initiative, GitHub agchung/Actualmed-COVID-chestxray-dataset |
| nih | ChestX-ray8, NIH Clinical Center (Wang et al., doi:10.1109/CVPR.2017.369), as selected by Ozturk et al. 2020 |
"""
