"""Weight files from outside: recognised, checked, taken over; damaged, hostile and wrong ones refused, unrun."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from core.errors import ScorerUnknownError, WeightsInvalidError, WeightsMissingError
from core.research.evaluation.published.weights import PublishedFiles
from core.scoring.models.txrv.library import torchxrayvision
from core.scoring.weights import (
    BACKBONE,
    MLP_GEOGRAPHIC_EXTENT,
    MLP_OPACITY,
    import_weights,
    load_part,
    missing_parts,
    weighted_version,
    weights_sha256,
)
from core.scoring.weights._torch_legacy import _Storage, _TensorStandIn, _view


class Hostile:
    """Creates a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.system, (f"touch {self.canary}",)


def a_network() -> torch.nn.Module:
    return torchxrayvision().models.DenseNet()


def refused(path: Path, tmp_path: Path, *reasons: str) -> None:
    """Assert that importing says every reason and leaves nothing behind."""
    weights_dir = tmp_path / "refused"
    with pytest.raises(WeightsInvalidError) as refusal:
        import_weights(path, weights_dir=weights_dir)
    for reason in (path.name, *reasons):
        assert reason in str(refusal.value)
    assert not weights_dir.exists()


# what is accepted


@pytest.mark.parametrize("legacy", [True, False], ids=["torch before 1.6", "torch today"])
def test_a_published_network_is_taken_over_tensor_by_tensor(tmp_path: Path, legacy: bool) -> None:
    network = a_network()
    path = tmp_path / "network.pt"
    torch.save(network, path, _use_new_zipfile_serialization=not legacy)
    imported = import_weights(path, weights_dir=tmp_path / "weights")
    assert imported.part is BACKBONE
    assert imported.models == ("txrv-cohen2020", "txrv-ralo")
    assert imported.still_missing["txrv-cohen2020"] == ()
    assert len(imported.still_missing["txrv-ralo"]) == 2
    loaded = load_part(BACKBONE, weights_dir=tmp_path / "weights")
    expected = network.state_dict()
    assert set(loaded) == set(expected)
    assert all(np.array_equal(loaded[name], tensor.numpy()) for name, tensor in expected.items())
    assert all(loaded[name].shape == tuple(tensor.shape) for name, tensor in expected.items())


def test_a_network_saved_with_its_threshold_table_and_layer_names_is_accepted(tmp_path: Path) -> None:
    network = a_network()
    network.op_threshs = torch.full((18,), float("nan"))
    network.pathologies = list(torchxrayvision().datasets.default_pathologies)
    torch.save(network, tmp_path / "network.pt", _use_new_zipfile_serialization=False)
    assert import_weights(tmp_path / "network.pt", weights_dir=tmp_path).part is BACKBONE


def test_a_table_of_tensors_and_a_safetensors_are_the_same_weights(tmp_path: Path) -> None:
    network = a_network()
    torch.save(network.state_dict(), tmp_path / "state.pt")
    torch.save(network, tmp_path / "network.pt", _use_new_zipfile_serialization=False)
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    save_file(tensors, tmp_path / "tensors.safetensors")
    hashes = {
        import_weights(tmp_path / name, weights_dir=tmp_path / "weights").sha256
        for name in ("state.pt", "network.pt", "tensors.safetensors")
    }
    assert len(hashes) == 1


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_small_networks_are_read_whatever_pickle_wrote_them(tmp_path: Path, protocol: int, dtype: type) -> None:
    generator = np.random.default_rng(1)
    first = np.asfortranarray(generator.normal(size=(1024, 1000)).astype(dtype))
    arrays = ([first, np.ones((1000, 1), dtype)], [np.zeros(1000, dtype), np.full(1, 4.0, dtype)])
    path = tmp_path / "mlp_opa.pkl"
    path.write_bytes(pickle.dumps(arrays, protocol=protocol))
    assert import_weights(path, weights_dir=tmp_path).part is MLP_OPACITY
    loaded = load_part(MLP_OPACITY, weights_dir=tmp_path)
    assert np.array_equal(loaded["coefs.0"], first.astype(np.float32))
    assert loaded["intercepts.1"].tolist() == [4.0]


def test_arrays_pickled_by_an_older_numpy_are_read(tmp_path: Path, published_files: PublishedFiles) -> None:
    content = published_files.mlp_geographic_extent.read_bytes()
    old = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert old != content
    (tmp_path / "mlp_geo.pkl").write_bytes(old)
    assert import_weights(tmp_path / "mlp_geo.pkl", weights_dir=tmp_path).part is MLP_GEOGRAPHIC_EXTENT


def test_a_small_network_as_safetensors_is_told_by_its_name(tmp_path: Path, txrv_weights_dir: Path) -> None:
    tensors = load_part(MLP_OPACITY, weights_dir=txrv_weights_dir)
    save_file(tensors, tmp_path / "covid-severity-mlp-opa-1.safetensors")
    assert import_weights(tmp_path / "covid-severity-mlp-opa-1.safetensors", weights_dir=tmp_path).part is MLP_OPACITY


def test_the_manifest_records_where_the_weights_come_from(
    published_files: PublishedFiles, txrv_weights_dir: Path
) -> None:
    manifest = json.loads((txrv_weights_dir / "covid-severity-mlp-geo.json").read_text())
    assert manifest["source_name"] == "mlp_geo.pkl"
    content = published_files.mlp_geographic_extent.read_bytes()
    assert manifest["source_sha256"] == hashlib.sha256(content).hexdigest()
    kept = txrv_weights_dir / f"covid-severity-mlp-geo-{manifest['sha256'][:16]}.safetensors"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == manifest["sha256"]


def test_new_weights_replace_the_old_and_change_the_version(tmp_path: Path) -> None:
    versions = []
    for _ in range(2):
        torch.save(a_network(), tmp_path / "network.pt")
        import_weights(tmp_path / "network.pt", weights_dir=tmp_path)
        versions.append(weighted_version("1.0", weights_sha256("txrv-cohen2020", weights_dir=tmp_path)))
    assert versions[0] != versions[1]
    assert all(version.startswith("1.0+") for version in versions)
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    assert missing_parts("txrv-cohen2020", weights_dir=tmp_path) == ()


# what is refused on import


def test_a_pickle_that_runs_a_command_runs_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name in ("mlp_geo.pkl", "weights.pt"):
        (tmp_path / name).write_bytes(pickle.dumps(Hostile(canary)))
        refused(tmp_path / name, tmp_path, f"asks for {os.system.__module__}.system", "nothing in it was run")
    assert not canary.exists()


@pytest.mark.parametrize("legacy", [True, False], ids=["torch before 1.6", "torch today"])
def test_a_network_with_a_command_inside_runs_nothing(tmp_path: Path, legacy: bool) -> None:
    canary = tmp_path / "canary"
    network = a_network()
    network.note = Hostile(canary)
    path = tmp_path / "network.pt"
    torch.save(network, path, _use_new_zipfile_serialization=not legacy)
    refused(path, tmp_path, "system", "nothing in it was run")
    assert not canary.exists()


@pytest.mark.parametrize("legacy", [True, False], ids=["torch before 1.6", "torch today"])
def test_another_network_is_refused_by_what_it_is_made_of(tmp_path: Path, legacy: bool) -> None:
    import torchvision  # noqa: PLC0415  takes seconds

    torch.save(torchvision.models.resnet18(), tmp_path / "r.pt", _use_new_zipfile_serialization=not legacy)
    refused(tmp_path / "r.pt", tmp_path, "asks for torchvision.models.resnet.ResNet")


def test_a_table_of_another_networks_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"layer1.weight": torch.zeros(3)}, tmp_path / "resnet.pt")
    refused(tmp_path / "resnet.pt", tmp_path, "another network", "1 are unknown", "classifier.bias is missing")


def test_a_missing_misshapen_or_numberless_tensor_is_named(tmp_path: Path) -> None:
    state = {name: tensor.clone() for name, tensor in a_network().state_dict().items()}
    cases = {
        "missing": ({name: tensor for name, tensor in state.items() if name != "classifier.bias"}, "is missing"),
        "shape": (state | {"classifier.bias": torch.zeros(14)}, "classifier.bias has the shape (14,). Expected (18,)"),
        "nan": (state | {"classifier.bias": torch.full((18,), float("nan"))}, "classifier.bias holds"),
        "half": (state | {"classifier.bias": torch.zeros(18, dtype=torch.float16)}, "asks for torch.HalfStorage"),
        "number": (state | {"classifier.bias": 1.0}, "Expected a network or its table of tensors"),
    }
    for name, (table, reason) in cases.items():
        torch.save(table, tmp_path / f"{name}.pt")
        refused(tmp_path / f"{name}.pt", tmp_path, reason)


def test_a_network_whose_outputs_are_in_another_order_is_refused(tmp_path: Path) -> None:
    network = a_network()
    network.targets = ["Lung Opacity", *[""] * 17]
    torch.save(network, tmp_path / "network.pt", _use_new_zipfile_serialization=False)
    refused(tmp_path / "network.pt", tmp_path, "Expected Lung Opacity at place 17")


def test_a_file_named_as_another_of_the_librarys_networks_is_refused(tmp_path: Path) -> None:
    url = torchxrayvision().models.model_urls["densenet121-res224-nih"]["weights_url"]
    path = tmp_path / url.rsplit("/", 1)[-1]
    torch.save(a_network(), path)
    refused(path, tmp_path, "densenet121-res224-nih", "densenet121-res224-all")


@pytest.mark.parametrize("legacy", [True, False], ids=["torch before 1.6", "torch today"])
@pytest.mark.parametrize("kept", [0.999, 0.5, 0.001])
def test_a_file_cut_short_is_refused(tmp_path: Path, legacy: bool, kept: float) -> None:
    path = tmp_path / "network.pt"
    torch.save(a_network(), path, _use_new_zipfile_serialization=not legacy)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    refused(path, tmp_path, "was not imported")


@pytest.mark.parametrize(
    "content",
    [b"", b"<!DOCTYPE html><html>not found</html>", b"version https://git-lfs.github.com/spec/v1", b"\x80"],
    ids=["empty", "web page", "pointer", "one byte"],
)
def test_what_is_no_weight_file_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.pt").write_bytes(content)
    refused(tmp_path / "file.pt", tmp_path, "was not imported")


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "absent.pt", tmp_path, "cannot be read")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", tmp_path, "cannot be read")


def test_files_beyond_any_published_size_are_refused_unread(tmp_path: Path) -> None:
    for name, size in (("huge.pt", BACKBONE.maximum_bytes + 1), ("mlp_geo.pkl", MLP_OPACITY.maximum_bytes + 1)):
        with (tmp_path / name).open("wb") as stream:
            stream.write(b"\x80\x04")
            stream.truncate(size)
        refused(tmp_path / name, tmp_path, f"{size:,} bytes")


def test_an_archive_that_unpacks_to_too_much_or_is_none_of_torchs_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w") as entry:
        for _ in range(BACKBONE.maximum_bytes // 2**20 + 1):
            entry.write(bytes(2**20))
    refused(tmp_path / "bomb.pt", tmp_path, "unpacks to more than")
    with zipfile.ZipFile(tmp_path / "other.pt", "w") as archive:
        archive.writestr("readme.txt", "hello")
    refused(tmp_path / "other.pt", tmp_path, "none that torch wrote")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (([np.zeros((1024, 1000)), np.zeros((1000, 1))], [np.zeros(1000)]), "another arrangement"),
        ({"coefs": 1}, "another arrangement"),
        (([np.zeros((5, 4)), np.zeros((4, 1))], [np.zeros(4), np.zeros(1)]), "coefs.0 has the shape (5, 4)"),
        (([np.array([None]), np.zeros(1)], [np.zeros(1), np.zeros(1)]), "array of type 'O8'"),
        (np.float64(1.0), "asks for numpy"),
    ],
    ids=["arrangement", "dictionary", "shape", "objects", "scalar"],
)
def test_a_pickle_of_other_things_is_refused(tmp_path: Path, value: object, reason: str) -> None:
    (tmp_path / "mlp_geo.pkl").write_bytes(pickle.dumps(value, protocol=4))
    refused(tmp_path / "mlp_geo.pkl", tmp_path, reason)


def test_a_scikit_learn_model_is_refused(tmp_path: Path) -> None:
    from sklearn.neural_network import MLPRegressor  # noqa: PLC0415  takes seconds

    (tmp_path / "mlp_geo.pkl").write_bytes(pickle.dumps(MLPRegressor()))
    refused(tmp_path / "mlp_geo.pkl", tmp_path, "asks for sklearn.neural_network")


@pytest.mark.parametrize(
    "program",
    [
        b"cnumpy.core.multiarray\n_reconstruct\n(N}(Vx\nK\x01utb.",  # sets attributes of a function
        b"cnumpy\nndarray\n(N}(V__init__\nNutb.",  # sets attributes of a class
        b"c_codecs\nencode\n(Va\nVrot13\ntR.",  # another codec than arrays are written with
        b"Vsomething\nP1\n.",  # a reference out of the file
    ],
)
def test_a_pickle_cannot_alter_what_reads_it(tmp_path: Path, program: bytes) -> None:
    (tmp_path / "mlp_geo.pkl").write_bytes(b"\x80\x03" + program)
    refused(tmp_path / "mlp_geo.pkl", tmp_path, "nothing in it was run")


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (3, 3), (3, 1)), (7, (2,), (1,)), (0, (2,), (-1,)), (-1, (2,), (1,)), (0, (9,), (0,)), (0, (0,), (1,))],
    ids=["larger", "beyond the end", "backwards", "before the start", "one number many times", "empty"],
)
def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(
    offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    tensor = _TensorStandIn(_Storage("a", "<f4"), offset, shape, strides)
    with pytest.raises(WeightsInvalidError, match="reaches beyond its numbers"):
        _view(tensor, {"a": np.zeros(8, np.float32)})
    inside = _TensorStandIn(_Storage("a", "<f4"), 1, (2, 3), (1, 2))
    assert _view(inside, {"a": np.arange(8, dtype=np.float32)}).tolist() == [[1, 3, 5], [2, 4, 6]]


def test_which_small_network_it_is_must_stand_in_the_name(tmp_path: Path, published_files: PublishedFiles) -> None:
    shutil.copy(published_files.mlp_opacity, tmp_path / "weights.pkl")
    refused(tmp_path / "weights.pkl", tmp_path, "mlp_geo.pkl (geographic extent) or mlp_opa.pkl (opacity)")


def test_a_safetensors_that_says_to_be_something_else_is_refused(tmp_path: Path) -> None:
    save_file({"x": np.zeros(1, np.float32)}, tmp_path / "a.safetensors", metadata={"part": "embedded"})
    refused(tmp_path / "a.safetensors", tmp_path, "says of itself to be 'embedded'")


def test_weights_for_another_scorer_than_named_are_refused(tmp_path: Path, published_files: PublishedFiles) -> None:
    with pytest.raises(WeightsInvalidError, match=r"mlp_opa\.pkl .* txrv-cohen2020 does not use\. .* txrv-ralo"):
        import_weights(published_files.mlp_opacity, weights_dir=tmp_path, model="txrv-cohen2020")
    with pytest.raises(ScorerUnknownError, match="'embedded' takes no weights from outside"):
        import_weights(published_files.mlp_opacity, weights_dir=tmp_path, model="embedded")
    assert import_weights(published_files.mlp_opacity, weights_dir=tmp_path, model="txrv-ralo").part is MLP_OPACITY


def test_a_refused_file_leaves_the_weights_that_were_there(tmp_path: Path, txrv_weights_dir: Path) -> None:
    before = weights_sha256("txrv-ralo", weights_dir=txrv_weights_dir)
    (tmp_path / "mlp_geo.pkl").write_bytes(b"\x80\x04junk")
    with pytest.raises(WeightsInvalidError):
        import_weights(tmp_path / "mlp_geo.pkl", weights_dir=txrv_weights_dir)
    assert weights_sha256("txrv-ralo", weights_dir=txrv_weights_dir) == before


# what is refused on loading


@pytest.fixture
def own_weights(tmp_path: Path, txrv_weights_dir: Path) -> Path:
    """Return weights of one's own to damage."""
    return Path(shutil.copytree(txrv_weights_dir, tmp_path / "own"))


def test_an_altered_cut_or_lost_file_is_noticed_at_the_next_load(own_weights: Path) -> None:
    (path,) = own_weights.glob("covid-severity-mlp-geo-*.safetensors")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(WeightsInvalidError, match=r"altered since it was imported.*models import FILE` again"):
        load_part(MLP_GEOGRAPHIC_EXTENT, weights_dir=own_weights)
    path.write_bytes(content[:-1])
    with pytest.raises(WeightsInvalidError, match="has another size"):
        load_part(MLP_GEOGRAPHIC_EXTENT, weights_dir=own_weights)
    path.unlink()
    with pytest.raises(WeightsInvalidError, match="is gone"):
        load_part(MLP_GEOGRAPHIC_EXTENT, weights_dir=own_weights)
    assert missing_parts("txrv-ralo", weights_dir=own_weights) == (MLP_GEOGRAPHIC_EXTENT,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sha256": "../../etc/passwd"}, "is not 64 hex digits"),
        ({"part": "covid-severity-mlp-opa"}, "its manifest is that of covid-severity-mlp-opa"),
        ({"more": 1}, "its manifest is damaged"),
    ],
)
def test_an_altered_manifest_is_refused(own_weights: Path, change: dict[str, object], reason: str) -> None:
    path = own_weights / "covid-severity-mlp-geo.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(WeightsInvalidError, match=reason):
        load_part(MLP_GEOGRAPHIC_EXTENT, weights_dir=own_weights)


def test_loading_what_was_never_imported_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(
        WeightsMissingError, match=r"txrv-ralo needs .*mlp_geo\.pkl.* Run `lungline models import FILE`"
    ):
        load_part(MLP_GEOGRAPHIC_EXTENT, weights_dir=tmp_path)


def test_a_crash_while_importing_leaves_the_old_weights(
    own_weights: Path, published_files: PublishedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_part(MLP_OPACITY, weights_dir=own_weights)
    renamed = Path.replace

    def fail_on_manifest(self: Path, target: Path) -> Path:
        if target.suffix == ".json":
            raise OSError("the power went")
        return renamed(self, target)

    monkeypatch.setattr(Path, "replace", fail_on_manifest)
    shutil.copy(published_files.mlp_geographic_extent, own_weights / "mlp_opa.pkl")
    with pytest.raises(OSError, match="the power went"):
        import_weights(own_weights / "mlp_opa.pkl", weights_dir=own_weights)
    monkeypatch.undo()
    after = load_part(MLP_OPACITY, weights_dir=own_weights)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert not list(own_weights.glob(".*"))
