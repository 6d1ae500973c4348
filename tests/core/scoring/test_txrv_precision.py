"""The rearranged DenseNet gives the library's outputs; rounding is used where processor and weights allow it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from chest_films import chest_films
from numpy.typing import NDArray

from core.scoring import processor
from core.scoring.cards import read_card
from core.scoring.models.txrv import precision
from core.scoring.models.txrv.cohen2020.scorer import CARD, Cohen2020Scorer
from core.scoring.models.txrv.densenet import DenseNet
from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.models.txrv.network import LUNG_OPACITY, DenseNetBackbone, prepare_film
from core.scoring.models.txrv.precision import MARGIN, TOLERANCE, drawn_films, largest_difference, quickest
from core.scoring.processor import processor_has_bfloat16
from core.scoring.registry import load_scorer
from core.scoring.weights import BACKBONE, load_part

Tensors = Mapping[str, NDArray[Any]]


@pytest.fixture(scope="module")
def tensors(txrv_weights_dir: Path) -> Tensors:
    """Return random weights whose outputs vary over films."""
    return load_part(BACKBONE, weights_dir=txrv_weights_dir)


@pytest.fixture(scope="module")
def library(tensors: Tensors) -> torch.nn.Module:
    """Return the library's own network with these weights."""
    return of_library(tensors)


def of_library(tensors: Tensors) -> torch.nn.Module:
    found: torch.nn.Module = torchxrayvision().models.DenseNet()
    found.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    return found.eval()


def films(count: int) -> torch.Tensor:
    return torch.from_numpy(np.stack([prepare_film(film) for film in chest_films(count, first_patient=40)]))


def scorer_of(backbone: DenseNetBackbone) -> Cohen2020Scorer:
    return Cohen2020Scorer(read_card(CARD), backbone)


def calm(tensors: Tensors) -> Tensors:
    """Return the weights with outputs that vary a hundredth as much, so that rounding cannot move a score far."""
    return {**tensors, "classifier.weight": tensors["classifier.weight"] / np.float32(100)}


def test_it_gives_the_outputs_and_features_of_the_library(library: torch.nn.Module, tensors: Tensors) -> None:
    network_here, batch = DenseNet(tensors), films(3)
    with torch.inference_mode():
        assert torch.allclose(network_here(batch), library(batch), atol=1e-4)
        assert torch.allclose(network_here.features(batch), library.features2(batch), atol=1e-4)
    assert library.targets[LUNG_OPACITY] == "Lung Opacity"


def test_channels_that_are_turned_round_or_switched_off_come_out_alike(tensors: Tensors) -> None:
    # A trained normalisation may have a negative scale, or one of exactly nothing.
    altered = {name: array.copy() for name, array in tensors.items()}
    for name, array in altered.items():
        if ".norm" in name and name.endswith("weight"):
            array[::5] *= -1
            array[3::11] = 0
    batch = films(2)
    with torch.inference_mode():
        assert torch.allclose(DenseNet(altered)(batch), of_library(altered)(batch), atol=1e-3, rtol=1e-4)


def test_gradients_are_those_of_the_library(library: torch.nn.Module, tensors: Tensors) -> None:
    gradients = []
    for one in (DenseNet(tensors), library):
        batch = films(1).requires_grad_()
        (gradient,) = torch.autograd.grad(one(batch)[0, LUNG_OPACITY], batch)
        gradients.append(gradient.flatten())
    assert torch.corrcoef(torch.stack(gradients))[0, 1] > 0.99
    with torch.inference_mode():
        kept = DenseNet(tensors)(films(1))
    assert torch.allclose(DenseNet(tensors)(films(1)), kept, atol=1e-4)


def test_a_number_that_is_none_does_not_vanish(tensors: Tensors) -> None:
    batch = films(2)
    batch[1, 0, 5, 5] = torch.nan
    outputs = DenseNetBackbone(tensors).lung_opacity_logits(list(batch.numpy()))
    assert np.isfinite(outputs).tolist() == [True, False]


def test_rounding_is_used_only_where_processor_and_weights_allow_it(
    tensors: Tensors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: True)
    monkeypatch.setattr(precision, "drawn_films", lambda: drawn_films()[:2])
    assert quickest(scorer_of, calm(tensors)).backbone.dtype == torch.bfloat16
    assert quickest(scorer_of, tensors).backbone.dtype == torch.float32
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: False)
    assert quickest(scorer_of, calm(tensors)).backbone.dtype == torch.float32


def test_a_rounded_score_is_near_the_exact_one_and_the_same_in_any_batch(tensors: Tensors) -> None:
    exact, quick = (scorer_of(DenseNetBackbone(calm(tensors), dtype=one)) for one in (torch.float32, torch.bfloat16))
    prepared = [prepare_film(film) for film in chest_films(3, first_patient=40)]
    assert 0 < largest_difference(quick, exact, prepared) <= MARGIN * TOLERANCE
    together, alone = quick.unclamped(prepared), np.concatenate([quick.unclamped([one]) for one in prepared])
    assert np.abs(together - alone).max() <= 1e-5


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [({}, False), ({"avx512_f": True}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": True}, True)],
)
def test_what_the_processor_can_do_decides(
    capabilities: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor.torch.cpu, "get_capabilities", lambda: capabilities)
    assert processor_has_bfloat16() is expected


def test_scoring_imports_neither_torchxrayvision_nor_torchvision(txrv_weights_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.scoring.registry import load_scorer;"
        "import numpy as np; from core.types import Film, FilmHeader;"
        "scorer = load_scorer('txrv-cohen2020', weights_dir=Path(sys.argv[1]));"
        "film = Film(np.eye(300, dtype=np.float32), FilmHeader(300, 300, 8), '');"
        "print(len(scorer.score([scorer.prepare(film)])), {'torchvision', 'torchxrayvision'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(txrv_weights_dir)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "set()"]


def test_another_instance_chooses_the_same_precision(txrv_weights_dir: Path) -> None:
    one, other = (load_scorer("txrv-cohen2020", weights_dir=txrv_weights_dir) for _ in range(2))
    assert isinstance(one, Cohen2020Scorer)
    assert isinstance(other, Cohen2020Scorer)
    assert one.backbone.dtype == other.backbone.dtype
