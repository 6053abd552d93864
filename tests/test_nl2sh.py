"""The benchmark of words and commands: what is kept, what is asked again, and what a comparison says."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from bench import nl2sh


def write(file: Path, rows: list[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _nobody(_task: dict[str, object], _runtime: Path) -> dict[str, object]:
    raise AssertionError("asked again")


def test_an_answer_that_is_kept_is_not_asked_for_again(tmp_path: Path) -> None:
    write(tmp_path / "answers.jsonl", [{"id": 1, "asked": "list files", "command": "ls"}])
    answers = nl2sh._answers(_nobody, [{"id": 1, "asked": "list files"}], tmp_path)
    assert [answer["command"] for answer in answers] == ["ls"]


@pytest.mark.parametrize(
    "kept", [{"id": 1, "asked": "列出文件", "command": "ls"}, {"id": 1, "asked": "list files", "command": ""}]
)
def test_an_answer_to_other_words_or_none_at_all_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: dict[str, object]
) -> None:
    asked: list[int] = []

    def answer(task: dict[str, object], _runtime: Path) -> dict[str, object]:
        asked.append(1)
        return {"id": task["id"], "asked": task["asked"], "command": "ls -1"}

    monkeypatch.setattr(nl2sh, "own_engine", lambda _state: tempfile.TemporaryDirectory())
    write(tmp_path / "answers.jsonl", [kept])
    for _ in range(2):
        answers = nl2sh._answers(answer, [{"id": 1, "asked": "list files"}], tmp_path)
        assert [answer["command"] for answer in answers] == ["ls -1"]
    assert asked == [1]


def test_two_runs_are_compared_request_by_request(tmp_path: Path) -> None:
    for name, right in (("here", {1, 2, 3, 4}), ("there", {4, 5})):
        (tmp_path / name).mkdir()
        rows: list[dict[str, object]] = [{"id": one, "exec": one in right, "embed": True} for one in range(1, 7)]
        write(tmp_path / name / "verdicts.jsonl", rows)
    compared = nl2sh._compared(tmp_path / "here", tmp_path / "there")["against"]
    assert compared == {
        "in_both": 6,
        "exec": {"only_here": 3, "only_there": 1, "p": 0.625},
        "embed": {"only_here": 0, "only_there": 0, "p": 1.0},
    }


def test_the_choice_is_made_again_without_a_part_of_it() -> None:
    considered = [
        {"command": "c", "origin": "repair", "parts": {}},
        {"command": "a", "origin": "first", "parts": {"likely for the request": -2.0, "what happened": -3.0}},
        {"command": "b", "origin": "examples", "parts": {"likely for the request": -4.0}},
    ]
    answer = {"command": "c", "considered": considered}
    assert nl2sh._best(answer, ("repair",), ()) == "b"
    assert nl2sh._best(answer, ("repair",), ("what happened",)) == "a"
    assert nl2sh._best(answer, nl2sh._OTHERS, ()) == "a"
    assert nl2sh._best({"command": "d", "considered": []}, ("repair",), ()) == "d"


def test_confidence_is_held_against_what_was_right() -> None:
    answers = [{"id": one, "confidence": 0.8} for one in range(4)] + [{"id": 9, "confidence": None}]
    verdicts = [{"id": one, "exec": one > 1, "embed": one > 0} for one in range(4)] + [{"id": 9, "exec": True, "embed": True}]
    assert nl2sh._reliability(answers, verdicts) == {"0.75 to 0.85": "4 answers, mean 0.80, right 0.75"}


def test_every_translation_is_chinese_and_has_an_id_of_its_own() -> None:
    rows = nl2sh._rows(nl2sh.CHINESE)
    assert len({row["id"] for row in rows}) == len(rows) == 100
    assert all(any("\u4e00" <= character <= "\u9fff" for character in row["zh"]) for row in rows)
