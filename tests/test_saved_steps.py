"""Work of several steps on disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.core.errors import AishellError, UsageError
from aishell.core.steps import Past, Work
from aishell.core.types import Request
from aishell.planner.steps.saved import Saved

WORK = Work(
    request=Request(text="make a, then b", cwd="/w"),
    way="parts",
    parts=("make a", "make b"),
    at=1,
    done=(Past(request="make a", command="touch a"), Past(request="make b", command="x", wrong="it failed")),
)


def saved(folder: Path, secret: str = "") -> Saved:
    return Saved(folder=folder / "steps", redact=lambda text: text.replace(secret, "[secret]") if secret else text)


def test_it_comes_back_as_it_was_but_for_what_failed(tmp_path: Path) -> None:
    kept = saved(tmp_path).keep(WORK.end("failed", "It failed."))
    assert saved(tmp_path).all() == [kept]
    again = saved(tmp_path).get(kept.number)
    assert (again.at, again.done, again.before, again.ended) == (1, WORK.done[:1], 1, "")


def test_what_is_done_leaves_nothing_behind(tmp_path: Path) -> None:
    kept = saved(tmp_path).keep(WORK)
    saved(tmp_path).keep(kept.end("done"))
    assert list((tmp_path / "steps").iterdir()) == []


def test_many_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [work.number for work in pool.map(lambda _: saved(tmp_path).keep(WORK), range(16))]
    assert len(set(numbers)) == 16


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for _ in range(25):
        saved(tmp_path).keep(WORK)
    assert [work.number for work in saved(tmp_path).all()] == list(range(6, 26))


def test_a_file_that_is_none_of_ours_is_left_alone(tmp_path: Path) -> None:
    kept = saved(tmp_path).keep(WORK)
    file = tmp_path / "steps" / f"{kept.number}.json"
    for text in ("", "[]", '{"way": "parts"}', "\0"):
        file.write_text(text)
        assert saved(tmp_path).all() == []
        with pytest.raises(AishellError, match="cannot be read"):
            saved(tmp_path).get(kept.number)
    with pytest.raises(UsageError):
        saved(tmp_path).get(99)


def test_a_secret_is_not_written_and_what_needs_it_cannot_be_gone_on_with(tmp_path: Path) -> None:
    kept = saved(tmp_path, "hunter2").keep(replace(WORK, parts=("make a", "login with hunter2")))
    assert "hunter2" not in (tmp_path / "steps" / f"{kept.number}.json").read_text()
    with pytest.raises(AishellError, match="secret"):
        saved(tmp_path, "hunter2").get(kept.number)
    harmless = saved(tmp_path, "hunter2").keep(replace(WORK, done=(Past(request="make a", command="x", output="hunter2"),)))
    assert saved(tmp_path, "hunter2").get(harmless.number).parts == WORK.parts
