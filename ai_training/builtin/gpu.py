"""Figures of the GPU as its driver gives them; where there is none, there are none."""

from __future__ import annotations

import contextlib

import torch


def figures_of_gpu() -> dict[str, float]:
    if not torch.cuda.is_available():
        return {}
    free, whole = torch.cuda.mem_get_info()
    found = {
        "gpu_memory_gb": round((whole - free) / 2**30, 3),
        "gpu_memory_percent": round(100 * (whole - free) / whole, 1),
    }
    # Only where nvidia-ml-py is installed and the driver says.
    with contextlib.suppress(ModuleNotFoundError, RuntimeError):
        found["gpu_utilization"] = float(torch.cuda.utilization())
    return found
