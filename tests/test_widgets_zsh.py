"""aishell's keys in a zsh with other people's hooks and options; suggestions in grey, with a real engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aishell import wiring
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.load import load
from aishell.config.paths import Paths
from tests.widgeting import ASK, CTRL_C, ENTER, SUGGEST, AtPrompt

Start = Callable[..., AtPrompt]
RIGHT = "\x1b[C"


@pytest.fixture
def start(home: Path, environment: dict[str, str], script: Callable[..., dict[str, str]]) -> Start:
    scripted = script({".": "ls -l 'ü x'"})

    def begin(before: str = "", after: str = "", init: tuple[str, ...] = (), **others: str) -> AtPrompt:
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
def engine(home: Path, environment: dict[str, str], spec: LlamaSpec, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A running engine that suggests, and the variables with which it is found."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as folder:
        variables = {**environment, "XDG_RUNTIME_DIR": folder}
        paths = Paths.from_environment(variables)
        settings = load(paths.config_file, {}).settings
        suggest = wiring.suggest_spec(settings, paths).to_wire()
        place = Place(paths.runtime, spec.key())
        backend = EngineBackend(spec, memory={}, suggest=suggest, place=place)
        asyncio.run(_ready(backend))
        yield {"XDG_RUNTIME_DIR": folder}
        from aishell.backends import launch

        launch.stop(place)


async def _ready(backend: EngineBackend) -> None:
    await backend.describe()
    await backend.close()


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


def test_no_grey_where_another_plugin_has_its_own(start: Start, home: Path, engine: dict[str, str]) -> None:
    (home / ".zsh_history").write_bytes(_metafied(HISTORY))
    with start(before="_zsh_autosuggest_start() { : }", **engine) as shell:
        _known(shell)
        assert shell.runs("_zsh_autosuggest_strategy_aishell 'echo grö'; print -r -- $suggestion") == (
            "echo größe eins zwei drei\n"
        )
        shell.types("echo grö")
        shell.line()
        assert "eins" not in shell.screen.rpartition("ready> ")[2]


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
