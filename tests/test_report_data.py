"""Files of data become tables: whatever their encoding, separators, numbers and dates; and nothing gets out of the database."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import os
import signal
import sqlite3
import threading
from pathlib import Path

import pytest

from aishell.core.errors import AishellError, UsageError
from aishell.functions.report import read
from aishell.functions.report.read import opened
from aishell.functions.report.values import Column, Table

LOG = '10.0.0.1 - - [10/Oct/2024:13:55:36 +0200] "GET /a HTTP/1.1" 200 2326 "-" "curl/8"\n'


def table(file: Path, kind: str = "") -> Table:
    with opened(str(file), kind=kind) as data:
        assert len(data.tables) == 1
        return data.tables[0]


def column(file: Path, name: str) -> Column:
    return table(file).column(name)


def test_a_table_of_another_country_is_read_as_it_is_meant(tmp_path: Path) -> None:
    rows = "Stadt;Umsatz;Datum\nKöln;1.234,50;01.02.2024\nMünchen;99,9;15.02.2024\n"
    (tmp_path / "de.csv").write_bytes(rows.encode("cp1252"))
    found = table(tmp_path / "de.csv")
    assert (found.column("Umsatz").low, found.column("Umsatz").high) == (99.9, 1234.5)
    assert found.column("Datum").low == datetime.date(2024, 2, 1)
    assert found.column("Stadt").high == "München"
    assert any("was read as" in note for note in found.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_titles_and_values_are_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "zh.csv").write_bytes("城市,销售额,日期\n北京,100,2024年1月5日\n上海,250.5,2024年2月6日\n".encode(encoding))
    found = table(tmp_path / "zh.csv")
    assert [one.name for one in found.columns] == ["城市", "销售额", "日期"]
    assert found.column("销售额").high == 250.5
    assert found.column("日期").high == datetime.date(2024, 2, 6)


@pytest.mark.parametrize(
    ("cells", "kind", "high"),
    [
        (["1,200", "15", "3,000,000"], "integer", 3_000_000),
        (["$1,200.50", "$3"], "number", 1200.5),
        (["12%", "7.5%"], "number", 12.0),
        (["1e3", "2.5"], "number", 1000.0),
        (["00501", "10001"], "text", "10001"),
        (["2024-03-01 10:00:00", "2024-03-02 11:30:00"], "time", datetime.datetime(2024, 3, 2, 11, 30)),
        (["Mar 1 2024", "Apr 2 2024"], "date", datetime.date(2024, 4, 2)),
        (["31/12/2023", "01/02/2024"], "date", datetime.date(2024, 2, 1)),
        (["1/21/77", "9/23/98"], "date", datetime.date(1998, 9, 23)),
        (["3-4", "5-6"], "text", "5-6"),
        (["nan", "inf", "4"], "text", "inf"),
    ],
)
def test_numbers_and_dates_are_known_as_people_write_them(tmp_path: Path, cells: list[str], kind: str, high: object) -> None:
    (tmp_path / "t.tsv").write_text("x\ty\n" + "".join(f"{cell}\tz\n" for cell in cells))
    found = column(tmp_path / "t.tsv", "x")
    assert (found.kind, found.high) == (kind, high)


def test_a_few_cells_of_another_kind_are_missing_and_are_counted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("n,m\n" + "".join(f"{number},1\n" for number in range(99)) + "oops,2\nNA,2\n")
    found = table(tmp_path / "t.csv")
    assert (found.column("n").kind, found.column("n").missing, found.column("n").spoiled) == ("integer", 2, 1)
    assert "1 cells of n are no whole number and count as missing." in found.notes


def test_broken_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n4,5,6\n7,8\n")
    found = table(tmp_path / "t.csv")
    assert (found.rows, found.column("a").high) == (2, 7)
    assert any(note.startswith("2 broken rows") for note in found.notes)


def test_titles_are_clean_and_differ(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('"a\x1b[2J",,"x y",X Y\nq,r,s,t\nu,v,w,x\n')
    names = [one.name for one in table(tmp_path / "t.csv").columns]
    assert names == ["a␛[2J", "column 2", "x y", "X Y 2"]


def test_a_name_with_signs_that_a_database_obeys_is_a_name(tmp_path: Path) -> None:
    for name in ("a*.csv", "it's [1].csv", "x=1.csv", '";DROP.csv'):
        (tmp_path / name).write_text("a,b\n1,2\n")
        assert table(tmp_path / name).rows == 1


def test_a_packed_file_and_a_pipe_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert table(tmp_path / "t.csv.gz").name == "t"
    with opened("-", stdin=io.BytesIO(b"a,b\n1,2\n3,4\n")) as data:
        assert data.tables[0].rows == 2


def test_json_lines_a_list_and_parquet_are_read(tmp_path: Path) -> None:
    objects = [{"user": "a", "ms": 5, "ok": True, "at": "2024-01-02", "more": {"x": 1}}, {"user": "b", "ms": 7.5, "ok": False}]
    (tmp_path / "t.jsonl").write_text("\n".join([*map(json.dumps, objects), "{broken"]))
    (tmp_path / "t.json").write_text(json.dumps(objects))
    for name in ("t.jsonl", "t.json"):
        found = table(tmp_path / name)
        assert (found.rows, found.column("ms").high, found.column("ok").yes) == (2, 7.5, "true")
        assert found.column("at").low == datetime.date(2024, 1, 2)
    assert any("1 lines" in note for note in table(tmp_path / "t.jsonl").notes)
    import duckdb

    duckdb.sql(f"COPY (SELECT 5 AS n, 'x' AS name) TO '{tmp_path}/t.parquet'")
    assert table(tmp_path / "t.parquet").column("n").kind == "integer"


def test_every_table_of_an_sqlite_file_is_read_and_the_file_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as shop:
        shop.execute("CREATE TABLE orders (id INTEGER, amount REAL, placed TEXT, scan BLOB)")
        shop.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?)", [(1, 2.5, "2024-01-02", b"\0\1"), (2, None, "2024-01-03", None)]
        )
        shop.execute('CREATE TABLE "odd ""name" (x TEXT)')
        shop.execute('INSERT INTO "odd ""name" VALUES (?)', ("y",))
    before = file.read_bytes()
    with opened(str(file)) as data:
        assert [one.name for one in data.tables] == ['odd "name', "orders"]
        orders = data.table("orders")
        assert (orders.rows, orders.column("amount").missing, orders.column("placed").kind) == (2, 1, "date")
    assert file.read_bytes() == before


def test_no_name_of_a_table_is_in_the_way_of_another(tmp_path: Path) -> None:
    names = ["made", "raw", "raw 0", "raw 1 raw", "reject_errors", "select", "x" * 90 + "1", "x" * 90 + "2"]
    with sqlite3.connect(tmp_path / "t.db") as file:
        for number, name in enumerate(names):
            file.execute(f'CREATE TABLE "{name}" (n INTEGER)')
            file.execute(f'INSERT INTO "{name}" VALUES (?)', (number,))
    with opened(str(tmp_path / "t.db")) as data:
        assert sorted(str(one.columns[0].low) for one in data.tables) == [str(number) for number in range(len(names))]
        assert len({one.name for one in data.tables}) == len(names)
    for name in ("raw", "reject_errors", "data"):
        (tmp_path / f"{name}.csv").write_text("a,b\n1,2\n")
        assert table(tmp_path / f"{name}.csv").name == name


def test_usual_logs_are_tables(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text(LOG * 20 + "garbage\n")
    access = table(tmp_path / "access.log")
    assert (access.rows, access.column("status").low, access.column("path").low) == (20, 200, "/a")
    assert access.column("time").low == datetime.datetime(2024, 10, 10, 11, 55, 36)
    assert "requests" in access.called
    assert any("1 lines of another form" in note for note in access.notes)
    (tmp_path / "app.log").write_text(
        "2024-03-01 12:00:00,123 ERROR web: no\n  at x\n2024-03-02 12:00:00,5 INFO web: yes\n" * 5
    )
    assert set(table(tmp_path / "app.log").column("level").examples) == {"ERROR", "INFO"}
    (tmp_path / "sys.log").write_text("Nov  3 12:00:00 host sshd[12]: Failed\nNov 13 12:00:01 host cron: ran\n" * 5)
    assert table(tmp_path / "sys.log").column("program").distinct == 2


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", b""), ("blank.csv", b" \n\n"), ("x.bin", b"\x7fELF\0\0\0\0"), ("none.csv", None)]
)
def test_what_is_no_table_is_said(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError), opened(str(tmp_path / name)):
        pass


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY t TO 'out.csv'",
        "ATTACH 'other.db'",
        "SET enable_external_access = true",
        "SET threads = 64",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT getenv('HOME')",
    ],
)
def test_nothing_beside_the_data_can_be_reached(tmp_path: Path, sql: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with opened(str(tmp_path / "t.csv")) as data, pytest.raises(AishellError):
        data.rows(sql)


def test_a_computation_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 5000)
    with opened(str(tmp_path / "t.csv")) as data:
        monkeypatch.setattr(read, "SECONDS", 0.3)
        with pytest.raises(AishellError, match="longer than"):
            data.rows("SELECT max(hash(a.rowid + b.rowid * c.rowid)) FROM t a, t b, t c")


def test_ctrl_c_ends_a_computation(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 5000)
    with opened(str(tmp_path / "t.csv")) as data:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            data.rows("SELECT max(hash(a.rowid + b.rowid * c.rowid)) FROM t a, t b, t c")
        assert data.rows("SELECT count(*) FROM t") == [(5000,)]


def test_a_column_that_is_added_stands_beside_its_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("n,b\n" + "".join(f"{number},x\n" for number in range(12_000)))
    with opened(str(tmp_path / "t.csv")) as data:
        more = data.with_column(data.tables[0], "n", [str(number) for number in range(11_000)])
        assert more.tables[0].columns[-1].name == "n 2"
        assert more.rows('SELECT count(*) FROM t WHERE CAST(n AS VARCHAR) = "n 2"') == [(11_000,)]
        assert more.tables[0].columns[-1].missing == 1000
