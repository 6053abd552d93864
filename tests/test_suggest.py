"""Whole lines suggested from what was typed, what followed what, and what became of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from aishell.config.paths import shipped
from aishell.core.memory import Run
from aishell.core.suggestions import Suggestion, Typing
from aishell.core.typed import Entry
from aishell.memory.store import Store
from aishell.suggest.as_you_type import AsYouType
from aishell.suggest.destroying import may_destroy
from aishell.suggest.outcomes import Outcome, Outcomes
from aishell.suggest.shape import ends, filled, pattern, shape
from aishell.suggest.spec import SuggestSpec
from aishell.suggest.suggester import Suggester
from aishell.suggesting import open_outcomes, open_suggester
from aishell.ui.editing.history import LineHistory
from bench.planted import planted, shown_unasked


@pytest.fixture
def spec(tmp_path: Path) -> SuggestSpec:
    return SuggestSpec(
        history=str(tmp_path / "history"),
        outcomes=str(tmp_path / "outcomes"),
        redact=str(shipped("redact.toml")),
        policy=str(shipped("policy.toml")),
    )


def over(spec: SuggestSpec, lines: Iterable[str], folder: str = "/srv") -> Suggester:
    """A suggester that has read a history of these lines."""
    Path(spec.history).write_text("".join(f"\n# x\t{folder}\n+{line}\n" for line in lines))
    suggester = open_suggester(spec)
    suggester.read()
    return suggester


def at(text: str, *previous: str, folder: str = "/srv", status: int | None = None) -> Typing:
    return Typing(text=text, cursor=len(text), folder=folder, previous=previous, status=status)


def ghost(suggester: Suggester, typing: Typing) -> str:
    return next((one.line for one in suggester.suggest(typing, 5) if one.ghost), "")


def test_a_line_that_follows_this_one_comes_before_a_newer_one(spec: SuggestSpec) -> None:
    lines = ["git add .", "git commit -m x", "ls"] * 4 + ["git checkout main", "ls"]
    suggester = over(spec, lines)
    found = {one.line: one for one in suggester.suggest(at("git c", "git add ."), 5)}
    lines = [line for line in found if " m" in line or "-m" in line]
    assert lines == ["git commit -m x", "git checkout main"]
    assert found["git commit -m x"].why == "follows this line"
    assert found["git commit -m x"].score > 0.3
    assert ghost(suggester, at("git c", "git add .")).startswith("git commit")
    assert ghost(suggester, at("", "git add .")) == "git commit -m x"


def test_the_folder_decides_between_lines_that_are_alike(spec: SuggestSpec) -> None:
    rows = [("make docs", "/a"), ("make test", "/b")] * 5
    Path(spec.history).write_text("".join(f"\n# x\t{folder}\n+{line}\n" for line, folder in rows))
    suggester = open_suggester(spec)
    suggester.read()
    assert ghost(suggester, at("make ", folder="/a")) == "make docs"
    assert ghost(suggester, at("make ", folder="/b")) == "make test"


def test_the_next_line_is_offered_before_anything_is_typed_and_only_when_it_is_likely(spec: SuggestSpec) -> None:
    suggester = over(spec, ["vim a.c", "make", "./a.out"] * 6 + [f"ls {number}" for number in range(30)])
    assert ghost(suggester, at("", "vim a.c", "make")) == "./a.out"
    assert ghost(suggester, at("", "ls 3")) == ""
    assert suggester.suggest(at("", "ls 3"), 3) != []  # a menu may still have them


def test_an_argument_of_the_line_before_is_carried_into_a_line_that_was_never_typed(spec: SuggestSpec) -> None:
    suggester = over(spec, [line for name in ("one", "two", "three") for line in (f"mkdir {name}", f"cd {name}", "ls -l")])
    assert suggester.suggest(at("cd", "mkdir other"), 1)[0].line == "cd other"


def test_the_rest_of_a_word_is_offered_in_a_line_that_was_never_typed(spec: SuggestSpec) -> None:
    suggester = over(spec, ["vim src/parser.py", "ls", "python tools/measure.py --all", "ls"] * 2)
    assert ghost(suggester, at("vim tools/m")) == "vim tools/measure.py"


def test_beginnings_that_many_lines_share_are_offered_up_to_where_they_part(spec: SuggestSpec) -> None:
    suggester = over(spec, [f"git commit -m 'change number {number}'" for number in range(40)])
    assert ghost(suggester, at("git c")) in ("git commit", "git commit -m")
    assert ghost(suggester, at("git commit")) == "git commit -m"


def test_a_line_is_not_offered_again_after_it_has_failed_and_is_when_it_worked_since(spec: SuggestSpec) -> None:
    outcomes = open_outcomes(spec)
    outcomes.ran("gti status", 127)
    suggester = over(spec, ["gti status", "ls"] * 5)
    assert ghost(suggester, at("g")) == ""
    outcomes.ran("gti status", 0)
    suggester.read()
    assert ghost(suggester, at("g")) == "gti status"
    suggester.suggest(at("", "gti status", status=1), 1)  # as a shell of another kind tells it
    assert ghost(suggester, at("gti ")) == ""


def test_nothing_planted_is_shown_unasked(spec: SuggestSpec, tmp_path: Path) -> None:
    assert shown_unasked(planted(60, seed=5), tmp_path, spec) == []


@pytest.mark.parametrize(
    "line",
    [
        "rm x",
        "sudo \\rm -r x",
        "ls; r\\m x",
        "bash -c 'dd of=/dev/sda'",
        "git -C /x reset --hard",
        "git clean -fdx",
        "psql -c 'DROP TABLE users'",
        "cat a >b",
        "find . -name x -delete",
        "git push -f",
        "chmod -R 777 .",
    ],
)
def test_what_destroys_is_known_by_its_words(line: str) -> None:
    assert may_destroy(line)


@pytest.mark.parametrize(
    "line",
    ["git status", "make 2>&1 | tee log", "ls >/dev/null", "git commit -m 'remember it'", "tar xf a.tar", "cd rm.d", "a->b"],
)
def test_ordinary_lines_are_not_taken_for_destroying(line: str) -> None:
    assert not may_destroy(line)


def test_a_switched_off_source_gives_nothing(spec: SuggestSpec) -> None:
    lines = ["make", "./run"] * 5
    assert over(replace(spec, use_history=False), lines).suggest(at("ma"), 5) == []
    assert over(replace(spec, use_next=False), lines).suggest(at("", "make"), 5) == []
    assert ghost(over(replace(spec, use_next=False), lines), at("./")) == "./run"


def test_memory_gives_lines_of_its_own_and_how_lines_ended(spec: SuggestSpec, tmp_path: Path) -> None:
    store = Store(tmp_path / "memory" / "memory.db", redact=str)
    store.record(Run(command="du -sh /var/log", time=1.0, intent="how big are the logs", exit_status=0, by="user"))
    store.record(Run(command="dc -e 5", time=2.0, exit_status=1, by="typed"))
    store.close()
    spec = replace(spec, memory=str(store.file))
    suggester = over(spec, ["dc -e 5", "ls"])
    assert [(one.line, one.source, one.ghost) for one in suggester.suggest(at("du "), 1)] == [
        ("du -sh /var/log", "memory", True)
    ]
    assert ghost(suggester, at("dc")) == ""
    assert over(replace(spec, use_memory=False), ["ls"]).suggest(at("du "), 5) == []


def test_examples_of_installed_programs_are_offered_up_to_what_a_person_fills_in(spec: SuggestSpec, tmp_path: Path) -> None:
    store = Store(tmp_path / "memory" / "memory.db", redact=str)
    with store.write() as db:
        db.execute("INSERT INTO packs (name, version, sha256, licence, attribution, added) VALUES ('p', '1', 'x', 'y', 'z', 0)")
        for program in ("ls", "no-such-program"):
            db.execute("INSERT INTO programs (name, source, summary, pack) VALUES (?, 'p', 'Lists', 1)", (program,))
            body = f"{program} --size {{{{folder}}}}"
            store.add_item(db, kind="example", body=body, intent="by size", trust="untrusted", place=program)
        db.execute("UPDATE items SET pack = 1")
    store.close()
    suggester = over(replace(spec, memory=str(store.file)), ["pwd"])
    assert [(one.line, one.why) for one in suggester.suggest(at("ls -"), 5)] == [("ls --size", "by size")]
    assert suggester.suggest(at("no-such-program -"), 5) == []


def test_what_is_passed_over_again_and_again_gives_way(spec: SuggestSpec) -> None:
    suggester = over(spec, ["make test", "make docs"] * 10 + ["make test"])
    first = ghost(suggester, at("make "))
    outcomes = open_outcomes(spec)
    for _ in range(12):
        outcomes.offered(first, taken=False)
    suggester.read()
    assert ghost(suggester, at("make ")) not in ("", first)


def test_outcomes_are_shared_bounded_and_without_secrets(tmp_path: Path) -> None:
    def redact(line: str) -> str:
        return line.replace("hunter2", "[redacted]")

    one, other = (Outcomes(tmp_path / "outcomes", redact) for _ in range(2))
    one.ran("login hunter2", 1)
    one.ran("make", 2)
    other.offered("make", taken=True)
    other.load()
    one.load()
    assert one.of("make") == other.of("make") == Outcome(status=2, taken=1)
    assert "hunter2" not in (tmp_path / "outcomes").read_text()
    assert (tmp_path / "outcomes").stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").write_text('["x", "ran"]\nnonsense\n[1, 2, 3]\n["ls", "ran", 0]\n')
    (tmp_path / "other").replace(tmp_path / "outcomes")
    one.load()
    assert one.of("ls").status == 0
    line = "echo " + "x" * 900
    for number in range(1500):
        one.ran(f"{line}{number}", 0)
    assert (tmp_path / "outcomes").stat().st_size < 2 << 20
    other.load()
    assert other.of(f"{line}1499").status == 0


def test_twenty_threads_write_outcomes_and_none_is_lost(tmp_path: Path) -> None:
    files = [Outcomes(tmp_path / "outcomes", str) for _ in range(20)]
    threads = [
        threading.Thread(target=lambda one=one, number=number: [one.ran(f"{number} {at}", 0) for at in range(20)])
        for number, one in enumerate(files)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files[0].load()
    assert all(files[0].of(f"{number} {at}").status == 0 for number in range(20) for at in range(20))


def test_shapes_tell_programs_from_arguments() -> None:
    assert shape("sudo git commit -m 'a b'").head == "git commit"
    assert shape("/usr/bin/vim a.txt +3").template == "vim * *"
    before = shape("tar xf data/some.tar.gz")
    assert filled(pattern("cd some", before), shape("tar xf other.tar.gz")) == "cd other"
    assert pattern("ls", before) == ""
    assert filled(pattern("cd some", before), shape("ls")) == ""
    assert [("cd src/a b"[:end]) for end in ends("cd src/a b", 1)] == ["cd src/", "cd src/a"]


def test_words_get_the_command_they_would_become_when_no_key_follows(spec: SuggestSpec) -> None:
    asked: list[str] = []

    async def becomes(words: str, folder: str) -> str:
        asked.append(words)
        return "rm -rf /srv/x" if "remove" in words else "du -sh /srv"

    over(spec, ["ls"])
    suggester = open_suggester(spec)
    suggester.read()
    outcomes = open_outcomes(spec)
    typing = AsYouType(suggester, outcomes, becomes=becomes, in_words=lambda line: "how" in line or "remove" in line)

    async def use() -> None:
        found = [one async for one in typing.suggest("how big is this", 15, "/srv")]
        assert found == [replace(found[0], line="du -sh /srv", source="model")]
        assert [one async for one in typing.suggest("remove all of it", 16, "/srv")] == []  # it destroys
        assert [one async for one in typing.suggest("ls how", 6, "/srv")] == []  # too short to be worth it
        task = asyncio.ensure_future(anext(typing.suggest("how many files", 14, "/srv"), None))
        await asyncio.sleep(0.02)
        task.cancel()  # as the next key does
        await asyncio.wait([task])

    asyncio.run(use())
    assert asked == ["how big is this", "remove all of it"]


def test_a_prompt_learns_from_what_is_sent(spec: SuggestSpec, tmp_path: Path) -> None:
    history = LineHistory(Path(spec.history), str)
    seen = 0

    def news() -> tuple[list[Entry], bool]:
        nonlocal seen
        start, seen = seen, len(history.entries)
        return history.entries[start:], False

    outcomes = open_outcomes(spec)
    suggester = open_suggester(spec, news, outcomes)
    typing = AsYouType(suggester, outcomes)
    history.added = typing.sent
    suggester.read()

    async def first(text: str) -> Suggestion | None:
        return await anext(typing.suggest(text, len(text), "/srv"), None)

    for _ in range(4):
        history.add("make all", "/srv")
        typing.ended("make all", 0)
        history.add("./run", "/srv")
        typing.ended("./run", 0)
    history.add("make all", "/srv")
    found = asyncio.run(first(""))
    assert found
    assert (found.line, found.source) == ("./run", "next")
    assert typing.ghost("", "/srv") == "./run"  # the judge has been asked by now
    history.add("./run", "/srv")
    assert outcomes.of("./run").taken == 1
    typing.ended("./run", 3)
    assert typing.ghost("./r", "/srv") == ""
    history.add(" typed in private", "/srv")
    assert "private" not in Path(spec.outcomes).read_text()
