"""However a person has set up their shell, and whatever takes its place, commands begin and end where they do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aishell.actions.shell.door import Kind
from aishell.core.shell import Ended
from tests.shells import RC, Drive, Session, drive, start


def write_rc(home: Path, kind: Kind, text: str) -> None:
    (home / RC[kind]).write_text(text)


def test_nested_shells_are_output_of_the_command_that_started_them(run: Drive) -> None:
    async def script(session: Session) -> None:
        for inner in ("bash --norc", "zsh -f", "sh", "bash -c 'bash --norc -i'"):
            if not shutil.which(inner.split()[0]):
                continue
            await session.shell.run(inner)
            await session.waits()
            await session.shell.write(b"echo in''side\r")
            await session.prints(b"inside")
            await session.shell.write(b"exit 5\r")
            ran = await session.ends()
            assert ran.status == 5, (inner, ran)
        assert await session.text("echo outside") == "outside\n"

    run(script)


@pytest.mark.parametrize("other", ["bash", "zsh"])
def test_a_shell_that_takes_the_first_ones_place_is_brought_in(run: Drive, other: str) -> None:
    if not shutil.which(other):
        pytest.skip(f"no {other} here")

    async def script(session: Session) -> None:
        assert (await session.run(f"exec {other}")).status == 0
        assert session.shell.kind == other
        ran = await session.run("echo ${BASH_VERSION:+bash}${ZSH_VERSION:+zsh}; cd /usr; (exit 4)")
        assert (ran.text, ran.status, ran.cwd) == (f"{other}\n", 4, "/usr")

    run(script)


_SETTINGS = {
    "bash": {
        "a string": "PROMPT_COMMAND='history -a; true'",
        "an array": "PROMPT_COMMAND=('true' 'false')",
        "a failing hook": "PROMPT_COMMAND='no-such-hook 2>/dev/null'",
        "preexec style": "trap 'last=$BASH_COMMAND' DEBUG; PROMPT_COMMAND='seen=$last'",
        "unset variables": "set -u",
        "readonly prompt": "readonly PS1='mine> '",
        "readonly variables": "readonly PROMPT_COMMAND='true' line=1 status=2 last=3 keys=4",
        "readonly history control": "readonly HISTCONTROL=ignoreboth",
        "vi keys": "set -o vi",
        "no bracketed paste": "bind 'set enable-bracketed-paste off'",
        "no clobber": "set -o noclobber; shopt -s nullglob failglob extglob globstar",
        "posix": "set -o posix",
        "verified history": "shopt -s histverify histreedit",
        "a coloured prompt": r"PS1='\[\e[32m\]\u@\h:\w\n$(echo x)\$\[\e[0m\] '",
        "IFS": "IFS=x",
    },
    "zsh": {
        "a hook": "precmd() { true; false }; preexec() { x=$1 }",
        "hooks": "a() { PS1='new> ' }; precmd_functions=(a)",
        "unset variables": "setopt no_unset",
        "readonly prompt": "PS1='mine> '; readonly PS1",
        "readonly variables": "readonly line=1 state=2 keys=4 door=5",
        "vi keys": "bindkey -v",
        "like ksh": "setopt ksh_arrays sh_word_split no_clobber ksh_glob null_glob",
        "verified history": "setopt hist_verify hist_ignore_all_dups share_history",
        "a prompt on both sides": "PS1='%F{green}%~%f\n%# '; RPS1='%T'; setopt prompt_subst transient_rprompt",
        "a widget": "zle-line-finish() { : }; zle -N zle-line-finish; zle-line-init() { : }; zle -N zle-line-init",
        "IFS": "IFS=x",
    },
}


@pytest.mark.parametrize(
    ("shell", "name"), [(shell, name) for shell, settings in _SETTINGS.items() for name in settings], ids=str
)
def test_boundaries_hold_however_the_shell_is_set_up(home: Path, shell: Kind, name: str) -> None:
    write_rc(home, shell, _SETTINGS[shell][name] + "\n")

    async def script(session: Session) -> None:
        for _ in range(2):
            ran = await session.run("echo out; (exit 7)")
            assert (ran.text, ran.status, ran.began) == ("out\n", 7, "echo out; (exit 7)")
            assert await session.text("echo a; echo $?") == "a\n0\n"
            assert (await session.run("")).output == b""
            assert (await session.run("echo )")).began is None
            ran = await session.run("!-2")  # nothing else begins in a set-up of ours
            assert isinstance(ran.events[-1], Ended)
            if not name.startswith("readonly"):  # known only when nothing has followed for 3 s
                assert (await session.run("!no-such-event")).began is None

    drive(lambda: start(shell, home), script)


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "PROMPT_COMMAND='true'"),
        ("bash", "PROMPT_COMMAND=(true true)"),
        ("bash", "unset PROMPT_COMMAND PS0 PS2"),
        ("bash", "PS1='changed> ' PS0='begun'"),
        ("bash", "readonly PS1"),
        ("bash", "trap 'true' DEBUG; trap 'true' ERR; trap 'true' EXIT"),
        ("bash", "set -eu"),
        ("bash", "shopt -s extdebug; set -o functrace"),
        ("bash", "set +o history"),
        ("zsh", "precmd_functions=() preexec_functions=()"),
        ("zsh", "PS1='changed> '; unset RPS1"),
        ("zsh", "setopt no_unset err_return"),
        ("zsh", "precmd_functions+=(later); later() { PS1='later> ' }"),
    ],
)
def test_boundaries_hold_when_the_settings_change(home: Path, shell: Kind, line: str) -> None:
    async def script(session: Session) -> None:
        assert (await session.run(line)).status == 0
        for _ in range(2):
            ran = await session.run("echo out; ! true")
            assert (ran.text.removeprefix("begun"), ran.status) == ("out\n", 1)
            assert (await session.text("echo 2")).removeprefix("begun") == "2\n"

    drive(lambda: start(shell, home), script)


def test_a_trace_stays_out_of_our_way(run: Drive) -> None:
    async def script(session: Session) -> None:
        await session.run("set -x")
        ran = await session.run("echo out; (exit 3)")
        assert ran.status == 3
        assert "\nout\n" in ran.text
        await session.run("set +x")
        assert await session.text("echo clean") == "clean\n"

    run(script)


def test_prompts_are_their_owners_while_a_command_runs(run: Drive, kind: Kind, home: Path) -> None:
    write_rc(home, kind, "PS1='mine> '\n")

    async def script(session: Session) -> None:
        assert await session.text('echo "$PS1"') == "mine> \n"
        await session.run("PS1='other> '")
        assert await session.text('echo "$PS1"') == "other> \n"

    run(script)
