"""What this machine's processor can do."""

from __future__ import annotations

import torch


def processor_has_bfloat16() -> bool:
    """Return whether this machine's processor multiplies in bfloat16 (AVX-512 BF16 or AMX).

    Where it does not, torch imitates it, and convolutions take about ten times as long as in float32.
    """
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
