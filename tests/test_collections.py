"""Collections: documents in, brought up to date, found with their lines, forgotten."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.core.errors import AishellError, MemoryUnavailable, UsageError
from aishell.functions.answering.passages import Passage, passages
from aishell.memory.collections import Collections, Embedded
from aishell.memory.spec import MemorySpec
from aishell.wiring.collections import embedding
from tests.answering import brought, collections, found, library
from tests.documents import docx, pdf


def stood(file: Path, passage: Passage) -> bool:
    """Whether each sentence stands on the lines that it says it does."""
    lines = file.read_text().splitlines()
    for one in passage.sentences:
        there = " ".join(lines[one.first - 1 : one.last])
        if not all(word in there for word in one.text.replace("|", " ").split()):
            return False
    return True


@pytest.mark.parametrize("question", ["films and games", "late book", "student card price", "闭馆"])
def test_every_sentence_stands_on_the_lines_it_is_said_to_stand_on(tmp_path: Path, question: str) -> None:
    collection = library(tmp_path)
    several = passages(asyncio.run(found(collection, question)))
    assert several
    assert all(stood(Path(one.file), one) for one in several)
    assert all(one.sentences[0].first for one in several)
    collection.close()


def test_a_sentence_over_two_lines_an_item_and_a_row_are_found_with_what_is_above_them(tmp_path: Path) -> None:
    collection = library(tmp_path)
    several = passages(asyncio.run(found(collection, "library films fees card late student")))
    by_text = {one.text: (sentence.first, sentence.last) for part in several for one in part.sentences for sentence in [one]}
    assert by_text["Films are lent for one week, and games for two."] == (4, 5)
    assert by_text["A late book costs 20 cents a day."] == (9, 9)
    row = next(one for one in several if "student" in one.text)
    assert (row.header, row.text, row.about) == ("card | price", "student | 5 euros", "lending.md > The library > Fees")
    collection.close()


def test_a_changed_file_is_read_again_and_until_then_gives_no_line_numbers(tmp_path: Path) -> None:
    collection = library(tmp_path)
    file = tmp_path / "documents" / "lending.md"
    file.write_text("# New\n\nA late book costs 30 cents a day.\n")
    before = passages(asyncio.run(found(collection, "late book")))
    late = next(one for one in before if "20 cents" in one.text)
    assert (late.changed, late.sentences[0].first) == (True, 0)
    assert brought(collection, file.parent).summary.changed == 1
    after = passages(asyncio.run(found(collection, "late book")))
    assert ["30 cents" in one.text for one in after] == [True]
    assert after[0].sentences[0].first == 3
    collection.close()


def test_what_is_kept_without_its_secret_is_quoted_without_lines_and_not_called_changed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "door.md").write_text("# Door\n\nThe code of the door is hunter2hunter2 at night.\n")
    known = Collections(tmp_path / "c", redact=lambda text: text.replace("hunter2hunter2", "[redacted: password]"))
    collection = known.create("door")
    brought(collection, folder)
    part = passages(asyncio.run(found(collection, "code of the door")))[0]
    assert (part.sentences[0].text, part.sentences[0].first) == ("The code of the door is [redacted: password] at night.", 0)
    assert not part.changed
    collection.close()


def test_a_document_that_is_gone_is_told_and_forgotten_but_a_folder_that_is_gone_is_kept(tmp_path: Path) -> None:
    collection = library(tmp_path)
    folder = tmp_path / "documents"
    (folder / "kaifang.md").unlink()
    assert [os.path.basename(path) for path in brought(collection, folder).gone] == ["kaifang.md"]
    assert [os.path.basename(path) for path in collection.documents()] == ["lending.md"]
    folder.rename(tmp_path / "elsewhere")
    root = collection.roots()[0]
    with pytest.raises(AishellError, match="not there"):
        list(collection.read(root, None))  # type: ignore[arg-type]  # nothing is read
    assert collection.documents()
    collection.close()


def test_pages_and_word_files_are_found_with_their_place(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "guide.pdf").write_bytes(pdf(["The gate opens at seven.", "The pool is closed in May."]))
    (folder / "plan.docx").write_bytes(docx([("Heading 1", "Plan"), ("Normal", "The tower is painted in June.")]))
    (folder / "prices.csv").write_text("thing,price\nlamp,12\nchair,30\n")
    collection = collections(tmp_path).create("papers")
    brought(collection, folder)
    pool = passages(asyncio.run(found(collection, "pool closed")))[0]
    assert "The pool is closed in May." in [one.text for one in pool.sentences]
    assert (pool.place, pool.sentences[0].first) == ("pages 1-2", 0)
    assert passages(asyncio.run(found(collection, "tower painted")))[0].about == "plan.docx > Plan"
    chair = next(one for one in passages(asyncio.run(found(collection, "price of a chair"))) if "chair" in one.text)
    assert (chair.header, chair.sentences[0].first) == ("thing | price", 3)
    collection.close()


def test_names_and_what_becomes_of_a_collection(tmp_path: Path) -> None:
    library(tmp_path).close()
    known = collections(tmp_path)
    assert known.names() == ("library",)
    for name in ("../x", "", ".hidden", "a/b", "x" * 80):
        with pytest.raises(UsageError):
            known.create(name)
    with pytest.raises(UsageError, match="already"):
        known.create("library")
    with pytest.raises(UsageError, match="no collection"):
        known.open("books")
    with pytest.raises(UsageError, match="no /nowhere"):
        known.open("library").add(Path("/nowhere"))
    known.remove("library")
    assert known.names() == ()
    assert (tmp_path / "documents" / "lending.md").exists()


def test_a_damaged_collection_says_how_to_make_it_again(tmp_path: Path) -> None:
    library(tmp_path).close()
    file = tmp_path / "collections" / "library" / "memory.db"
    file.write_bytes(b"nonsense" * 1000)
    for end in ("-wal", "-shm"):
        file.with_name(f"{file.name}{end}").unlink(missing_ok=True)
    with pytest.raises(MemoryUnavailable) as raised:
        collections(tmp_path).open("library")
    assert "again" in raised.value.hint


def test_meanings_find_across_languages_and_are_made_once(
    tmp_path: Path, spec: LlamaSpec, place: Place, memory_of: Callable[..., MemorySpec]
) -> None:
    collection = library(tmp_path)
    asked: list[Sequence[str]] = []

    async def go() -> tuple[str, str]:
        engine = EngineBackend(spec, memory=memory_of().to_wire(), place=place)
        embed = embedding(engine)

        async def counted(texts: Sequence[str], multilingual: bool) -> Embedded:
            asked.append(texts)
            return await embed(texts, multilingual)

        try:
            await collection.embed(counted)
            asked.clear()
            english = await collection.find("On which weekday is it shut?", counted, limit=3)
            chinese = await collection.find("电影可以借多久？", counted, limit=3)
            return next(one.body for one in english if "闭馆" in one.body), chinese[0].body
        finally:
            await engine.close()

    english, chinese = asyncio.run(go())
    assert "周一闭馆" in english
    assert "Films are lent" in chinese
    assert all(len(texts) == 1 for texts in asked), "documents have their vectors"
    collection.close()
