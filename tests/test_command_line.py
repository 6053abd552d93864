"""Completions, the man page and the help: that they say what the program takes."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from aishell import cli
from aishell.cli import help as helping
from aishell.cli.grammar import _PARSED, _WRITTEN, grammar
from aishell.core.errors import UsageError
from aishell.integrate.code import SHELLS, ShellName
from aishell.integrate.completion import Place, places
from tests.conftest import Run
from tests.widgeting import AtPrompt

INTERNAL = {"widget", "recorded"}
"""For the shells' own code; nobody types them."""
ALL = list(places(grammar()))


def test_every_command_is_in_the_grammar() -> None:
    assert {verb.name for verb in grammar().verbs} == set(cli._COMMANDS) - INTERNAL
    assert not set(_PARSED) & {command.name for command in _WRITTEN}


def test_what_the_usage_names_is_in_the_grammar() -> None:
    known = {name for place in ALL for name, _ in place.words} | {"-c", "-h", "-V", "--"}
    assert set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", cli.USAGE)) <= known


@pytest.mark.parametrize("name", [command.name for command in _WRITTEN])
def test_the_options_and_verbs_of_a_command_that_reads_its_own_arguments_are_those_in_its_code(name: str) -> None:
    command = next(each for each in _WRITTEN if each.name == name)
    module = "undo" if name == "redo" else cli._COMMANDS[name]
    constants = set(_constants(Path(str(import_module(f"aishell.cli.{module}").__file__))))
    said = {option for _, each in command.everything() for one in each.options for option in one.names}
    assert said <= constants
    assert {verb.name for verb in command.verbs} <= constants
    missing = {word for word in constants if re.fullmatch("--[a-z-]{2,}", word)} - said - {"--norc", "--noprofile"}
    assert not missing or name == "redo"


def _constants(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_a_verb_of_a_parsed_command_is_accepted_and_an_invented_one_is_not() -> None:
    for name in ("model", "memory", "init", "help"):
        with pytest.raises(UsageError):
            import_module(f"aishell.cli.{name}").parser().parse_args(["invented"])
    memory = next(verb for verb in grammar().verbs if verb.name == "memory")
    from aishell.cli.memory import _VERBS

    assert {verb.name for verb in memory.verbs} == set(_VERBS.split())


SCRIPT = {
    "bash": "COMP_WORDS=({words} ''); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _aishell; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
    "zsh": 'found=(); _aishell_words {at}; print -rl -- "${{(@)found%%:*}}"',
    "fish": "complete -C '{words} ' | string replace -r '\\t.*' ''; complete -C '{words} -' | string replace -r '\\t.*' ''",
}


@pytest.mark.parametrize("kind", SHELLS)
def test_each_shell_offers_what_the_grammar_has_at_each_place(kind: ShellName, aishell: Run, tmp_path: Path) -> None:
    if not shutil.which(kind):
        pytest.skip(f"no {kind} here")
    file = tmp_path / "completion"
    file.write_text(aishell("init", kind, "--completion").stdout)
    told = f". {file}\n" + "".join(f"echo @@\n{_asking(kind, place)}\n" for place in ALL)
    (empty := tmp_path / "empty").mkdir()
    done = subprocess.run([kind, "-c", told], capture_output=True, text=True, check=False, cwd=empty)
    assert done.stderr == ""
    answers = done.stdout.split("@@\n")[1:]
    assert len(answers) == len(ALL)
    for place, answer in zip(ALL, answers, strict=True):
        offered = {line for line in answer.splitlines() if line}
        wanted = {word for word, _ in place.words}
        assert wanted <= offered, place.at
        if not place.runs:
            assert offered <= wanted, place.at


def _asking(kind: ShellName, place: Place) -> str:
    return SCRIPT[kind].format(words=place.at, at=f"'{place.at}'")


TYPED = {"aishell memory fo": "aishell memory forget ", "aishell recall --only no": "aishell recall --only notes "}


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("typed", TYPED)
def test_tab_completes_at_the_prompt(
    kind: ShellName, typed: str, aishell: Run, home: Path, environment: dict[str, str]
) -> None:
    (home / "completion").write_text(aishell("init", kind, "--completion").stdout)
    before = "autoload -Uz compinit; compinit -u -d ~/.dump\n" if kind == "zsh" else ""
    with AtPrompt(kind, home, environment, before=f"{before}. ~/completion") as shell:
        shell.types(f"{typed}\t")
        assert shell.line() == TYPED[typed]


def test_the_man_page_renders_without_a_warning_and_names_every_option(aishell: Run, tmp_path: Path) -> None:
    if not shutil.which("groff"):
        pytest.skip("no groff here")
    page = tmp_path / "aishell.1"
    page.write_text(aishell("help", "--man").stdout)
    rendered = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-c", str(page)], capture_output=True, text=True, check=False
    )
    assert rendered.stderr == ""
    text = " ".join(re.sub(".\b", "", rendered.stdout).replace("\u2010\n", "").replace("\u2010", "-").split())
    for place in ALL:
        for word, _ in place.words:
            assert word in text, (place.at, word)


@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize("topic", helping.TOPICS)
def test_a_topic_fits_on_a_screen_in_each_language(topic: str, spoken: str) -> None:
    text = helping.text(topic, spoken)
    assert (helping._TEXTS / spoken / f"{topic}.txt").is_file()
    assert text.startswith(topic)
    lines = text.splitlines()
    assert len(lines) <= 23
    assert max(map(_columns, lines)) <= 98


@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_the_help_names_no_command_and_no_option_that_does_not_exist(spoken: str) -> None:
    known = {name for place in ALL for name, _ in place.words} | {"-c"}
    for topic in helping.TOPICS:
        text = helping.text(topic, spoken)
        assert {word for word in re.findall(r"aishell ([a-z]+)\b", text) if word not in ("in", "help")} <= known
        assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text)) <= known


def _columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def test_help_is_told_in_the_persons_language_and_a_wrong_topic_is_a_wrong_command_line(aishell: Run) -> None:
    assert "Alt-A" in aishell("help", "keys").stdout
    assert aishell("help", "cheat").stdout == aishell("help", "keys").stdout
    assert "撤销改动" in aishell("help", "undo", env={"LC_ALL": "zh_CN.UTF-8"}).stdout
    assert aishell("help", "undo", env={"AISHELL_UI_LANGUAGE": "zh"}).stdout.startswith("undo：")
    assert "aishell help TOPIC" in aishell("help").stdout
    assert aishell("help", "nothing").returncode == UsageError.exit_status
