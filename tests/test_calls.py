"""Tool calls of a model become shell commands, which are shown, judged and sealed like any: no call has rights of its own."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from aishell.actions import parse
from aishell.actions.risk import Rules
from aishell.backends.choosing import to_gbnf
from aishell.config.paths import shipped
from aishell.core.types import Tier
from aishell.planner.steps.calls import TOOLS, ToolCall, command, schema
from aishell.planner.steps.calls import parse as parsed

RULES = Rules.from_file(shipped("policy.toml"))


def made(tool: str, content: str | None = None, seen: tuple[str, ...] = ("f",), **arguments: str) -> tuple[str, str]:
    return command(ToolCall(tool=tool, arguments=arguments), lambda _name: content, seen)


def tier(line: str) -> Tier:
    return RULES.judge(parse.inspect(line), "/tmp").tier


def test_looking_only_reads() -> None:
    assert tier(made("read", file="notes.txt")[0]) == Tier.READ
    assert tier(made("search", text="it's", name="*.py")[0]) == Tier.READ
    assert tier(made("search", text="", name="*.py")[0]) == Tier.READ


def test_changing_is_tried_first_and_the_network_asked_about() -> None:
    assert tier(made("write", file="new.txt", text="x")[0]) == Tier.DRY
    assert tier(made("edit", "old\n", file="f", old="old", new="new")[0]) == Tier.DRY
    assert tier(made("fetch", url="https://example.org/")[0]) == Tier.ASK


@pytest.mark.parametrize("file", ["~/.ssh/id_rsa", "/etc/shadow", "~/.aws/credentials"])
def test_a_secret_is_asked_about_whichever_tool_reads_it(file: str) -> None:
    assert tier(made("read", file=file)[0]) == Tier.ASK
    assert tier(made("run", command=f"cat {file}")[0]) == Tier.ASK


@pytest.mark.parametrize("file", ["~/.bashrc", "~/.ssh/authorized_keys"])
def test_what_is_forbidden_is_so_whichever_tool_writes_it(file: str) -> None:
    assert tier(made("write", file=file, text="evil")[0]) == Tier.DENY


def test_no_argument_breaks_out_of_its_place(tmp_path: Path) -> None:
    evil = "x'; touch pwned; '$(touch pwned)`touch pwned`\n-rf"
    for tool in ("read", "search", "edit", "write", "fetch"):
        line, _ = made(tool, f"{evil}\n", seen=(evil,), **dict.fromkeys(TOOLS[tool], evil))
        if line:
            subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert not (tmp_path / "pwned").exists()


def test_an_edit_changes_exactly_what_it_says(tmp_path: Path) -> None:
    chance = random.Random(7)
    signs = ["a", "b", " ", "\t", "\n", "\\", "&", "/", "'", '"', "$x", "%s", "ü", "\n    "]
    file, done = tmp_path / "f", 0
    for _ in range(150):
        content = "".join(chance.choice(signs) for _ in range(chance.randint(1, 25))) + "\n"
        start = chance.randrange(len(content))
        old = content[start : chance.randint(start + 1, start + 8)]
        new = "".join(chance.choice(signs) for _ in range(chance.randint(0, 6)))
        line, why = made("edit", content, file="f", old=old, new=new)
        if why:
            continue
        file.write_text(content)
        subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
        assert file.read_text() == content.replace(old, new).removesuffix("\n") + "\n", line
        done += 1
    assert done > 80


def test_what_cannot_be_edited_exactly_is_said() -> None:
    assert "2 times" in made("edit", "a a", file="f", old="a", new="b")[1]
    assert "0 times" in made("edit", "x", file="f", old="a", new="b")[1]
    assert "read f first" in made("edit", "a", seen=(), file="f", old="a", new="b")[1]
    assert "hidden" in made("edit", "a", file="f", old="a", new="b\u202e")[1]
    assert "exists already" in made("write", "a", file="f", text="b")[1]
    assert "no address" in made("fetch", url="file:///etc/passwd")[1]


def test_a_reply_is_one_complete_call_or_none() -> None:
    assert parsed('{"tool": "read", "file": "a"}') == ToolCall(tool="read", arguments={"file": "a"})
    for text in (
        "",
        "{",
        "[]",
        '{"tool": "rm"}',
        '{"tool": "read", "file": 3}',
        json.dumps({"tool": "read", "file": "x" * 9000}),
    ):
        assert parsed(text) is None


def test_the_schema_is_one_that_the_engine_can_hold_a_model_to() -> None:
    grammar = to_gbnf(schema())
    assert all(f'\\"{tool}\\"' in grammar for tool in TOOLS)
