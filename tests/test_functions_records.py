"""Records of text functions: read one at a time from anything, given back in order, whatever becomes of one of them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from aishell.core.errors import ModelUnavailable, NoPlan
from aishell.functions.records import LONGEST, Format, Record, format_of, read
from aishell.functions.results import Written
from aishell.functions.stream import Done, Function, in_order


def records(data: bytes, kind: Format = "lines", field: str = "") -> list[Record]:
    return list(read(io.BytesIO(data), "f", kind, field))


def through(source: Iterator[Record], function: Function, jobs: int = 3) -> list[Done]:
    async def go() -> list[Done]:
        return [done async for done in in_order(source, function, jobs)]

    return asyncio.run(go())


def test_each_line_is_a_record_also_an_empty_one_and_the_last() -> None:
    assert [record.text for record in records(b"one\r\n\ntwo \nthree")] == ["one", "", "two ", "three"]
    assert records(b"one\ntwo")[1].place == "f:2"
    assert records(b"") == []


def test_bytes_that_are_no_utf_8_are_replaced_and_said() -> None:
    bad, good = records(b"caf\xe9\ngood")
    assert bad.text == "caf\ufffd"
    assert "UTF-8" in bad.notes[0]
    assert good.notes == ()


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() -> None:
    long, last = records(b"x" * (2 * LONGEST + 10) + b"\nlast\n")
    assert len(long.text) == LONGEST
    assert "cut" in long.notes[0]
    assert (last.text, last.place) == ("last", "f:2")


def test_jsonl_keeps_its_own_fields_and_bad_lines_do_not_stop_it() -> None:
    good, none, broken, number, absent = records(b'{"id": 1, "body": "x"}\n\n{oops\n{"body": 3}\n{"id": 2}\n', "jsonl", "body")
    assert (good.text, good.own) == ("x", {"id": 1, "body": "x"})
    assert (none.text, none.problem) == ("", "")
    assert "JSON" in broken.problem
    assert "no text" in number.problem
    assert "no field 'body'" in absent.problem


def test_a_row_of_a_table_may_have_commas_quotes_and_line_ends() -> None:
    first, second, short = records(b'id,body\n1,"a, ""b""\nc"\n2,d\n3\n', "csv", "body")
    assert (first.text, first.own) == ('a, "b"\nc', {"id": "1", "body": 'a, "b"\nc'})
    assert second.text == "d"
    assert short.problem


def test_a_table_with_tabs_is_one_as_well() -> None:
    (row,) = records("正文\tid\n很好\t7\n".encode(), "tsv", "正文")
    assert row.text == "很好"


@pytest.mark.parametrize(
    ("name", "wanted", "field", "head", "kind"),
    [
        ("a.csv", None, "", b"", "csv"),
        ("a.NDJSON", None, "", b"", "jsonl"),
        ("notes.txt", None, "", b'{"text": 1}', "lines"),
        ("-", None, "text", b' {"text": 1}', "jsonl"),
        ("-", None, "text", b"a\ttext\n", "tsv"),
        ("-", None, "text", b"a,text\n", "csv"),
        ("a.csv", "whole", "", b"", "whole"),
    ],
)
def test_how_a_file_is_read(name: str, wanted: Format | None, field: str, head: bytes, kind: Format) -> None:
    assert format_of(name, wanted, field, head) == kind


def test_results_keep_the_order_of_the_records_and_no_more_than_so_many_are_computed_at_once() -> None:
    now, most = [0], [0]

    async def slow_then_fast(text: str) -> Written:
        now[0] += 1
        most[0] = max(most[0], now[0])
        await asyncio.sleep(0.02 if int(text) % 5 == 0 else 0)
        now[0] -= 1
        return Written(text=text)

    done = through((Record(text=str(number)) for number in range(60)), slow_then_fast)
    assert [one.record.text for one in done] == [str(number) for number in range(60)]
    assert most[0] == 3


def test_a_record_that_fails_and_one_without_text_stop_nobody() -> None:
    async def picky(text: str) -> Written:
        if text == "bad":
            raise NoPlan("It cannot be done.")
        return Written(text=text.upper())

    done = through(
        iter([Record(text="a"), Record(text="bad"), Record(text=" "), Record(problem="no JSON"), Record(text="b")]), picky
    )
    assert [one.result and one.result.said() for one in done] == ["A", None, None, None, "B"]
    assert [one.problem for one in done] == ["", "It cannot be done.", "", "no JSON", ""]


def test_a_model_that_is_gone_ends_it_instead_of_failing_at_ten_thousand_records() -> None:
    asked: list[str] = []

    async def gone(text: str) -> Written:
        asked.append(text)
        raise ModelUnavailable("There is no model.")

    with pytest.raises(ModelUnavailable):
        through((Record(text="x") for _ in range(10_000)), gone)
    assert len(asked) < 20


def test_only_a_few_records_are_held_however_many_there_are() -> None:
    read_so_far, given = [0], [0]
    ahead: list[int] = []

    def many() -> Iterator[Record]:
        for number in range(2000):
            read_so_far[0] = number
            yield Record(text=str(number))

    async def same(text: str) -> Written:
        return Written(text=text)

    async def go() -> None:
        async for _done in in_order(many(), same, 4):
            given[0] += 1
            ahead.append(read_so_far[0] - given[0])

    asyncio.run(go())
    assert given[0] == 2000
    assert max(ahead) < 60


def test_what_goes_wrong_while_reading_is_told() -> None:
    def broken() -> Iterator[Record]:
        yield Record(text="a")
        raise OSError("the disk is gone")

    async def same(text: str) -> Written:
        return Written(text=text)

    with pytest.raises(OSError, match="disk"):
        through(broken(), same)


def test_an_end_from_outside_leaves_nothing_running() -> None:
    async def forever(_text: str) -> Written:
        await asyncio.sleep(3600)
        return Written(text="")

    async def go() -> int:
        task = asyncio.ensure_future(anext(aiter(in_order(iter([Record(text="x")] * 9), forever, 2))))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        return sum(not other.done() for other in asyncio.all_tasks() if other is not asyncio.current_task())

    assert asyncio.run(go()) == 0


def test_a_reader_that_has_enough_ends_it_however_many_records_are_read_ahead() -> None:
    async def same(text: str) -> Written:
        return Written(text=text)

    async def go() -> str:
        results = in_order((Record(text=str(number)) for number in range(10_000)), same, 1)
        async with asyncio.timeout(20), aclosing(results):
            first = await anext(results)
            await asyncio.sleep(0.2)  # all that may be read ahead is
        return first.record.text

    assert asyncio.run(go()) == "0"


def test_without_a_name_the_text_is_the_field_of_that_name_or_the_longest_of_the_first_record() -> None:
    table = b"id,review,shop\n1,The lamp is lovely,Leipzig\n2,No,Schwerin on the lake\n"
    assert [record.text for record in records(table, "csv")] == ["The lamp is lovely", "No"]
    assert records(b"text,remark\nyes,a much longer remark\n", "csv")[0].text == "yes"
    lines = b'{"id": 1, "body": "A broken cup", "tag": "x"}\n{"id": 2, "body": "No", "tag": "a longer tag"}\n'
    assert [record.text for record in records(lines, "jsonl")] == ["A broken cup", "No"]
    assert "no field 'text'" in records(b'{"id": 1}\n', "jsonl")[0].problem
