"""Tables and charts in the cells of a terminal."""

from __future__ import annotations

import io
import os
import shutil

from aishell.cli import stdio
from aishell.core.text import one_line, visible
from aishell.functions.report.saying import figure
from aishell.functions.report.values import Chart, Grid

_WIDEST = 110
_HEIGHT = 14
_NAME = 28
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BLUE = "34"


def width() -> int:
    """Columns that may be used; of a pipe, enough that nothing is cut."""
    return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST) if os.isatty(1) else 200


def grid(shown: Grid, columns: int) -> str:
    """A table, its cells cut where the width wants it."""
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD if os.isatty(1) else None, pad_edge=False, show_edge=False)
    sizes = [max(map(cell_len, cells)) for cells in zip(shown.titles, *shown.rows, strict=True)]
    longest = max(range(len(sizes)), key=sizes.__getitem__)  # the one that is cut, so that names and numbers are whole
    room = max(12, columns - sum(sizes) + sizes[longest] - 3 * len(sizes))
    for at, title in enumerate(shown.titles):
        right = at < len(shown.numeric) and shown.numeric[at]
        table.add_column(
            Text(one_line(title)),
            justify="right" if right else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=room if at == longest else None,
        )
    for row in shown.rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    out = io.StringIO()
    Console(file=out, width=columns, color_system=None, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").splitlines())


def chart(shown: Chart, columns: int) -> str:
    return _bars(shown, columns) if shown.kind == "bars" else _plot(shown, columns)


def _bars(shown: Chart, columns: int) -> str:
    """A bar a line with its name and number. Written here: plotext 6.1 draws all bars that lie as long as the longest."""
    from rich.cells import cell_len, set_cell_size

    names = [one_line(name, _NAME) for name in shown.across]
    numbers = [figure(value) for value in shown.values]
    room = max(10, columns - max(map(cell_len, names)) - max(map(len, numbers)) - 3)
    most = max(abs(value) for value in shown.values) or 1.0
    lines = []
    for name, number, value in zip(names, numbers, shown.values, strict=True):
        eighths = round(8 * room * abs(value) / most)
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
        label = set_cell_size(name, max(map(cell_len, names)))
        lines.append(f"{label} {stdio.style(bar, _BLUE, 1)} {number}")
    return "\n".join([visible(shown.title), *lines])


def _plot(shown: Chart, columns: int) -> str:
    import plotext

    figure_ = plotext.figure
    figure_.clear()
    figure_.theme("colorless")
    figure_.plot_size(columns, _HEIGHT)
    places = list(range(1, len(shown.values) + 1))
    if shown.kind == "histogram":
        figure_.draw(figure_.bar(places, list(shown.values), width=1.0))
    else:
        line = figure_.signal(places, list(shown.values), marker="braille")
        line.lines()
        figure_.draw(line)
    most = max(shown.values)
    if min(shown.values) >= 0 < most:
        heights = [most * part / 4 for part in range(5)]
        figure_.ruler("y").lim(0, most)
        figure_.ruler("y").ticks(heights, list(map(figure, heights)))
    step = max(1, -(-len(places) * 12 // max(12, columns - 12)))
    figure_.ruler("x").ticks(places[::step], [one_line(name, 11) for name in shown.across[::step]])
    drawn = plotext.uncolorize(figure_.build().string())
    figure_.clear()
    return f"{visible(shown.title)}\n{visible(drawn).rstrip()}"
