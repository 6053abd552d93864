"""Ten thousand records through `aishell sentiment`: how many a second, beside one call each, and what is lost by learning.

The records are the texts of the sets named by --sets (bench/functions_data.py; development rows) and of --more FILE (on each
line a text, a tab, 0 or 1), mixed. The run is killed (SIGKILL) after --seconds and goes on with --resume the next time, so that
it can be measured in pieces; its file is in --keep FOLDER. At the end some of the records that were answered without the model
are put to it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.common import machine, options, report
from bench.functions_data import SETS, rows
from bench.own_engine import own_engine, state_home

_AISHELL = [sys.executable, "-m", "aishell"]
_POLARITY = {"0": "negative", "1": "positive"}


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", default="sst2,hotels", metavar="NAMES")
    parser.add_argument("--more", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--records", type=int, default=10_000, metavar="N")
    parser.add_argument("--alone", type=int, default=20, metavar="N", help="records that are done one at a time (20)")
    parser.add_argument(
        "--checked", type=int, default=200, metavar="N", help="records that the model is asked about in the end"
    )
    parser.add_argument("--seconds", type=float, default=230, metavar="S", help="of the run, then it is killed")
    parser.add_argument("--keep", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.records, arguments.alone, arguments.checked, arguments.seconds = 60, 3, 0, 20
    arguments.keep.mkdir(parents=True, exist_ok=True)
    texts = _texts(arguments)
    with own_engine() as runtime:
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
        result = {"machine": machine(), **_measured(texts, arguments, environment)}
    report(result, as_json=arguments.json)
    return 0


def _texts(arguments: Namespace) -> list[tuple[str, str]]:
    """Texts with their labels; the same ones in the same order each time."""
    found = [
        (row.text, str(row.gold))
        for name in arguments.sets.split(",")
        if name
        for row in rows(SETS[name], arguments.data, arguments.records, held_out=False)
    ]
    for file in arguments.more:
        pairs = (line.rpartition("\t") for line in file.read_text("utf-8").splitlines())
        found += [(text, _POLARITY[label]) for text, _, label in pairs]
    random.Random(7).shuffle(found)
    return found[: arguments.records]


def _measured(texts: Sequence[tuple[str, str]], arguments: Namespace, environment: dict[str, str]) -> dict[str, Any]:
    source, out, pieces = (arguments.keep / name for name in ("in.jsonl", "out.jsonl", "pieces.jsonl"))
    source.write_text("".join(f"{json.dumps({'text': text, 'gold': gold}, ensure_ascii=False)}\n" for text, gold in texts))
    kept = arguments.keep / "alone.json"
    if not kept.exists():
        kept.write_text(json.dumps(_alone([text for text, _ in texts[-2 * arguments.alone :]], environment)))
    alone = json.loads(kept.read_text())
    done = _count(out)
    if done < len(texts):
        with pieces.open("a") as file:
            print(json.dumps(_piece(source, out, arguments.seconds, environment)), file=file)
    each = [json.loads(line) for line in pieces.read_text().splitlines()]
    rate = round(_count(out) / sum(piece["seconds"] for piece in each), 2)
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()[: len(texts)]]
    whole = {
        "records": len(found),
        "as_they_were_given": [one["text"] for one in found] == [text for text, _ in texts[: len(found)]],
        "without_the_model": round(sum(_learned(one) for one in found) / max(1, len(found)), 3),
        "records_a_second": rate,
        "times_one_process_each": round(rate / alone["processes_a_second"], 2),
        "times_one_after_the_other": round(rate / alone["in_process_a_second"], 2),
        "alone": alone,
        "pieces": each,
    }
    if len(found) == len(texts) and arguments.checked and any(map(_learned, found)):
        whole["checked"] = _checked(found, arguments.checked, environment)
    return whole


def _alone(texts: Sequence[str], environment: dict[str, str]) -> dict[str, float]:
    """Records a second, one at a time: half of them a process each, and half in one process one after the other."""
    half = len(texts) // 2
    subprocess.run([*_AISHELL, "sentiment", "--text", "warm"], env=environment, stdout=subprocess.DEVNULL, check=True)
    began = time.perf_counter()
    for text in texts[:half]:
        subprocess.run([*_AISHELL, "sentiment", "--text", text], env=environment, stdout=subprocess.DEVNULL, check=True)
    processes = time.perf_counter() - began
    program = (
        "import json, sys, time\nfrom aishell import functions\n"
        "with functions.opened(jobs=1) as ai:\n"
        "    ai.sentiment('warm')\n    began = time.perf_counter()\n"
        "    for text in json.load(sys.stdin):\n        ai.sentiment(text)\n"
        "    print(time.perf_counter() - began)\n"
    )
    command = [sys.executable, "-c", program]
    given = json.dumps(texts[half:])  # others, because the engine keeps what it has computed
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=True)
    return {
        "processes_a_second": round(half / processes, 2),
        "in_process_a_second": round((len(texts) - half) / float(done.stdout), 2),
    }


def _piece(source: Path, out: Path, seconds: float, environment: dict[str, str]) -> dict[str, Any]:
    """The run, until it ends or is killed; its memory in MB when it had done so many records."""
    before, began = _count(out), time.perf_counter()
    command = [*_AISHELL, "sentiment", "--json", str(source), "--resume", str(out)]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    memory: dict[int, float] = {}
    while running.poll() is None and time.perf_counter() - began < seconds:
        time.sleep(1)
        status = Path(f"/proc/{running.pid}/status")
        held = status.read_text().partition("VmRSS:")[2].split() if status.exists() else []
        memory[_count(out) - before] = round(int(held[0]) / 1024, 1) if held else 0
    took = time.perf_counter() - began
    if running.poll() is None:
        running.send_signal(signal.SIGKILL)
    said = running.communicate()[1]
    steps = sorted(memory)
    shown = {step: memory[step] for step in (steps[:1] + steps[len(steps) // 4 :: max(1, len(steps) // 4)])}
    return {"seconds": round(took, 1), "records": _count(out) - before, "memory_mb": shown, "said": said[-300:]}


def _checked(found: Sequence[dict[str, Any]], most: int, environment: dict[str, str]) -> dict[str, Any]:
    """Records that were answered without the model, put to it: how often it says the same, and who is right."""
    chosen = [one for one in found if _learned(one)]
    chosen = random.Random(8).sample(chosen, min(most, len(chosen)))
    lines = "".join(f"{json.dumps({'text': one['text']})}\n" for one in chosen)
    command = [*_AISHELL, "sentiment", "--json", "--model-only", "--format", "jsonl", "-"]
    done = subprocess.run(command, env=environment, input=lines, capture_output=True, text=True, check=True)
    model = [json.loads(line)["sentiment"] for line in done.stdout.splitlines()]
    pairs = list(zip(chosen, model, strict=True))
    right = sum(_polarity(one["sentiment"]) == one["gold"] for one in chosen)
    right_model = sum(_polarity(answer) == one["gold"] for one, answer in pairs)
    share = sum(map(_learned, found)) / len(found)
    return {
        "records": len(chosen),
        "same_label": round(sum(one["sentiment"]["label"] == answer["label"] for one, answer in pairs) / len(chosen), 3),
        "accuracy_learned": round(right / len(chosen), 3),
        "accuracy_model": round(right_model / len(chosen), 3),
        "lost_of_all": round((right_model - right) / len(chosen) * share, 4),
        "accuracy_of_all": round(sum(_polarity(one["sentiment"]) == one["gold"] for one in found) / len(found), 3),
    }


def _polarity(answer: dict[str, Any]) -> str:
    scores = answer["scores"]
    return max(("positive", "negative"), key=scores.__getitem__)  # the data knows these two only


def _learned(one: dict[str, Any]) -> bool:
    return bool(one["sentiment"].get("by") == "learned")


def _count(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
