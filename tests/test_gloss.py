"""Glosses: what the programs of a command are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.memory.gloss import gloss, refresh_glosses, summaries
from aishell.memory.store import Store

SUMMARIES = {
    "tar": "Archiving utility. Often combined with a compression method, such as `gzip`.",
    "rm": "Remove files.",
    "git": "Version control.",
    "git-commit": "Commit files to the repository.",
    "find": "Find files",
    "sudo": "Become the superuser",
    "sh": "A shell",
    "bob": "Build with bob",
    "date": "Show the `date`",
    "grep": "Match lines",
    "wc": "Count " + "very " * 40 + "long",
    "sleep": "Wait",
}


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("tar xf a.tgz", "Archiving utility"),
        ("/usr/bin/tar xf a; rm a; tar cf b", "Archiving utility; Remove files"),
        ("git commit -m x", "Commit files to the repository"),
        ("git -C x log", "Version control"),
        ("sudo -u bob rm x", "Remove files"),
        ("sudo env -u X A=1 timeout -k 5 10 rm x", "Remove files"),
        ("find . -name '*.o' | xargs -n 1 -I {} rm {}", "Find files; Remove files"),
        ("find . -exec rm {} + -exec grep -l x {} \\;", "Find files; Remove files; Match lines"),
        ("sh -c 'tar xf a | grep rm'", "Archiving utility; Match lines"),
        ("watch -n 1 'git commit | grep x'", "Commit files to the repository; Match lines"),
        ("while ! grep x y; do sleep 1; done", "Match lines; Wait"),
        ('x="$(date +%F)"', "Show the date"),
        ("echo '$(date)'", ""),
        ("grep `date` x", "Match lines; Show the date"),
        ("A=1 rm x", "Remove files"),
        ("sudo -v", "Become the superuser"),
        ("unknown rm", ""),
        ("", ""),
    ],
)
def test_each_program_is_said_once_whatever_carries_it(command: str, said: str) -> None:
    assert gloss(command, SUMMARIES.get) == said


def test_a_gloss_is_short_whatever_the_summaries_and_the_command() -> None:
    assert gloss("wc x", SUMMARIES.get).startswith("Count very very")
    names = [f"p{number}" for number in range(500)]
    assert len(gloss("; ".join(names), lambda name: f"{name} " * 90)) < 700


@pytest.mark.parametrize("text", ["`" * 9000, "'$(" * 9000, "sudo " * 9000, "\0\ud800" * 99, "((" * 9000, '"`"' * 9000])
def test_hostile_commands_are_read_to_a_bounded_depth_and_length(text: str) -> None:
    asked: list[str] = []

    def summary(name: str) -> str | None:
        asked.append(name)
        return SUMMARIES.get(name)

    assert len(gloss(text, summary)) < 700
    assert len(asked) < 50_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "memory" / "memory.db", redact=str)


def learn(store: Store, source: str, **programs: str) -> None:
    rows = [(name.replace("_", "-"), source, summary) for name, summary in programs.items()]
    store.db.executemany("INSERT OR REPLACE INTO programs (name, source, summary) VALUES (?, ?, ?)", rows)


def test_of_several_sources_tldr_is_preferred(store: Store) -> None:
    learn(store, "man", tar="an archiving utility", ls="list")
    learn(store, "tldr", tar="Archiving utility")
    summary = summaries(store.db)
    assert (summary("tar"), summary("ls"), summary("none")) == ("Archiving utility", "list", None)


def test_a_refresh_changes_only_what_is_said_otherwise_now(store: Store) -> None:
    learn(store, "tldr", tar="Archiving utility")
    with store.write() as db:
        for number in range(1200):
            store.add_item(db, kind="command", body=f"{'tar' if number % 2 else 'rm'} {number}", trust="own")
        store.add_item(db, kind="example", body="tar x", intent="y", trust="own")
        db.execute("INSERT INTO models VALUES (1, 'm', 'print', 1, 0)")
        db.execute("INSERT INTO vectors (model, item, vector) SELECT 1, id, x'00' FROM items")
    assert refresh_glosses(store) == 600
    assert store.db.execute("SELECT count(*) FROM texts WHERE texts MATCH 'archive'").fetchone() == (600,)
    assert store.db.execute("SELECT count(*) FROM vectors").fetchone() == (601,)
    assert refresh_glosses(store) == 0
    learn(store, "tldr", rm="删除文件")
    assert refresh_glosses(store) == 600
    assert store.db.execute("SELECT count(*) FROM texts WHERE texts MATCH '\"删除\"'").fetchone() == (600,)
