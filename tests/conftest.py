"""What several tests need: the catalog's real models, and a shell to run the real command in."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from aishell import wiring
from aishell.actions.shell.door import Kind
from aishell.assets.fetch import fetch
from aishell.backends import state
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.load import write_private
from aishell.config.paths import Paths
from aishell.memory import models
from aishell.memory.embed.minilm import ensure
from aishell.memory.spec import EmbedderSpec, MemorySpec
from aishell.memory.store import Store
from tests.doors import Served
from tests.elsewhere import AISHELL as AISHELL
from tests.elsewhere import PLACES, model_at
from tests.lab import Lab, remove
from tests.shells import Drive, drive, start

ROOT = Path(__file__).resolve().parents[1]

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what is behind its `&` without it: Ctrl-C is tested

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def model_file(name: str) -> Path:
    """A model of the catalog from the user's cache, fetched when it is not there: the real one, never a stand-in."""
    catalog = wiring.catalog(Paths.from_environment(dict(os.environ)))
    return fetch(catalog, catalog.get(name))


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    return model_file("smollm2-135m")


@pytest.fixture(scope="session")
def default_model() -> Path:
    return model_file("qwen2.5-coder-1.5b")


@pytest.fixture
def spec(tiny_model: Path) -> LlamaSpec:
    return LlamaSpec(path=str(tiny_model), name="tiny", context_tokens=2048, repack=False)


@pytest.fixture
def place(spec: LlamaSpec) -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="aishell-", dir="/tmp"))
    where = Place(folder / "run", spec.key())
    yield where
    if last := state.read(where.state):
        with suppress(OSError):
            os.kill(last.pid, signal.SIGKILL)
    shutil.rmtree(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at", choices=PLACES, default="here", help="where the model is that the whole program asks in its tests")


@pytest.fixture(scope="session")
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Settings that have the default model there; empty for the settings that everybody has."""
    place = request.config.getoption("--at")
    if place == "here":
        yield ""
        return
    home = tmp_path_factory.mktemp("another")
    (home / "run").mkdir(mode=0o700)
    own = environment_of(home, home / "run")
    name = "qwen2.5-coder-1.5b"
    with model_at(place, name, model_file(name), own) as found:
        yield found.settings
    end_engines(home / "run")


@pytest.fixture
def home(tmp_path: Path, elsewhere: str) -> Path:
    """A home folder of its own; models and computed prefixes still come from the real cache.

    With TESTS_SETTINGS, a file of settings, the tests of the whole program run with those; with --at, where that says.
    """
    folder = tmp_path / "home"
    folder.mkdir()
    wanted = os.environ.get("TESTS_SETTINGS")
    if found := Path(wanted).read_text() if wanted else elsewhere:
        write_private(folder / ".config" / "aishell" / "aishell.toml", found)
    return folder


@pytest.fixture(scope="session")
def runtime() -> Iterator[Path]:
    """Where the engines of these tests are found: never the user's own. Ended with the tests."""
    folder = Path(tempfile.mkdtemp(prefix="aishell-", dir="/tmp"))  # short: a socket's path has little room
    yield folder
    end_engines(folder)


def end_engines(runtime: Path) -> None:
    """Those whose place is in this folder, and the folder."""
    for file in runtime.glob("aishell/engine-*.json"):
        if last := state.read(file):
            with suppress(OSError):
                os.kill(last.pid, signal.SIGTERM)
    shutil.rmtree(runtime, ignore_errors=True)


def environment_of(home: Path, runtime: Path) -> dict[str, str]:
    """Variables of a person who has this home folder, and the models of the one who tests."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AISHELL_", "XDG_"))}
    ours = {"HOME": str(home), "XDG_CACHE_HOME": cache, "XDG_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT)}
    return {**kept, **ours, "TERM": "xterm-256color"}


@pytest.fixture
def environment(home: Path, runtime: Path) -> dict[str, str]:
    return environment_of(home, runtime)


@pytest.fixture
def aishell(environment: dict[str, str], home: Path) -> Run:
    """Run the real command in a process of its own: `aishell(*arguments, cwd=, env=, input=)`."""

    def run(
        *arguments: str,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        input: str | None = None,
        timeout: float = 110,
    ) -> subprocess.CompletedProcess[str]:
        stdin = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(
            [*AISHELL, *arguments],
            cwd=cwd or home,
            env={**environment, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **stdin,
        )

    return run


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Variables that make aishell use a scripted model: `script({"words": "reply"})`."""

    def variables(lines: dict[str, str], delay_s: float = 0.0) -> dict[str, str]:
        file = tmp_path / "script.json"
        file.write_text(json.dumps([{"when": when, "say": say, "delay_s": delay_s} for when, say in lines.items()]))
        return {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(file)}

    return variables


@pytest.fixture
def door(environment: dict[str, str], script: Callable[..., dict[str, str]], home: Path) -> Iterator[Served]:
    own = {**environment, **script({"file": "touch made.txt", "": "ls"}), "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen([*AISHELL, "web"], cwd=home, env=own, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield Served(process=process, address=process.stdout.readline().strip())
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    process.stdout.close()


@pytest.fixture(params=["bash", "zsh"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each of the shells that a person may have."""
    found: Kind = request.param
    return found


@pytest.fixture
def run(kind: Kind, home: Path) -> Drive:
    """Run a script with a shell of the person whose home is `home`."""
    return lambda script: drive(lambda: start(kind, home), script)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Skips where nothing can be tried."""
    made = Lab(tmp_path)
    if not made.sandbox.dry:
        pytest.skip("no user namespaces and no bubblewrap with overlays here")
    yield made
    remove(tmp_path)


@pytest.fixture(scope="session")
def minilm() -> EmbedderSpec:
    """The built-in embedder, fetched and exported when that was not done yet."""
    paths = Paths.from_environment(dict(os.environ))
    model_file(models.MINILM)
    spec = wiring.embedders(paths)[models.MINILM]
    ensure(spec)
    return spec


NOTES = ("show free disk space", "play a song", "mail the report to the committee", "delete a remote git branch")


@pytest.fixture
def notebook(tmp_path: Path) -> Store:
    """A memory with `NOTES` in it."""
    made = Store(tmp_path / "memory" / "memory.db", redact=str)
    for text in NOTES:
        made.note(text)
    return made


@pytest.fixture
def memory_of(minilm: EmbedderSpec, notebook: Store) -> Callable[..., MemorySpec]:
    """That memory with both embedders, or as the arguments say."""

    def make(**others: Any) -> MemorySpec:
        both = {"embedder": minilm, "multilingual": EmbedderSpec(name=models.MULTILINGUAL, kind="use")}
        return MemorySpec(file=str(notebook.file), **{**both, **others})

    return make
