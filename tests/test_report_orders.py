"""Questions about orders, in English and Chinese: numbers that are names are never summed, and money is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aishell.core.errors import Unanswerable
from aishell.functions.report.read import Data, opened
from tests.test_report_questions import ask

ENGLISH = ("order_id", "customer", "region", "product", "quantity", "unit_price", "revenue", "order_date", "returned")
CHINESE = ("订单编号", "客户", "地区", "产品类别", "数量", "单价", "金额", "下单日期", "是否会员")
PEOPLE = {"Ann": "张伟", "Bob": "王芳", "Cid": "李娜"}
REGIONS = {"North": "北京", "South": "上海"}
ROWS = [
    (
        1000 + number,
        ("Ann", "Bob", "Cid")[number * 7 % 3],
        ("North", "South")[number * number % 5 % 2],
        ("Lamp", "Desk lamp", "Chair")[number * 11 % 13 % 3],
        1 + number % 4,
        (9.5, 20.0, 120.0)[number % 3],
        (1 + number % 4) * (9.5, 20.0, 120.0)[number % 3],
        f"2024-{1 + number % 12:02}-{1 + number % 28:02}",
        number % 3 == 0,
    )
    for number in range(120)
]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    file = tmp_path_factory.mktemp("data") / "sales.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([ENGLISH, *((*row[:-1], "true" if row[-1] else "false") for row in ROWS)])
    with opened(str(file)) as data:
        yield data


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    file = tmp_path_factory.mktemp("data") / "订单.csv"
    kinds = {"Lamp": "电器", "Desk lamp": "家具", "Chair": "服装"}
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = ((r[0], PEOPLE[r[1]], REGIONS[r[2]], kinds[r[3]], *r[4:8], "是" if r[8] else "否") for r in ROWS)
        csv.writer(out).writerows([CHINESE, *rows])
    with opened(str(file)) as data:
        yield data


def total(at: int, pick: Callable[[tuple[Any, ...]], Any] = bool) -> float:
    return float(sum(float(row[at]) for row in ROWS if pick(row)))


def count(pick: Callable[[tuple[Any, ...]], Any]) -> int:
    return len([row for row in ROWS if pick(row)])


NUMBERS: dict[str, float] = {
    "How many orders are there?": 120,
    "How many orders in total?": 120,
    "how many orders of desk lamps": count(lambda row: row[3] == "Desk lamp"),
    "total quantity of lamps": total(4, lambda row: row[3] == "Lamp"),
    "how many orders with revenue between 100 and 400": count(lambda row: 100 <= row[6] <= 400),
    "what percentage of orders were returned": 100 * count(lambda row: row[8]) / 120,
    "sum of revenue where returned is false": total(6, lambda row: not row[8]),
    "total revenue excluding South": total(6, lambda row: row[2] == "North"),
    "revenue in March": total(6, lambda row: row[7][5:7] == "03"),
    "average unit price in the North region": total(5, lambda row: row[2] == "North") / count(lambda row: row[2] == "North"),
    "how many customers": 3,
}
IN_CHINESE: dict[str, float] = {
    "一共有多少个订单？": 120,
    "北京和上海的总金额": total(6),
    "北京的总金额": total(6, lambda row: row[2] == "North"),
    "2024年3月的总金额": total(6, lambda row: row[7][5:7] == "03"),
    "会员的平均金额是多少": total(6, lambda row: row[8]) / count(lambda row: row[8]),
    "会员占比": 100 * count(lambda row: row[8]) / 120,
    "单价大于15的订单有多少个": count(lambda row: row[5] > 15),
    "张伟的金额占比": 100 * total(6, lambda row: row[1] == "Ann") / total(6),
    "数量的中位数": 2.5,
}


@pytest.mark.parametrize("question", list(NUMBERS))
def test_a_number_of_orders_is_the_right_one(orders: Data, question: str) -> None:
    assert ask(orders, question).value == pytest.approx(NUMBERS[question])


@pytest.mark.parametrize("question", list(IN_CHINESE))
def test_a_chinese_question_has_the_right_number(chinese: Data, question: str) -> None:
    assert ask(chinese, question).value == pytest.approx(IN_CHINESE[question])


@pytest.mark.parametrize(
    "question", ["Which month had the highest revenue?", "best month by revenue", "month with the most revenue"]
)
def test_of_money_the_highest_sum_is_meant(orders: Data, question: str) -> None:
    months = {f"2024-{month:02}": total(6, lambda row, month=month: int(row[7][5:7]) == month) for month in range(1, 13)}  # type: ignore[misc]
    assert ask(orders, question).value == max(months, key=months.__getitem__)


def test_groups_in_chinese(chinese: Data) -> None:
    found = ask(chinese, "各客户的金额总和")
    assert {str(name): value for name, value in found.rows} == pytest.approx(
        {PEOPLE[name]: total(6, lambda row, name=name: row[1] == name) for name in PEOPLE}  # type: ignore[misc]
    )
    assert found.sections[0].sentences[0].startswith("按 客户 的金额 的总和")
    assert ask(chinese, "每个地区的订单数").rows == (
        ("上海", count(lambda r: r[2] == "South")),
        ("北京", count(lambda r: r[2] == "North")),
    )


@pytest.mark.parametrize(
    "question",
    [
        "average order value",
        "total sales",
        "profit by region",
        "revenue growth",
        "How many lamps were sold?",
    ],
)
def test_what_would_need_a_guess_is_refused(orders: Data, question: str) -> None:
    with pytest.raises(Unanswerable):
        ask(orders, question)


@pytest.mark.parametrize("question", ["平均利润", "退货率是多少", "2024年下半年的金额", "最贵的产品是什么"])
def test_what_would_need_a_guess_is_refused_in_chinese(chinese: Data, question: str) -> None:
    with pytest.raises(Unanswerable):
        ask(chinese, question)
