"""aishell's own functions as commands: the judge knows that they read, and the planner that they exist."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.actions import parse
from aishell.actions.risk import Rules
from aishell.config.paths import shipped
from aishell.core.types import Request, Tier
from aishell.planner import prompt, texts
from tests.conftest import Run


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """A judge that was installed where the user may write."""
    own = tmp_path / "bin" / "aishell"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    found = Rules.from_file(shipped("policy.toml"), itself=str(own))
    return replace(found, environment={"PATH": f"/usr/bin:/bin:{own.parent}", "HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "command",
    [
        "aishell translate --to zh notes.md",
        "aishell sentiment --field review reviews.csv | cut -f 1 | sort | uniq -c",
        "aishell describe --text scan.png",
        "cat notes.md | aishell summarize --sentences 2",
        "aishell classify --labels a,b -- -c x",
        "aishell report sales.csv --table May --sql which shop sold most",
    ],
)
def test_what_reads_and_prints_runs_at_once(rules: Rules, command: str) -> None:
    assert rules.judge(parse.inspect(command), "/tmp").tier == Tier.READ


@pytest.mark.parametrize(
    "command",
    [
        "aishell sentiment reviews.csv --resume moods.jsonl",
        "aishell report sales.csv --out page.html",
        "aishell answer --from handbook --as tutor --quotes where is the key",
        "aishell summarize notes.md > short.md",
        "aishell summarize notes.md && rm notes.md",
        "ls *.txt | xargs aishell summarize",
        'for f in *.txt; do aishell summarize "$f"; done',
        "aishell memory forget --all",
        "aishell -c 'rm notes.md'",
        "aishell --text classify -- -c 'rm notes.md'",
        "aishell $what notes.md",
        "./aishell summarize notes.md",
        "aishell summarize ~/.ssh/id_rsa",
        "aishell describe --text /etc/shadow",
    ],
)
def test_what_writes_too_is_asked_about_and_never_tried_where_the_engine_is_out_of_reach(rules: Rules, command: str) -> None:
    assert rules.judge(parse.inspect(command), "/tmp").tier == Tier.ASK


def test_another_program_of_that_name_is_not_trusted(rules: Rules, tmp_path: Path) -> None:
    other = tmp_path / "other" / "aishell"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    found = replace(rules, environment={**rules.environment, "PATH": f"{other.parent}:/usr/bin:/bin"})
    assert found.judge(parse.inspect("aishell summarize notes.md"), "/tmp").tier == Tier.ASK
    assert replace(rules, itself="").judge(parse.inspect("aishell summarize notes.md"), "/tmp").tier == Tier.ASK


def test_a_look_leaves_out_what_asks_the_model(rules: Rules) -> None:
    assert rules.outside(parse.inspect("cat a | aishell sentiment"))
    assert not rules.outside(parse.inspect("cat a | sort"))


@pytest.mark.parametrize(
    ("request_", "verb"),
    [
        ("what are people complaining about in reviews.csv?", "classify"),
        ("translate this file notes.md into French", "translate"),
        ("summarize notes.md", "summarize"),
        ("what does the scan say", "describe"),
        ("how do customers feel in feedback.txt", "sentiment"),
        ("which people are mentioned in article.txt", "entities"),
        ("把 notes.md 翻译成英文", "translate"),
        ("总结 meeting.txt 的内容", "summarize"),
        ("识别 scan.png 里的文字", "describe"),
        ("分析 reviews.csv 里评论的情绪", "sentiment"),
        ("what is the average price per region in sales.csv", "report"),
        ("make a chart of the visits by month from visits.parquet", "report"),
        ("sales.csv 里每种产品的总金额是多少", "report"),
    ],
)
def test_a_request_about_what_a_text_says_comes_with_an_example(request_: str, verb: str) -> None:
    found = texts.examples(request_)
    assert any(f"aishell {verb} " in example.command for example in found)
    shown = prompt.plan(Request(text=request_, cwd="/tmp"), max_tokens=9, piped_bytes=9)
    assert shown.messages[-1].content.startswith(request_)
    assert shown.stable == prompt.plan(Request(text="list files", cwd="/tmp"), max_tokens=9, piped_bytes=9).stable


@pytest.mark.parametrize(
    "request_",
    [
        "show the pictures in this folder",
        "find photos larger than 5 MB",
        "count the words in notes.txt",
        "summarize disk usage by folder",
        "translate host names to addresses",
        "make all images read-only",
        "sort sales.csv by its second column",
        "how many lines has sales.csv",
        "列出所有图片",
        "统计 notes.txt 的行数",
        "删除所有空文件",
    ],
)
def test_any_other_request_is_shown_no_such_example(request_: str) -> None:
    assert texts.examples(request_) == []


def test_every_example_is_a_command_that_would_run_at_once(rules: Rules) -> None:
    commands = [example.command for way in texts._WAYS for example in way.examples]
    assert {rules.judge(parse.inspect(command), "/tmp").tier for command in commands} == {Tier.READ}


def test_a_request_in_words_becomes_such_a_command_and_it_runs(
    aishell: Run, script: Callable[..., dict[str, str]], home: Path
) -> None:
    (home / "notes.md").write_text(
        "The budget for lamps is too small this year. Nobody knows why. We asked twice. Nothing came. So we wait.\n"
    )
    replies = {"budget for lamps": "The budget is too small.", "short version of notes.md": "aishell summarize notes.md\n```"}
    variables = script(replies)  # a command from words is given none of them: so they stand in the settings
    settings = home / ".config" / "aishell" / "aishell.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[model]\nbackend = "scripted"\nscript = "{variables["AISHELL_MODEL_SCRIPT"]}"\n')
    done = aishell("-c", "?give me a short version of notes.md", "--json")
    (step,) = json.loads(done.stdout)["steps"]
    assert (step["command"], step["tier"], step["status"]) == ("aishell summarize notes.md", "READ", "done"), done.stdout
    assert step["stdout"] == "The budget is too small.\n"
