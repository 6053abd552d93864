#!/usr/bin/env python3
"""A wheel of llama-cpp-python from its source, with one condition in llama.cpp changed.

llama.cpp's flash attention computes a single token in another order than several (it splits the cache over the threads, and
adds up the parts), so that tokens checked together could be other words than the same tokens one by one. Without that branch
up to three tokens are the same to the last bit, and a single one takes as long (2 cores: 29 ms behind 1,300 tokens both ways).
Where the source looks different it is built as it is; the engine finds out what is exact, and guesses less.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_FILE = "vendor/llama.cpp/ggml/src/ggml-cpu/ops.cpp"
_BRANCH = "use_split_kv_path = !use_ref &&"
_PIP = (sys.executable, "-m", "pip")
_WITHOUT = "use_split_kv_path = false &&"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", required=True)
    parser.add_argument("--wheel-dir", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = unpacked(arguments.version, Path(folder))
        if source is None:
            return 1
        print("one branch left out" if patch(source / _FILE) else "built as it is", flush=True)
        build = [*_PIP, "wheel", "--no-deps", "--no-cache-dir", "--verbose", "--wheel-dir", arguments.wheel_dir, str(source)]
        return subprocess.run(build, check=False, env={**os.environ, "FORCE_CMAKE": "1"}).returncode


def unpacked(version: str, folder: Path) -> Path | None:
    """The source of that version, in `folder`; None: it cannot be had, and pip has said why."""
    download = [*_PIP, "download", "--no-deps", "--no-binary", "llama-cpp-python", "--dest", str(folder)]
    if subprocess.run([*download, f"llama-cpp-python=={version}"], check=False).returncode:
        return None
    archive = next(folder.glob("*.tar.gz"))
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def patch(file: Path) -> bool:
    """Whether the branch was there, exactly once, and is left out now."""
    text = file.read_text("utf-8") if file.is_file() else ""
    if text.count(_BRANCH) != 1:
        return False
    file.write_text(text.replace(_BRANCH, _WITHOUT), "utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
