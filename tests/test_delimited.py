"""Tables whose columns are not separated by blanks, read by commands that believe they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aishell.planner.delimited import Table, mended, table

STOCK = "item;price;count\npear;2.5;3\napple;1.0;10\nplum;4;1\n"


@pytest.mark.parametrize(
    ("beginning", "separator", "titles"),
    [
        (STOCK, ";", ("item", "price", "count")),
        ("a,1\nb,2\n", ",", ()),
        ("name\tage\nann\t30\n", "\t", ("name", "age")),
        ("name|town\nann|Ulm\n", "|", ()),
        ("root:x:0\n", "", ()),
        ("one two 3\nfour five 6\n", "", ()),
        ("a,b\nc\n", "", ()),
    ],
)
def test_what_the_first_lines_tell(beginning: str, separator: str, titles: tuple[str, ...]) -> None:
    found = table("f", beginning)
    assert (found.separator, found.titles) == (separator, titles) if found else separator == ""


@pytest.mark.parametrize(
    ("request_", "command", "then"),
    [
        ("double all prices", "awk '{$2 = $2 * 2; print}' stock.csv", "item;price;count\npear;5;3\napple;2;10\nplum;8;1\n"),
        ("keep item and count", "awk -F ';' '{print $1, $3}' stock.csv", "item;count\npear;3\napple;10\nplum;1\n"),
        ("swap item and price", "awk '{print $2, $1}' stock.csv", "price;item;count\n2.5;pear;3\n1.0;apple;10\n4;plum;1\n"),
    ],
)
def test_a_table_that_is_written_anew_stays_one(tmp_path: Path, request_: str, command: str, then: str) -> None:
    (tmp_path / "stock.csv").write_text(STOCK)
    about = table("stock.csv", STOCK)
    assert about
    better = mended(f"{command} > new && mv new stock.csv", request_, about)
    subprocess.run(["bash", "-c", better], cwd=tmp_path, check=True)
    assert (tmp_path / "stock.csv").read_text() == then, better


@pytest.mark.parametrize(
    ("request_", "command", "prints"),
    [
        ("the average price", "awk '{sum += $2; n++} END {print sum/n}' stock.csv", "2.5"),
        ("the average price", "awk '{sum += $3; n++} END {print sum/n}' stock.csv", "2.5"),
        ("the sum of the second column", "cat stock.csv | awk '{s += $2} END {print s}'", "7.5"),
        (
            "which item has the highest price",
            "awk -F';' '$2 > max {max = $2; name = $1} END {print name}' stock.csv",
            "plum",
        ),
        (
            "which item has the highest price",
            "awk -F';' '{if ($2 > max) {max = $2; name = $1}} END {print name}' stock.csv",
            "plum",
        ),
        ("the last count", "cut -d, -f3 stock.csv | tail -n 1", "1"),
        ("sort by price and show the cheapest", "tail -n +2 stock.csv | sort -k2,2n | head -n 1", "apple;1.0;10"),
        ("swap the first two columns", "awk '{print $2, $1}' stock.csv | tail -n 1", "4;plum;1"),
        ("exchange item and count", "awk -F';' '{print $3, $1}' stock.csv | head -n 1", "count;price;item"),
        ("show it aligned", "column -t stock.csv | tail -n 1", "plum   4      1"),
        ("how many items cost more than 2", "awk '$2 > 2' stock.csv | tail -n +2 | wc -l", "2"),
    ],
)
def test_the_command_reads_the_table(tmp_path: Path, request_: str, command: str, prints: str) -> None:
    (tmp_path / "stock.csv").write_text(STOCK)
    about = table("stock.csv", STOCK)
    assert about
    better = mended(command, request_, about)
    done = subprocess.run(["bash", "-c", better], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == prints, better


@pytest.mark.parametrize(
    "command",
    [
        "awk -F';' '{s += $2} END {print s}' stock.csv",
        "awk 'BEGIN {FS = \";\"} {s += $2} END {print s}' stock.csv",
        "awk '{print $2}' other.txt",
        "wc -l stock.csv",
        "grep pear stock.csv | awk '{print $1}' x",
        "awk '{n++} END {print n}' stock.csv",
        "sort stock.csv",
    ],
)
def test_what_knows_better_or_reads_something_else_stays(command: str) -> None:
    assert mended(command, "do it", Table(file="stock.csv", separator=";", titles=("item", "price", "count"))) == command


PEOPLE = "id,name,age,city\n1,Ann,34,Paris\n2,Bob,9,Rome\n3,Cid,41,Paris\n"


@pytest.mark.parametrize(
    ("request_", "command", "prints"),
    [
        ("sort people.csv by age descending but keep the header", "awk -F, '{print $3}' people.csv | sort -nr", "id 3 1 2"),
        ("sort people.csv by age", "sort people.csv", "id 2 1 3"),
        ("把 people.csv 按 age 降序排列", "sort -k3 people.csv", "id 3 1 2"),
        ("sort the rows of people.csv by name, largest first", "cat people.csv", "id 3 2 1"),
        ("put the people in order of age", "sort -t, -k3,3nr people.csv", "id 3 1 2"),
        ("put the people in order of age, without the header", "sort -t, -k3,3nr people.csv", "3 1 2"),
        ("the two oldest people", "sort -t ',' -k 3 -nr people.csv | head -n 2", "3 1"),
        ("put the people in order of age into q.csv", "sort -k3n people.csv > q.csv; cat q.csv", "id 2 1 3"),
        ("put the people in order of age into q.csv", "sort -k3n people.csv > q.csv", "id 2 1 3"),
        ("sort people.csv by wealth", "sort -t, -k2 people.csv", "id 1 2 3"),
    ],
)
def test_titles_are_not_sorted(tmp_path: Path, request_: str, command: str, prints: str) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    about = table("people.csv", PEOPLE)
    assert about
    assert about.numbers == {1, 3}
    better = mended(command, request_, about)
    done = subprocess.run(["bash", "-c", better], cwd=tmp_path, capture_output=True, text=True, check=True)
    out = done.stdout or (tmp_path / "q.csv").read_text()
    assert " ".join(line.partition(",")[0] for line in out.splitlines()) == prints, better


def test_unique_lines_and_checks_are_left_alone() -> None:
    about = table("people.csv", PEOPLE)
    assert about
    for command in ("sort -u people.csv", "sort -c people.csv", "sort -k2 -o people.csv people.csv", "sort people.csv"):
        assert mended(command, "put it in order", about) == command
