#!/usr/bin/env python3
"""Everything a checkout needs, from a bare Python: `make setup`. Standard library only; safe to run again and to interrupt.

    .venv with the pinned packages        constraints.txt
    llama-cpp-python built for this CPU   the wheel is cached, and proven by a short generation before it is kept
    the default model                     fetched and verified while the compiler works

Options come as environment variables, which make passes on: ACCEL=cpu|cuda|metal|vulkan|rocm, REFERENCE=0 to leave out
sentence-transformers and torch.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import llama_build

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "aishell-setup"
DEFAULT_MODEL = "qwen2.5-coder-1.5b"
_NEEDED_GB = 8
_INPUTS = (
    "pyproject.toml",
    "constraints.txt",
    "tools/setup.py",
    "tools/llama_build.py",
    "tools/compiler.py",
    "tools/llama_source.py",
)


class SetupError(Exception):
    """What is missing, and what to do."""


def main() -> int:
    accel = os.environ.get("ACCEL", "cpu")
    reference = os.environ.get("REFERENCE", "1") != "0"
    stamp = _stamp(accel, reference=reference)
    try:
        if _done(stamp):
            return 0
        began = time.monotonic()
        _check_machine()
        _make_venv()
        _install_packages()
        _fetch_model_while(llama_build.Build(accel, _cache(), _say), reference=reference)
        _do_main_job()
        STAMP.write_text(stamp)
        _say(f"ready after {time.monotonic() - began:.0f} s")
    except (SetupError, llama_build.BuildError) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nsetup: stopped; run it again to go on where it was.", file=sys.stderr)
        return 130
    return 0


def _say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "aishell"


def _stamp(accel: str, *, reference: bool) -> str:
    """Changes when anything that set-up depends on changes."""
    digest = hashlib.sha256()
    for name in _INPUTS:
        digest.update((ROOT / name).read_bytes())
    about = f"{accel} {reference} {sys.version_info[:2]} {llama_build.cpu_identity()}"
    return digest.hexdigest() + f"\n{about}\n"


def _done(stamp: str) -> bool:
    """Whether an earlier run finished with the same inputs and its model is still there."""
    try:
        model = next((_cache() / "assets" / DEFAULT_MODEL).glob("*.gguf"), None)
        return STAMP.read_text() == stamp and PYTHON.exists() and model is not None
    except OSError:
        return False


def _check_machine() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs make may have an older one
        raise SetupError(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Try: make setup PYTHON=python3.12")
    llama_build.check_compiler()
    if not VENV.exists() and shutil.disk_usage(ROOT).free < _NEEDED_GB << 30:
        raise SetupError(f"about {_NEEDED_GB} GB of free disk are needed in {ROOT}.")


def _make_venv() -> None:
    if PYTHON.exists():
        return
    _say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    try:
        import ensurepip
        import venv

        ensurepip.version()
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if os.geteuid() or not shutil.which("apt-get"):
            raise SetupError(
                f"Python's venv module is missing. Install it, on Debian: sudo apt-get install {package}"
            ) from None
        _run(
            ["apt-get", "install", "-y", "-q", package],
            f"{package} could not be installed; try `apt-get update` first.",
        )
        _run([sys.executable, "-m", "venv", str(VENV)], "the virtual environment could not be made.")
        return
    venv.create(VENV, with_pip=True, clear=True)


def _run(command: list[str], failure: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-12:])
        network = "Network" in tail or "No matching distribution" in tail or "Connection" in tail
        hint = " Is there a network, and does pip reach its package index?" if network else ""
        raise SetupError(f"{failure}{hint}\n{tail}")


def pip_install(*what: str) -> None:
    """Into .venv, pinned by constraints.txt."""
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run(
        [*command, "--constraint", str(ROOT / "constraints.txt"), *what],
        f"pip could not install {' '.join(what)[:120]}.",
    )


def _project() -> dict[str, Any]:
    import tomllib  # new in Python 3.11, which has been checked by now

    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def _install_packages() -> None:
    """All but llama-cpp-python, which pip would build in its own way."""
    _say("installing packages")
    project = _project()
    needed = [name for name in project["dependencies"] if not name.startswith("llama-cpp-python")]
    extras = [wanted for extra in ("dev", "mcp", "web") for wanted in project["optional-dependencies"][extra]]
    pip_install("setuptools>=77", *needed, *llama_build.RUNTIME_NEEDS, *extras)
    pip_install("--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _fetch_model_while(build: llama_build.Build, *, reference: bool) -> None:
    """The compiler uses the processor, the downloads the network: side by side."""
    if not build.cached():
        _say(f"building llama.cpp for this machine ({build.accel}): about 5 minutes on 2 cores; log: {build.log}")
    build.begin()
    try:
        began = time.monotonic()
        pulled = subprocess.run([str(VENV / "bin" / "aishell"), "model", "pull", DEFAULT_MODEL], check=False)
        if pulled.returncode:
            raise SetupError("the default model could not be fetched (see above); run this again to go on.")
        _say(f"model here after {time.monotonic() - began:.0f} s")
        _fetch_embedder()
        if reference:
            _say("installing the reference embedder (sentence-transformers, torch)")
            pip_install(*_project()["optional-dependencies"]["sentence"])
        model = next((_cache() / "assets" / DEFAULT_MODEL).glob("*.gguf"))
        build.finish(lambda wheel: pip_install("--force-reinstall", "--no-deps", wheel), PYTHON, model, _say)
    finally:
        build.stop()


def _fetch_embedder() -> None:
    """84 MB, and 2 s to make of them what is computed."""
    began = time.monotonic()
    add = "import sys; from aishell.cli.memory_model import run; sys.exit(run(['add', 'minilm-l6-v2']))"
    _run([str(PYTHON), "-c", add], "the embedding model could not be fetched; run this again to go on.")
    _say(f"embedding model here after {time.monotonic() - began:.0f} s")


def _do_main_job() -> None:
    """Once, with the real model: proof that all parts fit, and its instructions are computed and kept for the first user."""
    began = time.monotonic()
    aishell = str(VENV / "bin" / "aishell")
    _run([aishell, "-c", "--print", "?list the files in this folder"], "aishell does not do its main job:")
    _say(f"first answer after {time.monotonic() - began:.0f} s (the next ones need not compute the instructions again)")


if __name__ == "__main__":
    sys.exit(main())
