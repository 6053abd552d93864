"""The words of questions about data: what each asks for, in English; and how words are made comparable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal[
    "measure", "up", "down", "group", "compare", "not", "ask", "count", "top", "unit", "rate", "order", "stop", "among", "span"
]


@dataclass(frozen=True, slots=True)
class Word:
    """What a word, or several, do in a question."""

    role: Role
    value: str = ""


_LISTED: dict[tuple[Role, str], str] = {
    ("measure", "mean"): "average, mean, avg, on average, averaged",
    ("measure", "median"): "median",
    ("measure", "sum"): "total, sum, sum of, altogether, in total, overall, combined, total amount of, summed",
    ("measure", "max"): "maximum, max",
    ("measure", "min"): "minimum, min",
    ("measure", "distinct"): "distinct, different, unique, how many different, how many distinct, number of different, "
    "number of distinct, number of unique, how many unique",
    (
        "measure",
        "share",
    ): "share, percentage, percent, proportion, fraction, what share, share of, percentage of, percent of",
    ("count", ""): "how many, number of, count of, the number of, count, how often, how many times, amount of times",
    ("down", ""): "highest, most, largest, biggest, greatest, best, maximal, top, more than any other",
    ("up", ""): "lowest, least, smallest, fewest, worst, minimal, bottom",
    ("down", "often"): "most common, most frequent, most popular, commonest, most often, most frequently, most used",
    ("up", "often"): "least common, rarest, least frequent, least popular, least often",
    ("down", "price cost fare"): "most expensive, priciest, dearest, costliest",
    ("up", "price cost fare"): "cheapest, least expensive",
    ("down", "age"): "oldest",
    ("up", "age"): "youngest",
    ("down", "weight mass"): "heaviest",
    ("up", "weight mass"): "lightest",
    ("down", "length duration distance"): "longest",
    ("up", "length duration distance"): "shortest",
    ("down", "height"): "tallest",
    ("down", "speed velocity"): "fastest",
    ("down", "income salary gdp"): "richest",
    ("up", "income salary gdp"): "poorest",
    ("down", "temperature temp"): "hottest, warmest",
    ("up", "temperature temp"): "coldest",
    ("group", ""): "per, by, for each, for every, of each, of every, in each, in every, each, every, across, grouped by, "
    "broken down by, split by, by each, on each, at each, within each, according to, depending on, for different, for all",
    (
        "compare",
        ">",
    ): "more than, over, above, greater than, larger than, higher than, exceeding, exceed, exceeds, bigger than, "
    "longer than, older than, heavier than, after, later than, faster than, taller than, better than",
    ("compare", "<"): "less than, under, below, fewer than, smaller than, lower than, before, earlier than, shorter than, "
    "younger than, lighter than, cheaper than, slower than, worse than",
    (
        "compare",
        ">=",
    ): "at least, since, from, starting in, no less than, not less than, minimum of, or more, and above, and later",
    ("compare", "<="): "at most, until, till, up to, no more than, not more than, through, maximum of, or less, or fewer",
    ("compare", "between"): "between",
    ("compare", "="): "equal to, equals, exactly, equal",
    ("not", ""): "not, no, non, never, without, except, excluding, other than, isn't, aren't, wasn't, weren't, didn't, don't, "
    "doesn't, except for, but not, cannot",
    ("not", "missing"): "missing, empty, unknown, blank",
    ("ask", "group"): "which, what kind of, what type of, who, which of the, whose",
    (
        "ask",
        "",
    ): "what, how much, how, when, where, why, show, list, give, tell, find, compute, calculate, display, plot, draw, "
    "make, create, chart, charts, graph, graphs, chart of, graph of, plot of, bar chart, bar chart of, line chart, "
    "line chart of, chart for, graph for, chart showing, graph showing, visualize, visualise",
    ("rate", ""): "trend, over time, development, evolution, change over time, time series",
    ("order", "down"): "descending, sorted by, ranked by, ordered by, ranking of, rank, in descending order",
    ("order", "up"): "ascending, in ascending order",
    ("among", ""): "of, among, amongst, in, for, from all, out of",
    ("span", "this year"): "this year",
    ("span", "last year"): "last year, previous year",
    ("span", "this month"): "this month",
    ("span", "last month"): "last month, previous month",
    ("span", "this week"): "this week",
    ("span", "last week"): "last week, previous week",
    ("span", "this day"): "today",
    ("span", "last day"): "yesterday",
    ("unit", "year"): "year, yearly, annual, annually, years",
    ("unit", "quarter"): "quarter, quarterly, quarters",
    ("unit", "month"): "month, monthly, months",
    ("unit", "week"): "week, weekly, weeks",
    ("unit", "day"): "day, daily, days, date, dates",
    ("unit", "weekday"): "weekday, weekdays, day of the week, day of week, days of the week",
    ("unit", "hour"): "hour, hourly, hours, hour of the day, hour of day",
    ("stop", ""): "a, an, the, is, are, was, were, be, been, being, do, does, did, done, has, have, had, there, their, "
    "its, it, this, that, these, those, and, or, to, on, at, with, as, me, my, please, i, we, us, you, "
    "all, any, of all, so, if, can, could, would, will, they, he, she, his, her, our, your, then, than, "
    "also, just, only, about, them, one, ones, some, get, gets, got, went, go, exist, exists, occur, "
    "occurs, occurred, happen, happens, happened, come, comes, came, belong, belongs, during, s, t, "
    "by far, given, recorded, listed, contain, contains, contained, include, includes, included, "
    "in the data, in the table, within, much, many, such",
    ("stop", "thing"): "value, values, row, rows, record, records, entry, entries, data, table, file, column, dataset, "
    "amount, level, levels, figure, figures, number, numbers, item, items, case, cases",
}
WORDS: dict[str, Word] = {
    phrase.strip(): Word(role, value)
    for (role, value), phrases in reversed(_LISTED.items())  # of a phrase that stands twice, the first says what it is
    for phrase in phrases.split(",")
}
LONGEST = max(len(phrase.split()) for phrase in WORDS)
"""Words of a phrase, at most."""

ALSO: tuple[tuple[str, ...], ...] = (
    ("female", "woman", "women", "girl", "f", "女", "女性", "女士"),
    ("male", "man", "men", "boy", "m", "男", "男性", "男士"),
    ("monday", "mon", "周一", "星期一"),
    ("tuesday", "tue", "tues", "周二", "星期二"),
    ("wednesday", "wed", "周三", "星期三"),
    ("thursday", "thu", "thur", "thurs", "周四", "星期四"),
    ("friday", "fri", "周五", "星期五"),
    ("saturday", "sat", "周六", "星期六"),
    ("sunday", "sun", "周日", "星期日", "星期天"),
    ("january", "jan", "一月"),
    ("february", "feb", "二月"),
    ("march", "mar", "三月"),
    ("april", "apr", "四月"),
    ("may", "五月"),
    ("june", "jun", "六月"),
    ("july", "jul", "七月"),
    ("august", "aug", "八月"),
    ("september", "sep", "sept", "九月"),
    ("october", "oct", "十月"),
    ("november", "nov", "十一月"),
    ("december", "dec", "十二月"),
    ("first", "1st", "一等"),
    ("second", "2nd", "二等"),
    ("third", "3rd", "三等"),
    ("usa", "us", "united states", "america", "american", "u.s.", "美国"),
    ("uk", "united kingdom", "britain", "great britain", "英国"),
    ("china", "chinese", "中国"),
    ("japan", "japanese", "日本"),
    ("germany", "german", "德国"),
    ("france", "french", "法国"),
    ("europe", "european", "欧洲"),
)
"""Values that are written in several ways."""

MEASURED = {
    **dict.fromkeys(("older than", "younger than", "岁以上", "岁以上的", "岁以下", "岁以下的"), ("age", "年龄")),
    **dict.fromkeys(("heavier than", "lighter than"), ("weight", "mass", "重量", "体重")),
    **dict.fromkeys(("faster than", "slower than"), ("speed", "速度")),
    "taller than": ("height", "身高", "高度"),
    "cheaper than": ("price", "cost", "价格", "单价"),
}
"""Comparisons that name their column, and its titles."""

SAME: dict[str, tuple[str, ...]] = {
    "max": ("maximum", "highest", "largest"),
    "min": ("minimum", "lowest", "smallest"),
    "avg": ("average", "mean"),
    "qty": ("quantity",),
    "amt": ("amount",),
    "pct": ("percent", "percentage"),
    "dob": ("birthday",),
    "sex": ("gender",),
    "gender": ("sex",),
    "revenue": ("turnover",),
    "film": ("movie",),
    "movie": ("film",),
    "nation": ("country",),
}
"""Words of titles, and what people say for them."""

UNITS = frozenset(
    "mm cm km m kg g mg lb lbs usd eur gbp cny rmb pct percent mi ft ms sec secs gb mb kb of the in per for a an to and n no"
    " num nr id s".split()
)
"""Words of titles that a question need not say."""


def stem(word: str) -> str:
    """What words of one family have in common: `survived` and `survive`, `countries` and `country`."""
    word = word.lower()
    if not word.isascii() or len(word) <= 3:
        return word
    for suffix in ("'s", "’s"):
        word = word.removesuffix(suffix)
    if word.endswith("ies") or word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed", "er", "al", "or"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word[: -len(suffix)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word
