"""One whole training on a handful of synthetic films."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from core.errors import DataSetInvalidError
from core.films.synthetic import CLEAR, LungSeverity, draw_film
from core.research.evaluation.opacity.segmentation import dice
from core.research.training.embedded import OUT_OF_FOLD_COLUMNS, train
from core.research.training.networks.descent import loss_curve
from core.research.training.networks.pretraining import PretrainingPlan
from core.research.training.networks.segmentation import SegmentationPhase, SegmentationPlan, train_segmenter
from core.research.training.networks.severity import SeverityPlan
from core.research.training.pictures import masks
from core.research.training.pictures.frames import Frames
from core.research.training.steps import TrainingPlan
from core.scoring.models.embedded import WEIGHTS_PATH
from core.scoring.models.embedded.inference import segment_lungs

FILMS_HEADER = "film_id,source,path,patient_id,day,view,sex,finding,licence,url"
PLAN = TrainingPlan(
    folds=2,
    partitions=1,
    pretraining=PretrainingPlan(painted_share=0.5, copies=1, steps=2, batch_size=2),
    severity=SeverityPlan(members=2, steps=2, batch_size=2),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return ten drawn films of five patients, the last one's under NoDerivatives, and two more's without finding."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "films").mkdir()
    (folder / "opacity").mkdir()
    films, scores, painted = [FILMS_HEADER], ["film_id,geographic_extent,opacity"], ["film_id"]
    for number in range(14):
        normal = number >= 10
        ill = LungSeverity(1 + min(number, 11) / 4, 1.5)
        drawn = draw_film(patient_seed=number // 2, film_seed=number, right=ill, left=CLEAR, size=256)
        name = f"film{number}"
        Image.fromarray((drawn.pixels >> 4).astype(np.uint8)).save(folder / "films" / f"{name}.png")
        layers = {"right_lung": drawn.truth.right_lung, "left_lung": drawn.truth.left_lung}
        if normal:
            layers = {}
        elif number < 6:
            layers["ground_glass"] = drawn.truth.opacity
            painted.append(name)
        for layer, mask in layers.items():
            Image.fromarray((mask * 255).astype(np.uint8)).save(folder / "opacity" / f"{name}.{layer}.png")
        licence = "CC BY-NC-ND 4.0" if number in {8, 9} else "CC BY 4.0"
        films.append(
            f"{name},{'nih' if normal else 'drawn'},films/{name}.png,p{number // 2},{number},PA,F,"
            f"{'No Finding' if normal else ''},{licence},https://example.org/{name}"
        )
        if not normal:
            scores.append(f"{name},{drawn.truth.geographic_extent},{drawn.truth.opacity_score}")
    for table, lines in (("films.csv", films), ("scores.csv", scores), ("opacity.csv", painted)):
        (folder / table).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("out")
    # A training goes on with the segmenters it finds; a good one would take minutes to train here.
    segmenter = {
        name.removeprefix("segmenter."): tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in load_file(WEIGHTS_PATH).items()
        if name.startswith("segmenter.")
    }
    for part in ("0", "1", "all"):
        save_file(segmenter, out / f"segmenter-{part}.safetensors")
    train(data, out, seed=3, plan=PLAN)
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_scored_film_is_predicted_once_by_a_fold_without_its_patient(trained: Path) -> None:
    rows = rows_of(trained / "embedded-out-of-fold.csv")

    assert tuple(rows[0]) == OUT_OF_FOLD_COLUMNS
    assert sorted(row["film_id"] for row in rows) == [f"film{number}" for number in range(10)]
    fold_of = {row["film_id"]: row["fold"] for row in rows}
    assert all(fold_of[f"film{number}"] == fold_of[f"film{number + 1}"] for number in range(0, 10, 2))


def test_films_without_finding_are_predicted_apart(trained: Path) -> None:
    rows = rows_of(trained / "embedded-normals-out-of-fold.csv")

    tested = sorted(row["film_id"] for row in rows)
    # One of the two patients had his films painted on to begin with, so he is never tested.
    assert tested in (["film10", "film11"], ["film12", "film13"])
    assert len({row["fold"] for row in rows}) == 1
    with np.load(trained / "painted.npz") as painted:
        assert painted["views"].shape[0] == painted["opacity"].shape[0] == 2


def test_masks_are_judged_by_networks_that_have_not_seen_the_patient(trained: Path) -> None:
    rows = rows_of(trained / "embedded-segmentation-out-of-fold.csv")
    fold_of = {row["film_id"]: row["fold"] for row in rows_of(trained / "embedded-out-of-fold.csv")}

    assert {row["film_id"]: row["fold"] for row in rows} == fold_of
    assert all(float(row["dice_lungs"]) > 0.5 for row in rows)
    assert [bool(row["dice_opacity"]) for row in sorted(rows, key=lambda row: row["film_id"])] == [True] * 6 + [
        False
    ] * 4


def test_films_that_forbid_derived_works_train_nothing(trained: Path) -> None:
    rows = rows_of(trained / "training-films.csv")

    assert {row["film_id"]: row["trained"] for row in rows} == {
        **{f"film{number}": "lungs+severity" for number in range(8)},
        **{f"film{number}": "normal" for number in range(10, 14)},
    }
    assert rows[0]["url"] == "https://example.org/film0"


def test_the_weight_file_holds_the_segmenter_and_every_member(trained: Path) -> None:
    names = set(load_file(trained / "embedded.safetensors"))

    assert {name.split(".")[0] for name in names} == {"segmenter", "severity", "likeness", "stretch"}
    assert {name for name in names if name.startswith("stretch.")} == {
        "stretch.geographic_extent",
        "stretch.opacity",
        "stretch.brixia_senior",
    }
    assert {name.split(".")[1] for name in names if name.startswith("severity.")} == {"0", "1"}


def test_the_log_has_the_loss_of_every_network_that_was_trained(trained: Path) -> None:
    log = json.loads((trained / "training-log.json").read_text(encoding="utf-8"))

    members = ["severity-0", "severity-1", *(f"severity-fold-{fold}-{member}" for fold in (0, 1) for member in (0, 1))]
    assert sorted(log["loss"]) == sorted([*members, "severity-start"])
    assert {name: len(curve) for name, curve in log["loss"].items()} == {
        **dict.fromkeys(members, min(20, PLAN.severity.steps)),
        "severity-start": min(20, PLAN.pretraining.steps),
    }
    assert all(0 < loss < 100 for curve in log["loss"].values() for loss in curve)


def test_a_curve_has_the_mean_loss_of_each_twentieth() -> None:
    assert loss_curve([float(step) for step in range(40)]) == [2 * point + 0.5 for point in range(20)]
    assert loss_curve([3.0, 2.0]) == [3.0, 2.0]
    assert loss_curve([]) == []


def test_an_interrupted_training_goes_on_with_what_is_there(data: Path, trained: Path) -> None:
    before = (trained / "embedded.safetensors").read_bytes()
    part = trained / "out-of-fold-1-1.csv"
    text = part.read_text(encoding="utf-8")
    kept = (trained / "out-of-fold-1-0.csv").stat().st_mtime_ns
    part.unlink()

    train(data, trained, seed=3, plan=PLAN)

    assert part.read_text(encoding="utf-8") == text
    assert (trained / "out-of-fold-1-0.csv").stat().st_mtime_ns == kept
    assert (trained / "embedded.safetensors").read_bytes() == before


def test_films_that_all_forbid_derived_works_leave_nothing_to_train_on(
    data: Path, trained: Path, tmp_path: Path
) -> None:
    closed = tmp_path / "data"
    shutil.copytree(data, closed)
    table = (closed / "films.csv").read_text(encoding="utf-8").replace("CC BY 4.0", "CC BY-ND 4.0")
    (closed / "films.csv").write_text(table, encoding="utf-8")
    out = tmp_path / "out"
    shutil.copytree(trained, out, ignore=shutil.ignore_patterns("out-of-fold*", "severity*"))

    with pytest.raises(DataSetInvalidError, match="No film is left to train on"):
        train(closed, out, seed=3, plan=PLAN)


def test_without_the_package_that_carries_the_masks_nothing_is_trained(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masks, "find_spec", lambda _name: None)

    with pytest.raises(DataSetInvalidError, match=r"torchxrayvision .* is not installed"):
        train(data, tmp_path, seed=3, plan=PLAN)


def test_sides_are_told_by_where_the_parts_lie() -> None:
    mask = np.zeros((100, 100), dtype=np.float32)
    mask[20:80, 10:40] = 1
    mask[20:80, 60:90] = 1
    mask[0:2, 0:3] = 1

    sides = masks._sides(mask)

    assert sides is not None
    assert np.nonzero(sides[0])[1].max() < 50 < np.nonzero(sides[1])[1].min()
    assert sides.sum() == 2 * 60 * 30


def test_one_part_alone_is_no_pair_of_lungs() -> None:
    mask = np.zeros((100, 100), dtype=np.float32)
    mask[20:80, 10:90] = 1

    assert masks._sides(mask) is None
    assert masks._sides(None) is None


def test_the_segmenter_learns_two_blocks() -> None:
    torch.set_num_threads(1)
    lungs = np.zeros((2, 384, 384), dtype=np.uint8)
    lungs[0, 100:300, 60:160] = 255
    lungs[1, 100:300, 220:320] = 255
    picture = (1 - lungs.max(axis=0) / np.float32(255)).astype(np.float16)
    names = tuple("abcd")
    frames = Frames(names, np.stack([picture] * 4), dict.fromkeys(names, lungs), {})

    plan = SegmentationPlan(batch_size=4)
    before, after = (
        train_segmenter(frames, names, [SegmentationPhase(epochs, side, 3e-3)], plan, seed=0)
        for epochs, side in ((1, 192), (30, 96))
    )
    unchanged = train_segmenter(frames, names, [], plan, seed=0, start=after)

    drawn = lungs.max(axis=0)[::2, ::2] > 0
    early, late = (segment_lungs(network, picture.astype(np.float32)) for network in (before, after))
    assert late.shape == (2, 192, 192)
    np.testing.assert_allclose(late, segment_lungs(unchanged, picture.astype(np.float32)), atol=1e-5)
    assert dice(late.max(axis=0) > 0.5, drawn) > max(0.8, dice(early.max(axis=0) > 0.5, drawn))
