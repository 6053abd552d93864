"""The documentation: what it tells to type can be typed, and gives what it says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.cli.grammar import grammar
from aishell.integrate.grammar import Command
from tests.blocks_of import Block, Reader, blocks, fits, pages
from tests.conftest import ROOT
from tools import settings_page

BLOCKS = list(blocks())
RUN = [block for block in BLOCKS if block.language in ("sh", "console") and not block.marks]
NEEDS = frozenset(("model", "network", "root", "terminal"))
"""What a block may need, and is not run for then."""
NOT_RUN_AT_MOST = 30
"""Raise this only for a block that really needs one of them."""
_TAKES_A_COMMAND = ("try", "explain", "fix", "policy", "mcp")
"""Commands whose operands have options of their own."""


def test_every_block_says_what_it_is() -> None:
    known = {"sh", "console", "usage", "text", "python", "toml", "json", "markdown", "nginx"}
    assert [str(block) for block in BLOCKS if block.language not in known or not block.marks <= NEEDS] == []


def test_most_blocks_are_run_and_few_are_left_out() -> None:
    left_out = [block for block in BLOCKS if block.marks]
    assert len(left_out) <= NOT_RUN_AT_MOST
    assert len(RUN) >= 15


@pytest.mark.parametrize("block", RUN, ids=str)
def test_a_block_does_what_it_says(block: Block, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    if block.language == "sh":
        status, said = reader.runs(block.text, "-euo", "pipefail")
        assert status == 0, said
    for command, wanted in block.steps if block.language == "console" else ():
        said = reader.runs(command)[1]
        assert fits(said, wanted), f"{command}\n{said}\n--- instead of\n{wanted}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in ("sh", "console")], ids=str)
def test_bash_can_read_a_block(block: Block) -> None:
    done = subprocess.run(["bash", "-n", "-c", block.commands], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_there_is_every_command_and_option_that_is_told() -> None:
    whole = grammar()
    told = [(block, line) for block in BLOCKS if block.language in ("sh", "console", "usage") for line in calls(block)]
    assert len(told) > 60
    assert [f"{block}: {line}: {wrong}" for block, line in told if (wrong := unknown(whole, line))] == []


def calls(block: Block) -> Iterator[str]:
    """Each call of aishell, without what is said about it."""
    text = block.commands.replace("\\\n", " ")
    for line in text.splitlines():
        own = re.split(r" {2,}(?! *[|])| +# ", line.strip())[0] if block.language == "usage" else line
        for part in re.split(r"[|;&<>](?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)", own):
            if part.strip().startswith("aishell ") or part.strip() == "aishell":
                yield part.strip()


def unknown(whole: Command, line: str) -> str:
    """What aishell does not know in a call; empty when it knows all."""
    words = shlex.split(line.replace("[", " ").replace("]", " "), comments=True)[1:]
    at = whole
    while words and (verb := next((verb for verb in at.verbs if verb.name == words[0].partition("|")[0]), None)):
        at, words = verb, words[1:]
    if at is whole and words and not words[0].startswith("-"):
        return f"no command {words[0]}"
    options = {name for option in at.options for name in option.names}
    for word in words:
        if at.name in _TAKES_A_COMMAND and not word.startswith("-"):
            return ""
        if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word) and word.partition("=")[0] not in options:
            return f"no option {word}"
    return ""


def test_that_check_can_fail() -> None:
    assert unknown(grammar(), "aishell frobnicate") == "no command frobnicate"
    assert unknown(grammar(), "aishell undo --hard") == "no option --hard"
    assert not fits("a\nb", "a\nc")


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in ("toml", "json", "python")], ids=str)
def test_what_is_shown_in_another_language_is_in_it(block: Block) -> None:
    if block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "json":
        json.loads(block.text)
    else:
        compile(block.text, str(block.file), "exec")


def test_the_configuration_reference_is_made_of_the_code_as_it_is() -> None:
    assert settings_page.PAGE.read_text("utf-8") == settings_page.page()


def test_the_chinese_readme_tells_the_same() -> None:
    english, chinese = (ROOT / name for name in ("README.md", "README.zh.md"))

    def typed(file: Path) -> list[list[str]]:
        return [
            shlex.split(command, comments=True)
            for block in BLOCKS
            if block.file == file
            for command in block.commands.split("\n")
        ]

    def links(file: Path) -> list[str]:
        found = re.findall(r"\]\(([^)]+)\)", file.read_text("utf-8"))
        return [link for link in found if link not in ("README.md", "README.zh.md", "docs/zh/index.md")]

    assert typed(chinese) == typed(english)
    assert links(chinese) == links(english)
    assert chinese.read_text("utf-8").count("\n## ") == english.read_text("utf-8").count("\n## ")


def test_every_link_inside_the_documentation_leads_somewhere() -> None:
    for page in pages():
        text = re.sub(r"^( *)```.*?^\1```$", "", page.read_text("utf-8"), flags=re.M | re.S)
        for link in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)", text):
            assert (page.parent / link).exists(), f"{page.relative_to(ROOT)}: {link}"
