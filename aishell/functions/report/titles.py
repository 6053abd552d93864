"""What a column's title says of its values: names of rows, numbers of things, sums of money, rates."""

from __future__ import annotations

import re

from aishell.functions.report.values import Column

_COUNTED = frozenset(
    "total sum count number people population pop persons births deaths qty quantity units n num cases visits".split()
)
_SUMMED = frozenset("amount sales revenue turnover spending profit expenses".split())
_AVERAGED = frozenset(
    "rate ratio share percent percentage pct average avg mean median price temp temperature score rating index age year"
    " level probability density speed latitude longitude lat lon height per expectancy gini rank".split()
)
_NAMING = frozenset("id ids uuid guid code key zip phone index status port".split())
_CHINESE_COUNTED = ("数量", "人数", "次数", "件数", "人口", "总数", "单数", "销量")
_CHINESE_SUMMED = ("金额", "销售额", "收入", "营收", "利润", "支出", "总额", "总计", "合计")
_CHINESE_AVERAGED = ("单价", "价格", "率", "比例", "平均", "温", "年龄", "评分", "分数", "占比", "指数")
_CHINESE_NAMING = ("编号", "序号", "代码", "号码", "编码", "邮编")
_PARTS = re.compile("(是否|编号|序号|代码|号码|编码|名称|日期|时间|类别|类型|种类)")
"""Words that stand at an end of a Chinese title."""
OPTIONAL = frozenset(("是否", "编号", "序号", "代码", "号码", "编码", "名称", "name", "title", "code", "key"))
"""Words of a title without which it means the same."""


def title_words(title: str) -> list[str]:
    """The words of a title, in lower case: `bodyMass_g` is body, mass, g; 是否会员 is 是否, 会员."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+", title)
    return [part.lower() for word in found for part in _PARTS.split(word) if part]


def names_rows(column: Column) -> bool:
    """Whether its values are names or numbers by which things are known, so that no sum or mean of them says anything."""
    return _says(column, _NAMING, _CHINESE_NAMING)


def counts_things(column: Column) -> bool:
    """Whether it says how many of something a row stands for."""
    return (
        column.kind == "integer"
        and not names_rows(column)
        and not averages(column)
        and _says(column, _COUNTED, _CHINESE_COUNTED)
    )


def adds_up(column: Column) -> bool:
    """Whether a sum of it is what people ask for."""
    said = _says(column, _COUNTED, _CHINESE_COUNTED) or _says(column, _SUMMED, _CHINESE_SUMMED)
    return said and not averages(column) and not names_rows(column)


def averages(column: Column) -> bool:
    """Whether a sum of it says nothing: rates, prices, temperatures."""
    return _says(column, _AVERAGED, _CHINESE_AVERAGED)


def _says(column: Column, words: frozenset[str], chinese: tuple[str, ...]) -> bool:
    return bool(words & set(title_words(column.name))) or any(word in column.name for word in chinese)
