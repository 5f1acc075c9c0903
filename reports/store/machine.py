"""The machine that a version was made on: recorded with it, and no part of its key, since results must not
depend on it."""

from __future__ import annotations

import locale
import os
import platform
import time
from typing import Any

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
CORE_TYPES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def describe_machine() -> dict[str, Any]:
    """Platform, processor features that numpy uses, BLAS and its threads, locale and time zone, in words."""
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "processor features": ", ".join(_features_used()) or "baseline",
        "BLAS": " ".join(str(blas.get(key, "")) for key in ("name", "version")).strip(),
        "BLAS core": (
            ", ".join(f"{name}={os.environ[name]}" for name in CORE_TYPES if name in os.environ)
            or "its choice"
        ),
        "threads": (
            ", ".join(f"{name}={os.environ[name]}" for name in THREADS if name in os.environ) or "all cores"
        ),
        "locale": ".".join(part or "none" for part in locale.getlocale()),
        "time zone": time.strftime("%z"),
    }


def _features_used() -> list[str]:
    """Instructions beyond the build's baseline that numpy chooses between and may use here."""
    import importlib

    numpy_core = importlib.import_module("numpy._core._multiarray_umath")
    return [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__.get(name)]
