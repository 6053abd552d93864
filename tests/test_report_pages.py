"""Reports as pages and pictures: what stands in cells is text and nothing else, and numbers are the computed ones."""

from __future__ import annotations

import csv
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aishell.core.errors import UsageError
from aishell.functions.report import pages, pictures
from aishell.functions.report.every import units, when
from aishell.functions.report.overview import overview
from aishell.functions.report.read import opened
from aishell.functions.report.saying import figure
from aishell.functions.report.values import Chart, Report

EVIL = (
    "\x1b]52;c;eA==\x07clip",
    "<script>alert(1)</script>",
    "[click](http://x)",
    "a|b`c",
    "=1+1",
    "$\\frac{1}{0}$",
    "-->x",
    "![i](http://x/y.png)",
    "@SUM(A1)",
    "\u202egnp",
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Report:
    file = tmp_path_factory.mktemp("data") / "<img src=x>|`evil`.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["name", "<b>n</b>", "=cmd|calc"])
        writer.writerows((name, number, name) for number, name in enumerate(EVIL * 3))
    with opened(str(file)) as data:
        return overview(data)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.outside += [f"{name}={value}" for name, value in attrs if name.startswith("on") or name in ("src", "href")]
        self.outside += [str(value) for name, value in attrs if name == "xlink:href" and not str(value).startswith("#")]

    def handle_comment(self, data: str) -> None:
        self.found.add(f"comment {data}")


def test_a_page_has_no_tag_script_or_address_from_a_cell_and_fetches_nothing(hostile: Report) -> None:
    page = pages.page(hostile, lambda chart: pictures.drawn(chart, "svg").decode())
    tags = Tags()
    tags.feed(page)
    assert not tags.found & {"script", "img", "b", "a", "iframe", "link"}
    assert not tags.outside
    assert "svg" in tags.found
    assert not [tag for tag in tags.found if tag.startswith("comment")]
    assert "default-src 'none'" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", page)


def test_markdown_shows_cells_as_they_are(hostile: Report) -> None:
    text = pages.markdown(hostile, lambda chart: "")
    assert not re.search(r"(?<!\\)[`\[]|<(?!br)", text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    bars = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    assert bars == {6, 8} or bars == {6}  # a bar in a cell begins no cell
    assert "\x1b" not in text
    assert "://" not in text


@pytest.mark.parametrize(
    ("cell", "wanted"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-x", "'-x"), ("-5", "-5"), ("+1.5", "+1.5"), ("a=b", "a=b")]
)
def test_no_cell_is_a_formula(cell: str, wanted: str) -> None:
    assert pages.cell(cell) == wanted


@pytest.mark.parametrize("kind", ["bars", "line", "histogram"])
def test_a_picture_is_drawn_of_whatever_names(kind: str) -> None:
    values = tuple(float(number) for number in range(len(EVIL)))
    chart = Chart(kind=kind, title="$x^$ 城市 \x1b[2J", across=EVIL, values=values, label="<b>")  # type: ignore[arg-type]
    svg = pictures.drawn(chart, "svg").decode()
    assert svg.startswith("<svg")
    assert "<!--" not in svg
    assert "script" not in svg
    assert pictures.drawn(chart, "png").startswith(b"\x89PNG")


def test_the_same_picture_has_the_same_bytes() -> None:
    chart = Chart(kind="bars", title="t", across=("a", "b"), values=(1.0, 2.0))
    assert pictures.drawn(chart, "svg") == pictures.drawn(chart, "svg")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        (12.3456, "12.346"),
        (1234.5678, "1,234.57"),
        (3.0, "3"),
        (1e-7, "1e-07"),
        (0.12345, "0.1235"),
    ],
)
def test_numbers_are_said_with_four_digits_or_more(value: float, said: str) -> None:
    assert figure(value) == said


def test_every_number_of_an_overview_is_one_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "day,team,points\n" + "".join(f"2024-01-{1 + n % 28:02},{'ab'[n % 2]},{n * n % 97}\n" for n in range(56))
    )
    points = [n * n % 97 for n in range(56)]
    with opened(str(tmp_path / "t.csv")) as data:
        made = overview(data)
    text = made.said()
    assert "t has 56 rows and 3 columns." in text
    assert f"highest for {max('ab', key=lambda team: sum(points['ab'.index(team) :: 2]))}" in text
    sums = [sum(points[n] for n in range(56) if n % 28 == day) / 2 for day in range(28)]
    assert f"({figure(max(sums))})" in text
    assert len([section for section in made.sections if section.chart]) >= 3


@pytest.mark.parametrize(
    ("text", "calendar", "cron"),
    [
        ("daily", "*-*-* 07:00:00", "0 7 * * *"),
        ("Monday 08:30", "Mon *-*-* 08:30:00", "30 8 * * 1"),
        ("sunday at 9:05", "Sun *-*-* 09:05:00", "5 9 * * 0"),
        ("weekdays", "Mon..Fri *-*-* 07:00:00", "0 7 * * 1-5"),
        ("monthly", "*-*-01 07:00:00", "0 7 1 * *"),
    ],
)
def test_a_rhythm_is_what_systemd_and_cron_understand(text: str, calendar: str, cron: str) -> None:
    assert (when(text).calendar, when(text).cron) == (calendar, cron)


@pytest.mark.parametrize("text", ["sometimes", "someday", "monday 25:00", "daily; rm -rf /", ""])
def test_a_rhythm_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        when(text)


def test_no_name_adds_a_line_or_a_command_to_a_timer() -> None:
    text = units("a\nb%n", ["aishell", "report", "/x/a\nExecStart=/bin/evil", "'; rm -rf $HOME %n"], "/x y", when("daily"))
    assert len(re.findall("^ExecStart=", text, re.MULTILINE)) == 1
    assert 'ExecStart=aishell report "/x/a ExecStart=/bin/evil" "\'; rm -rf $$HOME %%n"' in text
    cron = text.splitlines()[-1].replace("\\%", "%").partition("&& ")[2].replace("aishell", "printf '<%s>'", 1)
    done = subprocess.run(["sh", "-c", cron], capture_output=True, text=True, check=True)
    assert done.stdout == "<report></x/a ExecStart=/bin/evil><'; rm -rf $HOME %n>"
