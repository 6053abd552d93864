"""Questions about a table, answered by rule: every number is checked against plain Python, and what is not sure is refused."""

from __future__ import annotations

import asyncio
import csv
import datetime
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aishell.backends.scripted import Line, ScriptedBackend
from aishell.core.errors import Unanswerable
from aishell.functions.asking import Model
from aishell.functions.report.answering import answer
from aishell.functions.report.free import safe
from aishell.functions.report.read import Data, opened
from aishell.functions.report.values import Report

COLUMNS = ("date", "shop", "from_city", "to_city", "Unit Price", "weight_kg", "items", "member", "gift", "temp_max", "temp_min")
ROWS = [
    (
        f"2024-{1 + number % 6:02}-{1 + number % 27:02}",
        ("Oslo", "Bern", "Lima")[number % 3],
        ("Rome", "Paris")[number % 2],
        ("Paris", "Rome", "New York")[number % 3],
        round(2.5 + number * 1.25, 2),
        number % 11 + 0.5,
        number % 7,
        ("yes", "no")[number % 2],
        int(number % 5 == 0),
        number % 13,
        number % 13 - 5,
    )
    for number in range(90)
]
Pick = Callable[[tuple[object, ...]], bool]


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    file = tmp_path_factory.mktemp("data") / "parcels.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *ROWS])
    with opened(str(file)) as data:
        yield data


def ask(data: Data, question: str, model: Model | None = None) -> Report:
    async def get() -> Model | None:
        return model

    return asyncio.run(answer(data, question, get))


def of(column: str, pick: Pick = lambda row: True) -> list[float]:
    at = COLUMNS.index(column)
    return [float(str(row[at])) for row in ROWS if pick(row)]


ONE: dict[str, float] = {
    "What is the average unit price in Bern?": statistics.fmean(of("Unit Price", lambda row: row[1] == "Bern")),
    "how many parcels have more than 5 kg weight": len([1 for weight in of("weight_kg") if weight > 5]),
    "How many parcels are there?": len(ROWS),
    "number of items of Oslo": sum(of("items", lambda row: row[1] == "Oslo")),
    "median weight of parcels": statistics.median(of("weight_kg")),
    "total items between 2024-02-01 and 2024-03-31": sum(of("items", lambda row: "2024-02" <= str(row[0]) < "2024-04")),
    "total items in March 2024": sum(of("items", lambda row: str(row[0]).startswith("2024-03"))),
    "total items in March for Oslo or Lima": sum(of("items", lambda row: str(row[0])[5:7] == "03" and row[1] != "Bern")),
    "total items since 2024-05-01": sum(of("items", lambda row: str(row[0]) >= "2024-05-01")),
    "highest unit price of members": max(of("Unit Price", lambda row: row[7] == "yes")),
    "average unit price of non-members in Bern or Lima": statistics.fmean(
        of("Unit Price", lambda row: row[7] == "no" and row[1] != "Oslo")
    ),
    "total items not from Oslo or Bern": sum(of("items", lambda row: row[1] == "Lima")),
    "lowest unit price of non-members": min(of("Unit Price", lambda row: row[7] == "no")),
    "average maximum temperature": statistics.fmean(of("temp_max")),
    "draw me a bar chart of the average maximum temperature": statistics.fmean(of("temp_max")),
    "What percentage of members are gifts?": 100 * statistics.fmean(of("gift", lambda row: row[7] == "yes")),
    "how many different shops": 3,
    "average weight of parcels not from the shop Bern": statistics.fmean(of("weight_kg", lambda row: row[1] != "Bern")),
}


@pytest.mark.parametrize("question", list(ONE))
def test_a_number_that_is_asked_for_is_the_right_one(sales: Data, question: str) -> None:
    assert ask(sales, question).value == pytest.approx(ONE[question])


def per(column: str, by: str, how: Callable[[list[float]], float] = sum) -> dict[str, float]:
    at = COLUMNS.index(by)

    def only(name: str) -> Pick:
        return lambda row: row[at] == name

    return {name: how(of(column, only(name))) for name in sorted({str(row[at]) for row in ROWS})}


MANY: dict[str, dict[str, float]] = {
    "total items per shop": per("items", "shop"),
    "average unit price by member": per("Unit Price", "member", statistics.fmean),
    "How many parcels per shop?": {name: 30.0 for name in ("Bern", "Lima", "Oslo")},
    "share of gifts per shop": {name: 100 * share for name, share in per("gift", "shop", statistics.fmean).items()},
    "monthly items": {
        f"2024-{month:02}": sum(float(str(row[6])) for row in ROWS if str(row[0])[5:7] == f"{month:02}")
        for month in range(1, 7)
    },
    "每个 shop 的 items 总数": per("items", "shop"),
    "top 2 shops by total items": dict(sorted(per("items", "shop").items(), key=lambda one: -one[1])[:2]),
}


@pytest.mark.parametrize("question", list(MANY))
def test_a_number_for_each_is_the_right_one(sales: Data, question: str) -> None:
    found = {str(row[0]): row[-1] for row in ask(sales, question).rows}
    assert found == pytest.approx(MANY[question])


def test_the_one_with_the_highest_is_named(sales: Data) -> None:
    totals = per("items", "shop")
    best = max(totals, key=totals.__getitem__)
    assert ask(sales, "Which shop has the most items?").value == best
    assert ask(sales, "哪个 shop 的 items 总数最多？").value == best


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What is the average wingspan?", "wingspan"),
        ("Which driver has the most items?", "driver"),
        ("average unit price in Berlin", "Berlin"),
        ("total items per warehouse", "warehouse"),
        ("How many parcels in 2024 were sent by Zorro?", "Zorro"),
        ("每个仓库的 items 总数", "仓库"),
        ("average unit price of parcels heavier than a horse", "horse"),
        ("top 2 shops by weight", "weight_kg"),
        ("share of items in Rome", "items"),
        ("How many lorries have more than 5 kg weight?", "lorries"),
        ("When was the highest unit price?", "When"),
        ("Who has the highest unit price?", "Who"),
        ("highest average unit price", "several"),
        ("What is the highest number of items?", "highest"),
        ("How many gifts are from Oslo or for members?", "different columns"),
        ("total items of the 1980s of warehouse 9", "warehouse"),
    ],
)
def test_what_the_table_does_not_say_is_refused_and_named(sales: Data, question: str, word: str) -> None:
    with pytest.raises(Unanswerable, match=word) as refused:
        ask(sales, question)
    assert refused.value.exit_status == 65
    assert refused.value.hint


def test_where_two_columns_could_be_meant_nothing_is_guessed(sales: Data) -> None:
    with pytest.raises(Unanswerable, match="from_city, to_city"):
        ask(sales, "How many parcels for Rome?")


def test_a_row_of_totals_is_not_added_to_the_rows_it_is_the_total_of(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("region,year,sales\nAll regions,2020,30\nNorth,2020,10\nSouth,2020,20\n")
    with opened(str(tmp_path / "t.csv")) as data:
        with pytest.raises(Unanswerable, match="All regions"):
            ask(data, "total sales in 2020")
        assert ask(data, "total sales of North in 2020").value == 10


def test_a_value_is_given_only_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("country,year,rate\nItaly,2020,5.5\nItaly,2021,6.5\nPeru,2020,7\n")
    with opened(str(tmp_path / "t.csv")) as data:
        assert ask(data, "What was the rate of Italy in 2021?").value == 6.5
        assert ask(data, "rate per country in 2020").rows == (("Italy", 5.5), ("Peru", 7.0))
        with pytest.raises(Unanswerable, match="2 rows"):
            ask(data, "What was the rate of Italy?")


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text("title,director,cost\nA,Ann,1\nB,,2\nC,,\n")
    with opened(str(tmp_path / "films.csv")) as data:
        assert ask(data, "How many films have no director?").value == 2
        assert ask(data, "how many films are without a director").value == 2
        assert ask(data, "How many films have missing cost?").value == 1


def test_since_when_is_no_part_of_a_share(sales: Data) -> None:
    later = [row for row in ROWS if str(row[0]) >= "2024-03"]
    assert ask(sales, "share of gifts since 2024-03-01").value == pytest.approx(100 * statistics.fmean(row[8] for row in later))


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("total items last month", "2024-04-01", "2024-04-30"),
        ("total items this month", "2024-05-01", "2024-05-10"),
        ("total items last week", "2024-04-29", "2024-05-05"),
        ("total items this year", "2024-01-01", "2024-05-10"),
        ("上个月的 items 总数", "2024-04-01", "2024-04-30"),
    ],
)
def test_last_month_is_that_of_the_day(sales: Data, question: str, first: str, last: str) -> None:
    async def nobody() -> None:
        return None

    made = asyncio.run(answer(sales, question, nobody, today=datetime.date(2024, 5, 10)))
    assert made.value == sum(of("items", lambda row: first <= str(row[0]) <= last))
    assert f"{first} " in made.sections[0].sentences[1]  # so that nobody has to guess which month it was


def test_the_highest_of_each_group_is_no_ranking(sales: Data) -> None:
    found = ask(sales, "highest unit price per shop")
    assert {str(row[0]): row[-1] for row in found.rows} == pytest.approx(per("Unit Price", "shop", max))


def test_what_has_no_name_is_not_the_first(tmp_path: Path) -> None:
    (tmp_path / "trips.csv").write_text("city,km\n,1\nNA,1\n,1\nOslo,1\nOslo,2\nRome,5\n")
    with opened(str(tmp_path / "trips.csv")) as data:
        made = ask(data, "Which city has the most trips?")
    assert (made.value, made.titles) == ("Oslo", ("city", "number of rows"))


def second(sql: str) -> Model:
    return Model(ScriptedBackend((Line(when="", say=sql),)))


def test_a_reading_is_taken_when_the_models_own_sql_comes_to_the_same(sales: Data) -> None:
    sql = 'SELECT count(*) FROM "parcels" WHERE "to_city" = \'Rome\''
    made = ask(sales, "How many parcels arrived for Rome?", second(sql))
    assert made.value == 30
    assert not made.sure
    assert any("to_city was taken" in sentence for sentence in made.sections[0].sentences)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("how many people are younger than 30", 1),
        ("average age of people older than 30", 37.5),
        ("how many are cheaper than 6", 2),
        ("30 岁以上的有多少", 2),
        ("有多少人年龄大于 30", 2),
        ("Paris 的人有多少", 2),
        ("30 岁以下的人的平均年龄", 29),
    ],
)
def test_a_comparison_may_name_its_column_by_itself(tmp_path: Path, question: str, found: float) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,age,city,price\nAnn,34,Paris,5\nBob,29,Rome,7\nCid,41,Paris,2\n")
    with opened(str(file)) as data:
        assert ask(data, question).value == pytest.approx(found)


def test_a_comparison_without_its_column_is_refused(sales: Data) -> None:
    with pytest.raises(Unanswerable):
        ask(sales, "How many parcels are older than 3?")


@pytest.mark.parametrize("sql", ["SELECT 31", "NONE", "DROP TABLE parcels", "SELECT count(*) FROM '/etc/passwd'", "SELECT ((("])
def test_a_model_that_says_something_else_decides_nothing(sales: Data, sql: str) -> None:
    with pytest.raises(Unanswerable):
        ask(sales, "How many parcels arrived for Rome?", second(sql))


def test_what_is_asked_for_and_absent_is_refused_whatever_the_model_says(sales: Data) -> None:
    with pytest.raises(Unanswerable, match="driver"):
        ask(sales, "Which driver has the highest unit price?", second('SELECT max("Unit Price") FROM "parcels"'))


@pytest.mark.parametrize(
    ("sql", "may"),
    [
        ('SELECT count(*) FROM "parcels"', True),
        ('WITH a AS (SELECT * FROM "parcels") SELECT count(*) FROM a', True),
        ('SELECT 1; SELECT count(*) FROM "parcels"', False),
        ('INSERT INTO "parcels" SELECT * FROM "parcels"', False),
        ("SELECT * FROM duckdb_settings()", False),
        ("SELECT * FROM information_schema.tables", False),
        ("PRAGMA database_list", False),
        ("SELECT count(*) AS tables FROM information_schema.tables", False),
        ('SELECT count(*) AS other FROM "other"', False),
        ("SELECT * FROM (SELECT * FROM duckdb_secrets()) a", False),
        ("SELECT * FROM read_text('/etc/passwd')", False),
        ('SELECT (SELECT max(x) FROM range(9) t(x)) FROM "parcels"', False),
    ],
)
def test_only_a_select_from_the_loaded_table_may_run(sales: Data, sql: str, may: bool) -> None:
    assert safe(sales, sales.tables[0], sql) is may
