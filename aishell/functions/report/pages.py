"""A report as Markdown or HTML. Cells are hostile: nothing in them is markup, a link, or a formula for a spreadsheet."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from aishell.core.text import visible
from aishell.functions.report.values import Chart, Grid, Report, Section

_MARKUP = re.compile(r"([\\`*_{}\[\]|~>$]|^[-+#])")
"""What Markdown obeys anywhere, and what only at a beginning. A bracket that is text makes the one behind it text, too."""
_FORMULA = re.compile(r"[=@\t\r]|[-+](?!\s*[\d.])")
_SAFE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may fetch for the page: nothing."""
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:left}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}th,td{border-color:#444}pre{background:#222}svg{background:#fff}}"
)

Picture = Callable[[Chart], str]
"""What stands for a chart: an SVG in HTML, a file's name in Markdown; empty for none."""


def markdown(report: Report, picture: Picture) -> str:
    parts = [f"# {plain_markdown(report.title)}"]
    for section in report.sections:
        parts += [f"## {plain_markdown(section.title)}"] if section.title else []
        parts += ["\n\n".join(map(plain_markdown, section.sentences))] if section.sentences else []
        parts += [_markdown_grid(section.grid)] if section.grid else []
        if section.chart and (file := picture(section.chart)):
            parts.append(f"![{plain_markdown(section.chart.title)}]({file})")
    parts += ["\n\n".join(f"Note: {plain_markdown(note)}" for note in _rest(report))] if _rest(report) else []
    return "\n\n".join(parts) + "\n"


def page(report: Report, picture: Picture) -> str:
    """One HTML file that needs nothing else; `picture` gives SVG."""
    title = plain_html(report.title)
    body = "\n".join(_html_section(section, picture) for section in report.sections)
    notes = "".join(f"<p>Note: {plain_html(note)}</p>" for note in _rest(report))
    sql = "".join(f"<pre>{plain_html(one)}</pre>" for one in report.sql)
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_SAFE}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n{body}\n{notes}\n<details><summary>SQL</summary>{sql}</details></body></html>\n"
    )


def _rest(report: Report) -> list[str]:
    """Notes that no section has told."""
    told = {sentence for section in report.sections for sentence in section.sentences}
    return [note for note in report.notes if note not in told]


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    line = " ".join(visible(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    line = line.replace("://", "&#58;//").replace("www.", "www&#46;")  # which many a reader makes links of
    return _MARKUP.sub(r"\\\1", line)


def plain_html(text: str) -> str:
    return html.escape(visible(text))


def cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _markdown_grid(grid: Grid) -> str:
    lines = ["| " + " | ".join(map(plain_markdown, grid.titles)) + " |"]
    lines.append("|" + "|".join(" ---: " if _right(grid, at) else " --- " for at in range(len(grid.titles))) + "|")
    lines += ["| " + " | ".join(plain_markdown(cell(text)) for text in row) + " |" for row in grid.rows]
    return "\n".join(lines)


def _html_section(section: Section, picture: Picture) -> str:
    parts = [f"<h2>{plain_html(section.title)}</h2>"] if section.title else []
    parts += [f"<p>{plain_html(sentence)}</p>" for sentence in section.sentences]
    if section.grid:
        parts.append(_html_grid(section.grid))
    if section.chart and (drawn := picture(section.chart)):
        parts.append(f"<figure>{drawn}</figure>")
    return "\n".join(parts)


def _html_grid(grid: Grid) -> str:
    def tagged(tag: str, at: int, text: str) -> str:
        number = ' class="n"' if _right(grid, at) else ""
        return f"<{tag}{number}>{plain_html(text)}</{tag}>"

    head = "".join(tagged("th", at, title) for at, title in enumerate(grid.titles))
    rows = ("<tr>" + "".join(tagged("td", at, cell(text)) for at, text in enumerate(row)) + "</tr>" for row in grid.rows)
    return f"<table><tr>{head}</tr>\n" + "\n".join(rows) + "</table>"


def _right(grid: Grid, at: int) -> bool:
    return at < len(grid.numeric) and grid.numeric[at]
