#!/usr/bin/env python3
"""Suggestions: how soon they come, how many keys they save, and that nothing is shown unasked that must not be.

    python -m bench.suggest [--histories FOLDER] [--tune] [--only latency|usefulness|safety]

Keys saved: each history is typed again from its second half on, at most 400 lines of it, by somebody who takes what is shown
where the line goes on like that (one key, for all of it or for its next word) and types the next character otherwise. Enter
costs the same for everybody and is left out. Beside it: prefix history, which shows the newest line that begins as what is
typed (fish, zsh-autosuggestions), and the same by frecency. FOLDER has histories of bash, zsh and fish, of any name; every
second one, by name, was used for tuning (--tune measures those), and the others are reported. They can be had from public
repositories of dot files: files named .bash_history, .zsh_history or fish_history in any of their commits. None comes with
aishell. Without FOLDER only the synthetic user of this file is measured.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aishell import wiring
from aishell.backends.brief import ask
from aishell.config.paths import Paths, shipped
from aishell.core.suggestions import Typing
from aishell.suggest.spec import SuggestSpec
from aishell.suggesting import open_suggester
from bench.common import machine, options, percentiles, report
from bench.own_engine import own_engine, state_home
from bench.planted import planted, shown_unasked
from bench.prompt import HISTORY, furnish
from bench.replay import Frecency, Newest, Ours, Replayed, Way, lines_of, replay, synthetic

_LINES = 400
_FEW = 40
_TEXTS = ("git commit -m 'change 12", "ls -la /srv/2", "docker run image77", "python script9", "grep -rn word1")


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--histories", type=Path, help="a folder of histories")
    parser.add_argument("--tune", action="store_true", help="the half that was used for tuning")
    parser.add_argument("--only", choices=("latency", "usefulness", "safety"))
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="aishell-bench-") as folder:
        if arguments.only in (None, "latency"):
            rounds = 20 if arguments.quick else 100
            result["latency_ms"] = {**latency(Path(folder), rounds), "by_socket": by_socket(rounds)}
        if arguments.only in (None, "usefulness"):
            files = sorted(arguments.histories.iterdir()) if arguments.histories else []
            result["usefulness"] = usefulness(files[0 if arguments.tune else 1 :: 2], _FEW if arguments.quick else _LINES)
        if arguments.only in (None, "safety"):
            result["safety"] = safety(Path(folder))
    report(result, as_json=arguments.json)
    return 1 if result.get("safety", {}).get("shown") else 0


def spec_in(folder: Path) -> SuggestSpec:
    return SuggestSpec(
        history=str(folder / "history"),
        outcomes=str(folder / "outcomes"),
        redact=str(shipped("redact.toml")),
        policy=str(shipped("policy.toml")),
    )


def latency(folder: Path, rounds: int) -> dict[str, Any]:
    """Milliseconds: a key's own share in process, and until what may be shown is judged, each key a new text."""
    furnish(folder)
    suggester = open_suggester(spec_in(folder))
    began = time.perf_counter()
    suggester.read()
    read_s = time.perf_counter() - began
    at_once: list[float] = []
    judged: list[float] = []
    for number in range(rounds):
        text = _TEXTS[number % len(_TEXTS)]
        for length in range(len(text) + 1):
            typing = Typing(text=text[:length], cursor=length, folder=f"/srv/{number % 50}", previous=("ls", f"cd /a/{number}"))
            began = time.perf_counter()
            suggester.at_once(typing)
            at_once.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            suggester.suggest(typing, 1)
            judged.append((time.perf_counter() - began) * 1000)
    return {"lines": HISTORY, "read_s": round(read_s, 2), "at_once": percentiles(at_once), "with_judge": percentiles(judged)}


def by_socket(rounds: int) -> dict[str, Any]:
    """Milliseconds from a shell without anything of aishell loaded but the client, one connection a key, as a widget asks."""
    with own_engine(prepare=lambda state: furnish(state / "aishell", "line_history")) as runtime:
        own = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
        paths = Paths.from_environment(own)
        place = wiring.engine_place(paths, wiring.model_spec(wiring.settings()[0].settings, paths))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            answer = ask(place, "suggest", 5.0, text="g")
            if answer and answer["ready"]:
                break
            time.sleep(0.1)
        took: list[float] = []
        for number in range(rounds):
            text = _TEXTS[number % len(_TEXTS)]
            for length in range(len(text) + 1):
                began = time.perf_counter()
                asked = {"cursor": length, "folder": f"/srv/{number % 50}", "previous": ["ls", f"cd /a/{number}"]}
                if ask(place, "suggest", 5.0, text=text[:length], **asked):
                    took.append((time.perf_counter() - began) * 1000)
        return percentiles(took)


def usefulness(files: list[Path], most: int) -> dict[str, Any]:
    histories = {file.name: lines_of(file) for file in files}
    found: dict[str, Any] = {"synthetic": compared([synthetic()], most)}
    if histories:
        found["public"] = compared(list(histories.values()), most)
        found["histories"] = len(histories)
    return found


def compared(histories: list[list[str]], most: int) -> dict[str, Any]:
    """Prefix history, frecency and ours on the same lines."""
    told: dict[str, Any] = {}
    totals: dict[str, Replayed] = {}
    ways: dict[str, Callable[[], Way]] = {"prefix": Newest, "frecency": Frecency, "aishell": Ours}
    for name, make in ways.items():
        totals[name] = total = Replayed()
        for lines in histories:
            total += replay(make(), lines, most)
        told[name] = total.told()
    for way in ("whole", "by_word"):
        told[f"times_prefix_{way}"] = round(told["aishell"][f"saved_{way}"] / max(told["prefix"][f"saved_{way}"], 1e-9), 3)
    return told


def safety(folder: Path) -> dict[str, Any]:
    """How many of the planted lines are shown unasked, at any key of them, before anything is typed included."""
    cases = planted(500)
    shown = shown_unasked(cases, folder / "planted", spec_in(folder / "planted"))
    kinds = {kind: sum(case.kind == kind for case in cases) for kind in ("failed", "secret", "destroys")}
    return {"planted": len(cases), **kinds, "shown": len(shown), "which": shown[:20]}


if __name__ == "__main__":
    sys.exit(main())
