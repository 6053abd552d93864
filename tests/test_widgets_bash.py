"""aishell's keys in a bash with other people's hooks and options."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from tests.conftest import AISHELL
from tests.shells import RC, Session, drive
from tests.shells import start as start_shell
from tests.widgeting import ASK, ENTER, AtPrompt

Start = Callable[..., AtPrompt]


@pytest.fixture
def start(home: Path, environment: dict[str, str], script: Callable[..., dict[str, str]]) -> Start:
    scripted = script({".": "ls -l 'ü x'"})

    def begin(before: str = "", after: str = "", init: tuple[str, ...] = ()) -> AtPrompt:
        return AtPrompt("bash", home, {**environment, **scripted}, before=before, after=after, init=init)

    return begin


@pytest.mark.parametrize("options", ["set -u", "set -o vi", "shopt -s nocasematch failglob; IFS=lin", "set -f; set -o posix"])
def test_options_of_the_person_change_nothing(start: Start, options: str) -> None:
    with start(before=options, init=("--record",)) as shell:
        shell.types("zeig mir die größe, please" + ASK)
        assert shell.line() == "ls -l 'ü x'"
        shell.types("\x15")
        assert shell.runs("echo on") == "on\n"


def test_a_key_that_fails_does_not_end_a_shell_that_ends_on_failures(start: Start) -> None:
    with start(after="__ai_python=/gone; set -e") as shell:
        shell.types("zeig mir was, please" + ASK)
        shell.sees("not where it was")
        shell.types("\x15")
        assert shell.runs("echo on") == "on\n"


@pytest.mark.parametrize(
    "hooks", ["PROMPT_COMMAND='seen=$?'", "PROMPT_COMMAND=('seen=$?' ':')", "unset PROMPT_COMMAND", "PROMPT_COMMAND="]
)
def test_hooks_of_others_are_kept_and_find_the_status_as_it_was(start: Start, hooks: str) -> None:
    with start(before=f"{hooks}\ntrap 'echo bye' EXIT\nPS0='(ran)'", init=("--record",)) as shell:
        shell.types("(exit 7)" + ENTER)
        shell.sees("(ran)", "ready> ")
        if "seen" in hooks:
            assert shell.runs("echo $seen") == "7\n"
        assert "echo bye" in shell.runs("trap -p EXIT")


def test_the_status_is_there_for_the_person_and_a_trap_for_ctrl_c_is_kept(start: Start) -> None:
    with start(before="trap 'echo mine' INT") as shell:
        shell.types("(exit 7)" + ENTER)
        shell.sees("ready> ")
        assert shell.runs("echo $?") == "7\n"
        shell.types("zeig mir was, please" + ASK)
        assert shell.line() == "ls -l 'ü x'"
        shell.types("\x15")
        assert shell.runs("trap -p INT") == "trap -- 'echo mine' SIGINT\n"


FZF = Path("/usr/share/doc/fzf/examples/key-bindings.bash")


@pytest.mark.skipif(not FZF.is_file(), reason="no fzf here")
@pytest.mark.parametrize("place", ["before", "after"])
def test_the_keys_of_fzf_stay(start: Start, place: str) -> None:
    with start(**{place: f". {FZF}"}) as shell:
        assert int(shell.runs("{ bind -X; bind -S; bind -s; } | grep -c fzf")) > 0
        shell.types("zeig mir was, please" + ASK)
        assert shell.line() == "ls -l 'ü x'"


def test_reading_the_code_twice_adds_one_hook(start: Start, home: Path) -> None:
    with start() as shell:
        assert shell.runs(". ~/.bashrc; . ~/.bashrc; echo ${PROMPT_COMMAND[@]}") == "__ai_prompt\n"


def test_below_aishell_itself_there_are_no_keys_and_nothing_of_its_own_is_touched(
    kind: Kind, home: Path, environment: dict[str, str]
) -> None:
    code = subprocess.run([*AISHELL, "init", kind, "--record"], env=environment, capture_output=True, text=True, check=True)
    (home / RC[kind]).write_text(code.stdout)

    async def script(session: Session) -> None:
        keys = {"bash": "bind -X | grep -c __ai_key", "zsh": "bindkey | grep -c aishell-ask"}[kind]
        assert (await session.run(keys)).text == "0\n"
        assert (await session.run("echo $PROMPT_COMMAND $precmd_functions | grep -c __ai_")).text == "0\n"

    drive(lambda: start_shell(kind, home), script)


def test_a_command_that_the_history_does_not_have_is_not_recorded_as_the_one_before(start: Start) -> None:
    with start(before="HISTCONTROL=ignoreboth", init=("--record",)) as shell:
        shell.types("echo one" + ENTER + " echo hidden" + ENTER)
        told = shell.runs("declare -p __ai_entry __ai_known")
        assert shell.runs("[[ $__ai_line == *hidden* ]]; echo $?") == "1\n"
        assert "__ai_entry" in told
