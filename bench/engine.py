#!/usr/bin/env python3
"""The engine beside llama-cpp-python as it comes: decoding, the first piece, whole processes, many clients, cold starts.

All figures come from one run, and what is compared takes turns request by request, so that a busy machine slows both. With
--stock PYTHON a second yardstick joins in: the llama-cpp-python that PYTHON imports, as pip builds it, with its own defaults.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.backends import exact
from aishell.backends.batching import Runner
from aishell.backends.draft import Drafter
from aishell.backends.llama import Llama
from aishell.backends.spec import LlamaSpec
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.types import Piece, Prompt, Request, Usage
from aishell.planner import prompt as prompts
from bench import engine_process
from bench.common import machine, options, percentiles, report

ROOT = Path(__file__).resolve().parents[1]
_EVERY = 4
_TUNED = {"n_threads": len(os.sched_getaffinity(0)), "n_threads_batch": len(os.sched_getaffinity(0)), "flash_attn": True}


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--stock", help="a Python whose llama-cpp-python was built by pip without any options")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--only", choices=("decode", "process"), help="one half of it")
    arguments = parser.parse_args()
    asked = requests()[: 8 if arguments.quick else arguments.requests]
    spec = wiring.model_spec(Settings(), Paths.from_environment(dict(os.environ)))
    result: dict[str, Any] = {"machine": machine()}
    if arguments.only != "process":
        result["decoding"] = decoding(spec, asked, arguments.stock)
    if arguments.only != "decode":
        result |= asyncio.run(engine_process.measure(spec, asked, quick=arguments.quick))
    report(result, as_json=arguments.json)
    return 0


def requests() -> list[str]:
    """Those of this folder and, where it is there, of the development split of InterCode-ALFA (made by others)."""
    own = (ROOT / "bench" / "requests.txt").read_text("utf-8").splitlines()
    folder = ROOT.parent / "shared" / "bench" / "nl2sh"
    done = (
        subprocess.run([sys.executable, "prompts.py"], cwd=folder, capture_output=True, check=False)
        if folder.is_dir()
        else None
    )
    others = [json.loads(line)["nl"] for line in done.stdout.splitlines()] if done and done.returncode == 0 else []
    pairs = [request for pair in zip(own, others, strict=False) for request in pair]
    return pairs + own[len(others) :] + others[len(own) :]


def asked_for(request: str) -> Prompt:
    """What the planner asks the model."""
    return prompts.plan(Request(text=request, cwd="/"), max_tokens=256, piped_bytes=0)


# ---- decoding


class Raw:
    """A child that runs bench/raw.py."""

    def __init__(self, python: str, model: str, settings: dict[str, Any]) -> None:
        command = [python, str(ROOT / "bench" / "raw.py"), model, json.dumps(settings)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
        self.load_s = float(self._line()["load_s"])

    def reply(self, tokens: list[int]) -> dict[str, Any]:
        assert self._child.stdin
        self._child.stdin.write(json.dumps(tokens) + "\n")
        self._child.stdin.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._child.stdout
        found: dict[str, Any] = json.loads(self._child.stdout.readline())
        return found

    def close(self) -> None:
        self._child.kill()
        self._child.wait()


def decoding(spec: LlamaSpec, asked: list[str], stock: str | None) -> dict[str, Any]:
    """Tokens a second from the first token on, in turn for every request; and whether the words are the same.

    The yardsticks join in at every fourth request, and are compared on those. What guessing learns, it learns from the
    requests before; what is said one by one teaches it nothing.
    """
    model = Llama(spec)
    runner = Runner(model)
    list(runner.generate(asked_for("list the files")))  # the prefix, from disk or computed
    most = runner.exact or exact.find(model, runner.cache) or 1
    raws = {"llama-cpp-python, this build, all cores": Raw(sys.executable, spec.path, _TUNED)}
    if stock:
        raws["llama-cpp-python as pip builds it, its defaults"] = Raw(stock, spec.path, {})
        raws["llama-cpp-python as pip builds it, all cores"] = Raw(stock, spec.path, _TUNED)
    names = ["aishell, guessing", "aishell, one by one", *raws]
    modes = {names[0]: (most, Drafter()), names[1]: (1, Drafter())}
    rows: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in names}
    for number, request in enumerate([asked[0], *asked]):  # the first is a warm-up
        prompt = asked_for(request)
        tokens, prefix = model.prompt_tokens(prompt.messages, prompt.stable)
        tokens += model.tokenize(prompt.begin)
        found = {name: raw.reply(tokens) for name, raw in raws.items()} if number % _EVERY <= 1 else {}
        for name in names[:2] if number % 2 else names[1::-1]:
            runner.exact, runner.drafter = modes[name]
            found[name] = _ours(runner, prompt)
            for sequence in runner.cache.sequences:  # so that the second to be asked computes the request as well
                runner.cache.keep(sequence, prefix)
        for name, row in found.items() if number else ():
            rows[name][number] = row
        print(f"\r{number} of {len(asked)}", end="", file=sys.stderr, flush=True)
    for raw in raws.values():
        raw.close()
    model.close()
    return {"tokens checked together at most": most, **_compared(rows, names)}


def _ours(runner: Runner, prompt: Prompt) -> dict[str, Any]:
    items = list(runner.generate(prompt))
    usage = items[-1]
    assert isinstance(usage, Usage)
    text = "".join(item.text for item in items if isinstance(item, Piece))
    return {
        "first_s": usage.prefill_s,
        "decode_s": usage.decode_s,
        "tokens": usage.reply_tokens,
        "text": text,
        "drafted": usage.drafted_tokens,
        "accepted": usage.accepted_tokens,
    }


def _compared(rows: dict[str, dict[int, dict[str, Any]]], names: list[str]) -> dict[str, Any]:
    """Each against aishell on the requests that both were asked; `same text` as one by one."""
    ours, plain = rows[names[0]], rows[names[1]]
    table = {
        name: {
            "requests": len(rows[name]),
            "tokens_s": round(_speed(rows[name]), 2),
            "aishell is faster by": round(_speed({at: ours[at] for at in rows[name]}) / _speed(rows[name]), 2),
            "prefill_s": percentiles([row["first_s"] for row in rows[name].values()]),
            "same text": sum(row["text"] == plain[at]["text"] for at, row in rows[name].items()),
        }
        for name in names
    }
    drafted, accepted = (sum(row[key] for row in ours.values()) for key in ("drafted", "accepted"))
    said = sum(row["tokens"] for row in ours.values())
    return {"table": table, "tokens": said, "drafted": drafted, "accepted": accepted}


def _speed(rows: dict[int, dict[str, Any]]) -> float:
    """Tokens a second behind the first, which comes with the prefill."""
    told = [row for row in rows.values() if row["tokens"] > 1]
    return float(sum(row["tokens"] - 1 for row in told) / sum(row["decode_s"] for row in told))


if __name__ == "__main__":
    sys.exit(main())
