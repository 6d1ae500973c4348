"""The precision that networks are trained in."""

import pytest
import torch

from core.research.training.networks import precision
from core.research.training.networks.precision import training_precision


@pytest.mark.parametrize(("has_bfloat16", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bfloat16_is_taken_only_where_the_processor_has_it(
    has_bfloat16: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: has_bfloat16)

    with training_precision():
        product = torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 3))

    assert product.dtype == expected
