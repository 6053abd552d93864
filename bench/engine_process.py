"""The resident engine as people meet it: whole `aishell -c` processes, first pieces, clients side by side, cold starts."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.llama import Llama
from aishell.backends.prefix import PrefixStore
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.types import Message, Piece, Prompt, Request, Usage
from aishell.planner import prompt as prompts
from bench.common import percentiles

ROOT = Path(__file__).resolve().parents[1]
_AISHELL = str(ROOT / ".venv" / "bin" / "aishell")
_EXAMPLES = (
    ("show the newest files", "ls -t | head"),
    ("count all lines", "wc -l *"),
)
_TWELVE_WORDS = "show all files under {} that were changed in the last {} days"


async def measure(spec: LlamaSpec, asked: list[str], *, quick: bool) -> dict[str, Any]:
    """Seconds. An engine of its own, in a runtime folder of its own."""
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as runtime:
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        place = Place(Path(runtime) / "aishell", spec.key())
        engine = EngineBackend(spec, place=place, memory=_memory())
        try:
            await engine.describe()
            few = asked[: 4 if quick else 50]
            found: dict[str, Any] = {
                "whole aishell -c --print": await _whole(engine, few, environment),
                "one engine a run": _alone(few[: 2 if quick else 5], environment),
                "first piece, 12 words and 2 examples": await _first_pieces(engine, 4 if quick else 50),
                "client's overhead a token, ms": await _overhead(engine, few),
                "clients": [await _clients(spec, place, few, count) for count in ((1, 4) if quick else (1, 4, 20))],
                "cold start": await _cold(engine, environment),
                "prefix from disk, ms for 600 tokens": _restore(spec),
            }
        finally:
            _stop(environment)
            await engine.close()
    return found


def _memory() -> dict[str, Any]:
    """As a shell with the default settings has it: an engine with another one would be replaced."""
    return wiring.memory_spec(Settings(), Paths.from_environment(dict(os.environ))).to_wire()


async def _whole(engine: EngineBackend, asked: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Whole processes, and how much of each the engine did not compute."""
    wholes, rest = [], []
    for request in asked:
        before = (await engine.status())["served"]
        began = time.perf_counter()
        await asyncio.to_thread(_print, request, environment)
        whole = time.perf_counter() - began
        status = await engine.status()
        done = status["requests"][-(status["served"] - before) :]
        wholes.append(whole)
        rest.append(whole - sum(request["prefill_s"] + request["decode_s"] for request in done))
    return {"whole": percentiles(wholes), "beside the engine's computing": percentiles(rest)}


def _print(request: str, environment: dict[str, str], *options: str) -> str:
    command = [_AISHELL, "-c", "--print", *options, f"?{request}"]
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout


def _drop_caches() -> bool:
    """Whether the page cache is empty now."""
    with suppress(OSError):
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3")
        return True
    return False


def _alone(asked: list[str], environment: dict[str, str]) -> dict[str, float]:
    """A model loaded for every run, as without a resident engine."""
    wholes = []
    for request in asked:
        began = time.perf_counter()
        environment = {**environment, "AISHELL_ENGINE_RESIDENT": "false"}
        _print(request, environment)
        wholes.append(time.perf_counter() - began)
    return percentiles(wholes)


def _with_examples(number: int) -> Prompt:
    """A request of 12 words with two examples that are not part of the stable prefix."""
    request = _TWELVE_WORDS.format(f"folder{number}", number + 2)
    plain = prompts.plan(Request(text=request, cwd="/"), max_tokens=8, piped_bytes=0)
    turns = [
        Message(role=role, content=text)  # type: ignore[arg-type]
        for words, command in _EXAMPLES
        for role, text in (("user", f"{words}, {number}"), ("assistant", f"{plain.begin}{command}\n```"))
    ]
    messages = (*plain.messages[: plain.stable], *turns, *plain.messages[plain.stable :])
    return Prompt(messages=messages, stable=plain.stable, begin=plain.begin, stop=plain.stop, max_tokens=8)


async def _first_pieces(engine: EngineBackend, count: int) -> dict[str, Any]:
    seconds: list[float] = []
    new: list[float] = []
    for number in range(count):
        began = time.perf_counter()
        async for item in engine.stream(_with_examples(number)):
            if isinstance(item, Piece) and len(seconds) == number:
                seconds.append(time.perf_counter() - began)
            if isinstance(item, Usage):
                new.append(item.prompt_tokens - item.reused_tokens)
    return {"seconds": percentiles(seconds), "new tokens": percentiles(new)}


async def _overhead(engine: EngineBackend, asked: list[str]) -> dict[str, float]:
    """What a reply takes at the client beyond the engine's computing, for each of its tokens."""
    found = []
    for request in asked:
        began = time.perf_counter()
        async for item in engine.stream(prompts.plan(Request(text=request, cwd="/"), max_tokens=256, piped_bytes=0)):
            if isinstance(item, Usage):
                rest = time.perf_counter() - began - item.queue_s - item.prefill_s - item.decode_s
                found.append(1000 * rest / max(1, item.reply_tokens))
    return percentiles(found)


async def _clients(spec: LlamaSpec, place: Place, asked: list[str], count: int) -> dict[str, Any]:
    """`count` shells at once, each with two requests one after the other."""
    seconds: list[float] = []
    tokens = 0

    async def one(number: int) -> None:
        nonlocal tokens
        engine = EngineBackend(spec, place=place, memory=_memory())
        for turn in range(2):
            began = time.perf_counter()
            request = asked[(2 * number + turn) % len(asked)]
            async for item in engine.stream(prompts.plan(Request(text=request, cwd="/"), max_tokens=48, piped_bytes=0)):
                if isinstance(item, Usage):
                    tokens += item.reply_tokens
            seconds.append(time.perf_counter() - began)
        await engine.close()

    began = time.perf_counter()
    await asyncio.gather(*map(one, range(count)))
    whole = time.perf_counter() - began
    return {"clients": count, "seconds a request": percentiles(seconds), "tokens_s": round(tokens / whole, 1)}


async def _cold(engine: EngineBackend, environment: dict[str, str]) -> dict[str, Any]:
    """After the engine's end and, where that is allowed, without the page cache."""
    _stop(environment)
    dropped = _drop_caches()
    began = time.perf_counter()
    timings = json.loads(await asyncio.to_thread(_print, "list the files in this folder", environment, "--json"))["timings"]
    whole = time.perf_counter() - began
    start = whole - timings["total_s"]
    load = float((await engine.describe()).details["load_s"])
    return {"page cache dropped": dropped, "load_s": load, "first_piece_s": round(start + timings["first_piece_s"], 3)}


def _restore(spec: LlamaSpec) -> dict[str, float]:
    """Keys and values of a prefix of 600 tokens, from a file in the page cache into the context."""
    with tempfile.TemporaryDirectory() as folder:
        model = Llama(LlamaSpec(path=spec.path, name=spec.name, sha256=spec.sha256, prefix_folder=folder, repack=False))
        from aishell.backends.batching import Runner

        runner = Runner(model)
        message = Message(role="system", content="one two three four five six seven eight nine ten. " * 60)
        tokens = model.prompt_tokens((message, Message(role="user", content="x")), 1)[0][:600]
        sequence = runner.cache.open([*tokens, 0], 0)
        assert sequence
        from aishell.backends.llama import BATCH, Row

        for at in range(0, len(tokens), BATCH):
            rows = [Row(token, at + n, sequence.number, False) for n, token in enumerate(tokens[at : at + BATCH])]
            model.compute(rows)
        store: PrefixStore = runner.cache.prefixes
        store.save(model, sequence.number, tokens)
        took = []
        for _ in range(20):
            model.trim(sequence.number, 0)
            began = time.perf_counter()
            assert store.restore(model, sequence.number, tokens)
            took.append(1000 * (time.perf_counter() - began))
        model.close()
    return percentiles(took)


def _stop(environment: dict[str, str]) -> None:
    subprocess.run([_AISHELL, "engine", "stop"], env=environment, capture_output=True, check=False)
