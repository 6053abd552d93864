"""Text functions as filters: the real command in pipes and files, with a scripted model."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import AISHELL, Run

Script = Callable[..., dict[str, str]]


@pytest.fixture
def moods(tmp_path: Path) -> dict[str, str]:
    """A model that finds everything negative, but what is good."""
    lines = [
        {"when": "N/A|Text: \\.\\.\\.|MASK", "say": "neutral", "weight": -1.0},
        {"when": "good", "say": "positive", "weight": -2.0},
        {"when": "mute", "say": "no label at all"},
        {"when": "", "say": "negative", "weight": -0.1},
    ]
    (tmp_path / "moods.json").write_text(json.dumps(lines))
    return {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(tmp_path / "moods.json")}


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_in_is_a_line_out(aishell: Run, moods: dict[str, str]) -> None:
    done = aishell("sentiment", input="good day\n\nbad day\n", env=moods)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["positive", "", "negative"]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_word_that_names_a_file_is_the_file_and_any_other_is_a_text(aishell: Run, moods: dict[str, str], home: Path) -> None:
    (home / "notes").write_text("good\nbad\n")
    done = aishell("sentiment", "a good text", "notes", "--text", "notes", env=moods)
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["positive", "positive", "negative", "negative"]
    absent = aishell("sentiment", "reviews.csv", env=moods)
    assert absent.returncode == 64
    assert "no file" in absent.stderr


def test_a_bad_record_is_told_counted_and_stops_nobody(aishell: Run, moods: dict[str, str]) -> None:
    lines = '{"id": 1, "body": "good", "label": "x"}\n{oops\n{"id": 3}\n{"id": 4, "body": "mute"}\n{"id": 5, "body": "bad"}\n'
    done = aishell("sentiment", "--field", "body", "--json", input=lines, env=moods)
    found = objects(done.stdout)
    assert done.returncode == 1
    assert (found[0]["id"], found[0]["label"], found[0]["sentiment"]["label"]) == (1, "x", "positive")
    assert sum(found[0]["sentiment"]["scores"].values()) == pytest.approx(1, abs=0.01)
    assert [bool(one["sentiment"].get("error")) for one in found] == [False, True, True, True, False]
    assert "standard input:2" in done.stderr
    assert "3 of 5 records failed" in done.stderr


def test_bytes_that_are_no_text_are_replaced_and_a_line_of_a_megabyte_is_cut(
    moods: dict[str, str], environment: dict[str, str]
) -> None:
    data = b"caf\xe9 good\n" + b"good " * 250_000 + b"\nbad\n"
    done = subprocess.run(
        [*AISHELL, "sentiment", "--json"],
        input=data,
        env={**environment, **moods},
        capture_output=True,
        timeout=60,
        check=False,
    )
    found = objects(done.stdout.decode())
    assert [one["sentiment"]["label"] for one in found] == ["positive", "positive", "negative"]
    assert "UTF-8" in found[0]["sentiment"]["notes"][0]
    assert "characters" in found[1]["sentiment"]["notes"][0]
    assert done.returncode == 0


def test_a_reader_that_has_enough_ends_it_quietly(moods: dict[str, str], environment: dict[str, str]) -> None:
    line = " ".join(["yes good |", *AISHELL, "sentiment 2>err | head -n 2; echo ${PIPESTATUS[1]} $(wc -c <err)"])
    done = subprocess.run(
        ["bash", "-c", line],
        env={**environment, **moods},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=environment["HOME"],
        check=True,
    )
    assert done.stdout.splitlines()[2] == "141 0"


def test_what_a_model_says_does_not_reach_a_terminal_as_it_is_in_a_table(aishell: Run, script: Script) -> None:
    done = aishell("translate", "--to", "zh", "--json", "hello", env=script({"": "\x1b]52;c;eA==\x07你好"}))
    assert "\x1b" not in done.stdout
    assert objects(done.stdout)[0]["text"] == "hello"


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify", "x"],
        ["classify", "--labels", "one", "x"],
        ["translate", "--to", "klingon", "x"],
        ["entities", "--kinds", "animal", "x"],
        ["extract", "--schema", "absent.json", "x"],
        ["rewrite", "x"],
        ["summarize", "--sentences", "0", "x"],
        ["sentiment", "--jobs", "0", "x"],
        ["sentiment", "--whole", "--format", "csv", "x"],
    ],
)
def test_what_cannot_be_understood_is_a_usage_error(aishell: Run, moods: dict[str, str], arguments: list[str]) -> None:
    done = aishell(*arguments, env=moods)
    assert done.returncode == 64
    assert done.stderr.startswith("aishell: ")
    assert "Traceback" not in done.stderr


def test_a_run_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing(
    environment: dict[str, str], script: Script, home: Path
) -> None:
    texts = [f"line {'i' * (number % 50)} of the text" if number % 9 else "" for number in range(300)]
    (home / "in.txt").write_text("\n".join(texts) + "\nend")
    out = home / "out.jsonl"
    variables = {**environment, **script({"": "好"}, delay_s=0.005)}
    command = [*AISHELL, "translate", "--to", "zh", "--jobs", "2", "in.txt", "--resume", "out.jsonl"]
    chance = random.Random(3)
    kills = 0
    for goal in (1, *sorted(chance.sample(range(2, 290), 6))):
        running = subprocess.Popen(command, env=variables, cwd=home, stderr=subprocess.DEVNULL)
        while running.poll() is None and (not out.exists() or out.read_bytes().count(b"\n") < goal):
            time.sleep(chance.random() * 0.005)
        running.send_signal(signal.SIGKILL)
        kills += running.wait() == -signal.SIGKILL
        with out.open("ab") as file:
            file.write(b'{"text": "half a li'[: chance.randrange(19)])  # as a machine that stops would leave it
    assert subprocess.run(command, env=variables, cwd=home, timeout=60, check=False).returncode == 0
    found = objects(out.read_text("utf-8"))
    assert kills >= 5
    assert [one["text"] for one in found] == [*texts, "end"]
    assert all((one["translate"] or {"text": ""})["text"] == ("好" if one["text"] else "") for one in found)


def test_what_is_done_already_has_to_be_of_the_same_records_options_and_model(
    aishell: Run, moods: dict[str, str], home: Path
) -> None:
    (home / "in.txt").write_text("good\nbad\nworse\n")
    (home / "table.jsonl").write_text('{"text": "good \\ud800", "sentiment": 3}\n{"text": 5}\n')

    def resumed(*arguments: str, out: str = "out", **more: str) -> tuple[int, str]:
        done = aishell(*arguments, "--resume", out, env={**moods, **more})
        return done.returncode, done.stderr

    classify = ("classify", "--labels", "positive,negative")
    assert resumed(*classify, "in.txt") == (0, "")
    before = (home / "out").read_bytes()
    assert resumed(*classify, "in.txt", "--jobs", "2", "--model-only") == (0, "")  # which change no result
    for other, why in (
        ((*classify, "--what", "mood", "in.txt"), "other options"),
        (("classify", "--labels", "positive,neutral", "in.txt"), "other options"),
        (("sentiment", "in.txt"), "no result of"),
    ):
        assert resumed(*other)[0] == 64
        assert why in resumed(*other)[1]
    (home / "in.txt").write_text("good\nBAD\nworse\n")  # in the middle, and the last one as before
    assert "another record" in resumed(*classify, "in.txt")[1]
    (home / "in.txt").write_text("good\nbad\n")
    assert "than there are" in resumed(*classify, "in.txt")[1]
    (home / "in.txt").write_text("good\nbad\nworse\ngood\n")
    assert "another model" in resumed(*classify, "in.txt", AISHELL_MODEL_USE="smollm2-135m")[1]
    assert (home / "out").read_bytes() == before
    assert resumed(*classify, "in.txt") == (0, "")  # more of it is welcome
    assert (home / "out").read_bytes().count(b"\n") == 4
    for _ in range(2):  # the first time a record fails
        assert resumed("sentiment", "table.jsonl", out="table")[0] in (0, 1)
    assert [bool(one["sentiment"].get("error")) for one in objects((home / "table").read_text())] == [False, True]


def test_two_runs_never_write_the_same_file(environment: dict[str, str], script: Script, home: Path) -> None:
    variables = {**environment, **script({"": "好"}, delay_s=0.01)}
    command = [*AISHELL, "translate", "--to", "zh", "--resume", "out"]
    reader, writer = os.pipe()
    first = subprocess.Popen(command, env=variables, cwd=home, stdin=reader)
    os.write(writer, b"one\n")
    while not (home / "out").exists() or not (home / "out").stat().st_size:
        time.sleep(0.02)
    second = subprocess.run(command, env=variables, cwd=home, input=b"one\n", capture_output=True, timeout=60, check=False)
    os.close(reader)
    os.close(writer)
    assert second.returncode == 75
    assert first.wait() == 0


def test_a_python_program_has_them_too(environment: dict[str, str], moods: dict[str, str]) -> None:
    program = (
        "import sys\nfrom aishell import functions\n"
        "assert 'numpy' not in sys.modules and 'aishell.wiring' not in sys.modules\n"
        "with functions.opened() as ai:\n"
        "    found = ai.sentiment(['good', 'bad'])\n"
        "    print([one.label for one in found], round(sum(found[0].scores.values()), 3))\n"
        "    print(ai.sentiment('good', learn=True)[0].label)\n"
    )
    done = subprocess.run(
        [AISHELL[0], "-c", program], env={**environment, **moods}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "['positive', 'negative'] 1.0\npositive\n", done.stderr
