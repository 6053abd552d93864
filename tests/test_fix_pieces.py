"""The parts that the rules for failed commands are made of, and what a hostile command, output or name does to them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.core.failed import Failed
from aishell.planner.fix.line import Line, needs_shell
from aishell.planner.fix.machine import look
from aishell.planner.fix.messages import Messages
from aishell.planner.fix.nearest import nearest, sureness
from aishell.planner.fix.rank import fixes
from aishell.planner.fix.values import SURE
from aishell.wiring.fixing import habits
from tests.failing import Bench, bench_in


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return bench_in(tmp_path)


def test_output_of_any_size_and_kind_does_no_harm(bench: Bench) -> None:
    failed = Failed(
        command="cat note.txt", cwd=str(bench.folder), exit_status=1, output="\x1b]0;x\x07\0" * 100_000 + "(" * 100_000
    )
    assert all(fix.sure < SURE for fix in bench.fixes(failed))
    assert Messages.of("\x1b[31mcat: x: No such file or directory\x1b[0m", "C").says("ENOENT")


def test_a_hostile_name_is_one_word_of_the_fix(bench: Bench) -> None:
    name = "notes;touch owned;$(touch owned)`touch owned`.md"
    (bench.folder / name).touch()
    (bench.folder / "pkg").mkdir()
    (bench.folder / "pkg" / "main;touch owned.py").touch()
    assert bench.first("cat 'notes;touch owned;$(touch owned)`touch owned`.mb'").startswith("cat '")
    for line in (f"cat '{name[:-1]}b'", f"cat {name[:5]}", "python3 -m pkg.mian"):
        for fix in bench.fixes(bench.run(line)):
            assert not runs_what_is_hidden(bench, fix.command)


def runs_what_is_hidden(bench: Bench, line: str) -> bool:
    bench.run(line)
    return (bench.folder / "owned").exists()


PIECES = """
cat find -name *.c sed s/a/b git commit -m tar xzf ln -s rm chmod x [ ] $( ) (( ' " ` ${ > << | && ; \\ é 　 “ for do awk
{print $1} notes.txt / ~ .. = # sudo ssh a@b: unzip docs \x1b[0m python3
""".split(" ")


def test_no_line_and_no_output_makes_a_rule_fail(bench: Bench) -> None:
    dice = random.Random(7)
    known = look(str(bench.folder), bench.environment, habits=habits())
    facts = replace(known, programs=lambda: ("cat", "find"), has_package=bool)
    for _ in range(150):
        line = " ".join(dice.choices(PIECES, k=dice.randint(1, 8))).replace("  ", dice.choice(["", " "]))
        output = "\n".join(f"{word}: No such file or directory '{word}'" for word in dice.choices(PIECES, k=3))
        status = dice.choice((None, 1, 2, 126, 127, 128))
        failed = Failed(command=line, cwd=facts.cwd, exit_status=status, output=output)
        assert all(fix.command.strip() not in ("", line.strip()) for fix in fixes(failed, facts))


def test_words_of_a_line_have_their_places() -> None:
    line = Line.of("FOO=1 sudo -u bob cat 'a b' \"c\"d e\\ f >out 2>&1 | wc -l; echo $(date -u)")
    assert [simple.program.value for simple in line.simples if simple.program] == ["cat", "wc", "echo", "date"]
    assert [token.value for token in line.simples[0].arguments] == ["a b", "cd", "e f"]
    assert all(line.text[token.start : token.end] == token.text for simple in line.simples for token in simple.words)
    assert Line.of('echo "never closed').words[-1].open == '"'


@pytest.mark.parametrize(
    ("line", "does"),
    [
        ("cd x", True),
        ("export A=1", True),
        ("A=1", True),
        ("ls; cd x", True),
        ("(cd x && ls)", False),
        ("ls", False),
        ("echo 1 | mine", True),
    ],
)
def test_a_line_that_is_about_its_shell_is_known(line: str, does: bool) -> None:
    assert needs_shell(line, ("mine",)) == does


def test_the_usual_slips_are_near_and_others_are_not() -> None:
    names = ("grep", "git", "gzip", "gcc", "systemctl", "ls", "less")
    assert [nearest(wrong, names)[0].name for wrong in ("gerp", "gti", "systemclt", "sl", "lesss")] == [
        "grep", "git", "systemctl", "ls", "less",
    ]  # fmt: skip
    assert nearest("frobnicate", names) == []
    assert sureness(nearest("gerp", names)) > sureness(nearest("gxxp", names))
    assert sureness([]) == 0.0
