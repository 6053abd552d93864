"""Embedders of plugins in the engine's memory: what they find, and what becomes of it when they break."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, ModelUnavailable
from aishell.engine import open_plugged
from aishell.memory.embed.opening import open_embedder
from aishell.memory.service import MemoryService
from aishell.memory.spec import EmbedderSpec, MemorySpec
from aishell.memory.store import Store
from aishell.wiring.extend import open_plugins
from aishell.wiring.plugged import plugged_embedders
from tests.conftest import NOTES, ROOT, Run
from tests.engines import using
from tests.packages import defined, lay, lay_example, runs
from tests.test_memory_service import answer, bodies, finished

EMBEDDERS = """
import os, pathlib, time
SECONDS = 0.5
HERE = pathlib.Path(__file__).parent

def sometimes(texts):
    "Hangs while there is a file; says in another which process it is."
    (HERE / "pid").write_text(str(os.getpid()))
    if (HERE / "hangs").exists(): time.sleep(60)
    return [[float(len(text)), 1.0] for text in texts]

def hangs(texts): time.sleep(60)
def dies(texts): os._exit(9)
def raises(texts): raise KeyError("x")
def too_few(texts): return []
def words(texts): return ["a" for _ in texts]
def ragged(texts): return [[1.0] * (number + 1) for number in range(len(texts))]
def changing(texts): return [[1.0] * (2 + (texts[0] != "a text"))] * len(texts)
def infinite(texts): return [[float("nan"), 1.0]] * len(texts)
def huge(texts): return [[1.0] * 9000] * len(texts)
def pieces(texts):
    yield from ([1.0] for _ in range(3))
"""
Plugged = Callable[[str], EmbedderSpec]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    lay_example(folder)
    (folder / "vectors.py").write_text(EMBEDDERS)
    lay(folder, "vectors", {"aishell.embedders": {name: f"vectors:{name}" for name in defined(EMBEDDERS)}})
    return folder


@pytest.fixture
def paths(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{site}")
    return Paths.from_environment({"HOME": str(tmp_path / "home")})


@pytest.fixture
def plugged(paths: Paths) -> Plugged:
    return lambda name: plugged_embedders(paths)[f"plugin:{name}"]


def served(spec: MemorySpec) -> MemoryService:
    return MemoryService(spec, somebody_waits=lambda: False, plugged=open_plugged)


def test_what_is_written_is_found_by_the_vectors_of_a_plugin(
    notebook: Store, memory_of: Callable[..., MemorySpec], plugged: Plugged
) -> None:
    async def use() -> None:
        service = served(memory_of(embedder=plugged("hashed"), multilingual=None))
        await finished(service)
        found = await answer(service, "committees and reports")
        assert found["model"] == "plugin:hashed"
        assert bodies(notebook, found)[0] == NOTES[2]
        vectors = (await service.embed({"texts": ["", "\ud800", "a" * 100_000, *map(str, range(100))]}))["vectors"]
        assert {len(vector) for vector in vectors} == {64}

    asyncio.run(use())


def test_another_version_of_its_package_embeds_all_anew(
    notebook: Store, memory_of: Callable[..., MemorySpec], plugged: Plugged
) -> None:
    def kept() -> list[tuple[str, int, int]]:
        found = "SELECT fingerprint, dimension, count(*) FROM vectors JOIN models ON model = models.id GROUP BY 1"
        return [(fingerprint.split()[2], *numbers) for fingerprint, *numbers in notebook.db.execute(found)]

    async def use(spec: EmbedderSpec, wanted: list[tuple[str, int, int]]) -> None:
        service = served(memory_of(embedder=spec, multilingual=None))
        service.begin()
        async with asyncio.timeout(30):
            while kept() != wanted:
                await asyncio.sleep(0.02)

    asyncio.run(use(plugged("hashed"), [("1.0", 64, 4)]))
    asyncio.run(use(plugged("sometimes"), [("1.0", 2, 4)]))
    asyncio.run(use(replace(plugged("sometimes"), package="vectors 2.0"), [("2.0", 2, 4)]))


def test_one_that_hangs_is_told_of_and_the_rest_goes_on_and_nothing_is_lost(
    notebook: Store, memory_of: Callable[..., MemorySpec], plugged: Plugged, site: Path, paths: Paths
) -> None:
    async def use() -> None:
        service = served(memory_of(embedder=plugged("sometimes")))
        await finished(service)
        kept = notebook.db.execute("SELECT id FROM vectors ORDER BY id").fetchall()
        (site / "hangs").touch()
        with pytest.raises(AishellError, match="The plugin sometimes was silent"):
            await answer(service, "disk")
        assert not runs((site / "pid").read_text())
        with pytest.raises(AishellError, match="is left alone"):
            await answer(service, "disk")
        assert "is left alone" in (await service.status({}))["memory"]["state"]
        assert bodies(notebook, await answer(service, "播放歌曲"))[0] == NOTES[1]
        notebook.note("a note that comes meanwhile")
        assert notebook.db.execute("SELECT id FROM vectors ORDER BY id").fetchall()[: len(kept)] == kept
        (site / "hangs").unlink()
        assert open_plugins(paths).enable("sometimes")
        service._shelf._failures = {key: (error, when - 5) for key, (error, when) in service._shelf._failures.items()}
        assert (await answer(service, "disk"))["found"]
        assert (await finished(service))["items"] == 5

    asyncio.run(use())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hangs", "was silent for 0.5 s"),
        ("dies", "ended with status 9"),
        ("raises", "failed: KeyError: 'x'"),
        ("too_few", "gives no vector for each of 1 texts"),
        ("words", "gives what are no vectors of one length"),
        ("ragged", "gives what are no vectors of one length"),
        ("changing", "gives vectors of 3 numbers after some of 2"),
        ("infinite", "gives vectors with numbers that are not finite"),
        ("huge", "gives no vector for each of 1 texts"),
        ("pieces", "gives more than one result"),
    ],
)
def test_what_gives_no_vectors_is_left_alone(plugged: Plugged, paths: Paths, name: str, why: str) -> None:
    with pytest.raises(ModelUnavailable) as failure:
        open_embedder(plugged(name), open_plugged).documents(["one", "two"])
    assert str(failure.value) == f"The plugin {name} {why}. It was ended, and is not used again."
    assert f"aishell extend enable {name}" in failure.value.hint
    assert {one.name for one in open_plugins(paths).all() if open_plugins(paths).left_alone(one)} == {name}


def test_the_engine_asks_the_plugin_and_takes_it_along_when_it_is_killed(
    spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec], plugged: Plugged, site: Path
) -> None:
    memory = memory_of(embedder=plugged("sometimes"), multilingual=None)
    shell = EngineBackend(spec, place=place, memory=memory.to_wire())

    async def use() -> None:
        assert [len(vector) for vector in await shell.embed(["one", "three"])] == [2, 2]
        pid = (site / "pid").read_text()
        assert runs(pid)
        assert shell.pid
        os.kill(shell.pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            while runs(pid):
                await asyncio.sleep(0.02)

    using([shell], use)


def test_it_is_chosen_like_other_models(aishell: Run, paths: Paths, home: Path) -> None:
    env = {"PYTHONPATH": os.environ["PYTHONPATH"], "XDG_CACHE_HOME": str(home / ".cache")}
    assert aishell("memory", "model", "use", "plugin:hashed", env=env).returncode == 0
    listed = aishell("memory", "model", "list", env=env)
    line = next(line for line in listed.stdout.splitlines() if "plugin:hashed" in line)
    assert line.startswith("*")
    assert "of the package aishell_example 1.0" in line
    assert aishell("memory", "model", "remove", "plugin:hashed", env=env).returncode == 64
    assert aishell("memory", "model", "use", "plugin:nosuch", env=env).returncode == 64
    assert "meaning by plugin:hashed" in aishell("doctor", env=env).stdout
    assert "plugin:hashed is not installed" in aishell("doctor", env={**env, "PYTHONPATH": str(ROOT)}).stdout
    gone = aishell("memory", "model", "list", env={**env, "PYTHONPATH": str(ROOT)})
    assert "memory.embedder is plugin:hashed, which is not here: full text only" in gone.stderr
