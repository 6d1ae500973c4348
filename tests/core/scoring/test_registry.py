"""The registry: names, what it imports, and what it never imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ScorerUnknownError, WeightsInvalidError, WeightsMissingError
from core.scoring import registry

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def test_the_scorer_that_needs_no_weights_comes_first() -> None:
    assert registry.scorer_names()[:4] == ("embedded", "txrv-cohen2020", "txrv-ralo", "unet-resnet18")
    assert registry.DEFAULT_SCORER == "embedded"


@pytest.mark.parametrize("ask", ["load_scorer", "scorer_version", "is_available"])
def test_an_unknown_name_is_answered_with_the_known_ones(ask: str, tmp_path: Path) -> None:
    known = "embedded, txrv-cohen2020, txrv-ralo, unet-resnet18"
    with pytest.raises(ScorerUnknownError, match=rf"no scorer 'os'\. Known are: {known}"):
        getattr(registry, ask)("os", weights_dir=tmp_path)
    with pytest.raises(ScorerUnknownError):
        registry.read_scorer_card("core.scoring.models.embedded")


def test_missing_weights_are_named_all_at_once_with_the_way_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"`lungline models fetch txrv-cohen2020` or `lungline models import"):
        registry.load_scorer("txrv-cohen2020", weights_dir=tmp_path)
    with pytest.raises(WeightsMissingError, match=r"mlp_geo\.pkl .* and mlp_opa\.pkl"):
        registry.scorer_version("txrv-ralo", weights_dir=tmp_path)
    assert not registry.is_available("txrv-ralo", weights_dir=tmp_path)
    assert registry.is_available("embedded", weights_dir=tmp_path)


def test_a_damaged_manifest_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "densenet121-res224-all.json").write_text('{"part": "densenet121-res224-all"}')
    with pytest.raises(WeightsInvalidError, match=r"manifest is damaged.*lungline models import FILE` again"):
        registry.load_scorer("txrv-cohen2020", weights_dir=tmp_path)
    assert not registry.is_available("txrv-cohen2020", weights_dir=tmp_path)


def test_the_version_without_weights_is_that_of_the_card(tmp_path: Path) -> None:
    card = registry.read_scorer_card("embedded")
    assert registry.scorer_version("embedded", weights_dir=tmp_path) == card.version
    assert registry.read_scorer_card("txrv-ralo").model == "txrv-ralo"


def test_the_programs_own_code_may_register_a_scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGINS))
    registry.register("mean-grey", "mean_grey")
    registry.register("mean-grey", "mean_grey")
    assert "mean-grey" in registry.scorer_names()
    assert registry.scorer_version("mean-grey", weights_dir=tmp_path) == "1"
    assert registry.load_scorer("mean-grey", weights_dir=tmp_path).name == "mean-grey"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("embedded", "is taken by core"), ("Mean Grey", "expected lower-case"), ("../x", "expected lower-case")],
)
def test_a_name_that_is_taken_or_no_name_is_refused(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        registry.register(name, "mean_grey")


def test_a_registered_package_that_is_not_there_is_named() -> None:
    registry.register("ghost", "no_such_package")
    with pytest.raises(ScorerUnknownError, match="no_such_package of scorer 'ghost' is not installed"):
        registry.read_scorer_card("ghost")


def test_asking_the_registry_imports_no_network_library(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from core.scoring import registry
for name in registry.scorer_names():
    registry.read_scorer_card(name)
    registry.is_available(name, weights_dir=Path({str(tmp_path)!r}))
registry.scorer_version("embedded", weights_dir=Path({str(tmp_path)!r}))
print([name for name in ("torch", "torchvision", "torchxrayvision", "skimage") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_scorer_registered_by_a_script_works_in_its_process_without_torch(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(PLUGINS)!r})
from core.scoring import registry
registry.register("mean-grey", "mean_grey")
registry.load_scorer("mean-grey", weights_dir=Path({str(tmp_path)!r}))
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
