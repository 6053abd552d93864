"""Finding: by words and meaning, with reasons, never more than was asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from aishell.core.memory import Judgement, Query, Run, Trust
from aishell.memory.search import Priors, Search
from aishell.memory.store import Store

NOW = 1_700_000_000.0
DAY = 86_400.0


class Meaning:
    """An embedder's answer as a test wishes it: items by their number, nearest first; None, as long as nothing is set."""

    def __init__(self) -> None:
        self.items: list[int] | None = None
        self.asked: list[tuple[str, int, tuple[str, ...]]] = []

    def __call__(self, text: str, limit: int, kinds: tuple[str, ...]) -> list[tuple[int, float]] | None:
        self.asked.append((text, limit, kinds))
        if self.items is None:
            return None
        return [(item, 0.9 - 0.01 * rank) for rank, item in enumerate(self.items[:limit])]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "memory" / "memory.db", redact=lambda text: text.replace("hunter2", "[redacted]"))
    yield made
    made.close()


@pytest.fixture
def meaning() -> Meaning:
    return Meaning()


@pytest.fixture
def search(store: Store, meaning: Meaning) -> Search:
    return Search(store, meaning, clock=lambda: NOW)


def ran(
    store: Store,
    command: str,
    intent: str = "",
    *,
    cwd: str = "/home/me",
    status: int | None = 0,
    age: float = 365 * DAY,
    judgement: Judgement = "",
    source: str = "aishell",
    git_root: str = "",
) -> int:
    return store.record(
        Run(
            command=command,
            intent=intent,
            time=NOW - age,
            cwd=cwd,
            exit_status=status,
            judgement=judgement,
            source=source,
            git_root=git_root,
        )
    ).item


def bodies(search: Search, text: str, **rest: object) -> list[str]:
    return [one.body for one in search.find(Query(text=text, **rest))]  # type: ignore[arg-type]


# ---- words and meaning


def test_until_the_embedder_is_ready_words_alone_find(store: Store, search: Search) -> None:
    ran(store, "du -sh * | sort -h", "show the largest folders")
    ran(store, "ls", "show the files")
    (found,) = search.find(Query(text="largest"))
    assert found.body == "du -sh * | sort -h"
    assert found.why == ("words: largest", "ended well")


def test_meaning_finds_what_shares_no_word(store: Store, search: Search, meaning: Meaning) -> None:
    meaning.items = [ran(store, "tar xzf a.tgz")]
    (found,) = search.find(Query(text="unpack an archive"))
    assert found.why == ("meaning .90", "ended well")


def test_what_both_words_and_meaning_find_comes_first(store: Store, search: Search, meaning: Meaning) -> None:
    words_only = ran(store, "grep -c x log", "count lines that hold x")
    both = ran(store, "wc -l notes", "count lines")
    meaning_only = ran(store, "nl notes")
    meaning.items = [meaning_only, both]
    assert [one.id for one in search.find(Query(text="count lines"))] == [both, meaning_only, words_only]


def test_chinese_words_of_two_characters_are_found(store: Store, search: Search) -> None:
    ran(store, "find . -size +1G", "查找大文件")
    ran(store, "date", "显示日期")
    assert bodies(search, "文件") == ["find . -size +1G"]
    assert search.find(Query(text="大文件在哪里"))[0].why[0] == "words: 大文, 文件"


def test_for_chinese_meaning_outweighs_words_and_for_english_less_so(store: Store, search: Search, meaning: Meaning) -> None:
    filler = [ran(store, f"true {number}") for number in range(12)]
    chinese = ran(store, "echo 文件", "文件")
    english = ran(store, "echo file", "file")
    meaning.items = [*filler, chinese, english]
    # each stands first for words, and far behind for meaning
    assert search.find(Query(text="文件"))[0].id == filler[0]
    assert search.find(Query(text="file"))[0].id == english


def test_what_meaning_finds_but_the_store_no_longer_holds_is_left_out(store: Store, search: Search, meaning: Meaning) -> None:
    item = ran(store, "ls")
    meaning.items = [item + 1000, item]
    assert [one.id for one in search.find(Query(text="whatever"))] == [item]


def test_words_match_in_any_form_and_any_column(store: Store, search: Search) -> None:
    ran(store, "convert a.png b.jpg", "converting pictures")
    with store.write() as db:
        store.add_item(db, kind="command", body="tar xf x", trust="own", gloss="Archiving utility")
    assert bodies(search, "converted picture") == ["convert a.png b.jpg"]
    assert bodies(search, "archive") == ["tar xf x"]


# ---- filters


def test_each_filter_lets_through_exactly_what_it_says(store: Store, search: Search, meaning: Meaning) -> None:
    everything = [
        ran(store, "make a", cwd="/home/me/x", age=DAY),
        ran(store, "make b", cwd="/home/me/x/deep", age=10 * DAY, status=2),
        ran(store, "make c", cwd="/home/me/xy", age=1 * DAY),
        ran(store, "make d", cwd="/home/me/x", age=2 * DAY, judgement="undone"),
        store.note("make e"),
    ]
    for meaning.items in (None, everything):
        assert set(bodies(search, "make", here=True, cwd="/home/me/x")) == {"make a", "make b", "make d"}
        assert set(bodies(search, "make", ok=True)) == {"make a", "make c"}
        assert set(bodies(search, "make", here=True, ok=True, cwd="/home/me/x")) == {"make a"}
        assert set(bodies(search, "make", since=NOW - 5 * DAY)) == {"make a", "make c", "make d", "make e"}
        assert set(bodies(search, "make", kinds=("note",))) == {"make e"}
        assert set(bodies(search, "make", here=True, cwd="/")) == {"make a", "make b", "make c", "make d"}


def test_here_and_ok_mean_the_same_run(store: Store, search: Search) -> None:
    ran(store, "make", cwd="/a", status=1)
    ran(store, "make", cwd="/b", status=0)
    assert bodies(search, "make", here=True, ok=True, cwd="/a") == []


def test_a_folder_is_compared_as_it_is_kept_without_its_secrets(store: Store, search: Search) -> None:
    ran(store, "ls", cwd="/home/hunter2")
    assert bodies(search, "ls", here=True, cwd="/home/hunter2") == ["ls"]


def test_a_filter_finds_the_one_item_behind_thousands_with_the_same_words(
    store: Store, search: Search, meaning: Meaning
) -> None:
    wanted = ran(store, "grep needle file", cwd="/there")
    others = [Run(command=f"grep needle file {number}", time=1.0, cwd="/here", exit_status=1) for number in range(3000)]
    store.record_many(others)
    meaning.items = list(range(1, 3000))
    for found in (
        bodies(search, "grep needle file", here=True, cwd="/there"),
        bodies(search, "grep needle file", ok=True),
        bodies(search, "grep needle file", since=2.0),
    ):
        assert found == ["grep needle file"]
    assert wanted == 1


def test_kinds_are_handed_to_whoever_searches_by_meaning(store: Store, search: Search, meaning: Meaning) -> None:
    search.find(Query(text="x", kinds=("note", "chunk")))
    assert meaning.asked[0][2] == ("note", "chunk")


def test_without_words_the_last_used_come_first(store: Store, search: Search) -> None:
    ran(store, "old", age=9 * DAY)
    ran(store, "new", age=DAY)
    ran(store, "elsewhere", age=0, cwd="/tmp")
    assert bodies(search, " ", here=True, cwd="/home/me") == ["new", "old"]


# ---- priors


def test_among_equals_the_past_decides(store: Store, search: Search) -> None:
    for change in ({"cwd": "/w"}, {"git_root": "/w", "cwd": "/w/y"}, {"age": 0.0}, {"status": 0}):
        name = f"frob{next(iter(change))}"
        fields = {"status": 1, "cwd": "/v", **change}
        ran(store, f"{name} one", **fields)  # type: ignore[arg-type]
        ran(store, f"{name} two", cwd="/v", status=1)
        first = search.find(Query(text=name, cwd="/w"))[0]
        assert first.body == f"{name} one", change
    for _time in range(9):
        ran(store, "often two", status=1)
    ran(store, "often one", status=1)
    assert bodies(search, "often")[0] == "often two"


def test_no_past_whatever_lifts_what_means_something_else(store: Store, search: Search, meaning: Meaning) -> None:
    plain = ran(store, "tar xzf a", "unpack an archive", status=1, cwd="/v")
    filler = [ran(store, f"archive {number}", "an archive", status=1, cwd="/v") for number in range(8)]
    loved = 0
    for _time in range(60):
        loved = ran(store, "archive everything", "an archive", cwd="/w", age=0, git_root="/w")
    meaning.items = [plain, *filler, loved]
    found = [one.id for one in search.find(Query(text="unpack an archive", cwd="/w"))]
    assert found.index(plain) < found.index(loved)


def test_all_priors_together_stay_below_three_ranks() -> None:
    priors = Priors()
    assert priors.folder + priors.recency + priors.worked + priors.frequency < 63 / 60 - 1


def test_reasons_tell_the_past(store: Store, search: Search) -> None:
    for _time in range(12):
        ran(store, "make", cwd="/w", age=60)
    ran(store, "make bad", cwd="/v", status=2)
    ran(store, "make bad", cwd="/v", status=2, judgement="undone")
    first, second = search.find(Query(text="make", cwd="/w"))
    assert first.why == ("words: make", "used 12 times here", "used today", "ended well")
    assert (first.runs, first.worked, first.exit_status, first.cwd) == (12, 12, 0, "/w")
    assert second.why == ("words: make", "used 2 times", "taken back")
    for _time in range(60):
        ran(store, "make", cwd="/w")
    assert "used 50 times or more here" in search.find(Query(text="make", cwd="/w"))[0].why


def test_the_same_command_from_two_wishes_is_shown_once_with_the_better_one(store: Store, search: Search) -> None:
    ran(store, "df  -h", "how full are the disks")
    ran(store, "df -h", "free space on all disks")
    (found,) = search.find(Query(text="free space on disks"))
    assert found.intent == "free space on all disks"


def test_only_as_many_as_asked_for(store: Store, search: Search) -> None:
    for number in range(30):
        ran(store, f"ls {number}")
    assert len(bodies(search, "ls", limit=3)) == 3
    assert bodies(search, "ls", limit=0) == []


# ---- examples


def example(store: Store, body: str, intent: str, trust: Trust = "imported") -> None:
    with store.write() as db:
        pack = db.execute(
            "INSERT INTO packs (name, version, sha256, licence, attribution, added) VALUES (?, '1', '', '', '', 0)", (body,)
        ).lastrowid
        assert pack
        store.add_item(db, kind="example", body=body, intent=intent, trust=trust, pack=pack)


def test_examples_are_what_worked_here_or_was_confirmed_and_lines_of_packs(
    store: Store, search: Search, meaning: Meaning
) -> None:
    ran(store, "sort a", "sort it")
    ran(store, "sort b", "sort it b", status=1, judgement="confirmed")
    example(store, "sort c", "sort lines")
    ran(store, "sort d")  # nobody's words led to it
    ran(store, "sort e", "sort it e", status=1)
    ran(store, "sort f", "sort it f", source="bash")
    example(store, "sort g", "sort hostile", trust="untrusted")
    store.note("sort it")
    for judgement in ("undone", "corrected"):
        ran(store, f"sort {judgement}", f"sort {judgement}", judgement=judgement)
        ran(store, f"sort {judgement}", f"sort {judgement}")
    for meaning.items in (None, list(range(1, 20))):
        found = {one.body for one in search.examples(Query(text="sort it"))}
        assert found == {"sort a", "sort b", "sort c"}
        assert {one.body for one in search.counterexamples(Query(text="sort it"))} == {"sort undone", "sort corrected"}


def test_trust_is_told(store: Store, search: Search) -> None:
    ran(store, "ls", source="zsh")
    assert search.find(Query(text="ls"))[0].trust == "imported"


def test_finding_writes_nothing(store: Store, search: Search) -> None:
    ran(store, "ls", "list")
    other = sqlite3.connect(store.file)
    before = other.execute("PRAGMA data_version").fetchone()
    search.find(Query(text="list", cwd="/home/me", here=True))
    search.examples(Query(text="list"))
    assert other.execute("PRAGMA data_version").fetchone() == before
