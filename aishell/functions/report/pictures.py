"""Charts as SVG or PNG, drawn by matplotlib, in letters that the machine has."""

from __future__ import annotations

import io
import logging
import re
import warnings
from typing import TYPE_CHECKING, Literal

from aishell.core.text import one_line
from aishell.functions.languages import east_asian
from aishell.functions.report.values import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "Droid Sans Fallback",
)
_COLOUR = "#3b76af"
_SIZE = (8.0, 4.2)
"""Inches."""
_NAME = 28
"""Characters of a name beside a bar."""
_TICKS = 12


def missing_letters(chart: Chart) -> bool:
    """Whether a chart has Chinese letters and the machine no font for them."""
    return east_asian("".join((chart.title, chart.label, *chart.across))) and not _chinese_font()


def drawn(chart: Chart, form: Literal["svg", "png"]) -> bytes:
    """The picture. What stands in names is no formula, and no comment of the file."""
    import matplotlib

    fonts = ["DejaVu Sans", *filter(None, [_chinese_font()])]
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it tells of weights that a font does not have
    with matplotlib.rc_context(
        {
            "font.family": "sans-serif",
            "font.sans-serif": fonts,
            "text.parse_math": False,
            "svg.fonttype": "path",
            "svg.hashsalt": "aishell",
            "axes.unicode_minus": False,
        }
    ):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=_SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(one_line(chart.title, 80))
        {"bars": _bars, "line": _line, "histogram": _histogram}[chart.kind](axes, chart)
        file = io.BytesIO()
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of letters that no font has, which are boxes
            figure.savefig(file, format=form, dpi=120, metadata={"Date": None} if form == "svg" else None)
    data = file.getvalue()
    return _bare(data) if form == "svg" else data


def _bars(axes: Axes, chart: Chart) -> None:
    names = [one_line(name, _NAME) or " " for name in chart.across]
    places = range(len(names))
    axes.barh(places, chart.values, color=_COLOUR)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel(one_line(chart.label, 80))


def _line(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.values))
    axes.plot(places, chart.values, color=_COLOUR, marker="o" if len(places) <= 40 else "", markersize=4)
    step = -(-len(places) // _TICKS)
    axes.set_xticks(list(places)[::step], [one_line(name, _NAME) for name in chart.across[::step]], rotation=30, ha="right")
    axes.set_ylabel(one_line(chart.label, 80))


def _histogram(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.values))
    axes.bar(places, chart.values, width=1.0, align="edge", color=_COLOUR, edgecolor="white")
    axes.set_xticks(list(places), [one_line(name, _NAME) for name in chart.across], rotation=30, ha="right")
    axes.set_ylabel(one_line(chart.label, 80))


def _bare(svg: bytes) -> bytes:
    """The element alone, without comments: matplotlib writes every text into one."""
    text = svg.decode("utf-8")
    return re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL).encode()


def _chinese_font() -> str:
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in there), "")
