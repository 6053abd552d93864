"""aishell's keys in a zsh with other people's hooks and options; suggestions in grey, with a real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aishell.backends.spec import LlamaSpec
from tests.widgeting import ASK, CTRL_C, ENTER, SUGGEST, AtPrompt, suggesting

Start = Callable[..., AtPrompt]
RIGHT = "\x1b[C"


@pytest.fixture
def start(home: Path, environment: dict[str, str], script: Callable[..., dict[str, str]]) -> Start:
    scripted = script({".": "ls -l 'ü x'"})

    def begin(before: str = "", after: str = "", init: tuple[str, ...] = (), **others: str) -> AtPrompt:
        after = f"{after}\n{others.pop('after_all', '')}"
        return AtPrompt("zsh", home, {**environment, **scripted, **others}, before=before, after=after, init=init)

    return begin


@pytest.mark.parametrize("options", ["setopt nounset", "bindkey -v", "setopt ksh_arrays sh_word_split glob_subst no_match"])
def test_options_of_the_person_change_nothing(start: Start, options: str) -> None:
    with start(after=options, init=("--record",)) as shell:
        shell.types("zeig mir die größe, please" + ASK)
        assert shell.line() == "ls -l 'ü x'"
        shell.screen = ""
        shell.types(CTRL_C)
        shell.sees("ready> ")
        assert shell.runs("echo on") == "on\n"


def test_hooks_of_others_are_kept_and_find_the_status_as_it_was(start: Start) -> None:
    hooks = "precmd() { seen=$? }; preexec() { ran=yes }; TRAPEXIT() { : }"
    with start(before=hooks, init=("--record",)) as shell:
        shell.types("(exit 7)" + ENTER)
        shell.sees("ready> ")
        assert shell.runs("echo $seen $ran") == "7 yes\n"
        assert "__aishell" not in shell.runs("print -l $jobstates")


@pytest.fixture
def engine(environment: dict[str, str], spec: LlamaSpec) -> Iterator[dict[str, str]]:
    with suggesting(environment, spec) as found:
        yield found


HISTORY = "".join(f": {1790000000 + n}:0;echo größe eins zwei drei\n" for n in range(6))


def test_the_rest_of_a_line_stands_there_in_grey_and_a_key_takes_it(start: Start, home: Path, engine: dict[str, str]) -> None:
    (home / ".zsh_history").write_bytes(_metafied(HISTORY))
    with start(**engine) as shell:
        _known(shell)
        shell.types("echo grö")
        shell.sees("eins zwei drei")
        assert shell.line() == "echo grö"
        shell.types(RIGHT)
        assert shell.line() == "echo größe eins zwei drei"


PLUGIN = Path("/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh")


@pytest.mark.skipif(not PLUGIN.is_file(), reason="no zsh-autosuggestions here")
@pytest.mark.parametrize("place", ["before", "after"])
def test_zsh_autosuggestions_has_the_grey_for_itself_and_can_ask(
    start: Start, home: Path, engine: dict[str, str], place: str
) -> None:
    (home / "engine_history").write_bytes(_metafied(HISTORY))
    plugin = f". {PLUGIN}; ZSH_AUTOSUGGEST_STRATEGY=(aishell)"
    with start(**{place: plugin}, after_all="HISTFILE=$HOME/engine_history", **engine) as shell:
        _known(shell)
        shell.types("echo grö")
        shell.sees("eins zwei drei")
        assert shell.runs(": ; print -r -- $__ai_lit") == "\n"


def _known(shell: AtPrompt) -> None:
    """Until the engine has read the history."""
    for _ in range(40):
        shell.types("echo grö" + SUGGEST)
        found = shell.line()
        shell.types("\x15")
        if found != "echo grö":
            assert found == "echo größe eins zwei drei"
            shell.screen = ""
            return
    raise AssertionError(shell.screen)


def _metafied(text: str) -> bytes:
    """As zsh writes it."""
    return b"".join(bytes((0x83, byte ^ 32)) if 0x83 <= byte <= 0xA2 else bytes((byte,)) for byte in text.encode())
