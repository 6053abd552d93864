"""Plans and results in words, English or Chinese; every number in them is a computed one."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from aishell.functions.report.values import Cell, Computed, Filter, Group, Kind, Plan

_ENGLISH = {
    "count": "number of rows",
    "distinct": "number of different values of {}",
    "sum": "sum of {}",
    "mean": "mean of {}",
    "median": "median of {}",
    "min": "lowest {}",
    "max": "highest {}",
    "share": "share in %",
    "value": "{}",
    "count of": "number of rows with {}",
}
_CHINESE = {
    "count": "行数",
    "distinct": "{} 的不同值个数",
    "sum": "{} 的总和",
    "mean": "{} 的平均值",
    "median": "{} 的中位数",
    "min": "{} 的最小值",
    "max": "{} 的最大值",
    "share": "占比 %",
    "value": "{}",
    "count of": "有 {} 的行数",
}
_OPERATORS = {
    "=": "is",
    "!=": "is not",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "missing": "is missing",
    "present": "is there",
}
_CHINESE_OPERATORS = {**_OPERATORS, "=": "为", "!=": "不为", "missing": "缺失", "present": "不缺失"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CHINESE_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_UNITS = {"year": "年", "quarter": "季度", "month": "月", "week": "周", "day": "日", "weekday": "星期", "hour": "小时"}
_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A language in which results are said."""

    chinese: bool = False

    def measure(self, plan: Plan) -> str:
        names = _CHINESE if self.chinese else _ENGLISH
        name = plan.column.name if plan.column else ""
        if plan.measure == "count" and name:
            return names["count of"].format(name)
        if plan.measure == "share":
            return self._share(name, self.filters(plan.part))
        return names[plan.measure].format(name)

    def _share(self, name: str, part: str) -> str:
        if self.chinese:
            return f"{part}{' 的 ' if part and name else ''}{name} 占比 %".strip()
        of = f" of {name}" if name else " of rows" if part else ""
        return f"share{of}{f' where {part}' if part else ''} in %"

    def group(self, group: Group) -> str:
        if not group.unit:
            return group.column.name
        return f"{group.column.name} ({_UNITS[group.unit] if self.chinese else group.unit})"

    def part(self, group: Group, value: Cell) -> str:
        """What a group is called."""
        if value is None:
            return "（缺失）" if self.chinese else "(missing)"
        if group.unit == "weekday" and isinstance(value, int) and 1 <= value <= 7:
            return (_CHINESE_WEEKDAYS if self.chinese else _WEEKDAYS)[value - 1]
        return plainly(value)

    def filters(self, filters: Sequence[Filter]) -> str:
        return ("，" if self.chinese else ", ").join(map(self._filter, filters))

    def _filter(self, one: Filter) -> str:
        name = one.column.name
        if one.unit:
            name = f"{name} ({_UNITS[one.unit] if self.chinese else one.unit})"
        values = [plainly(value) for value in one.values]
        if one.operator == "between":
            return f"{name} 介于 {values[0]} 与 {values[1]}" if self.chinese else f"{name} from {values[0]} to {values[1]}"
        said = (_CHINESE_OPERATORS if self.chinese else _OPERATORS)[one.operator]
        shown = (" 或 " if self.chinese else " or ").join(values[:_LISTED])
        more = f" … ({len(values)})" if len(values) > _LISTED else ""
        return f"{name} {said} {shown}{more}".rstrip()

    def done(self, plan: Plan, result: Computed) -> str:
        """What was computed of what."""
        where = self.filters(plan.filters)
        measure = self.measure(plan)
        by = self.group(plan.group) if plan.group else ""
        if self.chinese:
            said = f"计算：{measure}" + (f"，按 {by} 分组" if by else "") + (f"，条件：{where}" if where else "")
            counted = f"；使用了 {figure(result.used)} 行"
            return said + counted + (f"，其中 {figure(result.empty)} 行没有值" if result.empty else "") + "。"
        said = (
            f"Computed: {measure}"
            + (f" for each {by}" if by else "")
            + (f", of those where {where}" if where and plan.part else f", where {where}" if where else "")
        )
        counted = f"; {rows_said(result.used)} used"
        return said + counted + (f", {figure(result.empty)} of them without a value" if result.empty else "") + "."

    def answer(self, plan: Plan, result: Computed) -> str:
        """The answer in a sentence."""
        if not result.used or not result.rows or result.rows[0][-1] is None:
            return "没有符合条件的行。" if self.chinese else "No row is so."
        measure = self.measure(plan)
        if plan.group is None:
            value = figure(result.rows[0][-1]) + (" %" if plan.measure == "share" else "")
            return (
                f"{measure.removesuffix(' %')}：{value}" if self.chinese else f"The {measure.removesuffix(' in %')} is {value}."
            )
        if plan.top == 1 and plan.order:
            return self._first(plan, result, measure)
        by = self.group(plan.group)
        count = figure(len(result.rows))
        if plan.order and plan.top:
            which = (
                ("最低" if plan.order == "up" else "最高") if self.chinese else ("lowest" if plan.order == "up" else "highest")
            )
            return (
                f"{measure}{which}的 {count} 个 {by}："
                if self.chinese
                else f"The {count} {by} with the {which} {_bare(measure)}:"
            )
        return f"按 {by} 的{measure}（{count} 组）：" if self.chinese else f"The {measure} for each {by} ({count}):"

    def _first(self, plan: Plan, result: Computed, measure: str) -> str:
        assert plan.group is not None
        names = [self.part(plan.group, row[0]) for row in result.rows]
        shown = ("、" if self.chinese else " and ").join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")
        value, groups = figure(result.rows[0][-1]), figure(result.groups)
        if self.chinese:
            which = "最低" if plan.order == "up" else "最高"
            return f"{shown}：{measure}为 {value}，在 {groups} 个 {self.group(plan.group)} 中{which}。"
        which = "lowest" if plan.order == "up" else "highest"
        share = "share the " if len(names) > 1 else ""
        end = f"{share}{which} of {groups} {self.group(plan.group)} values"
        return f"{shown}: {_bare(measure)} {value}, {end if share else 'the ' + end}."


def _bare(measure: str) -> str:
    return measure.removeprefix("highest ").removeprefix("lowest ")


def figure(value: Cell) -> str:
    """A number for people: at least four digits of it, thousands apart; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return plainly(value)
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    size = abs(value)
    if size >= 1e15 or size < 1e-4:
        return f"{value:.4g}"
    digits = 2 if size >= 100 else 3 if size >= 1 else 4
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".")


def rows_said(count: Cell) -> str:
    return f"{figure(count)} row{'' if count == 1 else 's'}"


def plainly(value: Cell) -> str:
    """A value as it is, without commas: years and codes have none."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:g}"
    return "" if value is None else str(value)


def kind_said(kind: Kind) -> str:
    return {"integer": "whole number", "number": "number", "text": "text", "date": "date", "time": "date and time"}[kind]
