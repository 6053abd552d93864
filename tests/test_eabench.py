"""The second benchmark's harness: a container without docker, and what is made of what was found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.common import sign_test
from bench.container import IMAGES, Ask
from bench.eascore import Row, Rows, compared, table
from bench.eatests import ROOT, Benchmark, Task

_GENERATE = """
import json, os
os.makedirs("output")
item = {"test": "test001", "name": "a", "prompt": "make a", "script": "touch a", "path": "bash_2"}
json.dump([item], open("output/bash_2.json", "w"))
"""
_EVALUATE = """
import json, os, subprocess, sys
[item] = json.load(open(sys.argv[-1]))
with open("bash_2/test001/home/test/bash.sh", "w") as file:
    file.write(item["script"])
volume = f"--volume {os.getcwd()}/bash_2/test001/home:/home:Z"
command = f"docker run --rm --workdir=/home/test {volume} --network=host eabench_bash2"
done = subprocess.run([*command.split(), "timeout", "9", "bash", "./test.sh"], capture_output=True, text=True)
passed = os.path.exists("bash_2/test001/home/test/a")
row = {"result": "Pass" if passed else "Fail", "stderr": done.stderr, "stdout": done.stdout}
json.dump([row], open("output/bash_2_eval.json", "w"))
"""
_FILES = {
    "generate.py": _GENERATE,
    "evaluate.py": _EVALUATE,
    "bash_2/bin/README": "",
    "bash_2/containers/README": "",
    "bash_2/test001/home/test/pre_test.sh": "touch prepared\nexit 1\n",
    "bash_2/test001/home/test/test.sh": "(. ./pre_test.sh)\n. ./bash.sh\n",
}
"""In the form of the real one, which cannot be had everywhere."""


def _containers_work() -> bool:
    if os.geteuid() or not shutil.which("bwrap"):
        return False
    alone = ["unshare", "--mount", "--propagation", "private", "bwrap", "--ro-bind", "/", "/", "--unshare-net", "true"]
    return subprocess.run(alone, capture_output=True, check=False).returncode == 0


@pytest.fixture
def benchmark(tmp_path: Path) -> Benchmark:
    """A made-up benchmark, and this machine's own files in place of a Debian root."""
    repository = tmp_path / "repository"
    for name, text in _FILES.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(repository)]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], check=True)
    roots = tmp_path / "roots"
    roots.mkdir()
    IMAGES["eabench_bash2"].root(roots).symlink_to("/")
    return Benchmark.check_out(repository, tmp_path / "checkout", roots=roots, parts=("bash_2",))


@pytest.fixture
def only(benchmark: Benchmark) -> Task:
    [test] = benchmark.tests("bash_2")
    return test


containers = pytest.mark.skipif(not _containers_work(), reason="needs root, bubblewrap, and mounts of one's own")


@containers
def test_the_benchmarks_own_evaluation_tells_a_right_script_from_one_that_does_nothing(
    benchmark: Benchmark, only: Task
) -> None:
    assert benchmark.judge(only, only.solution) == ("Pass", "")
    assert benchmark.judge(only, "true\n") == ("Fail", "")


@containers
def test_a_script_changes_nothing_but_its_own_copy(benchmark: Benchmark, only: Task) -> None:
    result, said = benchmark.judge(only, "echo x > /etc/made-by-a-script; cat /etc/made-by-a-script >&2; touch a")
    assert (result, said) == ("Pass", "x\n")
    assert not Path("/etc/made-by-a-script").exists()
    assert not (benchmark.folder / "bash_2/test001/home/test/a").exists()


@containers
def test_who_reads_the_output_in_the_background_has_read_it_all_when_the_container_ends(
    benchmark: Benchmark, tmp_path: Path
) -> None:
    place, log = tmp_path / "place", tmp_path / "log"
    place.mkdir()
    docker = [
        sys.executable,
        "-P",
        "-m",
        "bench.container",
        "--roots",
        str(benchmark.roots),
        "--place",
        str(place),
        "run",
        "--rm",
    ]
    slow = '"$@" > >(sleep 0.5; cat > "$0") 2> >(cat >&2); cat "$0"'
    command = ["bash", "-c", slow, str(log), *docker, "--workdir", "/", "eabench_bash2", "echo", "all of it"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("all of it\n", "")


@containers
def test_a_script_reaches_no_network(benchmark: Benchmark, only: Task) -> None:
    _, said = benchmark.judge(only, "cat /proc/net/dev | tail -n +3 >&2")
    assert [line.split(":")[0].strip() for line in said.splitlines()] == ["lo"]


@containers
def test_who_is_asked_sees_what_the_test_prepared_and_no_script(benchmark: Benchmark, only: Task, tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    answers.mkdir()
    listing = ("sh", "-c", f'pwd > {answers}/out; ls >> {answers}/out; echo "$SAID" >> {answers}/out')
    folder = tmp_path / "asked"
    folder.mkdir()
    benchmark.inside(only, Ask(command=listing, writable=(str(answers),), environment={"SAID": "a word"}), folder)
    assert (answers / "out").read_text().split("\n") == ["/home/test", "pre_test.sh", "prepared", "test.sh", "a word", ""]


def test_rows_go_on_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    rows = Rows(tmp_path / "rows.jsonl")
    for number in (1, 2):
        rows.add(Row(test=f"bash_1/test{number}", script="true", result="Pass"))
    file = tmp_path / "rows.jsonl"
    file.write_text(file.read_text()[:-20])
    again = Rows(file)
    assert list(again.by_test) == ["bash_1/test1"]
    again.add(Row(test="bash_1/test2", script="false", result="Fail"))
    assert [json.loads(line)["result"] for line in file.read_text().splitlines()[-1:]] == ["Fail"]
    assert Rows(file).by_test["bash_1/test2"].script == "false"


def test_the_headline_counts_tests_that_can_be_passed_here_and_all_are_told() -> None:
    rows = [
        Row(test=f"bash_{part}/test1", script="", result=result) for part, result in ((1, "Pass"), (2, "Fail"), (3, "Abort"))
    ]
    counted = table(rows, frozenset(("bash_1/test1", "bash_2/test1")))
    assert counted["sound tests"] == "1 of 2, 50.0 %"
    assert counted["all tests"] == "1 of 3, 33.3 %"
    assert counted["bash_3"] == "0 of 0"


def test_pairs_are_compared_on_the_tests_that_both_have() -> None:
    ours = {name: Row(test=name, script="", result="Pass") for name in ("a", "b", "c")}
    theirs = {name: Row(test=name, script="", result="Fail") for name in ("b", "c", "d")}
    assert compared(ours, theirs, frozenset("abd")) == {"tests": 1, "won": ["b"], "lost": [], "p": 1.0}


def test_an_uneven_split_is_less_likely_by_chance() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 0) == sign_test(0, 5) == 2 / 32
    assert sign_test(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)
