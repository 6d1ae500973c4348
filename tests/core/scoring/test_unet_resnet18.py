"""The opacity segmentation: frame, masks, inferences, severity, weights."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.errors import FilmNotScorableError, WeightsInvalidError
from core.scoring.base import Differentiable, ExplainableScorer, MaskingScorer
from core.scoring.cards import write_card
from core.scoring.fractions import opacity_fractions
from core.scoring.grid import map_grid
from core.scoring.models.unet_resnet18.framing import FRAME_PIXELS, frame_film, masks_on_film, resized
from core.scoring.models.unet_resnet18.inference import OpacityInference, lung_fields, read_opacity
from core.scoring.models.unet_resnet18.network import build_network, segment
from core.scoring.models.unet_resnet18.scorer import ExpectedSeverity, UnetResnet18Scorer
from core.scoring.models.unet_resnet18.severity import SeverityLine, severity_lines
from core.scoring.saliency.gradients import squared_gradients
from core.types import Film, FilmHeader, FilmMasks, FloatImage, Measure, ScorerCard

LINES = {
    "geographic_extent": {"constant": 0.5, "root": 0.0, "slope": 3.0, "density": 0.0},
    "opacity": {"constant": -0.5, "root": 1.0, "slope": 0.0, "density": 2.0},
}


def film_of(pixels: FloatImage) -> Film:
    return Film(pixels.astype(np.float32), FilmHeader(pixels.shape[0], pixels.shape[1], 8), "hash")


class DrawnMasks(nn.Module):
    """Stands for the network: marks the dark half of a film as its lungs, right and left by place, grey as opaque."""

    def forward(self, frames: Tensor) -> Tensor:
        """Return logits of right lung, left lung and opacity."""
        lungs = (frames[:, 0] < 0.7).float()
        middle = frames.shape[3] // 2
        right, left = lungs.clone(), lungs.clone()
        right[:, :, middle:] = 0
        left[:, :, :middle] = 0
        opaque = lungs * (frames[:, 0] > 0.3).float()
        return torch.stack((right, left, opaque), dim=1) * 20 - 10


def chest(*, opaque_rows: int = 0) -> FloatImage:
    """Return a white film of 256 x 320 with two dark lungs of 128 x 80; the right one is grey from below."""
    pixels = np.ones((256, 320), dtype=np.float32)
    pixels[64:192, 40:120] = 0
    pixels[64:192, 200:280] = 0
    pixels[192 - opaque_rows : 192, 40:120] = 0.5
    return pixels


@pytest.fixture
def card() -> ScorerCard:
    interval = {"level": 0.9, "half_width": {"geographic_extent": 1.5, "opacity": 1.0}}
    return ScorerCard(
        "unet-resnet18", "1", "title", "summary", "l", "c", evidence={"severity_line": LINES, "interval": interval}
    )


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "unet_resnet18.safetensors"
    torch.manual_seed(0)
    save_file({name: tensor.contiguous() for name, tensor in build_network().state_dict().items()}, path)
    return path


def load_scorer(folder: Path, card: ScorerCard, weights: Path) -> UnetResnet18Scorer:
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    write_card(replace(card, weights_sha256=sha256), folder / "card.json")
    return UnetResnet18Scorer(card_path=folder / "card.json", weights_path=weights)


@pytest.fixture
def scorer(
    tmp_path: Path, card: ScorerCard, random_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> UnetResnet18Scorer:
    """Return a scorer whose network sees just what is drawn."""
    scorer = load_scorer(tmp_path, card, random_weights)
    monkeypatch.setattr(scorer, "_network", DrawnMasks())
    return scorer


# --- frame and masks ---


@pytest.mark.parametrize("shape", [(2048, 2500), (640, 524), (100, 90), (128, 128)])
def test_every_film_gives_the_same_frame(shape: tuple[int, int]) -> None:
    pixels = np.linspace(0.2, 0.8, shape[0] * shape[1], dtype=np.float32).reshape(shape)

    frame = frame_film(pixels)

    assert (frame.shape, frame.dtype) == ((FRAME_PIXELS, FRAME_PIXELS), np.float32)
    assert (frame.min(), frame.max()) == (0.0, 1.0)


def test_a_constant_film_does_not_break_the_frame() -> None:
    assert not frame_film(np.full((200, 300), 0.5, dtype=np.float32)).any()


def test_masks_lie_on_the_grid_of_the_whole_film() -> None:
    probability = np.zeros((3, FRAME_PIXELS, FRAME_PIXELS), dtype=np.float32)
    probability[0, :, : FRAME_PIXELS // 2] = 1

    masks = masks_on_film(probability, (2000, 1000))

    assert masks.right_lung.shape == map_grid((2000, 1000)) == (512, 256)
    assert masks.right_lung[:, :120].min() == 1.0
    assert masks.right_lung[:, 136:].max() == 0.0
    assert map_grid((300, 200)) == (300, 200)


def test_a_mirrored_frame_gives_mirrored_masks_with_the_sides_changed() -> None:
    torch.manual_seed(1)
    network = build_network().eval()
    frame = np.random.default_rng(0).random((FRAME_PIXELS, FRAME_PIXELS), dtype=np.float32)

    seen, mirrored = segment(network, frame), segment(network, np.ascontiguousarray(frame[:, ::-1]))

    assert seen.shape == (3, FRAME_PIXELS, FRAME_PIXELS)
    assert seen.std() > 0.001
    np.testing.assert_allclose(mirrored[[1, 0, 2], :, ::-1], seen, atol=1e-5)


# --- inferences ---


def lungs_of(right: slice, left: slice, opaque: slice) -> FloatImage:
    planes = np.zeros((3, 100, 100), dtype=np.float32)
    planes[0, 20:80, right] = 1
    planes[1, 20:80, left] = 1
    planes[2, 20:50, opaque] = 1
    return planes


def test_opacity_is_counted_within_the_lung_fields() -> None:
    planes = lungs_of(slice(10, 40), slice(60, 80), slice(0, 40))
    frame = np.full((100, 100), 0.25, dtype=np.float32)
    frame[:, 50:] = 0.75

    inference = read_opacity(frame, planes)

    assert inference == OpacityInference(30.0, (50.0, 0.0), (0.25, 0.75))
    assert opacity_fractions(FilmMasks(*planes)) == (30.0, 50.0, 0.0)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_lung_not_found_is_read_over_the_mirror_image_of_the_other(missing: int) -> None:
    planes = lungs_of(slice(10, 40), slice(60, 90), slice(0, 100))
    planes[missing] = 0

    inference = read_opacity(np.zeros((100, 100), dtype=np.float32), planes)

    assert inference is not None
    assert inference.fractions == (50.0, 50.0)


def test_no_lung_no_reading() -> None:
    planes = lungs_of(slice(0, 1), slice(99, 100), slice(0, 100))

    assert read_opacity(np.zeros((100, 100), dtype=np.float32), planes) is None
    assert opacity_fractions(FilmMasks(*np.zeros((3, 4, 4), dtype=np.float32))) == (0.0, 0.0, 0.0)


# --- severity ---


def test_severity_rises_with_opacity_and_stays_on_the_scale() -> None:
    line = SeverityLine(constant=-0.2, root=1.0, slope=4.0, density=0.5)
    inference = OpacityInference(50.0, (25.0, 100.0), (0.4, 0.8))

    assert line.lungs(inference, Measure.GEOGRAPHIC_EXTENT) == (pytest.approx(-0.2 + 0.5 + 1.0 + 0.2), 4.0)
    assert line.lungs(OpacityInference(0.0, (0.0, 0.0), (0.0, 0.0)), Measure.OPACITY) == (0.0, 0.0)


@pytest.mark.parametrize("values", [(0.0, -1.0, 0.0, 0.0), (0.0, 0.0, 0.0, -0.1), (float("nan"), 0.0, 0.0, 0.0)])
def test_a_line_that_falls_is_refused(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        SeverityLine(*values)


@pytest.mark.parametrize(
    "evidence",
    [{}, {"severity_line": {"opacity": LINES["opacity"]}}, {"severity_line": {**LINES, "opacity": {"a": 1}}}],
)
def test_a_card_without_lines_for_both_measures_is_refused(evidence: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="severity line"):
        severity_lines(evidence)


# --- scorer ---


def test_it_scores_the_share_of_opacity_and_derives_severity(scorer: UnetResnet18Scorer) -> None:
    (score,) = scorer.score([scorer.prepare(film_of(chest(opaque_rows=64)))])

    assert score.opacity_fraction_right == pytest.approx(50.0, abs=3)
    assert score.opacity_fraction_left == 0.0
    assert score.opacity_fraction == pytest.approx(25.0, abs=2)
    assert score.geographic_extent_right == pytest.approx(0.5 + 3 * score.opacity_fraction_right / 100, abs=0.002)
    assert score.geographic_extent_left == 0.5
    assert score.geographic_extent == pytest.approx(score.geographic_extent_right + 0.5)
    assert score.opacity == pytest.approx(score.opacity_right + score.opacity_left, abs=0.001)
    assert score.opacity_right > score.opacity_left
    assert score.brixia_zones is None


def test_the_interval_has_the_width_of_the_card_within_the_scale(scorer: UnetResnet18Scorer) -> None:
    (score,) = scorer.score([scorer.prepare(film_of(chest()))])

    extent, opacity = score.geographic_extent_interval, score.opacity_interval
    assert extent is not None
    assert opacity is not None
    assert (extent.low, extent.high, extent.level) == (0.0, 2.5, 0.9)
    assert opacity.high == pytest.approx(score.opacity + 1.0)


def test_its_masks_lie_where_the_lungs_are(scorer: UnetResnet18Scorer) -> None:
    assert isinstance(scorer, MaskingScorer)

    masks = scorer.masks(film_of(chest(opaque_rows=64)))

    assert masks.opacity.shape == (256, 320)
    assert min(masks.right_lung[128, 80], masks.left_lung[128, 240], masks.opacity[170, 80]) > 0.99
    assert max(masks.right_lung[128, 240], masks.left_lung[128, 80], masks.opacity[80, 80]) < 0.01


def test_a_film_without_lungs_is_refused_by_its_place_and_never_zero(scorer: UnetResnet18Scorer) -> None:
    blank = np.ones((200, 200), dtype=np.float32)
    blank[:4] = 0
    films = [film_of(chest()), film_of(blank)]

    with pytest.raises(FilmNotScorableError, match="No lungs were found") as refused:
        scorer.score([scorer.prepare(film) for film in films])
    assert refused.value.positions == (1,)
    with pytest.raises(FilmNotScorableError) as refused:
        scorer.masks(films[1])
    assert refused.value.positions == (0,)


def test_the_package_alone_imports_no_torch() -> None:
    code = "import sys, core.scoring.models.unet_resnet18; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- weights ---


def test_altered_weights_are_refused(tmp_path: Path, card: ScorerCard) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"other")
    write_card(replace(card, weights_sha256="0" * 64), tmp_path / "card.json")

    with pytest.raises(WeightsInvalidError, match=r"w\.safetensors has SHA-256"):
        UnetResnet18Scorer(card_path=tmp_path / "card.json", weights_path=tmp_path / "w.safetensors")


def test_missing_weights_are_refused(tmp_path: Path, card: ScorerCard) -> None:
    write_card(card, tmp_path / "card.json")

    with pytest.raises(WeightsInvalidError, match=r"cannot be read .*Restore it"):
        UnetResnet18Scorer(card_path=tmp_path / "card.json", weights_path=tmp_path / "none.safetensors")


def test_a_file_that_holds_another_network_is_refused(tmp_path: Path, card: ScorerCard) -> None:
    weights = tmp_path / "w.safetensors"
    for content in (b"no tensors", None):
        if content is None:
            save_file({"head.weight": torch.zeros(2)}, weights)
        else:
            weights.write_bytes(content)
        with pytest.raises(WeightsInvalidError, match="does not hold the opacity segmentation's network"):
            load_scorer(tmp_path, card, weights)


def test_a_card_that_does_not_say_how_severity_is_read_is_refused(
    tmp_path: Path, card: ScorerCard, random_weights: Path
) -> None:
    with pytest.raises(WeightsInvalidError, match="does not say how severity is read"):
        load_scorer(tmp_path, replace(card, evidence={}), random_weights)


def test_a_card_without_an_interval_gives_none(
    tmp_path: Path, card: ScorerCard, random_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = load_scorer(tmp_path, replace(card, evidence={"severity_line": LINES}), random_weights)
    monkeypatch.setattr(scorer, "_network", DrawnMasks())

    (score,) = scorer.score([scorer.prepare(film_of(chest()))])

    assert (score.geographic_extent_interval, score.opacity_interval) == (None, None)


# --- what moves a score ---


def test_the_function_of_the_film_gives_the_scores_of_the_scorer(scorer: UnetResnet18Scorer) -> None:
    film = film_of(chest(opaque_rows=64))

    door = scorer.differentiable(film)
    with torch.inference_mode():
        said = door.module(door.inputs)[0].tolist()

    (score,) = scorer.score([scorer.prepare(film)])
    # Geographic extent 0.5 + 3 x share for each lung: half of the right one is opaque.
    assert said[0] == pytest.approx(2.5, abs=0.05)
    assert said[0] == pytest.approx(score.geographic_extent, abs=0.02)


def test_its_map_covers_the_whole_film(tmp_path: Path, card: ScorerCard, random_weights: Path) -> None:
    scorer = load_scorer(tmp_path, card, random_weights)
    probability = np.zeros((3, FRAME_PIXELS, FRAME_PIXELS), dtype=np.float32)
    probability[0, 30:100, 20:60] = probability[1, 30:100, 70:110] = 1
    fields = lung_fields(probability)
    assert fields is not None
    frame = np.random.default_rng(0).random((1, 1, FRAME_PIXELS, FRAME_PIXELS), dtype=np.float32)
    lines = [SeverityLine(**LINES[name]) for name in ("geographic_extent", "opacity")]
    door = Differentiable(
        ExpectedSeverity(scorer._network, torch.from_numpy(fields), lines),
        torch.from_numpy(frame),
        lambda values: resized(values[0], (256, 320)),
    )

    for measure in Measure:
        found = squared_gradients(door, measure)
        assert found.shape == (256, 320)
        assert np.isfinite(found).all()
        assert found.max() > 0


def test_a_film_without_lungs_has_nothing_to_explain(
    scorer: UnetResnet18Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer, "_network", lambda frames: torch.full((len(frames), 3, *frames.shape[2:]), -10.0))

    with pytest.raises(FilmNotScorableError, match="No lungs were found"):
        scorer.differentiable(film_of(chest()))


def test_it_is_an_explainable_scorer(scorer: UnetResnet18Scorer) -> None:
    assert isinstance(scorer, ExplainableScorer)
