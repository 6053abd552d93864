#!/usr/bin/env python3
"""A whole `aishell -c --print` beside llama-cpp-python asked the same prompt directly: fresh processes, warm page cache.

Seconds from the start of the process to the first piece and to the whole command, and the ratio of the two. The direct way is
the library's high-level `Llama`, greedy, with the same tokens and the same stop; it keeps no prefix.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.common import machine, options, report, spread

ROOT = Path(__file__).resolve().parents[1]
REQUESTS = (
    "show the 5 largest files under /usr/share",
    "which process listens on port 5432",
    "统计当前目录下有多少个文件夹",
    "compress the folder docs into docs.tar.gz",
)
_DIRECT = """
import json, sys, time
began = time.perf_counter()
import llama_cpp
path, prompt = sys.argv[1], json.loads(sys.argv[2])
model = llama_cpp.Llama(path, n_ctx=4096, verbose=False)
loaded, first, text = time.perf_counter() - began, None, ""
tokens = model.tokenize(prompt.encode(), add_bos=False, special=True)
for piece in model.create_completion(tokens, max_tokens=256, temperature=0.0, stop=["\\n```"], stream=True):
    first = first or time.perf_counter() - began
    text += piece["choices"][0]["text"]
print(json.dumps({"load": loaded, "first": first, "whole": time.perf_counter() - began, "text": text}))
"""


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    model = _model()
    requests = REQUESTS[:1] if arguments.quick else REQUESTS
    _aishell(requests[0])  # page cache and prefix warm
    ours: list[dict[str, Any]] = []
    direct: list[dict[str, Any]] = []
    for request in requests:
        ours.append(_aishell(request))
        direct.append(_direct(model, request))
    rows = {
        "aishell, load": [o["load"] for o in ours],
        "aishell, first piece": [o["first"] for o in ours],
        "aishell, whole process": [o["whole"] for o in ours],
        "direct, import and load": [d["load"] for d in direct],
        "direct, first piece": [d["first"] for d in direct],
        "direct, whole": [d["whole"] for d in direct],
    }
    result: dict[str, Any] = {"machine": machine(), "seconds": {name: spread(values) for name, values in rows.items()}}
    result["ratio first piece"] = round(sum(rows["direct, first piece"]) / sum(rows["aishell, first piece"]), 2)
    result["ratio whole"] = round(sum(rows["direct, whole"]) / sum(rows["aishell, whole process"]), 2)
    result["same words"] = sum(o["text"] == d["text"].strip() for o, d in zip(ours, direct, strict=True))
    report(result, as_json=arguments.json)
    return 0


def _model() -> str:
    import os

    from aishell import wiring
    from aishell.config.paths import Paths
    from aishell.config.settings import Settings

    return str(wiring.chosen_model(Settings(), Paths.from_environment(dict(os.environ)))[1])


def _aishell(request: str) -> dict[str, Any]:
    began = time.perf_counter()
    plain = subprocess.run([_BIN, "-c", "--print", f"?{request}"], capture_output=True, text=True, check=True)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    said = json.loads(subprocess.run([_BIN, "-c", "--print", "--json", f"?{request}"], capture_output=True, check=True).stdout)
    total = time.perf_counter() - began
    timings = said["timings"]
    start = total - timings["total_s"]  # starting, importing and ending, all counted before the first piece
    return {"load": timings["load_s"], "first": start + timings["first_piece_s"], "whole": whole, "text": plain.stdout.strip()}


_BIN = str(ROOT / ".venv" / "bin" / "aishell")


def _direct(model: str, request: str) -> dict[str, Any]:
    from aishell.core.types import Request
    from aishell.planner import prompt

    asked = prompt.plan(Request(text=request, cwd="/"), max_tokens=256, piped_bytes=0)
    text = "".join(f"<|im_start|>{m.role}\n{m.content.strip()}<|im_end|>\n" for m in asked.messages)
    text += f"<|im_start|>assistant\n{asked.begin}"
    done = subprocess.run(
        [sys.executable, "-c", _DIRECT, model, json.dumps(text)], capture_output=True, text=True, check=True, cwd="/"
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    sys.exit(main())
