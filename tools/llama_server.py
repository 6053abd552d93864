#!/usr/bin/env python3
"""llama.cpp's own server, built from the source that the engine is built from, for the tests that ask it: `make llama-server`.

Four minutes on two cores; then it lies in the user's cache, where `tests/elsewhere.py` finds it when none is on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import compiler, llama_build
from tools.llama_source import unpacked

_OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_SERVER=ON",
    "-DLLAMA_BUILD_APP=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",  # its pages would be fetched
    "-DLLAMA_OPENSSL=OFF",
)


def cached() -> Path:
    """Where it is, once it is built for this CPU."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "aishell" / "llama-server" / f"{llama_build.VERSION}-{llama_build.cpu_identity()}" / "llama-server"


def main() -> int:
    target = cached()
    if target.exists():
        print(target)
        return 0
    if missing := [name for name in ("cmake", "cc", "c++") if not shutil.which(name)]:
        print(f"llama-server: {' and '.join(missing)} not found; install cmake and a C++ compiler.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        source, build = unpacked(llama_build.VERSION, Path(folder)), Path(folder) / "build"
        if source is None:
            return 1
        _name, choice = compiler.best(lambda text: print(f"llama-server: {text}", file=sys.stderr))
        flags = [*_OPTIONS, *choice.split()]
        steps = (
            ["cmake", "-S", str(source / "vendor" / "llama.cpp"), "-B", str(build), *flags],
            ["cmake", "--build", str(build), "--target", "llama-server", "--parallel", str(os.cpu_count() or 1)],
        )
        for step in steps:
            if status := subprocess.run(step, stdout=sys.stderr, check=False).returncode:
                return status
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copy2(build / "bin" / "llama-server", part)
        part.replace(target)
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
