"""A report on the terminal, on standard output, or in a file with its pictures."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aishell.cli import stdio
from aishell.cli.functions import plotted
from aishell.core.errors import UsageError
from aishell.core.text import visible
from aishell.functions.report import pages

if TYPE_CHECKING:
    from aishell.functions.report.values import Chart, Report


def show(report: Report, form: str, *, sql: bool) -> None:
    """On standard output; a terminal gets charts in the text. Raises BrokenPipeError, AishellError."""
    if form == "json":
        stdio.show_json(dict(report.table()))
    elif form == "markdown":
        stdio.show(pages.markdown(report, lambda chart: "").rstrip("\n"))
    elif form == "html":
        stdio.show(pages.page(report, _svg).rstrip("\n"))
    else:
        stdio.show(_text(report, sql=sql, charts=os.isatty(1)))


def written(report: Report, form: str, out: str, pictures: Literal["svg", "png"], *, sql: bool) -> list[str]:
    """Writes the file, and its pictures beside it; their names. Raises UsageError."""
    made: list[str] = []

    def beside(chart: Chart) -> str:
        from aishell.functions.report.pictures import drawn

        _warn(chart)
        name = f"{Path(out).stem}-{len(made) + 1}.{pictures}"
        _write(Path(out).with_name(name), drawn(chart, pictures))
        made.append(str(Path(out).with_name(name)))
        return name.replace(" ", "%20")

    if form == "markdown":
        text = pages.markdown(report, beside)
    elif form == "html":
        text = pages.page(report, _svg)
    elif form == "json":
        text = json.dumps(report.table(), ensure_ascii=False, indent=2) + "\n"
    else:
        text = _text(report, sql=sql, charts=False, styled=False) + "\n"
    _write(Path(out), text.encode("utf-8", "replace"))
    return [out, *made]


def _svg(chart: Chart) -> str:
    from aishell.functions.report.pictures import drawn

    _warn(chart)
    return drawn(chart, "svg").decode("utf-8")


def _warn(chart: Chart) -> None:
    from aishell.functions.report.pictures import missing_letters

    if missing_letters(chart):
        stdio.say("aishell: no font for Chinese letters is installed; fonts-noto-cjk is one")


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all. Raises UsageError."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".aishell-", delete=False) as made:
            made.write(data)
        os.chmod(made.name, 0o666 & ~_mask())
        os.replace(made.name, file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from None


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _text(report: Report, *, sql: bool, charts: bool, styled: bool = True) -> str:
    width = plotted.width()
    parts: list[str] = []
    for section in report.sections:
        if section.title:
            parts.append(stdio.style(visible(section.title), "1", 1) if styled else visible(section.title))
        parts.append("\n".join(map(visible, section.sentences)))
        if section.grid:
            parts.append(plotted.grid(section.grid, width))
        if charts and section.chart:
            parts.append(plotted.chart(section.chart, width))
    told = {sentence for section in report.sections for sentence in section.sentences}
    parts.append("\n".join(f"Note: {visible(note)}" for note in report.notes if note not in told))
    if sql:
        parts.append("\n\n".join(map(visible, report.sql)))
    return "\n\n".join(part for part in parts if part)
