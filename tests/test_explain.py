"""A command explained part by part: from the documentation of its programs alone, and nothing of it run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from aishell.actions import parse
from aishell.actions.explain.walk import explain
from aishell.actions.risk import Rules
from aishell.config.paths import shipped
from aishell.core.explanation import Explanation
from aishell.core.explanation import Part as Explained
from aishell.planner.lexicon import BUILTINS
from aishell.programs.cache import Cache
from aishell.programs.known import Programs
from aishell.ui import explained
from aishell.ui.words import Words, speak
from tests.conftest import Run
from tests.stage import FORBIDDEN, HOSTILE
from tests.test_cli import Script
from tests.test_programs import needs_man

RULES = Rules.from_file(shipped("policy.toml"))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(Cache(tmp_path_factory.mktemp("cache")), builtins=BUILTINS)


def of(command: str, programs: Programs) -> Explanation:
    verdict = RULES.judge(parse.inspect(command), "/tmp")
    return explain(command, verdict, programs=programs, policy=RULES.policy)


def kinds(explanation: Explanation) -> list[tuple[int, str, str]]:
    return [(part.depth, part.kind, part.text) for part in explanation.parts]


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        (
            "a | b && c || ! d; e &",
            [
                (0, "program", "a"), (0, "pipe", "|"), (0, "program", "b"), (0, "and", "&&"), (0, "program", "c"),
                (0, "or", "||"), (0, "not", "!"), (0, "program", "d"), (0, "then", ";"), (0, "program", "e"),
                (0, "background", "&"),
            ],
        ),
        (
            "a >x 2>>y <z 2>&1 >/dev/null &>w <<<t 3>&-",
            [
                (0, "program", "a"), (1, "out", ">x"), (1, "append", "2>>y"), (1, "in", "<z"), (1, "same as", "2>&1"),
                (1, "out", ">/dev/null"), (1, "both out", "&>w"), (1, "text in", "<<<t"), (1, "closed", "3>&-"),
            ],
        ),
        (
            'for f in *.c; do a "$f"; done',
            [
                (0, "for", "for f in *.c"), (1, "pattern", "*.c"), (0, "do", "do"), (1, "program", "a"), (2, "operand", '"$f"'),
                (3, "variable", "$f"),
            ],
        ),
        (
            "if a; then b; elif c; then d; else e; fi",
            [
                (0, "if", "if"), (1, "program", "a"), (0, "then do", "then"), (1, "program", "b"), (0, "elif", "elif"),
                (1, "program", "c"), (0, "then do", "then"), (1, "program", "d"), (0, "else", "else"), (1, "program", "e"),
            ],
        ),
        (
            "case $x in a|b) c;; esac",
            [(0, "case", "$x"), (1, "variable", "$x"), (1, "branch", "a | b"), (2, "program", "c")],
        ),
        (
            "A=1 a $(b) <(c) {x,y} ${z%.*} $((1+2))",
            [
                (0, "assigned for it", "A=1"), (0, "program", "a"), (1, "operand", "$(b)"), (2, "output of", "$( )"),
                (3, "program", "b"), (1, "operand", "<(c)"), (2, "file with output of", "<( )"), (3, "program", "c"),
                (1, "operand", "{x,y}"), (2, "braces", "{x,y}"), (1, "operand", "${z%.*}"), (2, "expansion", "${z%.*}"),
                (1, "operand", "$((1+2))"), (2, "arithmetic", "$((1+2))"),
            ],
        ),
        (
            "( a; { b; } )",
            [(0, "subshell", "( )"), (1, "program", "a"), (1, "then", ";"), (1, "group", "{ }"), (2, "program", "b")],
        ),
        (
            "f() { a; }; f x",
            [
                (0, "defines", "f"), (1, "group", "{ }"), (2, "program", "a"), (0, "then", ";"), (0, "function", "f"),
                (1, "operand", "x"),
            ],
        ),
        ("while a; do b; done", [(0, "while", "while"), (1, "program", "a"), (0, "do", "do"), (1, "program", "b")]),
        ("$x y", [(0, "computed program", "$x"), (1, "variable", "$x"), (1, "operand", "y")]),
        ("./mine -x", [(0, "own program", "./mine"), (1, "option", "-x")]),
        ("time a", [(0, "timed", "time"), (1, "program", "a")]),
        ("cat <<EOF\n$x\nEOF", [(0, "program", "cat"), (1, "lines in", "<<"), (2, "variable", "$x")]),
    ],
)  # fmt: skip
def test_the_shape_of_a_line_is_told(command: str, parts: list[tuple[int, str, str]]) -> None:
    assert kinds(of(command, Programs())) == parts


@needs_man
def test_options_are_told_in_the_words_of_the_manual(programs: Programs) -> None:
    parts = of("sudo -u joe tar -xzf a.tgz --frob -C /tmp", programs).parts
    assert [(part.depth, part.text, part.meaning) for part in parts if part.kind == "option" and part.depth > 2] == [
        (3, "-x", "Extract files from an archive"),
        (3, "-z", "Filter the archive through gzip(1)"),
        (3, "-f a.tgz", "Use archive file or device ARCHIVE"),
        (3, "--frob", ""),
        (3, "-C /tmp", "Change to DIR before performing any operations"),
    ]
    assert [part.text for part in parts if part.unknown] == ["--frob"]
    assert next(part for part in parts if part.text == "tar").origin == "man"


@needs_man
def test_commands_inside_commands_are_taken_apart(programs: Programs) -> None:
    parts = of("find . -name '*.log' -exec rm -f {} + | xargs -0 -n1 sh -c 'wc -l \"$1\"'", programs).parts
    found = {(part.kind, part.text): part for part in parts}
    assert "never prompt" in found["option", "-f"].meaning
    assert found["program", "rm"].depth > found["program", "find"].depth
    assert "newline counts" in found["option", "-l"].meaning
    assert ("variable", "$1") in found
    assert found["option", "-n1"].about == "-n, --max-args max-args"


@needs_man
def test_conditions_are_told_by_test(programs: Programs) -> None:
    parts = of('[[ -f x && $a == b* ]] || [ "$n" -gt 2 -a -d y ]', programs).parts
    meanings = {part.text.split()[0]: part.meaning for part in parts if part.kind == "option"}
    assert "regular file" in meanings["-f"]
    assert "greater" in meanings["-gt"]
    assert "both" in meanings["-a"]
    assert "directory" in meanings["-d"]
    assert [part.text for part in parts if part.kind == "operand" and part.depth == 1] == ['"$n"', "2"]


@needs_man
def test_scripts_of_sed_and_awk_are_told_as_scripts(programs: Programs) -> None:
    parts = of("sed -n 5p x | awk -F: '{print $1}' y | sed -e p z", programs).parts
    assert [part.text for part in parts if part.kind == "script"] == ["5p", "'{print $1}'"]


def test_deep_and_long_commands_are_bounded() -> None:
    deep = "$(" * 60 + "a" + ")" * 60
    assert any(part.kind == "too deep" for part in of(f"echo {deep}", Programs()).parts)
    assert len(of("; ".join(["a"] * 150), Programs()).parts) <= 400
    assert of("sh -c " + "'sh -c " * 3, Programs()).error
    chain = of(" | ".join(["a"] * 150), Programs())
    assert {part.depth for part in chain.parts} == {0}


def test_what_cannot_be_parsed_says_where() -> None:
    assert of("ls |", Programs()).error.endswith("(at 1:4)")


def test_lines_are_aligned_wrapped_and_harmless() -> None:
    explanation = Explanation(
        command="x",
        parts=(
            Explained(kind="program", text="ls", meaning="list directory contents " * 6, origin="man"),
            Explained(kind="option", text=f"--{HOSTILE}", depth=1, meaning=HOSTILE),
            Explained(kind="option", text="--" + "long" * 40, depth=1, meaning="something"),
            Explained(kind="option", text="-q", depth=1),
            Explained(kind="out", text="2>/dev/null", about="/dev/null", depth=1),
            Explained(kind="same as", text="2>&1", about="1", depth=1),
            Explained(kind="program", text="找", meaning="查找文件" * 30),
        ),
        tier="ASK",
        reasons=(HOSTILE,),
    )
    for say in (Words(), speak("zh")):
        lines = explained.lines(explanation, say, 60)
        assert max(cell_len(f"{line.left}{line.right}") for line in lines) <= 60
        assert not FORBIDDEN.search("".join(f"{line.left}{line.right}" for line in lines))
        starts = {cell_len(line.left) for line in lines if line.left and line.right}
        assert len(starts) == 1
    told = [line.right for line in explained.lines(explanation, Words(), 200)]
    assert "unknown" in told
    assert "error messages: thrown away" in told
    assert "error messages: to where output goes" in told


@needs_man
def test_the_command_explains_and_runs_nothing(aishell: Run, home: Path) -> None:
    done = aishell("explain", "--no-model", "touch -c x > made")
    assert done.returncode == 0
    assert "do not create any files" in done.stdout
    assert "into the file made" in done.stdout
    assert "DRY" in done.stdout
    assert not (home / "made").exists()


@needs_man
def test_programs_get_the_parts_as_json(aishell: Run) -> None:
    said = json.loads(aishell("explain", "--json", "--no-model", "ls", "-a", "--frob").stdout)
    assert (said["command"], said["tier"], said["unknown"], said["exit_code"]) == ("ls -a --frob", "READ", ["--frob"], 0)
    program, option, unknown = said["parts"]
    assert (program["kind"], program["source"]) == ("program", "man")
    assert (option["text"], option["about"], option["depth"]) == ("-a", "-a, --all", 1)
    assert (unknown["meaning"], unknown["source"]) == (None, None)


@pytest.mark.parametrize("arguments", [[], ["--frob", "ls"], ["ls |"], [" "]])
def test_what_cannot_be_explained_is_wrong_usage(aishell: Run, arguments: list[str]) -> None:
    done = aishell("explain", *arguments)
    assert done.returncode == 64
    assert done.stdout == ""


def test_a_model_only_adds_the_sentence_that_joins_them(aishell: Run, script: Script) -> None:
    done = aishell("explain", "rm -f x", env=script({"^Request": "It removes x."}))
    assert done.returncode == 0
    *parts, sentence = done.stdout.splitlines()
    assert sentence == "It removes x."
    assert parts[0].startswith("rm")
    assert parts[1].startswith("  -f")


def test_without_a_model_the_parts_are_explained_all_the_same(aishell: Run) -> None:
    done = aishell("explain", "rm -f x", env={"AISHELL_MODEL_USE": "/nonexistent.gguf"})
    assert done.returncode == 0
    assert done.stdout.startswith("rm")


def test_the_parts_are_told_in_chinese(aishell: Run) -> None:
    done = aishell("explain", "--no-model", "a && b > c", env={"LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"})
    assert "如果成功：" in done.stdout
    assert "写入文件 c" in done.stdout
