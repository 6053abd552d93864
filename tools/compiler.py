"""Which compiler builds llama.cpp: a recent clang with its OpenMP where there is one, else the system's own.

Measured with the default model on 2 cores with AVX-512: clang 19 against gcc 12 computes a prompt of 60 tokens in 295 instead
of 424 ms and a long one at 230 instead of 165 tokens/s; single tokens take the same 28 ms with two threads, 37 instead of
46 ms with one. Its OpenMP runtime also can be told to spin for a millisecond and sleep after that.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

_OLDEST, _NEWEST = 16, 23
_TRIAL = "#include <omp.h>\nint main() { return omp_get_max_threads() < 1; }\n"
_PACKAGES = (("clang-19", "libomp-19-dev"), ("clang-18", "libomp-18-dev"))


def best(say: Callable[[str], None]) -> tuple[str, str]:
    """(name, CMake arguments). Installs clang where that needs nobody's leave: as root, with apt-get; not with COMPILER=cc."""
    if os.environ.get("COMPILER") == "cc" or sys.platform != "linux":
        return "cc", ""
    found = _clang()
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing clang, which builds a faster llama.cpp (COMPILER=cc leaves it out)")
        for packages in _PACKAGES:
            command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            if subprocess.run(command, capture_output=True, env=environment, check=False).returncode == 0:
                found = _clang()
                break
    if not found:
        return "cc", ""
    c, cxx = found
    return Path(c).name, f"-DCMAKE_C_COMPILER={c} -DCMAKE_CXX_COMPILER={cxx}"


def _clang() -> tuple[str, str] | None:
    """The newest clang that can build and run an OpenMP program here."""
    for suffix in [f"-{version}" for version in range(_NEWEST, _OLDEST - 1, -1)]:
        c, cxx = shutil.which(f"clang{suffix}"), shutil.which(f"clang++{suffix}")
        if c and cxx and _works(cxx):
            return c, cxx
    return None


def _works(cxx: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "trial.cpp", Path(folder) / "trial"
        source.write_text(_TRIAL)
        built = subprocess.run([cxx, "-fopenmp", str(source), "-o", str(program)], capture_output=True, check=False)
        return built.returncode == 0 and subprocess.run([str(program)], check=False).returncode == 0
