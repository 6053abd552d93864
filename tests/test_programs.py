"""What programs say about themselves: read, taken apart, kept, and looked up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from aishell.core.command import Part, Word
from aishell.core.programs import Option, Program
from aishell.programs import entries, pages, tags
from aishell.programs.arguments import taken
from aishell.programs.cache import Cache
from aishell.programs.known import Programs
from aishell.programs.sentences import sentence

NAMED = ("-a", "-n", "--color", "-q", "-s", "-name", "-mode", "-x")
MAN = shutil.which("man") and Path("/usr/share/man/man1/tar.1.gz").exists()
needs_man = pytest.mark.skipif(not MAN, reason="no manual pages here")

PAGE = """\
TOOL(1)

NAME
       tool - does things to files

SYNOPSIS
       tool [-abq] [-n NUM] [OPTION]... FILE...

OPTIONS
       -a, --all
              do not leave out what begins with a dot. This is slow.

       -n, --lines=[-]NUM
              print the first NUM lines

       --[no-]color[=WHEN]
              colour the output; WHEN can be 'always' (e.g. for a pager) or 'never'

       -q, --quiet, --silent
       -s     say nothing

       -name pattern
              base of file name matches

       -mode mode
              mode is exactly mode

       -mode -mode
              mode has all of mode

       -x, --exclude=GLOB   leave out what fits GLOB

       -x is slow, and nobody likes it.

EXAMPLES
       -z     not an option of it at all
"""
HELP = """\
Usage: tool COMMAND [OPTIONS]

Things are done to files.

Commands:
  add, remove, list
  status      how things stand

Options:
  -h, --help                show this
  -p, --publish list        Publish a port
                            to the host
      --rm                  Remove it when it exits
      --recursive=false     go down
  -l LINE : the line, or --last
"""


def words(text: str) -> list[Word]:
    return [Word.of(Part(kind="text", text=word)) for word in text.split()]


def told(program: Program, text: str) -> list[tuple[str, str, int]]:
    """The options in a command as name, value in the same word, and words behind it; operands as what they are."""
    parts = taken(program, words(text), stops=program.carries)
    return [(part.name or part.kind, part.attached, part.given) for part in parts]


@pytest.fixture
def page() -> Program:
    return entries.program("tool", PAGE, origin="man", summary="does things to files")


@pytest.mark.parametrize(
    ("text", "names", "argument", "optional"),
    [
        ("-a, --all", ("-a", "--all"), "", False),
        ("-C directory, --directory=directory", ("-C", "--directory"), "directory", False),
        ("-i[SUFFIX], --in-place[=SUFFIX]", ("-i", "--in-place"), "SUFFIX", True),
        ("--[no-]verify", ("--verify", "--no-verify"), "", False),
        ("-n <number>, --max-count=<number>, -<number>", ("-n", "--max-count", "-NUM"), "number", False),
        ("-s | --silent", ("-s", "--silent"), "", False),
        ("-i patchfile  or  --input=patchfile", ("-i", "--input"), "patchfile", False),
        ("-Olevel", ("-O", "-Olevel"), "level", True),
        ("-exec command ;", ("-exec",), "command ;", False),
        ("if=FILE", ("if=",), "FILE", False),
        ("FILE1 -nt FILE2", ("-nt",), "", False),
        ("-not expr", ("-not",), "", False),
        ("! expr", ("!",), "", False),
        ("+[no]short", ("+short", "+noshort"), "", True),
        ("--recursive=false", ("--recursive",), "", False),
    ],
)
def test_heads_of_entries_are_read(text: str, names: tuple[str, ...], argument: str, optional: bool) -> None:
    head = tags.read(text)
    assert head is not None
    assert (head.names, head.argument) == (names, argument)
    assert head.optional == optional


@pytest.mark.parametrize(
    "text", ["-x is the default.", "-static void describe(struct commit *one,", "words alone", "- a point"]
)
def test_sentences_and_code_are_no_heads(text: str) -> None:
    assert tags.read(text) is None


def test_a_manual_page_gives_its_options_with_the_first_sentence_of_each(page: Program) -> None:
    meanings = {name: option.meaning for name, option in page.named.items() if name in NAMED}
    assert meanings == {
        "-a": "do not leave out what begins with a dot",
        "-n": "print the first NUM lines",
        "--color": "colour the output; WHEN can be 'always' (e.g. for a pager) or 'never'",
        "-q": "say nothing",
        "-s": "say nothing",
        "-name": "base of file name matches",
        "-mode": "mode is exactly mode",
        "-x": "leave out what fits GLOB",
    }
    assert "-z" not in page.named
    assert page.complete


def test_a_help_text_gives_options_and_subcommands() -> None:
    program = entries.program("tool", HELP, origin="--help", summary="x")
    assert [one.name for one in program.subcommands] == ["add", "remove", "list", "status"]
    assert program.carries
    publish = program.option("--publish")
    assert publish
    assert publish.meaning == "Publish a port to the host"
    assert publish.argument == "list"
    recursive = program.option("--recursive")
    assert recursive
    assert not recursive.argument


def test_documentation_tells_what_exists_and_admits_what_it_does_not_tell(page: Program) -> None:
    assert all(page.has(name) for name in ("--all", "--al", "--no-color", "-b"))
    assert page.has("--frob") is False
    assert page.has("-y") is False
    thin = entries.program("thin", "Usage: thin [-a]\n  -a   all\n", origin="--help", summary="")
    assert thin.has("-y") is None
    partial = entries.program("tool", f"{PAGE}\nThis is not the full help.", origin="--help", summary="")
    assert partial.has("--frob") is None


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("tool -an5 --lines 3 x", [("-a", "", 0), ("-n", "5", 0), ("--lines", "", 1), ("operand", "", 0)]),
        ("tool -n 5 --li=3", [("-n", "", 1), ("--li", "=3", 0)]),
        ("tool --color auto", [("--color", "", 0), ("operand", "", 0)]),
        ("tool -name x -mode -644", [("-name", "", 1), ("-mode", "", 1)]),
        ("tool -- -a", [("--", "", 0), ("operand", "", 0)]),
        ("tool -frob -", [("-frob", "", 0), ("operand", "", 0)]),
        ("tool --frob=1 -ay", [("--frob", "=1", 0), ("-a", "", 0), ("-y", "", 0)]),
    ],
)
def test_words_are_taken_apart_as_the_program_would(page: Program, command: str, parts: list[tuple[str, str, int]]) -> None:
    assert told(page, command) == parts


def test_of_several_entries_the_one_that_fits_the_value_is_meant(page: Program) -> None:
    (one,) = taken(page, words("tool -mode -644"))
    assert one.option == page.options[-2]
    (other,) = taken(page, words("tool -mode 644"))
    assert other.option == page.options[-3]


def test_what_stands_behind_the_first_operand_may_be_for_another_program() -> None:
    program = Program(name="tool", options=(Option(names=("-a",), meaning="all"),), carries=True)
    assert told(program, "tool -a box ls -a") == [("-a", "", 0), ("operand", "", 0), ("foreign", "", 0), ("foreign", "", 0)]


@needs_man
@pytest.mark.parametrize(
    ("command", "parts"),
    [
        ("tar xzf a.tgz -C /tmp", [("-x", "", 0), ("-z", "", 0), ("-f", "", 1), ("-C", "", 1)]),
        (
            "find . -newermt 2020 -exec rm {} ; -print",
            [("operand", "", 0), ("-newermt", "", 1), ("-exec", "", 3), ("-print", "", 0)],
        ),
        ("dd if=a of=b", [("if=", "a", 0), ("of=", "b", 0)]),
        ("ps aux", [("a", "", 0), ("u", "", 0), ("x", "", 0)]),
        ("head -5 x", [("-5", "", 0), ("operand", "", 0)]),
    ],
)
def test_peculiar_programs_are_read_from_their_own_pages(
    programs: Programs, command: str, parts: list[tuple[str, str, int]]
) -> None:
    program = programs.get(command.split()[0])
    assert told(program, command) == parts
    assert all(part.option and part.option.meaning for part in taken(program, words(command)) if part.kind == "option")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    return Programs(Cache(tmp_path_factory.mktemp("cache")), builtins=frozenset({"cd", "test", "["}))


@needs_man
def test_subcommands_have_pages_of_their_own(programs: Programs) -> None:
    if not Path("/usr/share/man/man1/git-commit.1.gz").exists():
        pytest.skip("no pages of git")
    stages = programs.stages(words("git -C there commit -m x"))
    assert [(stage.program.name, stage.at) for stage in stages] == [("git", 0), ("git commit", 3)]


def test_builtins_are_told_by_the_shell(programs: Programs) -> None:
    cd = programs.get("cd")
    assert (cd.origin, cd.summary) == ("help", "Change the shell working directory")
    link = cd.option("-P")
    assert link
    assert "physical" in link.meaning
    file = programs.get("[").option("-f")
    assert file
    assert "regular file" in file.meaning


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One thing. Another.", "One thing"),
        ("Sizes, e.g. 1K. More.", "Sizes, e.g. 1K"),
        ("starting with . by default", "starting with . by default"),
        ("Fetch it all! Then more.", "Fetch it all!"),
        ("word " * 100, f"{'word ' * 42}word…"),
        ("hyphen\u2010\n  ated text", "hyphenated text"),
    ],
)
def test_one_sentence_is_cut_out(text: str, first: str) -> None:
    assert sentence(text) == first


@pytest.mark.parametrize("piece", ["-a   ", "\n", "a, ", "-", "  ", "a-", "[", "-a\n", "x:\n   y\n", "usage"])
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    entries.program("x", piece * (200_000 // len(piece)), origin="--help", summary="")


def test_hostile_text_takes_little_room() -> None:
    text = "\n".join([f"{' ' * (at % 9)}{'-' * (at % 4)}a{'[' * 50}, --b {'x  ' * 40}" for at in range(20_000)])
    program = entries.program("x", text, origin="--help", summary="y" * 10_000)
    assert len(program.options) <= 3000
    assert max(len(option.meaning) for option in program.options) <= 220
    assert len(json.dumps([option.meaning for option in program.options])) < 2 << 20


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Usage: tool [OPTION]\nThings are done.\n  -a  all\n", "Things are done."),
        ("usage: tool\n\ntool does things\n", "tool does things"),
        ("Usage: tool\n  -a  all\nReport bugs to nobody.\n", ""),
        ("usage: tool\nthese are common:\n\nstart it\n   add\n", ""),
        ("tool [-a] FILE\nOptions:\n", ""),
    ],
)
def test_a_help_text_says_what_the_program_is_for_or_nothing_is_told(text: str, summary: str) -> None:
    assert pages.help_summary(text, "tool") == summary
