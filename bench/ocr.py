"""The text in pictures: characters read right on 20 drawn and 5 photographed-like pages made here, and how long a page takes.

Right: 1 - edit distance / length; a run of blanks, tabs and line ends counts as one blank. Needs Debian's fonts-dejavu and
fonts-wqy-zenhei. --keep FOLDER writes the pages, to look at.
"""

from __future__ import annotations

import io
import os
import resource
import time
from pathlib import Path
from typing import Any

from aishell.functions.pictures.describe import Describing
from aishell.functions.pictures.reading import Reader
from bench.common import machine, options, percentiles, report
from bench.ocr_pages import Page, pages

_WANTED = 0.95


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--only", default="", metavar="TEXT", help="pages whose name has this in it")
    arguments = parser.parse_args()
    wanted = [page for page in pages() if arguments.only in page.name]
    if arguments.quick:
        wanted = wanted[::3]
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(wanted, 1):
            page.image.save(arguments.keep / f"{number:02}.png")
    result: dict[str, Any] = {"machine": machine(), **_read(wanted)}
    result["load_after"] = round(os.getloadavg()[0], 2)
    report(result, as_json=arguments.json)
    return 0 if result["right"] >= _WANTED else 1


def _read(wanted: list[Page]) -> dict[str, Any]:
    describing = Describing(Reader(len(os.sched_getaffinity(0))), None)
    seconds, rows = [], {}
    wrong, letters, worst = 0, 0, 1.0
    for page in wanted:
        data = io.BytesIO()
        page.image.save(data, "PNG")
        began = time.perf_counter()
        found = describing(data.getvalue())
        seconds.append(time.perf_counter() - began)
        expected, read = " ".join(page.text.split()), " ".join(found.text.split())
        distance = edits(expected, read)
        wrong, letters = wrong + distance, letters + len(expected)
        right = round(1 - distance / len(expected), 4)
        worst = min(worst, right)
        rows[page.name] = {"right": right, "edits": distance, "how": list(found.how)}
    return {
        "right": round(1 - wrong / letters, 4),
        "worst": worst,
        "pages": rows,
        "first_s": round(seconds[0], 2),
        "seconds": percentiles(seconds[1:] or seconds),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def edits(one: str, other: str) -> int:
    """Letters to insert, delete or replace (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row[0] = row[0], number
        for at, candidate in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (letter != candidate))
    return row[-1]


if __name__ == "__main__":
    raise SystemExit(main())
