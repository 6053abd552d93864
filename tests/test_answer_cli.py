"""`aishell collection`, `answer` and `ask` as a person and a script meet them, with a scripted model."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.answering import CHINESE, LENDING, script
from tests.conftest import AISHELL, Run


@pytest.fixture
def documents(home: Path) -> Path:
    folder = home / "documents"
    folder.mkdir()
    (folder / "lending.md").write_text(LENDING)
    (folder / "kaifang.md").write_text(CHINESE)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> dict[str, str]:
    return script(tmp_path)


@pytest.fixture
def library(aishell: Run, documents: Path, model: dict[str, str]) -> Path:
    done = aishell("collection", "create", "library", str(documents), env=model)
    assert (done.returncode, "2 added" in done.stdout) == (0, True), done.stderr
    return documents


def test_an_answer_has_its_line_and_its_own_status_when_there_is_none(
    aishell: Run, library: Path, home: Path, model: dict[str, str]
) -> None:
    done = aishell("answer", "--from", "library", "What does a late book cost?", env=model, cwd=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "A late book costs 20 cents a day. [1]\n\n[1] documents/lending.md:9\n"
    nothing = aishell("answer", "--from", "library", "Who built the house?", "--explain", env=model)
    assert (nothing.returncode, nothing.stdout) == (3, "The documents do not say.\n")
    assert "No part" in nothing.stderr
    near = aishell("answer", "--from", "library", "Who lent a book?", "--explain", env=model)
    assert near.returncode == 3
    assert "that it is said in 'lending.md > The library'" in near.stderr


def test_questions_in_a_pipe_are_answered_one_by_one_as_json(aishell: Run, library: Path, model: dict[str, str]) -> None:
    done = aishell("answer", "--from", "library", "--json", env=model, input="late book?\n\n哪天闭馆？\nWho built it?\n")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["kind"] for one in found] == ["answered", "answered", "not said"]
    assert found[1]["sources"][0]["first"] == 3
    assert found[0]["sources"][0]["file"] == str(library / "lending.md")
    assert done.returncode == 3


def test_terminal_bytes_of_a_document_are_harmless(
    aishell: Run, library: Path, model: dict[str, str], environment: dict[str, str]
) -> None:
    (library / "evil.md").write_text("A late\x1b]52;c;eA==\x07 book \x1b[2J costs nothing late book late.\n")
    (library / "lending.md").unlink()
    aishell("collection", "add", "library", env=model)
    master, slave = pty.openpty()
    command = [*AISHELL, "answer", "--from", "library", "late book?"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env={**environment, **model})
    os.close(slave)
    shown = _read(master, process)
    assert process.wait(timeout=30) == 0, shown
    assert b"costs nothing" in shown
    assert b"\x1b]52" not in shown
    assert b"\x1b[2J" not in shown


def test_a_collection_follows_its_documents(aishell: Run, library: Path, model: dict[str, str]) -> None:
    (library / "kaifang.md").unlink()
    (library / "lending.md").write_text(LENDING.replace("20 cents", "30 cents"))
    again = aishell("collection", "add", "library", env=model)
    assert "1 changed" in again.stdout
    assert "kaifang.md" in again.stderr
    assert again.returncode == 1
    assert "30 cents" in aishell("answer", "--from", "library", "late book?", env=model).stdout
    listed = aishell("collection", "list", env=model).stdout.split("\t")
    assert listed[:2] == ["library", "1"]
    assert json.loads(aishell("collection", "list", "library", "--json", env=model).stdout)["documents"] == [
        str(library / "lending.md")
    ]
    assert aishell("collection", "remove", "library", env=model).returncode == 0
    assert aishell("answer", "--from", "library", "late?", env=model).returncode == 64
    assert (library / "lending.md").exists()


def test_an_evaluation_says_what_is_grounded_recognised_and_wrong(
    aishell: Run, library: Path, model: dict[str, str], tmp_path: Path
) -> None:
    rows = [
        {"question": "What does a late book cost?", "words": ["20 cents"], "source": "lending.md:9"},
        {"question": "What does a late film cost?", "words": ["5 euros"]},
        {"question": "Who built the house?", "unanswerable": True},
        {"question": "Is a late chair sold?", "unanswerable": True},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    done = aishell("collection", "eval", "library", str(file), "--json", env=model)
    found = json.loads(done.stdout)
    assert (found["questions"], found["grounded"], found["recognised"]) == (4, 0.5, 0.5)
    assert [one["outcome"] for one in found["answers"]] == ["right", "wrong", "recognised", "invented"]


def test_an_assistant_refuses_and_points_to_help_with_a_status_of_its_own(aishell: Run, model: dict[str, str]) -> None:
    refused = aishell("answer", "--as", "health", "Do I have diabetes?", env=model)
    assert refused.returncode == 4
    assert "doctor" in refused.stdout
    assert "invented" in refused.stderr, "the demonstration is said to be one"
    danger = aishell("answer", "--as", "health", "--json", "我胸口很痛", env=model)
    assert (danger.returncode, json.loads(danger.stdout)["kind"]) == (4, "emergency")
    assert aishell("answer", "--as", "nobody", "x", env=model).returncode == 64
    assert aishell("answer", "x", env=model).returncode == 64


def test_a_conversation_is_gone_on_with_without_secrets_in_its_file(aishell: Run, model: dict[str, str], home: Path) -> None:
    first = aishell("ask", "My password is hunter2hunter2: password=hunter2hunter2, what is the answer?", env=model)
    assert (first.returncode, first.stdout) == (0, "The answer is forty-two.\n")
    file = home / ".local/state/aishell/conversation.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "password=hunter2hunter2" not in file.read_text()
    again = aishell("ask", "--continue", "--json", env=model, input="And again?")
    assert json.loads(again.stdout)["question"] == "And again?"
    assert len(json.loads(file.read_text())) == 2
    aishell("ask", "Anew", env=model)
    assert len(json.loads(file.read_text())) == 1
    assert aishell("ask", env=model).returncode == 64


def test_questions_on_a_terminal_are_a_dialogue(library: Path, model: dict[str, str], environment: dict[str, str]) -> None:
    master, slave = pty.openpty()
    command = [*AISHELL, "answer", "--from", "library"]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env={**environment, **model}, start_new_session=True
    )
    os.close(slave)
    shown = b""
    for line, answer in ((b"What does a late book cost?", b"20 cents"), (b"and a film?", b"lending.md")):
        shown += _until(master, "›".encode())
        os.write(master, line + b"\r")
        shown += _until(master, answer)
    shown += _until(master, "›".encode())
    os.write(master, b"\x04")
    shown += _read(master, process)
    assert process.wait(timeout=30) == 0, shown


def _until(master: int, text: bytes, patience_s: float = 30.0) -> bytes:
    shown, until = b"", time.monotonic() + patience_s
    while text not in shown:
        assert time.monotonic() < until, shown
        if select.select([master], [], [], 0.2)[0]:
            shown += os.read(master, 65536)
            if b"\x1b[6n" in shown:
                shown = shown.replace(b"\x1b[6n", b"")
                os.write(master, b"\x1b[1;1R")
    return shown


def _read(master: int, process: subprocess.Popen[bytes]) -> bytes:
    shown = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # the other side is closed
            return shown
        if not data:
            return shown
        shown += data
