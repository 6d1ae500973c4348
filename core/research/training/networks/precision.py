"""In which precision networks are trained: the one that this machine's processor is quick in."""

from __future__ import annotations

import torch

from core.scoring.processor import processor_has_bfloat16


def training_precision() -> torch.autocast:
    """Return the context for the forward pass of a training step: bfloat16 where the processor has it, else float32."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=processor_has_bfloat16())
