"""The embedded scorer: frame, outlines, scores, weights."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core.errors import FilmNotScorableError, WeightsInvalidError
from core.films.read import read_film
from core.films.synthetic import CLEAR, LungSeverity, draw_film
from core.research.evaluation.opacity.segmentation import dice
from core.research.training.pictures.frames import read_pixels
from core.scoring.base import ExplainableScorer, MaskingScorer, Scorer
from core.scoring.cards import write_card
from core.scoring.models.embedded import CARD_PATH, WEIGHTS_PATH, load
from core.scoring.models.embedded.framing import FRAME_PIXELS, content_region, frame_film, frame_mask
from core.scoring.models.embedded.inference import find_lungs, read_lungs
from core.scoring.models.embedded.likeness import fit_likeness, mean_unlikeness, widening
from core.scoring.models.embedded.network import FEATURES, LungSegmenter, SeverityNetwork
from core.scoring.models.embedded.scorer import STRETCHED, EmbeddedScorer
from core.scoring.models.embedded.unrolling import (
    lung_channels,
    mediastinum_grey,
    outline_field,
    outline_lungs,
    roll_back,
    unroll,
)
from core.types import Film, FilmHeader, FloatImage, Measure, ScorerCard


@pytest.fixture(scope="module")
def scorer() -> EmbeddedScorer:
    return load()


def film_of(pixels: FloatImage) -> Film:
    rows, columns = pixels.shape
    return Film(pixels.astype(np.float32), FilmHeader(rows, columns, 8), "hash")


def synthetic(right: LungSeverity, left: LungSeverity, seed: int = 1) -> Film:
    drawn = draw_film(patient_seed=seed, film_seed=seed, right=right, left=left, size=512)
    return film_of(drawn.pixels.astype(np.float32) / np.float32(4095))


SEVERE = LungSeverity(3.5, 2.0)


# --- framing ---


@pytest.mark.parametrize("shape", [(2048, 2500), (640, 524), (100, 90), (384, 384)])
def test_every_film_gives_the_same_frame(shape: tuple[int, int]) -> None:
    pixels = np.linspace(0, 1, shape[0] * shape[1], dtype=np.float32).reshape(shape)

    frame = frame_film(pixels)

    assert (frame.shape, frame.dtype) == ((FRAME_PIXELS, FRAME_PIXELS), np.float32)
    assert (frame.min(), frame.max()) == (0.0, 1.0)


def test_a_blank_border_changes_nothing() -> None:
    inner = np.random.default_rng(0).random((400, 384)).astype(np.float32)
    bordered = np.pad(inner, ((50, 50), (120, 30)))

    assert content_region(bordered) == (slice(50, 450), slice(120, 504))
    np.testing.assert_allclose(frame_film(bordered), frame_film(inner))


def test_a_mask_follows_its_film_into_the_frame() -> None:
    pixels = np.pad(np.random.default_rng(0).random((384, 384)).astype(np.float32), ((0, 0), (100, 0)))
    mask = np.zeros_like(pixels)
    mask[:, 100:292] = 1

    framed = frame_mask(mask, content_region(pixels))

    assert framed[:, :192].min() == 1.0
    assert framed[:, 192:].max() == 0.0


def test_a_constant_film_does_not_break_the_frame() -> None:
    assert frame_film(np.full((300, 200), 0.4, dtype=np.float32)).max() == 0.0


# --- outlines and unrolling ---


def lungs_drawn(*, right: bool = True, left: bool = True) -> FloatImage:
    lungs = np.zeros((2, 192, 192), dtype=np.float32)
    if right:
        lungs[0, 40:140, 30:80] = 1
    if left:
        lungs[1, 40:140, 112:162] = 1
    return lungs


def test_lungs_are_outlined_medial_side_inwards() -> None:
    outlines = outline_lungs(lungs_drawn())

    assert outlines is not None
    right, left = outlines
    assert (right.top, right.bottom) == pytest.approx((40 / 192, 140 / 192))
    assert (right.medial[30], right.lateral[30]) == pytest.approx((80 / 192, 30 / 192))
    assert (left.medial[30], left.lateral[30]) == pytest.approx((112 / 192, 162 / 192))


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_lung_not_found_is_the_mirror_image_of_the_other(side: str) -> None:
    outlines = outline_lungs(lungs_drawn(right=side != "right", left=side != "left"))

    assert outlines is not None
    right, left = outlines
    assert (right.mirrored, left.mirrored) == (side == "right", side == "left")
    assert right.medial.mean() < left.medial.mean()
    assert right.lateral.mean() < right.medial.mean()
    assert abs(right.medial - right.lateral).max() == pytest.approx(abs(left.medial - left.lateral).max())


def test_no_lung_no_outline() -> None:
    assert outline_lungs(lungs_drawn(right=False, left=False)) is None


def test_an_unrolled_lung_runs_from_medial_to_lateral_and_top_to_bottom() -> None:
    across = np.tile(np.linspace(0, 1, 384, dtype=np.float32), (384, 1))
    outlines = outline_lungs(lungs_drawn())
    assert outlines is not None

    right, left = (unroll(np.stack((across, across.T)), outline) for outline in outlines)

    assert right.shape == (2, 96, 64)
    assert right[0, 48, 0] > right[0, 48, -1]
    assert left[0, 48, 0] < left[0, 48, -1]
    assert right[1, 0, 32] < right[1, -1, 32]


def test_the_mediastinum_is_the_measure_of_white_lungs() -> None:
    """Two clear lungs and two white ones differ in the third channel, though each pair is alike in itself."""
    lungs = lungs_drawn()
    outlines = outline_lungs(lungs)
    assert outlines is not None
    inside = np.repeat(np.repeat(lungs.max(axis=0), 2, axis=0), 2, axis=1) > 0
    frame = np.full((384, 384), 0.3, dtype=np.float32)
    frame[:, 170:214] = 0.8

    shares = []
    for grey in (0.2, 0.72):
        frame[inside] = grey
        assert mediastinum_grey(frame, outlines) == pytest.approx(0.8)
        shares.append(lung_channels(frame, outlines)[2][inside].mean())

    assert shares == pytest.approx([0.2 / 0.8 - 0.5, 0.72 / 0.8 - 0.5])


def test_lungs_that_touch_leave_no_mediastinum() -> None:
    lungs = np.zeros((2, 192, 192), dtype=np.float32)
    lungs[0, 40:140, 46:96] = lungs[1, 40:140, 96:146] = 1
    outlines = outline_lungs(lungs)
    assert outlines is not None

    assert mediastinum_grey(np.full((384, 384), 0.5, dtype=np.float32), outlines) == 1.0


# --- the scorer ---


def test_it_follows_the_protocol_and_names_itself(scorer: EmbeddedScorer) -> None:
    assert isinstance(scorer, Scorer)
    assert scorer.name == "embedded"
    assert scorer.version.endswith(scorer.card.weights_sha256[:8])


def test_weights_are_small_and_match_the_card(scorer: EmbeddedScorer) -> None:
    content = WEIGHTS_PATH.read_bytes()

    assert len(content) <= 10_000_000
    assert hashlib.sha256(content).hexdigest() == scorer.card.weights_sha256


def test_scores_do_not_depend_on_batch_or_order(scorer: EmbeddedScorer) -> None:
    films = [synthetic(CLEAR, CLEAR), synthetic(SEVERE, CLEAR, seed=2), synthetic(SEVERE, SEVERE, seed=3)]
    prepared = [scorer.prepare(film) for film in films]

    together = scorer.score(prepared)

    assert [scorer.score([one])[0] for one in prepared] == together
    assert scorer.score(prepared[::-1]) == together[::-1]
    assert scorer.score([]) == []


def test_the_score_is_the_sum_of_the_lungs_with_an_interval_on_the_scale(scorer: EmbeddedScorer) -> None:
    score = scorer.score([scorer.prepare(synthetic(SEVERE, CLEAR, seed=2))])[0]

    assert score.geographic_extent_right is not None
    assert score.geographic_extent_left is not None
    assert score.geographic_extent == pytest.approx(score.geographic_extent_right + score.geographic_extent_left)
    for measure in Measure:
        interval = score.interval(measure)
        assert interval is not None
        assert interval.level == 0.9
        assert 0 <= interval.low <= score.value(measure) <= interval.high <= measure.maximum


def test_the_worse_lung_has_the_higher_score_on_its_own_side(scorer: EmbeddedScorer) -> None:
    right_ill, left_ill = scorer.score(
        [scorer.prepare(synthetic(SEVERE, CLEAR, seed=2)), scorer.prepare(synthetic(CLEAR, SEVERE, seed=2))]
    )

    assert (right_ill.geographic_extent_right or 0) > (right_ill.geographic_extent_left or 0)
    assert (left_ill.geographic_extent_left or 0) > (left_ill.geographic_extent_right or 0)


def test_a_film_without_lungs_is_refused_by_its_place_and_never_zero(scorer: EmbeddedScorer) -> None:
    good = scorer.prepare(synthetic(CLEAR, CLEAR))
    blank = scorer.prepare(film_of(np.zeros((300, 300), dtype=np.float32)))

    with pytest.raises(FilmNotScorableError, match="No lungs were found") as refusal:
        scorer.score([good, blank, good, blank])
    assert refusal.value.positions == (1, 3)


def test_it_imports_neither_torchvision_nor_torchxrayvision_nor_sklearn() -> None:
    program = (
        "import sys; from core.scoring.models.embedded import load; load();"
        "print([name for name in ('torchvision', 'torchxrayvision', 'sklearn', 'pandas') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_package_alone_imports_no_torch() -> None:
    program = "import sys; import core.scoring.models.embedded; print('torch' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


# --- weights that are not what they should be ---


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    altered = bytearray(WEIGHTS_PATH.read_bytes())
    altered[-1] ^= 1
    (tmp_path / "embedded.safetensors").write_bytes(altered)

    with pytest.raises(WeightsInvalidError, match=r"has SHA-256 .* its card says"):
        EmbeddedScorer.read(card_path=CARD_PATH, weights_path=tmp_path / "embedded.safetensors")


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsInvalidError, match="cannot be read"):
        EmbeddedScorer.read(card_path=CARD_PATH, weights_path=tmp_path / "embedded.safetensors")


def written_scorer(tmp_path: Path, content: bytes, **fields: object) -> EmbeddedScorer:
    """Return a scorer over other weights, whose card has their right hash."""
    weights = tmp_path / "embedded.safetensors"
    weights.write_bytes(content)
    card = ScorerCard("embedded", "1", "", "", "", "", weights_sha256=hashlib.sha256(content).hexdigest())
    write_card(card, tmp_path / "card.json")
    raw = json.loads((tmp_path / "card.json").read_text(encoding="utf-8")) | fields
    (tmp_path / "card.json").write_text(json.dumps(raw), encoding="utf-8")
    return EmbeddedScorer.read(card_path=tmp_path / "card.json", weights_path=weights)


def tensors_of(*, members: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    parts = {"segmenter": LungSegmenter(), **{f"severity.{place}": SeverityNetwork() for place in range(members)}}
    tensors = {f"{part}.{name}": tensor for part, net in parts.items() for name, tensor in net.state_dict().items()}
    for place in range(members):
        shapes = {"mean": (FEATURES,), "whitening": (12, FEATURES), "usual": ()}
        tensors |= {f"likeness.{place}.{name}": torch.ones(shape) for name, shape in shapes.items()}
    return tensors | {f"stretch.{scale}": torch.ones(()) for scale in STRETCHED}


@pytest.mark.parametrize("content", [b"no safetensors", b"\x80\x04\x95pickle"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WeightsInvalidError, match="does not hold the embedded scorer's networks"):
        written_scorer(tmp_path, content)


@pytest.mark.parametrize("missing", ["severity.0.map_head.weight", "likeness.0.mean", "stretch.opacity", "severity"])
def test_weights_that_lack_a_part_are_refused(tmp_path: Path, missing: str) -> None:
    tensors = {name: tensor for name, tensor in tensors_of(members=1).items() if not name.startswith(missing)}
    save_file(tensors, tmp_path / "other.safetensors")

    with pytest.raises(WeightsInvalidError, match="does not hold the embedded scorer's networks"):
        written_scorer(tmp_path, (tmp_path / "other.safetensors").read_bytes())


def test_a_card_without_calibration_gives_scores_without_interval(tmp_path: Path, scorer: EmbeddedScorer) -> None:
    same = written_scorer(tmp_path, WEIGHTS_PATH.read_bytes())
    prepared = [scorer.prepare(synthetic(CLEAR, CLEAR))]

    score = same.score(prepared)[0]

    assert score.geographic_extent == scorer.score(prepared)[0].geographic_extent
    assert (score.geographic_extent_interval, score.opacity_interval) == (None, None)


# --- masks, fractions, places ---


def test_masks_lie_on_the_film_and_opacity_in_the_ill_lung(scorer: EmbeddedScorer) -> None:
    drawn = draw_film(patient_seed=2, film_seed=2, right=SEVERE, left=CLEAR, size=512)
    pixels = drawn.pixels.astype(np.float32) / np.float32(4095)

    masks = scorer.masks(film_of(np.pad(pixels, ((0, 0), (200, 0)))))

    rows, columns = pixels.shape
    assert masks.opacity.shape == (round(rows * 512 / (columns + 200)), 512)
    assert isinstance(scorer, MaskingScorer)
    true = {
        side: np.pad(plane, ((0, 0), (200, 0))) for side, plane in vars(drawn.truth).items() if side.endswith("lung")
    }
    for found, side in ((masks.right_lung, "right_lung"), (masks.left_lung, "left_lung")):
        plane = np.asarray(Image.fromarray(true[side]).resize(masks.opacity.shape[::-1])) > 0
        assert dice(found > 0.5, plane) > 0.7
    right, left = ((masks.opacity * (lung > 0.5)).sum() for lung in (masks.right_lung, masks.left_lung))
    assert right > 3 * left


def test_the_ill_lung_has_the_larger_opaque_share_and_the_zones_add_up(scorer: EmbeddedScorer) -> None:
    score = scorer.score([scorer.prepare(synthetic(SEVERE, CLEAR, seed=2))])[0]

    fractions = (score.opacity_fraction_left, score.opacity_fraction, score.opacity_fraction_right)
    assert all(fraction is not None for fraction in fractions)
    assert list(fractions) == sorted(fractions, key=lambda fraction: fraction or 0)
    assert score.opacity == pytest.approx((score.opacity_right or 0) + (score.opacity_left or 0), abs=2e-3)
    zones = score.brixia_zones or ()
    assert score.brixia == sum(zones)
    assert sum(zones[:3]) > sum(zones[3:])


def test_a_lung_that_is_not_found_has_a_field_all_the_same() -> None:
    outlines = outline_lungs(lungs_drawn(right=False))
    assert outlines is not None

    field = outline_field(outlines[0], 192)

    rows, columns = np.nonzero(field)
    assert (rows.min(), rows.max() + 1) == pytest.approx((40, 140), abs=1)
    assert columns.max() - columns.min() == pytest.approx(50, abs=2)
    assert columns.max() < 112


def test_a_map_of_unrolled_lungs_returns_to_its_place() -> None:
    lungs = lungs_drawn()
    outlines = outline_lungs(lungs)
    assert outlines is not None
    maps = np.zeros((2, 24, 16), dtype=np.float32)
    maps[:, :12] = 1  # upper half
    maps[1, :, :8] += 2  # medial half of the left lung

    right, left = roll_back(maps, lungs, outlines)

    assert (right[60, 50], right[125, 50], right[60, 20]) == pytest.approx((1.0, 0.0, 0.0))
    assert (left[60, 115], left[60, 158], left[125, 115]) == pytest.approx((3.0, 1.0, 2.0))


def test_what_moves_the_score_is_followed_back_to_the_ill_lung(scorer: EmbeddedScorer) -> None:
    film = synthetic(LungSeverity(2.0, 1.5), LungSeverity(1.0, 1.0), seed=2)
    score = scorer.score([scorer.prepare(film)])[0]

    opened = scorer.differentiable(film)
    inputs = opened.inputs.clone().requires_grad_()
    said = opened.module(inputs)
    torch.autograd.backward(said[0, 0])

    assert isinstance(scorer, ExplainableScorer)
    assert said.detach().numpy()[0] == pytest.approx((score.geographic_extent, score.opacity), abs=0.02)
    assert inputs.grad is not None
    on_film = opened.onto_film((inputs.grad[0] ** 2).numpy())
    assert on_film.shape == film.pixels.shape
    assert on_film.max() > 0
    # The right lung lies on the left of the picture.
    assert np.nonzero(on_film)[1].min() < 256 < np.nonzero(on_film)[1].max()


@pytest.mark.parametrize("ask", ["masks", "differentiable"])
def test_a_film_without_lungs_has_neither_masks_nor_places(scorer: EmbeddedScorer, ask: str) -> None:
    with pytest.raises(FilmNotScorableError, match="No lungs were found"):
        getattr(scorer, ask)(film_of(np.zeros((300, 300), dtype=np.float32)))


# --- likeness to the training films ---


def test_a_film_far_from_the_training_films_is_unlike_them_and_its_interval_wider() -> None:
    features = np.random.default_rng(0).normal(0, 1, (200, FEATURES)) * np.linspace(2, 0.1, FEATURES)
    likeness = fit_likeness(features)
    ten_sds = 10 * likeness.whitening[0] / (likeness.whitening[0] ** 2).sum()

    usual = [likeness.unlikeness(feature) for feature in features]
    far = likeness.unlikeness(features.mean(axis=0) + ten_sds)

    assert np.mean(np.array(usual) <= 1) == pytest.approx(0.9, abs=0.01)
    assert far > 2
    assert [widening(value) for value in (0.3, 1.0, 1.7, 9.0)] == [1.0, 1.0, 1.7, 2.5]


def test_noise_in_place_of_lungs_has_a_wider_interval_than_a_film(scorer: EmbeddedScorer) -> None:
    prepared = scorer.prepare(synthetic(SEVERE, CLEAR, seed=2))
    found = find_lungs(scorer._segmenter, prepared)
    assert found is not None
    noise = np.random.default_rng(0).normal(0, 2, found.unrolled.shape).astype(np.float32)

    plain, odd = (
        mean_unlikeness(scorer._likeness, read_lungs(scorer._members, lungs).features)
        for lungs in (found.unrolled, noise)
    )

    assert odd > 1.5 * plain


# --- real films ---


def test_a_flipped_film_swaps_the_lungs(scorer: EmbeddedScorer, shared_data: Path) -> None:
    path = min((shared_data / "films" / "actualmed").iterdir())
    pixels = np.asarray(Image.open(path).convert("L"), dtype=np.float32) / np.float32(255)

    plain = scorer.score([scorer.prepare(film_of(pixels))])[0]
    flipped = scorer.score([scorer.prepare(film_of(pixels[:, ::-1]))])[0]

    assert flipped.geographic_extent_right == pytest.approx(plain.geographic_extent_left, abs=0.5)
    assert flipped.geographic_extent_left == pytest.approx(plain.geographic_extent_right, abs=0.5)


@pytest.mark.parametrize("source", ["hannover", "cohen", "nih"])
def test_films_read_by_the_product_score_as_in_training(scorer: EmbeddedScorer, shared_data: Path, source: str) -> None:
    path = min((shared_data / "films" / source).iterdir())

    by_product = scorer.prepare(read_film(path.read_bytes(), site_zone=UTC))
    in_training = frame_film(read_pixels(path))

    np.testing.assert_allclose(by_product, in_training, atol=1e-6)
