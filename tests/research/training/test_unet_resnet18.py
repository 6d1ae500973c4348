"""One whole training of the opacity segmentation on a handful of synthetic films, a few steps long."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from core.errors import DataSetInvalidError
from core.films.synthetic import CLEAR, LungSeverity, draw_film
from core.research.evaluation.opacity.segmentation import COLUMNS
from core.research.training.unet_resnet18 import films as unet_resnet18_films
from core.research.training.unet_resnet18 import fit as unet_resnet18_fit
from core.research.training.unet_resnet18 import train as unet_resnet18
from core.research.training.unet_resnet18.films import collect_films
from core.research.training.unet_resnet18.fit import DrawnFilms, FitPlan, fit_unet
from core.research.training.unet_resnet18.train import UnetPlan, train
from core.scoring.models.unet_resnet18.framing import FRAME_PIXELS
from core.scoring.models.unet_resnet18.network import build_network

PLAN = UnetPlan(
    lungs=FitPlan(steps=1, learning_rate=1e-3, batch_size=2),
    opacity=FitPlan(steps=1, learning_rate=1e-3, batch_size=3, painted_per_batch=1, normal_per_batch=1),
)
FOLDS = 2


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder of ten films of five patients.

    Films of the first three patients are painted, the fourth's have their lungs drawn, and those of the last forbid
    derived works.
    """
    folder = tmp_path_factory.mktemp("data")
    (folder / "films").mkdir()
    (folder / "opacity").mkdir()
    films = ["film_id,source,path,patient_id,day,view,sex,finding,licence,url"]
    scores, painted = ["film_id,geographic_extent,opacity"], ["film_id"]
    for number in range(10):
        ill = LungSeverity(1 + number / 4, 1.5)
        drawn = draw_film(patient_seed=number // 2, film_seed=number, right=ill, left=CLEAR, size=256)
        name = f"film{number}"
        Image.fromarray((drawn.pixels >> 4).astype(np.uint8)).save(folder / "films" / f"{name}.png")
        layers = {"right_lung": drawn.truth.right_lung, "left_lung": drawn.truth.left_lung}
        if number < 6:
            layers["ground_glass"] = drawn.truth.opacity
            painted.append(name)
        for layer, mask in layers.items():
            Image.fromarray((mask * 255).astype(np.uint8)).save(folder / "opacity" / f"{name}.{layer}.png")
        licence = "CC BY-NC-ND 4.0" if number >= 8 else "CC BY 4.0"
        films.append(f"{name},drawn,films/{name}.png,p{number // 2},,PA,F,,{licence},https://example.org/{name}")
        if number < 8:
            scores.append(f"{name},{drawn.truth.geographic_extent},{drawn.truth.opacity_score}")
    films.append("film10,drawn,films/film0.png,p9,,PA,F,no finding,CC BY 4.0,https://example.org/film10")
    films.append("film11,nih,films/film1.png,p10,,PA,F,No Finding,CC BY 4.0,https://example.org/film11")
    for table, lines in (("films.csv", films), ("scores.csv", scores), ("opacity.csv", painted)):
        (folder / table).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patched:
        for module in (unet_resnet18, unet_resnet18_films):
            patched.setattr(module, "FOLDS", FOLDS)
        train(data, out, seed=3, plan=PLAN)
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_painted_film_is_compared_once_by_a_fold_without_its_patient(trained: Path) -> None:
    rows = rows_of(trained / "unet-resnet18-segmentation-out-of-fold.csv")

    assert tuple(rows[0]) == COLUMNS
    assert [row["film_id"] for row in rows] == [f"film{number}" for number in range(6)]
    assert all(rows[number]["fold"] == rows[number + 1]["fold"] for number in range(0, 6, 2))
    assert all(0 <= float(row[name]) <= 1 for row in rows for name in COLUMNS[2:6])
    assert all(int(row["opacity_drawn"]) > 0 for row in rows)


def test_every_film_is_read_and_a_patient_of_no_fold_by_the_shipped_network(trained: Path) -> None:
    rows = {row["film_id"]: row["fold"] for row in rows_of(trained / "unet-resnet18-opacity.csv")}

    assert sorted(rows) == sorted(f"film{number}" for number in range(12))
    assert rows.pop("film10") == ""
    assert set(rows.values()) == {"0", "1"}


def test_films_that_forbid_derived_works_train_nothing(trained: Path) -> None:
    rows = rows_of(trained / "unet-resnet18-training-films.csv")

    named = {row["film_id"]: row["trained"] for row in rows}
    assert named.pop("film11") == "normal"
    assert list(named) == [f"film{number}" for number in range(8)]
    assert list(named.values()) == ["lungs+opacity+severity"] * 6 + ["lungs+severity"] * 2
    assert rows[0]["url"] == "https://example.org/film0"


def test_lungs_are_first_learnt_from_patients_who_are_never_tested(data: Path) -> None:
    films = collect_films(data, seed=3)

    assert films.of_other_patients() == ["film6", "film7"]
    assert films.trainable() == sorted(f"film{number}" for number in (*range(8), 11))
    held_out = films.fold_of("film0")
    assert not {"film0", "film1"} & set(films.trainable(held_out))
    assert films.fold_of("film10") is None
    assert "film11" not in films.trainable(films.fold_of("film11"))


def test_the_weight_file_holds_the_network_in_half_precision(trained: Path) -> None:
    tensors = load_file(trained / "unet_resnet18.safetensors")

    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        name: tensor.shape for name, tensor in build_network().state_dict().items()
    }
    assert {str(tensor.dtype) for tensor in tensors.values()} == {"torch.float16", "torch.int64"}


def test_the_log_says_how_it_was_trained(trained: Path) -> None:
    log = json.loads((trained / "unet-resnet18-training-log.json").read_text(encoding="utf-8"))

    assert (log["seed"], log["plan"]["opacity"]["painted_per_batch"]) == (3, 1)
    assert sorted(log["loss"]) == ["unet-0", "unet-1", "unet-all", "unet-lungs"]


def test_an_interrupted_training_goes_on_with_what_is_there(
    data: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (trained / "unet_resnet18.safetensors").read_bytes()
    kept = (trained / "unet-0.safetensors").stat().st_mtime_ns
    (trained / "unet-all.safetensors").unlink()
    for module in (unet_resnet18, unet_resnet18_films):
        monkeypatch.setattr(module, "FOLDS", FOLDS)

    train(data, trained, seed=3, plan=PLAN)

    assert (trained / "unet-0.safetensors").stat().st_mtime_ns == kept
    assert (trained / "unet_resnet18.safetensors").read_bytes() == before


def test_films_that_all_forbid_derived_works_leave_nothing_to_train_on(data: Path, tmp_path: Path) -> None:
    closed = tmp_path / "data"
    shutil.copytree(data, closed)
    table = (closed / "films.csv").read_text(encoding="utf-8").replace("CC BY 4.0", "CC BY-ND 4.0")
    (closed / "films.csv").write_text(table, encoding="utf-8")

    with pytest.raises(DataSetInvalidError, match="No film is left to train on"):
        train(closed, tmp_path / "out", seed=3, plan=PLAN)


def test_a_fit_brings_the_loss_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unet_resnet18_fit, "_REPORT_EVERY", 5)
    torch.manual_seed(0)
    side = FRAME_PIXELS
    frames = np.ones((2, side, side), dtype=np.float16)
    masks = np.zeros((2, 3, side, side), dtype=np.uint8)
    masks[:, 0, 30:100, 15:55] = 255
    masks[:, 1, 30:100, 73:113] = 255
    masks[1, 2, 70:100, 15:55] = 255
    frames[masks[:, :2].max(axis=1) > 0] = 0.1
    frames[masks[:, 2] > 0] = 0.5
    drawn = DrawnFilms(
        ("a", "b"), frames, masks, np.array([True, True]), np.array([False, True]), np.zeros(2, np.bool_)
    )
    plan = FitPlan(steps=20, learning_rate=3e-3, painted_per_batch=1, batch_size=2)

    losses = fit_unet(build_network(), drawn, ["a", "b"], plan, seed=0)

    assert len(losses) == 4
    assert losses[3] < 0.7 * losses[0]


def test_without_a_drawn_film_nothing_is_fitted() -> None:
    side = FRAME_PIXELS
    nothing = np.zeros(1, dtype=np.bool_)
    empty = np.zeros((1, 3, side, side), dtype=np.uint8)
    drawn = DrawnFilms(("a",), np.zeros((1, side, side), dtype=np.float16), empty, nothing, nothing, nothing)

    with pytest.raises(DataSetInvalidError, match="No drawn film is left"):
        fit_unet(build_network(), drawn, [], FitPlan(steps=1, learning_rate=1e-3), seed=0)
