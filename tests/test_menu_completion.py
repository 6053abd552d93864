"""What sources offer and what lies on the disk, in one order, and written so that bash reads it as what was meant."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from aishell.core.matching import Fit, Matcher
from aishell.core.menu import Menu, Offer, Offered, Sort, Typed
from aishell.core.text import has_hidden
from aishell.ui.editing import reasons
from aishell.ui.editing.calls import place
from aishell.ui.editing.candidates import Completion
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.line import Line
from tests.prompting import sources
from tests.test_completion import HOSTILE


def menu_of(*offers: Offer, alone: bool = False) -> Menu:
    def menu(typed: Typed) -> Iterator[Offered]:
        yield Offered(offers=offers, alone=alone)

    return menu


def completed(folder: Path, text: str, menu: Menu | None) -> Completion:
    return sources(folder / ".state", menu=menu).completer.complete(text, len(text), str(folder))


def lines(folder: Path, text: str, *offers: Offer) -> list[str]:
    found = completed(folder, text, menu_of(*offers)).candidates
    return [text[: each.start] + each.insert + text[each.end :] for each in found]


def branch(text: str, meaning: str = "") -> Offer:
    return Offer(text=text, sort="branch", meaning=meaning)


@pytest.mark.parametrize(
    ("typed", "name", "fit"),
    [
        ("", "x", Fit.EXACT),
        ("do", "docker", Fit.EXACT),
        ("DO", "docker", Fit.FOLDED),
        ("dcmp", "docker-compose.yml", Fit.LOOSE),
        ("报二", "报告 二.txt", Fit.LOOSE),
        ("dx", "docker", Fit.NONE),
        ("rd", "docker", Fit.NONE),
        ("k", "docker", Fit.NONE),
        (".*", "docker", Fit.NONE),
    ],
)
def test_how_a_name_fits(typed: str, name: str, fit: Fit) -> None:
    assert Matcher(typed).fit(name) == fit


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("dcmp", "docker-compose.yml", "decompress.py"),
        ("gc", "git-commit", "magic"),
        ("test", "my_test.py", "the_last_thing"),
        ("gm", "getMore", "gamma"),
        ("ab", "xab", "xab-with-a-much-longer-name"),
    ],
)
def test_letters_that_begin_words_or_stand_together_are_closer(typed: str, better: str, worse: str) -> None:
    matcher = Matcher(typed)
    assert matcher.closeness(better) > matcher.closeness(worse)


def test_a_name_whose_small_letters_are_longer_does_no_harm() -> None:
    assert Matcher("ss").fit("GROẞE") == Fit.LOOSE
    assert isinstance(Matcher("ss").closeness("GROẞE"), float)


def test_beginnings_come_before_letters_and_exact_ones_before_others(tmp_path: Path) -> None:
    (tmp_path / "Main.txt").touch()
    assert lines(tmp_path, "git checkout ma", branch("main"), branch("Map"), branch("my-branch-a")) == ["git checkout main"]
    found = lines(tmp_path, "git checkout MAI", branch("main"), branch("x-mai"))
    assert found == ["git checkout main", "git checkout Main.txt"]
    assert lines(tmp_path, "git checkout mba", branch("my-branch-a"), branch("main")) == ["git checkout my-branch-a"]


def test_things_of_which_one_is_looked_for_come_before_files_and_each_once(tmp_path: Path) -> None:
    (tmp_path / "main.py").touch()
    (tmp_path / "many").mkdir()
    found = lines(tmp_path, "git checkout m", branch("mine"), Offer(text="main.py", sort="completion"), branch("main"))
    assert found == ["git checkout mine", "git checkout main", "git checkout main.py", "git checkout many/"]


def test_of_two_that_make_the_same_word_the_one_that_says_more_is_shown(tmp_path: Path) -> None:
    offers = (Offer(text="--all", sort="option"), Offer(text="--all", sort="option", meaning="all of them"))
    [found] = completed(tmp_path, "x --a", menu_of(*offers)).candidates
    assert found.meaning == "all of them"


def test_files_that_the_completion_function_would_have_there_come_first(tmp_path: Path) -> None:
    for name in ("a.txt", "b.zip"):
        (tmp_path / name).touch()
    assert lines(tmp_path, "unzip ", Offer(text="b.zip", sort="file")) == ["unzip b.zip", "unzip a.txt"]


def test_files_changed_lately_come_first_and_the_others_in_order(tmp_path: Path) -> None:
    for name, age in (("a", 10**7), ("b", 10**7), ("c", 7200), ("d", 0)):
        (tmp_path / name).touch()
        stamp = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (stamp, stamp))
    assert lines(tmp_path, "cat ") == ["cat d", "cat c", "cat a", "cat b"]


def test_where_nothing_else_may_stand_no_file_is_offered(tmp_path: Path) -> None:
    (tmp_path / "12").touch()
    menu = menu_of(Offer(text="123", sort="process"), alone=True)
    assert [each.insert for each in completed(tmp_path, "kill 1", menu).candidates] == ["123"]
    assert [each.insert for each in completed(tmp_path, "kill 12", menu_of(alone=True)).candidates] == ["12"]


def test_a_file_is_found_by_its_letters_and_a_menu_opens_for_it(tmp_path: Path) -> None:
    for name in ("docker-compose.yml", "README.md"):
        (tmp_path / name).touch()
    found = completed(tmp_path, "cat dcmp", None)
    assert [each.insert for each in found.candidates] == ["docker-compose.yml"]
    assert found.settled(Line("cat dcmp", 8)) is None  # the letters that are typed would vanish unasked
    assert found.candidates[0].put(Line("cat dcmp", 8)) == Line("cat docker-compose.yml ", 23)
    assert [each.insert for each in completed(tmp_path, "cat ./dcmp", None).candidates] == ["docker-compose.yml"]
    assert [each.insert for each in completed(tmp_path, "pyhno", None).candidates] == []
    assert [each.insert for each in completed(tmp_path, "pytn", None).candidates] == ["python"]


@pytest.mark.parametrize("opened", ["", "'", '"'])
def test_whatever_is_offered_bash_reads_the_word_as_it_and_runs_nothing_of_it(tmp_path: Path, opened: str) -> None:
    names = [name for name in (*HOSTILE, "$(touch planted)", "`touch planted`", "x'y\"z", "a;touch planted") if name[0] != "-"]
    text = f"printf %s {opened}"
    found = completed(tmp_path, text, menu_of(*map(branch, names), alone=True)).candidates
    assert len(found) == len(names)
    printed = set()
    for each in found:
        line = text[: each.start] + each.insert
        run = subprocess.run(["bash", "-c", os.fsencode(line)], cwd=tmp_path, capture_output=True, check=True)
        printed.add(os.fsdecode(run.stdout))
        assert not has_hidden(each.insert + each.label + each.meaning)
        assert "\n" not in each.label
    assert printed == set(names)
    assert not (tmp_path / "planted").exists()


def test_a_name_that_looks_like_an_option_is_never_offered_as_a_word(tmp_path: Path) -> None:
    (tmp_path / "-rf").touch()
    assert lines(tmp_path, "rm ", branch("-x"), Offer(text="--all", sort="option")) == ["rm --all", "rm ./-rf"]
    assert lines(tmp_path, "rm ./", branch("-x")) == ["rm ./-rf"]


def test_meanings_are_made_harmless_and_short(tmp_path: Path) -> None:
    [found] = completed(tmp_path, "git checkout ", menu_of(branch("x", "a\x1b]0;t\x07\nb" + "c" * 999))).candidates
    assert not has_hidden(found.meaning)
    assert "\n" not in found.meaning
    assert len(found.meaning) <= 300
    assert completed(tmp_path, "git checkout ", menu_of(branch("x" * 2000))).candidates == ()


@pytest.mark.parametrize(
    ("text", "words", "fixed"),
    [
        ("git checkout ma", ("git", "checkout", "ma"), True),
        ("ls; sudo git 'a b' ", ("git", "a b", ""), True),
        ("A=1 git x", ("git", "x"), True),
        ("git log | git show ma", ("git", "show", "ma"), True),
        ("echo x >out ma", ("echo", "x", "ma"), True),
        ("git --x=a\\ b", ("git", "--x=a b"), True),
        ("git $(touch x) ma", ("git", "ma"), False),
        ("git `touch x` ma", ("git", "ma"), False),
        ("git '$(touch x)' ma", ("git", "$(touch x)", "ma"), False),
        ("git $HOME/x", ("git", "/h/x"), False),
        ("cat <(git ma", ("git", "ma"), True),
        ("git *.c ma", ("git", "*.c", "ma"), False),
    ],
)
def test_the_command_at_the_cursor(text: str, words: tuple[str, ...], fixed: bool) -> None:
    at = place(text, "/f", {"HOME": "/h"})
    assert at
    assert at.typed == Typed(words=words, folder="/f", fixed=fixed)


@pytest.mark.parametrize("text", ["gi", "# git ", "cat <<E\ngit ", "git >x", "A=x", "git $HO", "git ${HO", "git ~ro"])
def test_where_no_argument_stands_no_source_is_asked(tmp_path: Path, text: str) -> None:
    def menu(typed: Typed) -> Iterator[Offered]:
        raise AssertionError(typed)

    completed(tmp_path, text, menu)


def test_commands_are_shown_with_what_they_are_for(tmp_path: Path) -> None:
    def about(names: Sequence[str]) -> dict[str, str]:
        assert names == ["cat", "cd"]
        return {"cat": "concatenate\x1b[2J files"}

    commands = Commands(lambda: "", lambda: ["cat", "cd", "ls"])
    found = Completer(commands, about=about).complete("c", 1, str(tmp_path)).candidates
    assert [(each.label, each.meaning) for each in found] == [("cat", "concatenate␛[2J files"), ("cd", "")]


def test_stages_are_whole_and_only_the_last_settles(tmp_path: Path) -> None:
    def menu(typed: Typed) -> Iterator[Offered]:
        yield Offered(offers=(branch("main"),), more=True)
        yield Offered(offers=(branch("main"), branch("maybe")))

    completer: Completer = sources(tmp_path, menu=menu).completer
    line = Line("git checkout mai", 16)
    first, last = completer.stages(line.text, line.at, str(tmp_path))
    assert first.settled(line) is None
    assert first.may_settle(line)
    assert last.settled(line) == Line("git checkout main ", 18)
    assert not last.may_settle(line)


def test_what_fits_less_well_waits_for_those_who_may_know_better(tmp_path: Path) -> None:
    def menu(typed: Typed) -> Iterator[Offered]:
        yield Offered(offers=(branch("main"),), more=True)
        yield Offered(offers=(branch("main"), branch("mine")))

    first, last = sources(tmp_path, menu=menu).completer.stages("git checkout min", 16, str(tmp_path))
    assert (first.candidates, first.more) == ((), True)
    assert [each.insert for each in last.candidates] == ["mine"]


def test_every_sort_of_thing_can_be_named_and_explained_in_the_persons_language() -> None:
    said: list[str] = []
    for sort in Sort.__args__:  # type: ignore[attr-defined]
        assert reasons.name(sort, lambda text: said.append(text) or text) or sort in ("file", "completion")  # type: ignore[func-returns-value]
    assert len(said) == len(Sort.__args__) - 2  # type: ignore[attr-defined]
