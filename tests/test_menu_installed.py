"""Completion functions of bash: asked as bash asks them, and nothing that is typed ever runs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aishell.core.menu import Offer
from aishell.suggest.menu import installed
from aishell.suggest.menu.bash_child import BashChild, bash_completion
from tests.menus import offered, repository, typed

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
REAL = bash_completion(Path.home())

MINE = """
_mine() {
    case $3 in
        --hang) while :; do read -t 1 <> <(:); done ;;
        --exit) exit 3 ;;
        --much) COMPREPLY=($(seq 5000)); return ;;
        --cd) cd /tmp; MADE=1; COMPREPLY=(moved); return ;;
        --where) COMPREPLY=("$PWD" "made${MADE-}"); return ;;
        --files) compopt -o filenames; COMPREPLY=("a b" gone "half a name)"); return ;;
        --space) compopt -o nospace; COMPREPLY=("whole " part); return ;;
        --quoted) COMPREPLY=("it\\\\'s" '"two words"' '$(touch planted)'); return ;;
        --evil) COMPREPLY=($'esc\\e[31m' $'two\\nlines'); return ;;
        --told) COMPREPLY=("$COMP_LINE" "$COMP_POINT" "$COMP_CWORD" "$1" "$2"); return ;;
        --reads) read -r x; COMPREPLY=("read-$?"); echo noise; echo noise >&2; return ;;
    esac
    eval "x=$2"
    COMPREPLY=($(compgen -W "alpha beta --color= --colour" -- "$2"))
}
complete -F _mine mine
complete -W "one two three" words
complete -A signal signals
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BashChild]:
    """A bash with completions of ours, for programs that are on PATH."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    for name in ("mine", "words", "signals", "unknown"):
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\ntouch planted\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (tmp_path / "completions").write_text(MINE)
    made = BashChild(str(tmp_path / "completions"), lambda: os.environ, seconds=3.0)
    yield made
    made.close()


@pytest.fixture
def ask(child: BashChild, tmp_path: Path) -> Callable[[str], dict[str, Offer]]:
    return lambda line: offered(installed.source(child), line, tmp_path)


Ask = Callable[[str], dict[str, Offer]]


def test_functions_words_and_actions_reply(ask: Ask) -> None:
    assert list(ask("mine al")) == ["alpha"]
    found = ask("mine --col")
    assert (found["--color="].sort, found["--color="].final) == ("option", False)
    assert found["--colour"].final
    assert list(ask("words t")) == ["two", "three"]
    assert "SIGTERM" in ask("signals SIGT")
    assert ask("unknown x") == {}


def test_a_function_sees_the_line_as_bash_would_show_it(ask: Ask) -> None:
    assert list(ask("mine --told x")) == ["mine --told x", "13", "2", "mine", "x"]


def test_the_end_of_a_word_behind_a_sign_is_completed_and_the_rest_kept(child: BashChild) -> None:
    words, kept, word = installed.split(typed("/usr/bin/mine --color=al"))
    assert (words, kept, word) == (["mine", "--color", "=", "al"], "--color=", "al")
    assert installed.split(typed("mine a:")) == (["mine", "a", ":"], "a:", "")
    assert installed.split(typed("mine ")) == (["mine", ""], "", "")


def test_replies_are_words_whatever_is_in_them(ask: Ask, tmp_path: Path) -> None:
    assert set(ask("mine --quoted ")) == {"it's", "two words", "$(touch planted)"}
    (tmp_path / "a b").touch()
    files = ask("mine --files ")
    assert files["a b"].sort == "file"
    assert files["gone"].sort == "completion"
    assert "half a name)" not in files
    space = ask("mine --space ")
    assert space["whole"].final
    assert not space["part"].final
    assert ask("mine --evil ") == {}
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize(
    "word",
    ["$(touch planted)", "`touch planted`", "<(touch planted)", "x;touch planted", "$PLANTED", "a[$(touch planted)]", "x&", "(",
     "'x", '"x', "a\\b", "new\nline", "a b", "!x", "{a,b}", "x>planted", "*", "~$x", "\x1b[31m"],
)  # fmt: skip
def test_words_that_could_be_code_are_never_handed_to_a_function(child: BashChild, tmp_path: Path, word: str) -> None:
    """The function evaluates its word, as some do."""
    for place in (typed("mine ", tmp_path), typed("mine x ", tmp_path)):
        with_word = type(place)(words=(*place.words[:1], word, *place.words[2:]), folder=str(tmp_path))
        assert not installed.may_be_asked(with_word)
    assert not installed.may_be_asked(typed(f"mi{word}ne x", tmp_path))
    assert not (tmp_path / "planted").exists()


def test_words_of_names_are_handed_over(child: BashChild) -> None:
    for word in ("--color=auto", "user@host:/a/b", "~/x", "HEAD^", "报告.txt", "a,b+c", "#1", "%1", ""):
        assert installed.may_be_asked(typed(f"mine {word}")), word


def test_neither_a_folders_own_files_nor_the_network_nor_another_program_is_asked(child: BashChild, tmp_path: Path) -> None:
    for line in ("make ", "rake ", "gulp x", "scp host:", "git add ", "nothing-of-this-name x"):
        assert not installed.may_be_asked(typed(line, tmp_path)), line
    (tmp_path / "words").symlink_to("/bin/true")
    assert not installed.may_be_asked(typed(f"{tmp_path}/words t", tmp_path))
    assert installed.may_be_asked(typed(f"{tmp_path}/bin/words t", tmp_path))
    assert not installed.may_be_asked(typed("mine x", fixed=False))


def test_a_function_that_hangs_is_killed_and_the_next_question_is_answered(child: BashChild, tmp_path: Path) -> None:
    quick = BashChild(str(tmp_path / "completions"), lambda: os.environ, seconds=0.3)
    source = installed.source(quick)
    assert list(offered(source, "words t", tmp_path)) == ["two", "three"]
    first = quick.number
    with pytest.raises(TimeoutError):
        offered(source, "mine --hang ", tmp_path)
    assert quick.number == 0
    assert not _runs(first)
    assert list(offered(source, "words t", tmp_path)) == ["two", "three"]
    assert quick.number not in (0, first)
    quick.close()


def test_what_a_function_does_to_its_shell_is_gone_with_it(ask: Ask, child: BashChild, tmp_path: Path) -> None:
    ask("words t")
    first = child.number
    assert list(ask("mine --cd ")) == ["moved"]
    assert list(ask("mine --where ")) == [str(tmp_path), "made"]
    assert ask("mine --exit ") == {}
    assert list(ask("mine --reads ")) == ["read-1"]
    assert child.number == first


def test_replies_are_bounded(ask: Ask) -> None:
    assert len(ask("mine --much ")) == 2000


def test_a_child_that_somebody_ends_is_started_again(ask: Ask, child: BashChild) -> None:
    assert ask("words t")
    os.kill(child.number, 9)
    while _runs(child.number):
        time.sleep(0.01)
    assert list(ask("words t")) == ["two", "three"]


def test_what_makes_bash_run_files_of_its_own_accord_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(f"touch {tmp_path}/planted\n")
    (tmp_path / "completions").write_text(MINE)
    hostile = {**os.environ, "BASH_ENV": str(tmp_path / "env"), "BASH_FUNC_read%%": f"() {{ touch {tmp_path}/planted; }}"}
    child = BashChild(str(tmp_path / "completions"), lambda: hostile)
    assert child.ask("words t", ["words", "t"], "t", str(tmp_path)).words == ("two", "three")
    child.close()
    assert not (tmp_path / "planted").exists()


@pytest.mark.skipif(not REAL, reason="bash-completion is not installed")
def test_the_installed_completions_are_used(tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo")
    child = BashChild(REAL, lambda: os.environ)
    source = installed.source(child)
    assert "main" in offered(source, "git checkout ma", repo)
    assert "--amend" in offered(source, "git commit --am", repo)
    assert any(name.startswith("root") for name in offered(source, "chown ro", repo))
    child.close()


@pytest.mark.skipif(not REAL, reason="bash-completion is not installed")
def test_a_persons_own_completion_files_are_used_as_well(child: BashChild, tmp_path: Path) -> None:
    own = tmp_path / "data" / "bash-completion" / "completions"
    own.mkdir(parents=True)
    (own / "unknown").write_text("complete -W 'first second' unknown\n")
    real = BashChild(REAL, lambda: {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")})
    assert list(offered(installed.source(real), "unknown f", tmp_path)) == ["first"]
    real.close()


def _runs(number: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
