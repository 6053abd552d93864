"""What a library would tell its maker, unless it is told not to."""

from __future__ import annotations

import os


def tell_nobody() -> None:
    """Called before onnxruntime is imported.

    From 1.32 on it keeps a number for this machine in ~/.cache/Microsoft, and has a thread that sends events to its maker. Only
    this variable keeps that from beginning: after its own `disable_telemetry_events()` both were there (seen with strace).
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
